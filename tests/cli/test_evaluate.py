"""`evosearch evaluate` is as safe as a run: whatever an objective does is a row, and ends in time."""

import json
import os
import signal
import subprocess
import sys
import uuid

import pytest
from typer.testing import CliRunner

import evosearch
from evosearch.assemble.measure import measure
from evosearch.cli.commands import app
from evosearch.executors.local import handle
from tests import runs
from tests.executors.processes import command_of, marked, wait_until

PROBLEM = """
import ctypes, os, random, re, subprocess, sys, threading, time
import numpy as np
from evosearch import Categorical, Int, Ordinal, Problem, Space

KINDS = [
    "fine", "prints", "segfaults", "exits_0", "exits_3", "loops", "holds_lock", "sleeps", "raises",
    "eats_memory", "nan", "floods", "floods_in_c", "leaves_child", "waits", "draws",
]

class Odd(Problem):
    space = Space(Categorical("how", KINDS), Ordinal("n", [1, 2, 5]))
    direction = "maximize"
    version = "1"

    def evaluate(self, params):
        how = params["how"]
        open(f"began-{how}", "w").close()
        if how == "prints":
            print("from Python")
            os.write(1, b"from C \\x1b[2J\\n")
        elif how == "segfaults":
            ctypes.string_at(0)
        elif how == "exits_0":
            os._exit(0)
        elif how == "exits_3":
            os._exit(3)
        elif how == "loops":
            while True:
                pass
        elif how == "holds_lock":
            re.match(r"(a+)+$", "a" * 60 + "b")
        elif how == "sleeps":
            time.sleep(1000)
        elif how == "raises":
            print("last words", end="")
            raise ValueError("on purpose")
        elif how == "eats_memory":
            held = np.ones(2**27)
            time.sleep(1000)
        elif how == "nan":
            return float("nan")
        elif how == "floods":
            for k in range(20_000):
                print("x" * 100)
        elif how == "floods_in_c":
            for k in range(8):
                os.write(1, b"y" * 2**20)
            os.write(1, b"\\nthe end\\n")
        elif how == "leaves_child":
            subprocess.Popen(["sleep", "1000"], start_new_session=True)
        elif how == "waits":
            while not os.path.exists("told"):
                time.sleep(0.02)
        elif how == "draws":
            return random.random() + np.random.random()
        return float(params["n"])

class Drawing(Odd):
    space = Space(Categorical("how", ["draws"]), Ordinal("n", [1, 2, 5]))

class Held(Odd):
    def __init__(self):
        self.lock = threading.Lock()
        self.scale = lambda value: 10 * value

    def evaluate(self, params):
        return self.scale(super().evaluate(params))

class Open(Held):
    def __init__(self):
        super().__init__()
        self.file = open(__file__)
"""
PROFILE = """
seed = 3
[search]
population = 40
generations = 1
[problem]
name = "odd.py:{kind}"
[run]
backend = "{backend}"
workers = 4
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("MARK", f"evaluate-{uuid.uuid4().hex}")  # of all processes of this test
    (tmp_path / "profiles").mkdir()
    (tmp_path / "tmp").mkdir()
    (tmp_path / "odd.py").write_text(PROBLEM)
    for kind in ("Odd", "Drawing", "Held", "Open"):
        text = PROFILE.format(kind=kind, backend="processes")
        (tmp_path / "profiles" / f"{kind.lower()}.toml").write_text(text)
    return tmp_path


def rows_of(*kinds, n=2):
    return json.dumps([{"how": kind, "n": n} for kind in kinds])


def evaluate(project, *arguments):
    """The command in a process of its own, and what it leaves."""
    done = runs.evosearch(project, "evaluate", *arguments, TMPDIR=str(project / "tmp"))
    assert 'Traceback (most recent call last):\n  File "<' not in done.stderr
    assert_nothing_is_left(project)
    assert not (project / "results").exists()
    return done


def assert_nothing_is_left(project):
    def others():
        return [command_of(p) for p in marked(os.environ["MARK"]) if p.pid != os.getpid()]

    assert wait_until(lambda: not others()), others()
    assert list((project / "tmp").iterdir()) == []


def read(done):
    (line,) = done.stdout.splitlines()
    return json.loads(line)


def test_what_an_objective_does_is_a_row_and_what_it_prints_stands_in_it(project, monkeypatch):
    monkeypatch.chdir(project)
    kinds = ("raises", "prints", "exits_3", "prints")
    result = CliRunner().invoke(
        app,
        ["evaluate", "-p", "odd", "--params", rows_of(*kinds), "--json", "--set", "run.workers=1"],
    )
    assert result.exit_code == 1
    raises, prints, exits, again = json.loads(result.stdout)["data"]
    assert (raises["status"], raises["error"]) == ("failed", "ValueError: on purpose")
    assert raises["printed"].startswith("last words")
    assert 'raise ValueError("on purpose")' in raises["printed"]
    assert "evaluate_genomes" not in raises["printed"]
    assert (exits["status"], exits["error"]) == ("crashed", "the process ended with exit code 3")
    assert (exits["fitness"], exits["metrics"], exits["printed"]) == (
        None,
        {"objective": None},
        None,
    )
    assert (prints["status"], prints["fitness"]) == ("ok", 2.0)
    assert prints["printed"] == "from Python\nfrom C \\x1b[2J"
    assert again == prints


EXPECTED = {
    "segfaults": ("crashed", "killed by SIGSEGV"),
    "exits_0": ("crashed", "the process ended with exit code 0"),
    "exits_3": ("crashed", "the process ended with exit code 3"),
    "loops": ("timeout", "longer than 6 s"),
    "holds_lock": ("timeout", "longer than 6 s"),
    "sleeps": ("timeout", "longer than 6 s"),
    "raises": ("failed", "ValueError: on purpose"),
    "nan": ("failed", "ValueError: objective is nan, not a finite number"),
    "floods": ("ok", None),
    "floods_in_c": ("ok", None),
    "fine": ("ok", None),
}


@pytest.mark.slow
@pytest.mark.posix
def test_every_misbehaviour_is_a_row_in_time_with_nothing_left(project):
    limit = ("--set", "run.timeout_s=6")
    done = evaluate(project, "-p", "odd", "--params", rows_of(*EXPECTED), *limit, "--json")
    assert done.returncode == 1
    rows = {row["params"]["how"]: row for row in read(done)["data"]}
    assert {how: (row["status"], row["error"]) for how, row in rows.items()} == EXPECTED
    assert "Segmentation fault" in rows["segfaults"]["printed"]
    assert "odd.py" in rows["segfaults"]["printed"]
    assert rows["floods"]["printed"].endswith("[more output is not kept]")
    assert rows["floods_in_c"]["printed"].endswith("the end")
    assert max(len(row["printed"] or "") for row in rows.values()) < 5000
    assert rows["fine"]["printed"] is None


@pytest.mark.slow
def test_memory_is_limited(project):
    limit = ("--set", "run.memory_gib=0.6")
    done = evaluate(project, "-p", "odd", "--params", rows_of("eats_memory"), *limit, "--json")
    (row,) = read(done)["data"]
    assert (row["status"], row["error"]) == ("crashed", "more than 0.60 GiB of memory")


@pytest.mark.slow
@pytest.mark.posix
def test_a_child_with_a_session_of_its_own_ends_too(project):
    done = evaluate(project, "-p", "odd", "--params", rows_of("leaves_child"), "--json")
    assert (done.returncode, read(done)["data"][0]["status"]) == (0, "ok")


@pytest.mark.slow
def test_in_text_a_row_has_its_reason_and_what_was_printed_goes_to_stderr(project):
    (project / "odd.py").write_text(
        PROBLEM.replace("class Odd", "print('imported')\nos.system('echo in C')\nclass Odd", 1)
    )
    done = evaluate(project, "-p", "odd", "--params", rows_of("raises", "prints", n=4))
    assert done.returncode == 1
    assert "failed: ValueError: on purpose" in done.stdout
    assert not {"imported", "in C", "from Python", "last words"} & {*done.stdout.split("\n")}
    for text in (
        "printed before the first one:\n  imported\n  in C\n", "  from Python\n", "  last words",
        'raise ValueError("on purpose")', "n = 4, not",
    ):  # fmt: skip
        assert text in done.stderr


@pytest.mark.slow
def test_whatever_backend_a_profile_names_a_crash_is_a_row(project, monkeypatch):
    monkeypatch.chdir(project)
    for backend in ("serial", "threads", "auto", "ray"):
        profile = evosearch.load_profile("odd", backend=backend, address="far:1")
        rows = evosearch.evaluate(profile, [{"how": "exits_0", "n": 1}, {"how": "fine", "n": 1}])
        assert [row["status"] for row in rows] == ["crashed", "ok"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["held", "open"])
def test_workers_measure_outside_the_ranges_a_problem_that_no_pickle_can_carry(
    project, monkeypatch, kind
):
    monkeypatch.chdir(project)
    rows = json.dumps([{"how": "fine", "n": n} for n in (5, 3, 9, 3)])
    done = CliRunner().invoke(app, ["evaluate", "-p", kind, "--params", rows, "--json"])
    found = json.loads(done.stdout)
    assert [row["fitness"] for row in found["data"]] == [50.0, 30.0, 90.0, 30.0]
    assert [bool(row["outside"]) for row in found["data"]] == [False, True, True, True]
    assert any("evosearch run would refuse" in note for note in found["warnings"]) == (
        kind == "open"
    )


@pytest.mark.slow
def test_draws_are_those_of_a_run(project, monkeypatch):
    monkeypatch.chdir(project)
    rows = evosearch.run("drawing").to_frame().to_dict("records")
    assert len({row["fitness"] for row in rows}) == 3
    again = evosearch.evaluate("drawing", rows)
    assert [row["fitness"] for row in again] == [row["fitness"] for row in rows]


@pytest.mark.slow
@pytest.mark.posix
@pytest.mark.parametrize(("sent", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_ends_it_at_once_and_nothing_stays(project, sent, code):
    process = subprocess.Popen(
        [sys.executable, "-m", "evosearch", "evaluate", "-p", "odd", "--params", rows_of("sleeps", "loops")],
        cwd=project, env=runs.environment(TMPDIR=str(project / "tmp")),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    runs.wait_for(
        lambda: {*project.glob("began-*")} == {project / "began-sleeps", project / "began-loops"}
    )
    os.killpg(process.pid, getattr(signal, sent))
    out, err = process.communicate(timeout=300)
    assert (process.returncode, out, err) == (code, "", "stopped\n")
    assert_nothing_is_left(project)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("def setup(self): raise OSError('no licence')", 5, "could not prepare the problem"),
        ("def setup(self): print('so far', flush=True); os._exit(9)", 5, "exit code 9"),
    ],
)
def test_a_worker_that_cannot_start_is_one_message(project, text, code, says):
    changed = PROBLEM.replace('version = "1"\n', f'version = "1"\n    {text}\n', 1)
    (project / "odd.py").write_text(changed)
    done = evaluate(project, "-p", "odd", "--params", rows_of("fine"), "--set", "run.workers=1")
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert done.stderr.count("error:") == 1
    assert ("so far" in done.stderr) == ("so far" in text)


@pytest.mark.slow
def test_a_genome_that_takes_long_is_spoken_of(project, monkeypatch):
    monkeypatch.chdir(project)
    monkeypatch.setattr(handle, "TELL_AFTER_S", 0.1)
    told = []

    def tell(row, elapsed_s):
        told.append((row, elapsed_s > 0.1))
        (project / "told").touch()

    found = measure("odd", [{"how": how, "n": 1} for how in ("fine", "waits")], tell)
    assert told[0] == (1, True)
    assert [row["status"] for row in found.rows] == ["ok", "ok"]


CALL = """
import evosearch
rows = evosearch.evaluate("odd", [{"how": "exits_3", "n": 1}, {"how": "fine", "n": 1}])
print([row["status"] for row in rows])
"""


@pytest.mark.slow
@pytest.mark.parametrize("way", ["guarded", "not guarded", "prompt"])
def test_from_python_it_works_at_a_prompt_and_in_a_script_with_a_guard(project, way):
    (project / "profiles" / "odd.toml").write_text(
        PROFILE.format(kind="Odd", backend="auto").replace("4", "1")
    )
    guarded = CALL.replace("\n", "\n    ").replace(
        "\n    import evosearch", "import evosearch\nif __name__ == '__main__':", 1
    )
    (project / "script.py").write_text(guarded if way == "guarded" else CALL)
    prompt = way == "prompt"
    done = subprocess.run(
        [sys.executable, *(["-i"] if prompt else ["script.py"])],
        input=CALL if prompt else None, cwd=project, env=runs.environment(),
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    if way == "not guarded":
        assert done.returncode == 1
        assert done.stderr.count("Traceback") == 1
        assert 'put the call under `if __name__ == "__main__":`' in done.stderr
    else:
        assert "['crashed', 'ok']" in done.stdout, done.stderr


def test_notes_on_the_data_stand_where_a_person_and_a_program_look(workspace):
    lines = ["timestamp,open,high,low,close,volume"]
    lines += [f"2024-01-{day:02d},1,2,1,1.5,10" for day in range(1, 31) if day != 9]
    (workspace / "bars.csv").write_text("\n".join(lines) + "\n")
    genome = {"n_rules": 1, "rule1_kind": "price_vs_sma", "rule1_op": "above", "rule1_period": 5,
              "stop_loss_frac": 0.5, "take_profit_frac": 0.06}  # fmt: skip
    command = ["evaluate", "-p", "pro", "--data", "bars.csv", "--params", json.dumps(genome)]
    text = CliRunner().invoke(app, command, env={"COLUMNS": "80"})
    assert text.exit_code == 0, text.output
    (data,) = [line for line in text.stderr.splitlines() if line.startswith("data ")]
    assert "daily bars, all 29, " in data
    machine = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    notes = [note for note in machine["warnings"] if note.startswith("data: ")]
    assert any("missing" in note for note in notes)
    assert all(note.removeprefix("data: ") in text.stderr for note in notes)
    assert any("stop_loss_frac = 0.5" in note for note in machine["warnings"])
