"""Colours: losses red, a worse hold-out yellow, a verdict in its colour; plain text elsewhere."""

import io

import pytest
from rich.console import Console

from evosearch.cli import console
from evosearch.cli.painting import Painted, paint_loss, paint_verdict, paint_worse

RED, YELLOW, GREEN, END = "\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[0m"


@pytest.fixture
def terminal(monkeypatch):
    """What is printed to a terminal with colours, by calling it."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    sink = io.StringIO()
    monkeypatch.setattr(
        console, "make_console",
        lambda stderr=False: Console(file=sink, width=40, force_terminal=True, highlight=False),
    )  # fmt: skip
    return sink.getvalue


def test_cells_of_a_table_have_their_colour(terminal):
    rows = [
        [paint_loss("-3 %", -0.03), paint_worse("1", 1.0, 2.0), paint_worse("-1", -1.0, -2.0)],
        [paint_loss("0 %", 0.0), paint_worse("3", 3.0, 2.0), paint_worse("9 %", 0.09, 0.08, True)],
    ]
    console.print_table(["a", "b", "c"], rows)
    shown = terminal()
    assert f"{RED}-3 %{END}" in shown and f"{YELLOW}1{END}" in shown and f"{RED}-1{END}" in shown
    assert f"{YELLOW}9 %{END}" in shown
    assert "\n0 %  3  " in shown.replace(" 0 %", "0 %")


def test_a_verdict_is_painted_behind_its_label_and_on_its_next_lines(terminal):
    box = ["verdict  loses money", "         after costs", "trials   2 of 3"]
    console.print_lines(*paint_verdict(box, "verdict", "loses"))
    assert terminal() == (
        f"verdict  {RED}loses money{END}\n         {RED}after costs{END}\ntrials   2 of 3\n"
    )
    assert paint_verdict(box, "verdict", "no_such_name") == box


def test_a_long_painted_line_stays_painted_where_it_is_broken(terminal):
    console.print_lines(Painted("verdict  " + "word " * 12, "green", 9))
    first, second = terminal().splitlines()[:2]
    assert first.startswith(f"verdict  {GREEN}word") and second.startswith(f"         {GREEN}word")


@pytest.mark.parametrize("unset", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_without_colours_a_painted_text_is_the_same_text(monkeypatch, unset, capsys):
    for name, value in unset.items():
        monkeypatch.setenv(name, value)
    sink = io.StringIO()
    where = Console(file=sink, width=40, force_terminal=True, highlight=False)
    monkeypatch.setattr(console, "make_console", lambda stderr=False: where)
    console.print_lines(paint_loss("-3 %", -0.03))
    assert sink.getvalue() == "-3 %\n"
    monkeypatch.undo()
    console.print_table(["a"], [[paint_loss("-3 %", -0.03)]])
    assert "\x1b" not in capsys.readouterr().out


def test_what_is_no_number_is_not_painted():
    assert type(paint_loss("-", None)) is str
    assert type(paint_worse("1", 1.0, None)) is str
    assert "|" not in Painted("a", "red")  # it is a text like any other
