import tomllib
from pathlib import Path

import pytest

from evosearch import load_profile
from evosearch.assemble.settings.listing import list_settings
from evosearch.assemble.settings.loading import draft_profile
from evosearch.errors import ProfileError
from evosearch.profiles.files import list_profiles, parse_assignments
from tests.conftest import ROOT


@pytest.fixture
def profiles(workspace):
    (workspace / "profiles").mkdir()
    return workspace / "profiles"


def write(folder, name, text):
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


MINIMAL = '[problem]\nname = "sphere"\n'


@pytest.mark.parametrize("path", sorted((ROOT / "profiles").glob("*.toml")), ids=lambda p: p.stem)
def test_every_profile_of_the_project_loads(path):
    assert load_profile(str(path)).description


def test_the_users_machines_have_their_budgets_and_risks():
    table = {"pro": (40, 30, "medium"), "air": (50, 25, "low"), "gamer": (60, 40, "high"),
             "friend": (30, 20, "conservative")}  # fmt: skip
    for name, expected in table.items():
        profile = load_profile(name)
        found = (profile.search.population, profile.search.generations, profile.problem["risk"])
        assert found == expected
        assert profile.problem["last_bars"] == 30_000
    assert load_profile("pro").n_evaluations + load_profile("air").n_evaluations == 2450


def test_a_profile_written_out_is_the_same_profile(profiles):
    text = MINIMAL + 'n_genes = 3\n[search]\npopulation = 7\n[run]\nresults = "a \\"b\\" \\u007f"\n'
    profile = load_profile(str(write(profiles, "one", text)), seed=5)
    plain = tomllib.loads(profile.to_toml())
    assert plain["problem"] == {"name": "sphere", "n_genes": 3}
    assert plain["seed"] == 5
    assert plain["run"]["results"] == 'a "b" \x7f'
    again = load_profile(str(write(profiles, "one", profile.to_toml().split("\n", 1)[1])))
    assert again == profile


def test_inherited_values_give_way_to_nearer_ones(profiles):
    write(profiles, "base", MINIMAL + "n_genes = 2\n[search]\npopulation = 10\ngenerations = 5\n")
    write(profiles, "middle", 'extends = "base"\n[search]\npopulation = 20\n')
    write(profiles, "top", 'extends = "middle"\nseed = 3\n[problem]\nn_genes = 9\n')
    profile = load_profile("top")
    assert (profile.search.population, profile.search.generations) == (20, 5)
    assert profile.problem == {"name": "sphere", "n_genes": 9}
    assert (profile.name, profile.seed) == ("top", 3)
    draft = draft_profile("top")
    assert draft.origins["search.generations"] == f"{profiles / 'base.toml'}:6"
    assert draft.origins["problem.n_genes"] == f"{profiles / 'top.toml'}:4"


def test_profiles_that_extend_each_other_are_refused(profiles):
    write(profiles, "a", 'extends = "b"\n')
    write(profiles, "b", 'extends = "a"\n')
    with pytest.raises(ProfileError, match="extend each other"):
        load_profile("a")
    write(profiles, "c", 'extends = "nothing"\n')
    with pytest.raises(ProfileError, match="nothing"):
        load_profile("c")


def test_the_command_line_wins_over_the_file(profiles):
    write(profiles, "one", MINIMAL + "[search]\npopulation = 10\n")
    profile = load_profile("one", ["search.population=12", "problem.n_genes=4"], seed=9, workers=2)
    assert profile.search.population == 12
    assert profile.problem["n_genes"] == 4
    assert (profile.seed, profile.run.workers) == (9, 2)


@pytest.mark.parametrize(
    ("text", "value"),
    [("a.b=1", 1), ("a.b=1.5", 1.5), ("a.b=true", True), ("a.b=[1, 2]", [1, 2]),
     ("a.b=same_close", "same_close"), ('a.b="30"', "30"), ("a.b=", ""), ("a.b=/tmp/x=y", "/tmp/x=y")],
)  # fmt: skip
def test_assignments_are_toml_values_or_else_texts(text, value):
    assert parse_assignments([text]) == [("a.b", value, "--set a.b")]


def test_assignments_without_key_or_value_are_all_listed():
    with pytest.raises(ProfileError) as caught:
        parse_assignments(["novalue", "=3", "a b=3"])
    assert str(caught.value).count("expected KEY=VALUE") == 3


def test_all_mistakes_of_a_profile_are_listed_at_once_with_place_and_remedy(profiles):
    path = write(
        profiles,
        "bad",
        'sede = 1\n[search]\npopulation = "100"\ngeneratons = 3\n\n[genetic]\n'
        'mutation_rate = 1.7\nelite_frac = true\n\n[problem]\nname = "trading"\nrisk = "wild"\n'
        "fee = 1\n[run]\nworkers = -2\n",
    )
    with pytest.raises(ProfileError) as caught:
        load_profile("bad")
    text = str(caught.value)
    for line in (
        f"{path}:1, sede: unknown key. Did you mean 'seed'?",
        f"{path}:3, [search] population: expected a whole number, got '100'. Try 40.",
        f"{path}:4, [search] generatons: unknown key. Did you mean 'generations'?",
        f"{path}:7, [genetic] mutation_rate: expected less than or equal to 1, got 1.7. Try 0.1.",
        f"{path}:8, [genetic] elite_frac: expected a number, got True. Try 1.0.",
        f"{path}:12, [problem] risk: expected 'conservative', 'low', 'medium' or 'high', got 'wild'",
        f"{path}:13, [problem] fee: unknown key. Did you mean 'fee_frac'?",
        f"{path}:15, [run] workers: expected 'auto' or greater than or equal to 0, got -2.",
    ):
        assert line in text, line
    assert len(caught.value.mistakes) == 8


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "problem: missing"),
        ("[problem]\n", "[problem] name: missing"),
        ("[problem]\nname = 3\n", "expected a text"),
        ("x = [\n", "no valid TOML"),
        ("a = 1\na = 2\n", "overwrite"),
        ("problem = 3\n", "expected a table"),
        (MINIMAL + "[search]\npopulation = 1\n", "greater than or equal to 2"),
        (MINIMAL + "[search]\npopulation = 1000000000000\n", "less than or equal to 10000000"),
        (MINIMAL + "[search]\npopulation = 1.5\n", "whole number"),
        (MINIMAL + "[search]\npopulation = true\n", "whole number"),
        (MINIMAL + "[search]\ngenerations = 0\n", "greater than or equal to 1"),
        (MINIMAL + "[search]\npopulation = 5\n[genetic]\ntournament = 6\n", "more than the population"),
        (MINIMAL + "[genetic]\ncrossover_rate = nan\n", "finite"),
        (MINIMAL + 'seed = 1\n[search]\nalgorithm = "genetc"\n', "'genetic' or 'random'"),
        ("seed = -1\n" + MINIMAL, "seed"),
        ("seed = 1.5\n" + MINIMAL, "whole number"),
        (f"seed = {2**128}\n" + MINIMAL, "seed"),
        ('[problem]\nname = "spere"\n', "Did you mean 'sphere'"),
        (MINIMAL + "n_gens = 3\n", "Did you mean 'n_genes'"),
        ('extends = 3\n', "expected the name of a profile"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_message(profiles, text, says):
    write(profiles, "bad", text)
    with pytest.raises(ProfileError) as caught:
        load_profile("bad")
    assert says in str(caught.value)
    assert "bad.toml" in str(caught.value) or "bad," in str(caught.value)


def test_a_toml_error_shows_the_line(profiles):
    write(profiles, "bad", "[search]\npopulation = = 3\n")
    with pytest.raises(ProfileError) as caught:
        load_profile("bad")
    assert "bad.toml:2:" in str(caught.value)
    assert "population = = 3" in str(caught.value)


def test_a_byte_order_mark_is_accepted_and_other_encodings_are_not(profiles):
    (profiles / "bom.toml").write_bytes(b"\xef\xbb\xbf" + MINIMAL.encode())
    assert load_profile("bom").problem["name"] == "sphere"
    (profiles / "latin.toml").write_bytes(b'description = "\xe9"\n' + MINIMAL.encode())
    with pytest.raises(ProfileError, match="byte 15"):
        load_profile("latin")


@pytest.mark.parametrize("name", ["Pro", "a_b", "con", "lpt1", "-x", "x" * 65, "ä"])
def test_names_that_some_file_system_refuses_are_refused(profiles, name):
    write(profiles, name, MINIMAL)
    with pytest.raises(ProfileError, match="file name"):
        load_profile(str(profiles / f"{name}.toml"))


def test_a_missing_profile_offers_the_nearest_one(profiles):
    write(profiles, "laptop", MINIMAL)
    with pytest.raises(ProfileError, match="Did you mean 'laptop'"):
        load_profile("latop")
    with pytest.raises(ProfileError, match="is a folder"):
        load_profile(str(profiles))
    with pytest.raises(ProfileError, match="Did you mean '.*laptop.toml'"):
        load_profile(str(profiles / "laptp.toml"))


def test_profiles_are_found_here_above_and_in_the_package(profiles, monkeypatch):
    write(profiles, "mine", MINIMAL)
    deeper = profiles.parent / "a" / "b"
    deeper.mkdir(parents=True)
    monkeypatch.chdir(deeper)
    found = list_profiles()
    assert found["mine"] == profiles / "mine.toml"
    assert "pro" in found
    # Where both have one, the user's own comes first.
    write(profiles, "pro", MINIMAL)
    assert list_profiles()["pro"] == profiles / "pro.toml"


def test_relative_files_of_a_profile_are_found_from_anywhere(profiles, monkeypatch):
    problem = "from evosearch.problems.analytic import Sphere\n"
    (profiles.parent / "mine.py").write_text(problem)
    write(profiles, "mine", '[problem]\nname = "mine.py:Sphere"\n')
    (profiles.parent / "elsewhere").mkdir()
    monkeypatch.chdir(profiles.parent / "elsewhere")
    assert load_profile("mine").problem["name"] == "mine.py:Sphere"


def test_unknown_arguments_from_python_are_refused():
    with pytest.raises(TypeError, match="sede"):
        load_profile("pro", sede=1)


def test_the_package_carries_the_profiles():
    text = (ROOT / "pyproject.toml").read_text()
    included = tomllib.loads(text)["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included == {"profiles": "evosearch/profiles/bundled"}
    assert Path(ROOT / "profiles" / "demo.toml").is_file()


BOXES = '[problem]\nname = "{}"\n[problem.box]\na = 1\n"b.c" = 2\n[genetic]\ntournament = 5\n'
BOXED = """
from evosearch import Float, Problem, Space

class Boxed(Problem):
    space = Space(Float("x", 0, 1))
    direction = "minimize"

    def __init__(self, box=None, limit=None, since=None, data=None):
        self.box = box

    def evaluate(self, params):
        return params["x"]
"""


@pytest.fixture
def boxed(profiles):
    (profiles.parent / "boxed.py").write_text(BOXED)
    write(profiles, "base", BOXES.format("boxed.py:Boxed"))
    return profiles


@pytest.mark.parametrize(
    ("text", "assignments", "box", "tournament"),
    [
        ("[genetic]\n[problem]\n[search]\n[run]\n", (), {"a": 1, "b.c": 2}, 5),
        ("genetic = {}\nproblem = {}\n", (), {"a": 1, "b.c": 2}, 5),
        ("[problem.box]\n", (), {"a": 1, "b.c": 2}, 5),
        ("[problem]\nbox = {}\n", (), {}, 5),
        ("problem.box.a = 3\n", (), {"a": 3, "b.c": 2}, 5),
        ("", ("problem={}", "genetic={}"), {"a": 1, "b.c": 2}, 5),
        ("", ("problem.box={}",), {}, 5),
        ("", ("genetic={mutation_rate=0.5}",), {"a": 1, "b.c": 2}, 5),
    ],
)
def test_an_empty_table_inherits_and_an_option_written_empty_is_empty(
    boxed, text, assignments, box, tournament
):
    write(boxed, "middle", 'extends = "base"\n[genetic]\n')
    write(boxed, "top", f'extends = "middle"\n{text}')
    profile = load_profile("top", assignments)
    assert profile.problem["box"] == box
    assert profile.settings["tournament"] == tournament


UNRECORDABLE = [
    "2024-01-01", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00", "07:30:00", "nan", "inf", "-inf",
    "1e400", "[1, [2024-01-01]]", "{ a = { b = inf } }",
]  # fmt: skip


@pytest.mark.parametrize("value", UNRECORDABLE)
def test_options_that_no_shard_can_record_are_refused_with_place_and_remedy(boxed, value):
    path = write(boxed, "bad", f'extends = "base"\n[problem]\nlimit = {value}\nsince = {value}\n')
    with pytest.raises(ProfileError) as caught:
        load_profile("bad")
    assert len(caught.value.mistakes) == 2
    for mistake, line in zip(caught.value.mistakes, (3, 4), strict=True):
        assert mistake.startswith(f"{path}:{line}, [problem")
        assert "Write " in mistake
        assert "datetime." not in mistake.partition("fromisoformat")[0].partition("reads")[0]
    with pytest.raises(ProfileError, match=r"^--set problem.limit: "):
        load_profile("base", [f"problem.limit={value}"])
    # As the remedy says it: in quotes it is a text.
    if value[0].isdigit() and value != "1e400":
        assert load_profile("base", [f'problem.limit="{value}"']).problem["limit"] == value


@pytest.mark.parametrize("value", UNRECORDABLE)
@pytest.mark.parametrize("key", ["fee_frac", "kinds", "min_trades", "data"])
def test_options_of_trading_refuse_them_too(profiles, key, value):
    with pytest.raises(ProfileError, match=f"^--set problem.{key}: "):
        load_profile("pro", [f"problem.{key}={value}"])


@pytest.mark.parametrize("key", ["problem.data", "run.results", "run.address", "problem.name"])
def test_a_windows_path_with_valid_escapes_is_explained_on_one_line(profiles, key):
    table, _, name = key.partition(".")
    body = {"problem": {"name": '"trading"'}, "run": {}}
    body[table][name] = '"C:\\new\\table.csv"'
    text = "".join(
        f"[{table}]\n" + "".join(f"{k} = {v}\n" for k, v in values.items())
        for table, values in body.items()
    )
    path = write(profiles, "bad", text)
    with pytest.raises(ProfileError) as caught:
        load_profile("bad")
    (mistake,) = caught.value.mistakes
    line = text.splitlines().index(f'{name} = "C:\\new\\table.csv"') + 1
    assert mistake.startswith(f"{path}:{line}, [{table}] {name}:")
    assert r"'C:\new\table.csv'" in mistake
    assert len(mistake.splitlines()) == 1


def test_a_base_with_valid_escapes_is_explained_too(profiles):
    path = write(profiles, "bad", 'seed = 1\nextends = "C:\\new\\table.toml"\n')
    with pytest.raises(ProfileError) as caught:
        load_profile("bad")
    assert str(caught.value).startswith(f"{path}:2, extends:")
    assert r"'C:\new\table.toml'" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_that_is_called_so_is_read(profiles):
    write(profiles, "odd", '[problem]\nname = "trading"\ndata = "a\\tb.csv"\n')
    with pytest.raises(ProfileError):
        load_profile("odd")
    try:
        (profiles.parent / "a\tb.csv").write_text("")
    except OSError:
        pytest.skip("no file can be called so here")
    assert load_profile("odd").problem["data"] == "a\tb.csv"


def test_arguments_from_python_stand_for_values_of_the_profile():
    import numpy as np

    profile = load_profile(
        "pro", population=np.int64(50), algorithm="random", timeout_s=np.float64(2.5),
        memory_gib=None, results=Path("elsewhere"),
    )  # fmt: skip
    assert (profile.search.population, profile.search.algorithm) == (50, "random")
    assert (profile.run.timeout_s, profile.run.results) == (2.5, "elsewhere")
    with pytest.raises(ProfileError, match=r"^population=: expected greater than or equal to 2"):
        load_profile("pro", population=1)
    with pytest.raises(TypeError, match=r"'popluation': Did you mean 'population'\?; 'sede'"):
        load_profile("pro", popluation=50, sede=1)


def test_a_table_with_no_line_under_it_is_no_origin(boxed):
    write(boxed, "top", 'extends = "base"\n[run]\n[search]\npopulation = 9\n')
    origins = list_settings(load_profile("top")).origins
    assert origins["run.workers"] == "default"
    assert origins["search.population"] == f"{boxed / 'top.toml'}:4"
