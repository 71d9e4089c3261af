"""What a person reads of a ranking: columns, headers, what was searched, and whom to ask."""

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

import evosearch
from evosearch.assemble.alike import fold_ranking, fold_table
from evosearch.cli.commands import app
from evosearch.report.brought import describe_machines, describe_overlap
from evosearch.shards.reading.ranked import Ranked
from evosearch.shards.reading.summary import open_footer
from tests.cli.test_commands import SMALL, run_json

WORDS = {
    "en": ["#", "id", "Sharpe a year", "hold-out", "trades", "return", "vs holding", "worst fall",
           "without costs", "breaks even at", "found by"],
    "es": ["#", "id", "Sharpe anual", "reserva", "operaciones", "rentabilidad", "frente a mantener",
           "peor caída", "sin costes", "empata al", "hallada por"],
}  # fmt: skip


def invoke(*args, columns=80):
    words = [str(arg) for arg in args]
    done = CliRunner().invoke(app, words, env={"COLUMNS": str(columns), "LANG": "C"})
    assert done.exit_code == 0, done.output
    return done


def read_table(*args):
    """Headers and cells of a table in Markdown."""
    lines = invoke("top", "-f", "md", *args).stdout.splitlines()
    headers, _, *rows = ([cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines)
    return headers, [dict(zip(headers, row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("board")
    for machine, seed in (("macbook", 1), ("mini", 2)):
        there = ["--results", folder / "results", "--set", f"run.machine={machine}"]
        invoke("run", "-p", "air", "--seed", seed, *SMALL, *there)
    invoke("merge", "--results", folder / "results")
    return folder


@pytest.fixture
def merged(workspace, recorded):
    shutil.copytree(recorded / "results", "results")
    return next(Path("results/merged").glob("*.parquet"))


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_columns_say_what_a_trader_asks_first(merged, language):
    headers, rows = read_table("--lang", language, "-n", "30")
    assert [header for header in headers if header not in ("alike", "iguales")] == WORDS[language]
    mark = "," if language == "es" else "."
    shown = {row["rank"]: row for row in run_json("top", "-n", "-1")}
    hold = open_footer(merged).metadata.problem.hold.searched.return_frac
    for row in rows:
        found = shown[int(row["#"])]
        told = {key: row[name] for key, name in zip(WORDS["en"], WORDS[language], strict=True)}
        assert told["Sharpe a year"] == f"{found['sharpe_annual']:.2f}".replace(".", mark)
        over = f"{100 * (found['return_frac'] - hold):+.1f} %".replace(".", mark)
        assert told["vs holding"] == over.replace(f"+0{mark}0", f"0{mark}0")
        assert told["found by"] in ("air@macbook", "air@mini", "air@macbook+air@mini")
        assert mark in told["without costs"]
    assert {row[headers[-1]] for row in rows} >= {"air@macbook", "air@mini"}


@pytest.mark.slow
@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_narrow_terminal_loses_columns_the_id_last(merged, columns):
    for language in ("en", "es"):
        lines = invoke("top", "--lang", language, columns=columns).stdout.splitlines()
        assert not [line for line in lines if line != line.rstrip()]
        place = next(n for n, line in enumerate(lines) if " id " in line)
        table = lines[place - 1 : place + 11]
        assert max(map(len, table)) <= columns
        without = " sin " if language == "es" else " without "
        assert (without in table[0] + table[1]) == (columns == 120)
        ids = [row["genome_id"][:8] for row in run_json("top", "-n", "-1")]
        assert {line.split()[1] for line in table[2:] if line} < {*ids}
        # Above it stands what was searched, once.
        bars = {"en": "ibm-daily, bars of 1 day", "es": "ibm-daily, barras de 1 día"}
        assert lines[1:4].count(bars[language]) == 1
        assert sum("2013-03-01" in line for line in lines) == 1
    chosen = invoke("top", "--columns", "rank,return_frac", columns=columns).stdout
    assert ["rank", "return_frac"] in [line.split() for line in chosen.splitlines()]


@pytest.mark.slow
def test_without_the_bars_two_columns_are_absent_and_a_line_says_how_to_get_them(
    merged, monkeypatch
):
    from evosearch.assemble.strategies import costs
    from evosearch.assemble.strategies.opened import Missing

    monkeypatch.setattr(costs, "open_bars", lambda *_: Missing("not here", "--data FILE"))
    text = invoke("top", columns=120).stdout
    assert "without costs  " not in text
    assert "evosearch top --data FILE" in text
    assert "--data" not in invoke("top", columns=80).stdout  # they would not fit


@pytest.mark.slow
def test_a_problem_of_ones_own_shows_its_own_metrics(workspace):
    evosearch.run(problem=Bowl(), population=6, generations=3, seed=1, workers=1)
    text = invoke("top", columns=120).stdout
    assert text.startswith("best 10 of 18 candidates by 1 run, by objective, lowest first\n\n")
    headers, _ = read_table()
    assert headers == ["#", "id", "objective", "n_steps", "found by"]
    assert "holding" not in text
    merge = invoke("merge").stdout
    assert "18 candidates ranked, 0 failed\n" in merge
    assert "best found in generation " in merge
    assert merge.splitlines()[-1].endswith("evosearch report --open")


class Bowl(evosearch.Problem):
    space = evosearch.Space(evosearch.Float("x", -1, 1))
    direction = "minimize"
    metrics = ("objective", "n_steps")
    int_metrics = frozenset({"n_steps"})
    version = "1"

    def evaluate(self, params):
        return {"objective": params["x"] ** 2, "n_steps": 3}


@pytest.mark.slow
def test_a_merge_says_how_the_search_ended_and_a_short_run_has_no_speed(merged):
    text = invoke("merge").stdout
    told = "of 3, too few to tell whether it is finished; going on to 30 takes about"
    assert told in " ".join(text.split())
    (command,) = [line for line in text.splitlines() if "evosearch resume air-" in line]
    assert "--generations 30" in command
    (spread,) = [line for line in text.splitlines() if line.startswith("runs ")]
    best = {}
    for row in run_json("top", "-n", "-1"):
        if row["feasible"]:
            best[row["run_id"]] = max(best.get(row["run_id"], -9.0), row["sharpe_annual"])
    ends = f"{min(best.values()):.2f} .. {max(best.values()):.2f}"
    assert spread == f"runs     the best of each of 2 runs: Sharpe a year {ends}"
    data = run_json("merge")
    numbers = invoke("merge", "-v", columns=120).stdout
    for run in data["runs"]:
        (line,) = [each for each in numbers.splitlines() if f" {run['host']} " in each]
        assert (line.split()[-2] == "-") == (3600 * run["hours"] < 0.5)


def machine(host, rows=5, new=5, **more):
    given = {"host": host, "profiles": ["pro"], "runs": 1, "rows": rows, "new": new}
    return {**given, "duplicates_inside": 0, "best_rank": 1, **more}


def test_what_strangers_call_their_machines_is_shown_and_cut():
    told = describe_machines(
        [machine("a\x1b[31m" + "x" * 300, best_rank=None), machine("b", new=2)], "strategy", "en"
    )
    assert told[0] == "pro@b brought 5 strategies, 2 of them new"
    assert "\x1b" not in told[1]
    assert len(told[1]) < 80
    many = describe_machines([machine(f"m{n}", best_rank=n + 1) for n in range(9)], "row", "es")
    assert many[-1] == "... y 3 máquinas más (-v las muestra)"


def test_ranges_that_differ_are_compared_in_words():
    kinds = [{"kind": "float", "low": 0.01 * n, "high": 0.05, "log": False} for n in (1, 2)]
    item = {"names": ["stop_loss_frac"], "ranges": dict(zip("ab", kinds, strict=True))}
    searches = {"searches": {"a": {}, "b": {}}, "differing": [item | {"common_frac": 0.75}]}
    assert describe_overlap(searches, "es") == [
        "stop: a 1 % .. 5 %; b 2 % .. 5 %; los rangos coinciden en un 75 %"
    ]
    none = {**searches, "differing": [item | {"common_frac": 0.0}]}
    assert describe_overlap(none, "en")[0].endswith("the ranges do not overlap")
    assert describe_overlap({**searches, "differing": []}, "en") == ["all searched the same ranges"]
    assert describe_overlap({"searches": {"a": {}}, "differing": []}, "en") == []


def test_rows_without_a_name_for_what_they_do_are_like_no_other():
    table = pa.table({"rank": pa.array(range(1, 7), pa.int64()), "id": [7, None, 7, 5, None, 5]})
    folded = fold_table(table, "id")
    assert folded.table["rank"].to_pylist() == [1, 2, 4, 5]
    assert folded.counts == {1: 2, 4: 2}
    assert fold_table(table, "id", 2).counts == {1: 2}
    ranked = Ranked(table.schema, None, len(table), table=table)
    assert fold_ranking(ranked, "id", 3).table["rank"].to_pylist() == [1, 2, 4]
    # Of rows that may not be read nothing is said.
    assert fold_ranking(ranked, "id", 3, most=3).counts == {1: 2}
    assert json.dumps(dict(fold_ranking(ranked, "id", 1).counts)) == '{"1": 2}'
