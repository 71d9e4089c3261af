"""Terminals of any size, and commands that are printed to be pasted."""

import dataclasses
import io
import shlex
import sys
import threading

import pytest
from rich.console import Console
from typer.testing import CliRunner

import evosearch
from evosearch import texts
from evosearch.algorithms.vigour import Vigour
from evosearch.assemble.settings.checking import check_values
from evosearch.cli import console, display, progress
from evosearch.cli.commands import app
from evosearch.cli.ranking import merge_progress
from evosearch.cli.searching.many import ManyProgress
from evosearch.cli.typed import mistakes
from evosearch.loop.events import GenerationFinished, RunFacts, RunStarted
from tests import runs
from tests.assemble.test_continuation import stop_after
from tests.cli.test_commands import invoke

ODD = ["0", "1", "-5", "garbage", "", " ", "²", "٣", "1e3", "99999999999999999999", "999999"]
FACTS = RunFacts(
    machine={"host": "vm", "cpu": "Processor of a long name", "n_cores": 2}, population=40,
    generations=300, direction="maximize", objective="sharpe_daily", problem="trading", seed=1,
    n_workers=2, backend="threads", data={},
)  # fmt: skip
BEST = {
    "feasible": True,
    "status": "ok",
    "sharpe_daily": -0.1612,
    "sharpe_daily_oos": -0.0161,
    "sharpe_annual": -3.08,
}


class Terminal(Console):
    """What a terminal of some width would show, as text."""

    def __init__(self, width):
        self.sink = io.StringIO()
        super().__init__(width=width, height=30, force_terminal=True, color_system=None, record=True,
                         file=self.sink)  # fmt: skip


@pytest.fixture
def project(workspace):
    return runs.make_project(workspace, generations=2)


@pytest.mark.parametrize("size", ODD)
def test_a_size_that_no_terminal_has_is_not_known(monkeypatch, size):
    monkeypatch.setenv("COLUMNS", size)
    monkeypatch.setenv("LINES", "0")
    monkeypatch.delenv("TERM", raising=False)
    mistakes.forget_wrong_size()
    assert not {"COLUMNS", "LINES"} & set(mistakes.os.environ)
    monkeypatch.setenv("COLUMNS", size if size.isascii() else "0")
    assert console.make_console().width >= 20


def test_no_size_hides_help_errors_or_tables(project):
    assert invoke("run", "-p", "made", "-q").exit_code == 0
    for words in (
        ["top"],
        ["show", "1"],
        ["top", "nothere"],
        ["run"],
        ["run", "--help"],
        ["--help"],
        ["nope"],
    ):
        plain = CliRunner().invoke(app, words, env={"COLUMNS": None, "LINES": None})
        assert plain.output
        for size in ("0", "1"):
            odd = CliRunner().invoke(app, words, env={"COLUMNS": size, "LINES": size})
            assert (odd.exit_code, odd.stdout, odd.stderr) == (
                plain.exit_code,
                plain.stdout,
                plain.stderr,
            )


def test_mistakes_of_a_command_line_look_like_all_others(project):
    done = invoke("run")
    assert (done.exit_code, done.stdout) == (2, "")
    first, second, third = done.stderr.splitlines()
    assert first == "error: `evosearch run` needs --profile NAME."
    assert "Profiles: " in second
    assert "made" in second
    assert third.endswith("run --help")
    for words in (["nope"], ["top", "--nope"], ["merge", "--top", "x"], ["run", "-p"], ["show"]):
        done = invoke(*words)
        assert (done.exit_code, done.stdout) == (2, ""), words
        assert done.stderr.startswith("error: ")
        assert "Usage:" not in done.stderr
    assert invoke().exit_code == 2  # alone, it explains itself
    assert invoke("profiles").exit_code == 2


def test_tables_end_with_their_last_letter(project):
    assert invoke("run", "-p", "made", "-q").exit_code == 0
    for words in (["top"], ["merge"], ["check"], ["profiles", "list"], ["show", "1"]):
        lines = invoke(*words).stdout.splitlines()
        assert lines == [line.rstrip() for line in lines]


@pytest.mark.parametrize("width", [20, 40, 60, 80])
def test_a_narrow_table_loses_columns_and_no_letters(monkeypatch, width, capsys):
    shown = Terminal(width)
    monkeypatch.setattr(console, "make_console", lambda stderr=False: shown)
    headers = ["#", "id", "sharpe/day", "max dd", "found by"]
    console.print_table(
        headers, [["1", "242ae4ff", "0.08", "19.13 %", "pro"]], ["id", "found by"], spare=["max dd"]
    )
    lines = shown.export_text().splitlines()
    # Headers are broken between words before a column is left out.
    assert ("max dd" in lines[0]) == (width >= 45)
    assert ("19.13 %" in shown.sink.getvalue()) == (width >= 40)
    assert len(lines) == (2 if width >= 45 else 3) or width < 40


@pytest.mark.parametrize("width", [40, 60, 80])
def test_lines_for_people_break_between_words_and_commands_never(width):
    best = "best     413aabcb  sharpe_daily 0.0451, return_frac 9.98 %, max_drawdown_frac 12.31 %, n_trades 30"
    pasted = f"next     evosearch resume {'x' * 60} --results 'my results'"
    first, *rest, last = console.wrap_words([best, pasted], Terminal(width))
    assert last == pasted
    assert all(len(line) <= width for line in [first, *rest])
    assert all(line.startswith(" " * 9) for line in rest)
    assert " ".join([first, *(line.strip() for line in rest)]) == best
    plain = Console(width=width, force_terminal=False)
    assert [*console.wrap_words([best], plain)] == [best]


@pytest.mark.parametrize(("width", "has_bar"), [(40, False), (60, True), (80, True), (120, True)])
def test_the_progress_loses_its_bar_before_any_figure(monkeypatch, width, has_bar):
    shown = Terminal(width)
    monkeypatch.setattr(display, "make_console", lambda stderr=False: shown)
    told = progress.RunProgress()
    told(RunStarted("pro-vm-1", FACTS, 120_000))
    told(GenerationFinished(298, 119_000, 0, 0, 52, BEST, 1.0, lambda: Vigour(0.341, 0.12)))
    bar = told._bar
    assert bar is not None
    bar.stop()
    (line,) = [line for line in shown.export_text(clear=False).splitlines() if "120000" in line][
        -1:
    ]
    assert "119000/120000" in line
    assert "…" not in line
    assert ("━" in line) == has_bar
    said = " ".join(shown.export_text(clear=False).split())
    assert "best: Sharpe a year -3.08; diversity 34 %; 12 % better than their parents; 52" in said
    assert "-0.0161" not in shown.export_text()
    told.close()


def test_several_searches_show_how_the_one_under_way_does(monkeypatch):
    monkeypatch.setattr(display, "make_console", lambda stderr=False: Terminal(80))
    made, _ = check_values({"name": "a", "seed": 1, "problem": {"name": "trading"}})
    told = ManyProgress([made, made], False, language="es")
    told(1, RunStarted("r", FACTS, 1000))
    finished = GenerationFinished(2, 90, 0, 0, 7, BEST, 1.0, lambda: Vigour(0.3, None))
    told(1, finished)
    assert told._bar.words == (
        "a semilla 1: mejor: Sharpe anual -3,08; diversidad 30 %; se evitaron 7 repeticiones"
    )
    told._looked = told._clock()
    told(1, dataclasses.replace(finished, n_duplicates=8))
    assert " 7 " in told._bar.words  # looked at a moment ago
    told.close()


def test_the_progress_of_a_merge_is_told_by_many_threads(monkeypatch):
    monkeypatch.setattr(display, "make_console", lambda stderr=False: Terminal(80))
    errors = []

    def tell(told, start):
        try:
            for n in range(100):
                told(f"stage {(n + start) % 3}", n, 100)
        except KeyError as error:
            errors.append(error)

    with merge_progress.MergeProgress(is_quiet=False) as told:
        threads = [threading.Thread(target=tell, args=(told, start)) for start in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == []


NAMES = [
    "a b",
    "it's",
    'say "x"',
    "(1) & [2]",
    "ñandú ü",
    "-dash",
    "--results",
    "~",
    "~ana",
    "a;b",
    "a\\b",
    "*",
    "#x",
]


@pytest.mark.skipif(sys.platform == "win32", reason="read as a shell of POSIX reads it")
@pytest.mark.parametrize("name", NAMES)
def test_what_is_printed_is_read_as_it_was_meant(name, tmp_path, monkeypatch):
    assert shlex.split(texts.quote(name)) == [name]
    (path,) = shlex.split(texts.quote_path(name))
    assert path in (name, f"./{name}")
    assert not path.startswith(("-", "~"))
    assert shlex.split(f"x{texts.name_results(name)}") == ["x", "--results", path]
    assert texts.name_results("results") == ""


def test_commands_for_windows_keep_a_pattern_in_one_word(monkeypatch):
    monkeypatch.setattr(texts.sys, "platform", "win32")
    assert texts.quote_path(r"C:\evo\results") == r"C:\evo\results"
    assert texts.quote_path(r"C:\My Drive\evo") == r'"C:\My Drive\evo"'
    assert texts.quote_shards(r"C:\My Drive\evo") == r'"C:\My Drive\evo/*.parquet"'
    assert texts.quote_shards("results") == "results/*.parquet"
    assert texts.quote("") == '""'


@pytest.mark.skipif(sys.platform == "win32", reason="quotes and letters that Windows forbids")
@pytest.mark.parametrize(
    "name",
    [
        "My Drive/evo results",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("-dash (1) é", "it's [x]")),
    ],
)
def test_every_command_that_is_printed_can_be_pasted(project, name):
    def paste(done):
        """What the next line of an output says, carried out; of two commands the first."""
        (line,) = [line for line in done.stdout.splitlines() if line.startswith("next ")]
        words = shlex.split(line.removeprefix("next").partition("   or   ")[0])
        assert words[0] == "evosearch"
        # Where tests run there is no browser.
        again = invoke(*(word for word in words[1:] if word != "--open"))
        assert again.exit_code == 0, again.output
        return again

    begun = evosearch.run(evosearch.load_profile("made", results=name), **stop_after(1))
    status = invoke("status", "--results", name)
    assert begun.run_id in status.stdout
    resumed = paste(status)
    paste(resumed)
    merged = invoke("merge", "--results", name)
    paste(merged)
    assert (project / name / "merged").is_dir()
    assert not (project / "results").exists()
    paste(invoke("status", "--results", name))


def test_a_folder_without_runs_says_how_to_begin_there(project):
    done = invoke("status", "--results", "not here")
    assert (
        "evosearch run --profile demo --results 'not here'" in done.stdout
        or sys.platform == "win32"
    )


def test_hosts_that_there_are_are_listed_once(project):
    assert invoke("run", "-p", "made", "-q").exit_code == 0
    done = invoke("top", "--host", "nada")
    assert done.exit_code == 2
    assert done.stderr.count("Allowed:") == 1
    assert "There are" not in done.stderr
