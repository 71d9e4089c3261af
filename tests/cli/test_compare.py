"""``evosearch compare`` as a person reads it."""

import pytest
from typer.testing import CliRunner

from evosearch.cli.commands import app
from tests.assemble.test_comparing import write_run
from tests.cli.test_commands import invoke, run_json
from tests.shards.helpers import describe_problem


@pytest.fixture
def groups(workspace):
    folder = workspace / "results"
    for number in range(4):
        write_run(folder, f"pro-here-{number}", [None, number], [20.0 + number, 5.0], [1.5, 2.0])
        write_run(folder, f"air-here-{number}", [1.0, 2.0 + number], [3.0, number / 8])
    return folder


def test_groups_stand_beside_each_other_and_one_sentence_says_who_wins(groups):
    done = invoke("compare", "pro", "air")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["group", "runs", "1", "2", "4", "interval", "course"] in lines
    pro, air = lines[3:5]
    assert pro[:8] == ["pro", "4", "-", "1.5000", "21.5000", "20.0000", "..", "23.0000"]
    assert air[:5] == ["air", "4", "1.0000", "3.5000", "3.5000"]
    assert "longer: of each only the first 4 tries" in done.stdout
    assert done.stdout.endswith(
        "pro is better than air: it is ahead in 100 % of all pairs of their runs (p = 0.029).\n"
    )
    spanish = invoke("compare", "pro", "air", "--lang", "es").stdout
    assert "21,5000" in spanish
    assert "pro es mejor que air" in spanish


def test_it_fits_the_terminal(groups):
    long = "a name longer than others"
    write_run(groups.parent / long, "other-here-1", [1.0, 2.0, 30.0, 40.0])
    for width, n_columns in ((60, 4), (80, 6), (120, 7)):
        words = ["compare", "pro", long]
        shown = CliRunner().invoke(app, words, env={"COLUMNS": str(width)}).stdout
        table = shown[: shown.index("(")].splitlines()[2:]
        assert all(len(line) <= width for line in table), shown
        assert "40.0000 .. 40.0000" in shown
        assert len(table[0].split()) == n_columns


def test_json_has_the_curves(groups):
    data = run_json("compare", "pro", "air")
    assert (data["tries"], data["points"]) == (4, [1, 2, 3, 4])
    pro, air = data["groups"]
    assert pro["curves"]["pro-here-1"] == [None, 1, 21, 21]
    assert (pro["tries"]["pro-here-1"], air["tries"]["air-here-0"]) == (6, 4)
    assert pro["median"] == [None, 1.5, 21.5, 21.5]
    (test,) = data["tests"]
    assert (test["first"], test["second"], test["differs"]) == ("pro", "air", True)
    assert len(data["words"]) == 1


def test_what_is_left_out_and_what_is_refused_has_its_exit_code(groups):
    alone = invoke("compare", "pro-here-2")
    assert alone.exit_code == 0
    assert "name another one" in alone.stdout
    write_run(groups, "pro-here-9", [1.0], first_generation=3)
    partial = invoke("compare", "pro", "air")
    assert partial.exit_code == 3
    assert "skipped pro-here-9: some of its shards are not here" in partial.stderr
    assert invoke("compare").exit_code == 2
    assert invoke("compare", "nobody").exit_code == 2
    other = describe_problem("e" * 32, parts={"options": {"fee": 2}})
    write_run(groups, "gamer-here-1", [1.0], problem=other)
    refused = invoke("compare", "pro", "gamer")
    assert (refused.exit_code, refused.stdout) == (4, "")
    assert "What was measured (prices, fees, rules) differs" in refused.stderr


def test_less_is_better_where_it_is(workspace):
    folder = workspace / "results"
    problem = describe_problem(direction="minimize")
    for number in range(4):
        write_run(folder, f"low-here-{number}", [-1.0 - number], problem=problem)
        write_run(folder, f"high-here-{number}", [-9.0 - number], problem=problem)
    shown = invoke("compare", "high", "low").stdout
    assert "less is better" in shown
    assert shown.splitlines()[4].split()[:6] == ["low", "4", "2.5000", "1.0000", "..", "4.0000"]
    assert "low is better than high" in shown
    low = run_json("compare", "low")["groups"][0]
    assert (low["low"], low["median"], low["high"]) == ([1], [2.5], [4])
