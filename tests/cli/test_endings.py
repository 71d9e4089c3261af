"""What a search prints at its end, however it ends, and that what it says to type next works."""

import dataclasses
import json
import re
import shlex
import signal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evosearch.cli.commands import app
from evosearch.cli.console import format_value
from evosearch.cli.progress import RunProgress, describe_start
from evosearch.cli.searching.outcome import describe_best, find_course
from evosearch.errors import EnvironmentFailed
from evosearch.executors import EXECUTORS
from evosearch.loop.events import EvaluationsFinished, GenerationFinished, RunFacts, RunStarted
from evosearch.loop.result import RunResult
from evosearch.report.rising import describe_course
from evosearch.report.sentences import word
from evosearch.shards.writing.journal import Journal
from evosearch.statements import Statement
from evosearch.trading.words.describe import doubt_strategy
from tests import runs
from tests.assemble.test_results import FAILS, edit, rows_of

FOLDER = "my results"
BEGIN = "    def evaluate(self, params):\n"
ENDED_BY = """
        import signal
        done = os.path.exists("n") and int(open("n").read())
        open("n", "w").write(str(done + 1))
        for number in {numbers} if done == 13 else ():
            os.kill(os.getpid(), number)
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project whose serial evaluations are told of one by one."""
    folder = runs.make_project(tmp_path)
    monkeypatch.chdir(folder)
    monkeypatch.setitem(EXECUTORS, "serial", "tests.fakes:OneByOne")
    return folder


def invoke(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args], env={"COLUMNS": "80"})


def run(*args):
    return invoke("run", "-p", "made", "--results", FOLDER, *args)


def paste(done):
    """Run each command that stands behind ``next``, as a shell would."""
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("next ")]
    commands = line.removeprefix("next ").split("   or   ")
    for command in commands:
        program, *words = shlex.split(command)
        assert program == "evosearch"
        # Where tests run there is no browser.
        again = invoke(*(word for word in words if word != "--open"))
        assert again.exit_code == 0, (command, again.output)
    return commands


def read(done):
    """The one JSON document on stdout."""
    (line,) = done.stdout.splitlines()
    return json.loads(line)["data"]


def interrupt(project, *numbers):
    edit(project, BEGIN, BEGIN + ENDED_BY.format(numbers=[int(n) for n in numbers]))


@pytest.mark.slow
def test_a_whole_run_and_its_folder_say_what_to_type_next(project):
    done = run()
    assert ", all generations; " in done.stdout
    assert len(paste(done)) == 2
    shown = invoke("status", "--results", FOLDER)
    assert "60 of 60" in shown.stdout
    paste(shown)
    assert read(run("--json", "--evaluations", "5"))["reason"] == "evaluations"


@pytest.mark.parametrize(
    ("numbers", "code"),
    [([signal.SIGINT], 130), pytest.param([signal.SIGTERM], 143, marks=pytest.mark.slow), ([signal.SIGINT] * 2, 130)],
)  # fmt: skip
@pytest.mark.posix
def test_a_run_that_is_stopped_counts_what_it_keeps(project, numbers, code):
    interrupt(project, *numbers)
    done = run()
    assert done.exit_code == code, done.output
    n = 13 if len(numbers) > 1 else 14  # at once: without the evaluation under way
    assert done.stdout.startswith(f"{n} candidates in ")
    assert ", stopped early; " in done.stdout
    has_shard = len(numbers) == 1
    assert ("\nshard " in done.stdout, "\nkept " in done.stdout) == (has_shard, not has_shard)
    shown = invoke("status", "--results", FOLDER)
    assert f"{n} of 60" in shown.stdout
    assert "evosearch resume made-" in paste(shown)[0]  # which ends the run
    assert "60 of 60" in invoke("status", "--results", FOLDER).stdout


@pytest.mark.posix
def test_a_run_that_is_stopped_at_once_is_one_json_document(project):
    interrupt(project, signal.SIGINT, signal.SIGINT)
    done = run("--json")
    data = read(done)
    _, committed = rows_of(data["run_id"], FOLDER)
    assert (done.exit_code, data["reason"], data["error"]) == (130, "stopped", None)
    assert data["n_evaluated"] == data["n_committed"] == len(committed) == 13
    assert data["best"]["fitness"] == max(
        row["fitness"] for row in committed.values() if row["feasible"]
    )
    assert f"evosearch resume {data['run_id']} --results 'my results'" in done.stderr


@pytest.mark.slow
@pytest.mark.posix
def test_what_a_resumed_run_was_asked_for_is_what_the_next_command_goes_on_to(project):
    run_id = read(run("--json"))["run_id"]
    interrupt(project, signal.SIGINT)
    stopped = invoke("resume", run_id, "--results", FOLDER, "--generations", "8")
    assert (
        "14 candidates in" in stopped.stdout
        and ", stopped early; 60 from before; " in stopped.stdout
    )
    assert "74 of 80" in invoke("status", "--results", FOLDER).stdout
    paste(stopped)
    assert "80 of 80" in invoke("status", "--results", FOLDER).stdout


@pytest.mark.slow
def test_a_search_that_only_fails_prints_what_it_kept_and_why(project):
    edit(project, 'if params["k"] == 7 and', FAILS)
    done = run()
    assert done.exit_code == 1
    first, shard, best, _ = done.stdout.splitlines()
    assert (
        first.startswith("10 candidates in ")
        and "failed; 0 meet all conditions, 10 failed" in first
    )
    assert shard.startswith("shard    my results/made-")
    assert best.split()[2:] == ["failed"]
    assert "Stopped: all of the first 10 evaluations failed" in done.stderr
    paste(done)
    told = run("--json")
    data = read(told)
    assert (told.exit_code, data["reason"], data["n_not_ok"]) == (1, "failed", 10)
    assert data["error"].startswith("Stopped: all of the first 10")
    assert len(rows_of(data["run_id"], FOLDER)[0]) == data["n_evaluated"] == 10
    assert "finished: failed" in invoke("status", "--results", FOLDER).stdout
    many = run("--seeds", "2")
    assert many.exit_code == 1
    assert many.stdout.count("made seed ") == 2
    assert many.stdout.count("         ValueError: seven b\n") == 2
    paste(many)
    assert [each["n_evaluated"] for each in read(run("--seeds", "2", "--json"))["searches"]] == [
        10,
        10,
    ]


@pytest.mark.slow
@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.posix
def test_a_disk_that_refuses_is_told_with_what_is_kept(project, monkeypatch, is_first):
    interrupt(project, *([] if is_first else [signal.SIGINT]))
    run()
    monkeypatch.setenv("EVOSEARCH_FAILPOINT", "write:2:ENOSPC" if is_first else "write:1:ENOSPC")
    monkeypatch.setattr("evosearch.shards.disk.files._failpoint_passes", {})
    done = run("--json") if is_first else invoke("resume", "--results", FOLDER, "--json")
    data = read(done)
    assert (done.exit_code, data["reason"]) == (5, "failed")
    assert "The disk is full" in data["error"] and "The disk is full" in done.stderr
    published, committed = rows_of(data["run_id"], FOLDER)
    assert data["n_evaluated"] == len(published) + len(committed)
    assert data["is_resumable"]
    if not is_first:
        monkeypatch.setattr("evosearch.shards.disk.files._failpoint_passes", {})
        done = invoke("resume", "--results", FOLDER)
        assert f"next     evosearch resume {data['run_id']}" in done.stdout
    monkeypatch.delenv("EVOSEARCH_FAILPOINT")
    assert invoke("resume", "--results", FOLDER).exit_code == 0


@pytest.mark.posix
def test_a_run_that_measured_nothing_says_so_and_leaves_nothing(project):
    edit(project, BEGIN, BEGIN + "        os.kill(os.getpid(), 2), os.kill(os.getpid(), 2)\n")
    done = run()
    assert done.exit_code == 130
    assert done.stdout.splitlines()[-1] == "kept     nothing, as nothing was measured"
    assert "resume" not in done.output
    assert not (project / FOLDER).exists()


@pytest.mark.slow
@pytest.mark.posix
def test_a_folder_with_nothing_published_has_nothing_to_merge(project):
    interrupt(project, signal.SIGINT, signal.SIGINT)
    run_id = read(run("--json"))["run_id"]
    journal = Journal.open(project / FOLDER, run_id)
    shown = invoke("status", "--results", FOLDER)
    assert "running" in shown.stdout and f"13 rows of {run_id} not yet" in shown.stdout
    assert "next " not in shown.stdout
    journal.close()
    paste(invoke("status", "--results", FOLDER))


@pytest.mark.slow
def test_what_cannot_be_merged_into_one_ranking_is_merged_apart(project):
    run()
    done = run("-p", "demo", "--set", "search.population=10", "--set", "search.generations=2")
    assert done.exit_code == 0, done.output
    assert "demo seed None" not in done.stdout
    assert " --by-fingerprint\n" in invoke("status", "--results", FOLDER).stdout
    assert "--by-fingerprint" in paste(done)[0]
    merged = invoke("status", "--results", FOLDER)
    assert merged.stdout.count("  yes") == 3 and "next     evosearch top " in merged.stdout


def make_best(status="ok", feasible=False, **metrics):
    about = {"genome_id": "0123456789", "status": status, "feasible": feasible, "fitness": None}
    return about | {"violation": 0.0, "generation": 0, **metrics}


def make_result(best, **more):
    counts = dict.fromkeys(("n_evaluated", "n_not_ok", "n_feasible", "n_duplicates"), 0)
    return RunResult("r-1", "generations", (), best=best, elapsed_s=0.0, **{**counts, **more})


def test_a_best_row_that_is_no_good_one_says_so():
    def describe(best, language="en", **more):
        return describe_best(make_result(best, **more), language)

    assert describe(make_best("timeout", n_trades=None)) == "01234567  timeout"
    assert describe(make_best(n_trades=0)).startswith("01234567  does not meet all conditions, ")
    short = (Statement("board.feasible_trades", {"n": 19, "least": 30}), "said by the problem")
    assert describe(make_best(n_trades=0), "es", shortfall=short).startswith(
        "01234567  19 con 30 operaciones o más, said by the problem, "
    )
    assert describe(make_best(feasible=True, n_trades=9)) == "01234567  trades 9"


def test_what_rounds_to_nothing_has_no_sign():
    assert [format_value("x", value) for value in (-0.0, -1e-9, 0.0, -0.25)] == [
        "0.0000", "0.0000", "0.0000", "-0.2500"
    ]  # fmt: skip
    assert format_value("return_frac", -1e-9) == "0.00 %"
    assert format_value("net_profit", -0.001) == "0.00"


@pytest.mark.parametrize(
    ("row", "says", "says_not"),
    [
        ({"n_trades": 0, "net_profit": 0.0}, "never trades", "loses"),
        ({"n_trades": 0, "net_profit": 0.0, "n_trades_oos": 0, "net_profit_oos": 0.0}, "never", "hold-out"),
        ({"n_trades": 1, "net_profit": -3.0}, "only 1 trade:", "trades"),
        ({"n_trades": 40, "net_profit": 5.0, "n_trades_oos": 0, "net_profit_oos": 0.0}, "never trades in the hold-out", "makes money"),
        ({"n_trades": 40, "n_ambiguous_bars": 5}, "touched stop and target in one bar", "never"),
    ],
)  # fmt: skip
def test_a_strategy_is_judged_by_what_it_did(row, says, says_not):
    doubts = " ".join(word(each, "en") for each in doubt_strategy(row))
    assert says in doubts and says_not not in doubts


def test_a_strategy_that_was_not_measured_or_is_good_is_not_judged():
    assert doubt_strategy({"n_trades": None, "net_profit": None}) == []
    assert doubt_strategy({"n_trades": 40, "net_profit": 5.0, "net_profit_oos": None}) == []


FACTS = RunFacts(
    population=40, generations=3, objective="cost", direction="minimize", seed=1, problem="made",
    machine={"host": "h", "cpu": "c", "n_cores": 2}, n_workers=1, backend="serial", data=None,
)  # fmt: skip


def test_the_size_of_a_search_is_what_was_asked_for():
    assert "40 x 3 = 120 candidates" in describe_start(RunStarted("r", FACTS, 120))[1]
    assert "95 candidates, 40 a generation" in describe_start(RunStarted("r", FACTS, 95))[1]


def test_lines_of_progress_state_what_is_so_now(capsys):
    progress = RunProgress()
    progress(RunStarted("r", dataclasses.replace(FACTS, n_known=50), 120))

    def line(event):
        capsys.readouterr()
        progress._last_plain = float("-inf")
        progress(event)
        return capsys.readouterr().err.strip()

    # Nothing new is measured yet: there is no speed and no time left to tell.
    assert line(EvaluationsFinished(0, 40)) == "generation=1/3 evaluated=40 per_s=- eta_s=-"
    best = make_best("failed", cost=None)
    finished = GenerationFinished(1, 80, 80, 0, 0, best, 1.0)
    assert "evaluated=80" in line(finished) and line(finished).endswith("none yet without an error")
    finished = GenerationFinished(2, 120, 80, 1, 0, make_best(feasible=True, cost=-0.0), 1.0)
    assert line(finished).endswith("eta_s=- best: cost 0.0000")


def test_an_error_without_a_result_is_told_as_before(project):
    assert EnvironmentFailed("x").result is None
    done = run("--set", "search.population=1", "--json")
    assert (done.exit_code, done.stdout) == (2, "")


@pytest.mark.slow
def test_what_going_on_takes_is_about_what_was_said(project):
    done = run("--generations", "12")
    said = re.search(r"going on to 120 takes about (\S+ \S+), (\S+) kB", done.stdout)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("go on ")]
    before = {path: path.stat().st_size for path in Path(FOLDER).glob("*.parquet")}
    program, *words = shlex.split(line.removeprefix("go on"))
    again = invoke(*words)
    assert program == "evosearch" and again.exit_code == 0, again.output
    (more,) = set(Path(FOLDER).glob("*.parquet")) - set(before)
    kilobytes = float(said[2].replace(",", ""))
    assert more.stat().st_size / 3000 <= kilobytes <= 3 * more.stat().st_size / 1000
    assert "1,200 of 1,200" in invoke("status", "--results", FOLDER).stdout


@pytest.mark.slow
def test_a_merge_elsewhere_names_the_folder_in_which_the_run_goes_on(project):
    run("--generations", "12")
    shards = sorted(map(str, Path(FOLDER).glob("*.parquet")))
    text = invoke("merge", *shards, "--results", "elsewhere").stdout
    (line,) = [line for line in text.splitlines() if line.startswith("go on ")]
    again = invoke(*shlex.split(line.removeprefix("go on"))[1:])
    assert again.exit_code == 0, again.output


def test_a_search_that_was_ended_by_time_or_by_its_target_is_told_what_helps(project):
    timed = make_result({}, n_generations=20, rises=((0, 0.0), (19, 1.0)), n_evaluated=200)
    assert find_course(timed, FOLDER).is_timed is False
    for reason, is_told in (("time", True), ("target", False), ("stagnation", False)):
        course = find_course(dataclasses.replace(timed, reason=reason), FOLDER)
        assert (course is not None) == is_told
        assert not is_told or "--generations 200 --budget 60s" in describe_course(course, "en")[1]
