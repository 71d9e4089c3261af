"""Rows 1 to 12 and 22 of the table: profiles and what overrides them."""

import pytest

from tests.bad_input.helpers import SPHERE, Case, check, invoke, parametrize, write

RUN = ["run", "-p", "p.toml"]


def sphere(text="", **tables):
    return SPHERE + text


def search(line):
    return {"p.toml": f'[problem]\nname = "sphere"\n[search]\n{line}\n'}


CASES = [
    Case("no profile at all", ["run"], ["--profile"]),
    Case("no such profile", ["run", "-p", "por"], ["No profile 'por'", "Did you mean 'pro'?"]),
    Case("no such file", ["run", "-p", "profiels/x.toml"], ["No profile file", "profiels/x.toml"]),
    Case("nearly such a file", ["run", "-p", "./mine.tmol.toml"], ["Did you mean 'mine.toml'?"],
         files={"mine.toml": SPHERE}),
    Case("the profile is a folder", ["run", "-p", "p.toml"], ["p.toml is a folder"],
         files={"p.toml": None}),
    Case("no TOML", RUN, ["p.toml:2:", "no valid TOML", "name = "],
         files={"p.toml": "[problem]\nname = \n"}),
    Case("an open bracket", RUN, ["p.toml:1:", "no valid TOML"], files={"p.toml": "[problem\n"}),
    Case("no UTF-8", RUN, ["p.toml", "no UTF-8 text at byte 4", "Save it as UTF-8"],
         files={"p.toml": b"# \xc3\xa9\xff\n"}),
    Case("UTF-16", RUN, ["no UTF-8 text at byte 0"],
         files={"p.toml": SPHERE.encode("utf-16")}),
    Case("NUL bytes", RUN, ["p.toml:1:", "no valid TOML"], files={"p.toml": "\0\0\0\0"}),
    Case("an empty profile", RUN, ["p.toml", "problem", "missing"], files={"p.toml": ""}),
    Case("an unknown key", RUN, ["p.toml:4", "populaton", "Did you mean 'population'?"],
         files=search("populaton = 10")),
    Case("an unknown table", RUN, ["serach", "Did you mean 'search'?"],
         files={"p.toml": '[problem]\nname = "sphere"\n[serach]\npopulation = 10\n'}),
    Case("an unknown option of the problem", RUN, ["p.toml:3", "n_dims", "unknown option"],
         files={"p.toml": '[problem]\nname = "sphere"\nn_dims = 2\n'}),
    Case("a key twice", RUN, ["p.toml:5:", "Cannot overwrite"],
         files=search("population = 10\npopulation = 20")),
    Case("a table twice", RUN, ["p.toml:3:", "Cannot declare"],
         files={"p.toml": '[problem]\nname = "sphere"\n[problem]\n'}),
    Case("a number as a text", RUN, ["p.toml:4", "population", "a whole number", "got '100'"],
         files=search('population = "100"')),
    Case("true for a number", RUN, ["p.toml:4", "a whole number", "got True"],
         files=search("population = true")),
    Case("a fraction for a whole number", RUN, ["a whole number", "got 1.5"],
         files=search("population = 1.5")),
    Case("a list for a number", RUN, ["a whole number", "got [1, 2]"],
         files=search("population = [1, 2]")),
    Case("a value for a table", RUN, ["search", "a table", "got 3"],
         files={"p.toml": 'search = 3\n[problem]\nname = "sphere"\n'}),
    Case("a date for a number", RUN, ["a whole number", "2020"],
         files=search("population = 2020-01-01")),
    Case("a population of one", RUN, ["population", "greater than or equal to 2", "got 1"],
         files=search("population = 1")),
    Case("a population below zero", RUN, ["population", "got -5"], files=search("population = -5")),
    Case("a population that fits nowhere", RUN, ["population", "less than or equal to 10000000"],
         files=search("population = 1000000000000")),
    Case("no generations", RUN, ["generations", "got 0"], files=search("generations = 0")),
    Case("workers below zero", [*RUN, "-w", "-3"], ["--workers", "got -3"],
         files={"p.toml": SPHERE}),
    Case("workers that are no number", [*RUN, "-w", "many"], ["--workers", "'many'"],
         files={"p.toml": SPHERE}),
    Case("a rate above one", RUN, ["genetic", "mutation_rate", "got 1.7", "Try 0.1"],
         files={"p.toml": SPHERE + "[genetic]\nmutation_rate = 1.7\n"}),
    Case("a rate below zero", RUN, ["crossover_rate", "got -0.1"],
         files={"p.toml": SPHERE + "[genetic]\ncrossover_rate = -0.1\n"}),
    Case("a rate that is no number", RUN, ["mutation_rate", "a finite number", "nan"],
         files={"p.toml": SPHERE + "[genetic]\nmutation_rate = nan\n"}),
    Case("an elite larger than all", RUN, ["elite_frac", "got 2"],
         files={"p.toml": SPHERE + "[genetic]\nelite_frac = 2\n"}),
    Case("a tournament larger than the population", RUN, ["tournament", "population of 4"],
         files={"p.toml": SPHERE + "[genetic]\ntournament = 5\n"}),
    Case("an unknown algorithm", RUN, ["algorithm", "'genetic' or 'random'", "'genetics'"],
         files=search('algorithm = "genetics"')),
    Case("an unknown backend", [*RUN, "--backend", "gpu"], ["--backend", "'gpu'"],
         files={"p.toml": SPHERE}),
    Case("a seed below zero", [*RUN, "--seed", "-1"], ["--seed", "got -1"],
         files={"p.toml": SPHERE}),
    Case("a seed beyond 128 bits", [*RUN, "--seed", str(2**128)], ["--seed"],
         files={"p.toml": SPHERE}),
    Case("a seed that is a fraction", [*RUN, "--seed", "1.5"], ["--seed", "a whole number"],
         files={"p.toml": SPHERE}),
    Case("a seed of many digits", [*RUN, "--seed", "9" * 5000], ["--seed"],
         files={"p.toml": SPHERE}),
    Case("a time limit of zero", RUN, ["timeout_s", "greater than 0"],
         files={"p.toml": SPHERE + "[run]\ntimeout_s = 0\n"}),
    Case("no memory at all", RUN, ["memory_gib", "greater than 0"],
         files={"p.toml": SPHERE + "[run]\nmemory_gib = -1\n"}),
    Case("a budget that is no time", [*RUN, "--budget", "soon"], ["--budget", "'soon'"],
         files={"p.toml": SPHERE}),
    Case("a budget without end", [*RUN, "--budget", "9" * 400 + "h"], ["--budget"],
         files={"p.toml": SPHERE}),
    Case("an assignment without a value", [*RUN, "--set", "search.population"], ["KEY=VALUE"],
         files={"p.toml": SPHERE}),
    Case("an assignment of a nameless key", [*RUN, "--set", "=3"], ["KEY=VALUE"],
         files={"p.toml": SPHERE}),
    Case("an assignment below a value", [*RUN, "--set", "seed.x=3", "--seed", "1"], ["--s"],
         files={"p.toml": SPHERE}),
    Case("an assignment above a table", [*RUN, "--set", "search=3"], ["--set search", "a table"],
         files={"p.toml": SPHERE}),
    Case("a profile that extends itself", RUN, ["extend each other"],
         files={"p.toml": 'extends = "p"\n'}),
    Case("profiles that extend each other", RUN, ["extend each other", "q.toml"],
         files={"p.toml": 'extends = "q"\n', "q.toml": 'extends = "p"\n'}),
    Case("a base that does not exist", RUN, ["p.toml", "extends", "No profile 'nothing'"],
         files={"p.toml": 'extends = "nothing"\n'}),
    Case("a base that is a number", RUN, ["extends", "the name of a profile", "got 3"],
         files={"p.toml": "extends = 3\n"}),
    Case("a name that is not the file's", RUN, ["p.toml", "'other'", "Rename the file"],
         files={"p.toml": 'name = "other"\n' + SPHERE}),
    Case("a name for a flag", [*RUN, "--set", "name=other"], ["--set name", "Rename the file"],
         files={"p.toml": SPHERE}),
    Case("a name with capitals", ["run", "-p", "Mine.toml"], ["'Mine'", "use a-z"],
         files={"Mine.toml": SPHERE}),
    Case("a name with a space", ["run", "-p", "my run.toml"], ["'my run'", "use a-z"],
         files={"my run.toml": SPHERE}),
    Case("a name of Windows", ["run", "-p", "con.toml"], ["'con'", "use a-z"],
         files={"con.toml": SPHERE}),
    Case("a name beyond ASCII", ["run", "-p", "mía.toml"], ["use a-z"],
         files={"mía.toml": SPHERE}),
    Case("a name of 65 letters", ["run", "-p", "x" * 65 + ".toml"], ["at most 64"],
         files={"x" * 65 + ".toml": SPHERE}),
    Case("a name that leads elsewhere", ["run", "-p", "../../etc/passwd"], ["No profile file"]),
    Case("a name with a NUL", ["run", "-p", "a\0b"], ["a\\x00b"]),
    Case("a file name longer than allowed", ["run", "-p", "./" + "x" * 300 + ".toml"],
         ["No profile file"]),
]  # fmt: skip


@parametrize(CASES)
def test_a_mistake_in_a_profile(case, workspace):
    check(case, workspace)


def test_all_mistakes_are_shown_at_once(workspace):
    case = Case("", RUN, [
        "p.toml:2", "population", "p.toml:3", "generatons", "Did you mean 'generations'?",
        "p.toml:5", "mutation_rate", "p.toml:8", "dims", "p.toml:10", "wrokers", "--seed",
    ], files={"p.toml": "[search]\npopulation = 1\ngeneratons = 3\n[genetic]\nmutation_rate = 7\n"
              '[problem]\nname = "sphere"\ndims = 2\n[run]\nwrokers = 3\n'})  # fmt: skip
    case.args = [*RUN, "--seed", "x"]
    text = check(case, workspace)
    assert len(text.splitlines()) == 6


@pytest.mark.parametrize(
    "raw",
    [b"\xef\xbb\xbf" + SPHERE.encode(), SPHERE.replace("\n", "\r\n").encode()],
    ids=["a byte order mark", "lines of Windows"],
)
def test_what_editors_do_to_text_is_no_mistake(workspace, raw):
    write(workspace, {"p.toml": raw})
    assert invoke(*RUN).exit_code == 0


def test_many_workers_are_allowed_with_a_note(workspace):
    write(workspace, {"p.toml": SPHERE})
    many = invoke(*RUN, "-w", "4000", "--backend", "threads")
    assert many.exit_code == 0
    assert "more than 4 workers for each core" in many.stderr
    few = invoke(*RUN, "-w", "0")  # as many as there are cores
    assert few.exit_code == 0
    assert "for each core" not in few.stderr
