"""What no row may say is said by one rule: the deep check and all who read rows agree on it."""

import json
import os

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from evosearch import Int, Problem, Space, merge
from evosearch.assemble.ranking.opening import open_ranking
from evosearch.errors import EvosearchError, PartialResult, ProblemError
from evosearch.population import Evaluations, Status
from evosearch.problems.base import COLUMN_NAMES
from evosearch.problems.evaluation import evaluate_genomes
from evosearch.problems.promise import check_problem
from evosearch.report.merged import summarise_merge
from evosearch.report.rows import list_rows
from evosearch.shards.format.schema import BASE_NAMES, MERGED_NAMES
from evosearch.shards.reading.check import Verdict
from evosearch.shards.reading.deep_check import check_deep
from evosearch.shards.reading.rows import UNSORTED
from tests.cli.test_commands import invoke
from tests.shards.helpers import describe_problem, write_foreign, write_shard
from tests.shards.test_deep import forge, with_column

# Feasible, infeasible, failed.
ROWS = [(k, 100.0 - k, k < 10, 0.5, Status.OK) for k in range(20)]
ROWS += [(k, 0.0, True, 0.0, Status.FAILED) for k in range(20, 25)]
FEASIBLE, INFEASIBLE, FAILED = 3, 12, 22


def put(name, place, value):
    """A change of one value of a table."""

    def change(table):
        values = table.column(name).to_pylist()
        values[place] = value
        field = table.schema.field(name)
        if pa.types.is_dictionary(field.type):
            column = pa.array(values).dictionary_encode()
            return table.set_column(table.column_names.index(name), field, column)
        return with_column(table, name, values)

    return change


BAD = {
    "a fitness that is NaN": put("fitness", FEASIBLE, float("nan")),
    "an infinite fitness": put("fitness", FEASIBLE, float("inf")),
    "an infeasible row with an infinite fitness": put("fitness", INFEASIBLE, float("-inf")),
    "feasible without fitness": put("fitness", FEASIBLE, None),
    "feasible with a violation": put("violation", FEASIBLE, 0.5),
    "feasible and failed": put("status", FEASIBLE, "failed"),
    "failed with a fitness": put("fitness", FAILED, 1.0),
    "infeasible, failed, with a fitness": put("status", INFEASIBLE, "timeout"),
    "a violation below zero": put("violation", INFEASIBLE, -1e300),
    "a violation that is NaN": put("violation", INFEASIBLE, float("nan")),
    "an unknown status": put("status", FAILED, "banana"),
    "an empty status": put("status", FAILED, ""),
    "a run that the metadata do not name": put("run_id", INFEASIBLE, "other"),
}
GOOD = {
    "as it is": lambda table: table,
    "infeasible without fitness": put("fitness", INFEASIBLE, None),
    "an infinite violation of the last": put("violation", 19, float("inf")),
    "another failure": put("status", 24, "crashed"),
}
BAD_MERGED = {
    "no finder": put("found_by", FAILED, []),
    "an unknown finder": put("found_by", FAILED, ["pro-a", "x"]),
    "a rank twice": put("rank", FAILED, FAILED),
}


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    shard = write_shard(folder / "bad", ROWS, "pro-a")
    other = write_shard(folder / "good", [(50, 1.0, True, 0.0, Status.OK)], "air-b")
    merged = merge(shard, output=folder / "bad" / "merged.parquet")
    return shard, merged.path, other


def make(honest, kind, change, tmp_path):
    """The changed file with its hash in its name, without it, and a good one."""
    source = tmp_path / honest[kind].name
    source.write_bytes(honest[kind].read_bytes())
    named = forge(source, change)
    renamed = tmp_path / "renamed.parquet"
    renamed.write_bytes(named.read_bytes())
    for path in (named, renamed):
        os.utime(path, (1e9, 1e9))  # settled long ago, so that its verdict is remembered
    return named, renamed, honest[2]


CASES = [(0, name) for name in BAD] + [(1, name) for name in BAD | BAD_MERGED]


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_a_row_that_contradicts_itself_is_nowhere_used(honest, tmp_path, kind, name):
    named, renamed, good = make(honest, kind, (BAD | BAD_MERGED)[name], tmp_path)
    deep = check_deep(named)
    assert deep.verdict == Verdict.DAMAGED
    for path in (renamed, named, named):  # the last time it is remembered as sound
        result = merge([path, good])
        assert [(item.path, item.reason) for item in result.skipped] == [(path, deep.reason)]
        assert result.n_rows == 1
    top = merge([named, good], top=24)
    assert [item.reason for item in top.skipped] == [deep.reason]
    with pytest.raises(PartialResult):
        merge([named, good], strict=True)
    with pytest.raises(EvosearchError, match=deep.reason.partition(": ")[2]):
        list_rows(open_ranking(named).ranked)


@pytest.mark.parametrize("kind", [0, 1])
@pytest.mark.parametrize("name", GOOD)
def test_what_a_search_may_write_is_used_everywhere(honest, tmp_path, kind, name):
    named, renamed, good = make(honest, kind, GOOD[name], tmp_path)
    assert check_deep(named).is_usable
    for path in (named, renamed):
        assert not merge([path, good]).skipped
        assert not merge([path, good], top=24).skipped
        assert len(list_rows(open_ranking(path).ranked)) == 25


def test_commands_name_the_file_and_use_the_others(honest, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    named, _, good = make(honest, 0, BAD["an unknown status"], tmp_path)
    inputs = [str(named), str(good)]
    for args in (["merge", *inputs, "-o", "m.parquet"], ["top", *inputs, "-n", "30"],
                 ["export", *inputs, "-f", "csv"]):  # fmt: skip
        result = invoke(*args)
        assert result.exit_code == 3, (args, result.output)
        assert named.name[:20] in result.stderr
        assert "banana" in result.stderr
    named, _, _ = make(honest, 1, BAD["an unknown status"], tmp_path)
    for args in (["top", named, "-n", "30"], ["show", "23", named], ["export", named, "-f", "csv"],
                 ["check", "--deep", named]):  # fmt: skip
        result = invoke(*args)
        assert result.exit_code == 3, (args, result.output)
        assert "banana" in result.output
        assert "Traceback" not in result.output


def test_many_bad_files_are_named_in_one_go(honest, tmp_path, monkeypatch):
    from evosearch.shards.merging import merge as merging

    table = parquet.read_table(honest[0])
    paths = []
    for number in range(30):
        part = table.slice(0, 1).append_column("m", pa.array([float(number)]))
        path = tmp_path / f"{number}.parquet"
        paths.append(write_foreign(path, put("violation", 0, -1.0)(part), part=number))
    attempts = []
    run = merging._Merge.run
    monkeypatch.setattr(merging._Merge, "run", lambda self: attempts.append(1) or run(self))
    for top in (None, 3):
        attempts.clear()
        result = merge([*paths, honest[2]], top=top)
        assert (len(result.skipped), result.n_rows) == (30, 1)
        assert len(attempts) == 2


def test_all_that_is_left_out_is_named_when_nothing_is_left(honest, tmp_path):
    named, renamed, _ = make(honest, 0, BAD["a violation below zero"], tmp_path)
    other, _, good = make(honest, 0, BAD["an unknown status"], tmp_path)
    for inputs, is_strict, code in (([named, other], False, 1), ([named, other, good], True, 3)):
        with pytest.raises(EvosearchError) as error:
            merge(inputs, strict=is_strict)
        assert error.value.exit_code == code
        assert named.name in str(error.value)
        assert other.name in str(error.value)
    assert f"{renamed.name}: " not in str(error.value)


def test_a_shard_has_no_column_of_a_merged_file(honest, tmp_path):
    table = parquet.read_table(honest[0])
    flagged = table.add_column(
        len(BASE_NAMES), pa.field("conflict", pa.bool_()), pa.array([True] * len(table))
    )
    path = write_foreign(tmp_path / "flagged.parquet", flagged)
    result = merge([path, honest[2]])
    assert [item.path for item in result.skipped] == [path]
    assert check_deep(path).verdict == Verdict.BAD_SCHEMA
    assert result.n_conflicts == 0


def test_rows_that_are_not_in_their_order_are_used_where_none_was_declared(honest, tmp_path):
    def turn(table):
        return table.take(list(range(len(table)))[::-1])

    declared, _, good = make(honest, 0, turn, tmp_path)
    plain = write_foreign(tmp_path / "plain.parquet", turn(parquet.read_table(honest[0])))
    reasons = []
    for path, n_skipped, n_rows in ((declared, 1, 1), (plain, 0, 26)):
        assert check_deep(path).is_usable == (n_skipped == 0)
        for top in (None, 26):
            found = merge([path, good], top=top)
            assert (len(found.skipped), found.n_rows) == (n_skipped, n_rows)
            reasons += [item.reason for item in found.skipped]
    assert reasons == [UNSORTED] * 2


@pytest.mark.parametrize("fingerprint", ["0" * 32, "9" * 31 + "f", "f" * 31 + "e"])
def test_a_ranking_that_has_no_rows_left_hides_no_other(honest, tmp_path, monkeypatch, fingerprint):
    monkeypatch.chdir(tmp_path)
    named, _, good = make(honest, 0, BAD["a violation below zero"], tmp_path)
    other = write_shard(tmp_path / "other", ROWS, "pro-c", problem=describe_problem(fingerprint))
    bad = forge(other, put("violation", INFEASIBLE, -1.0))
    ranked = merge([named, good, bad], by_fingerprint=True)
    assert [each.n_rows for each in ranked] == [1]
    assert {item.path for item in ranked[0].skipped} == {named, bad}
    done = invoke("merge", named, good, write_shard(
        tmp_path / "third", ROWS, "pro-d", problem=describe_problem(fingerprint)
    ), "--by-fingerprint", "--format", "csv")  # fmt: skip
    assert done.exit_code == 3
    assert named.name in done.stderr


@pytest.mark.parametrize("place", [0, 24])
def test_a_merged_file_with_bad_rows_hides_no_shard_of_its_folder(
    honest, tmp_path, monkeypatch, place
):
    monkeypatch.chdir(tmp_path)
    results = tmp_path / "results"
    shard = write_shard(results, ROWS, "pro-a")
    (results / "merged").mkdir()
    (results / "merged" / "all.parquet").write_bytes(honest[1].read_bytes())
    bad = forge(results / "merged" / "all.parquet", put("violation", place, -1.0))
    (results / "merged" / "all.parquet").unlink()
    for args in (["top", "-n", "30"], ["top", "--where", "k >= 0"], ["show", "1"],
                 ["export", "-f", "csv"]):  # fmt: skip
        done = invoke(*args)
        assert done.exit_code == 3, (args, done.output)
        assert bad.name in done.stderr
        assert "a violation is below zero" in done.stderr
        assert not done.stdout.startswith("error")
    assert [len(list_rows(open_ranking(n=n).ranked)) for n in (None, 25)] == [25, 25]
    shard.unlink()
    with pytest.raises(EvosearchError, match=bad.name):
        open_ranking()


def test_the_headline_the_table_and_the_result_count_alike(honest, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = merge([honest[0], honest[2]])
    counts = summarise_merge(result, result.ranked)["counts"]
    table = result.table
    n_feasible = sum(table.column("feasible").to_pylist())
    n_not_ok = sum(status != "ok" for status in table.column("status").to_pylist())
    assert (result.n_feasible, result.n_not_ok) == (n_feasible, n_not_ok) == (11, 5)
    assert (counts["feasible"], counts["not_ok"], counts["distinct"]) == (11, 5, 26)
    shown = invoke("merge", str(honest[0]), str(honest[2]), "-o", "m.parquet").stdout
    assert "26 candidates ranked: 11 meet the conditions, 5 failed" in shown
    data = json.loads(invoke("merge", "m.parquet", "-o", "n.parquet", "--json").stdout)["data"]
    assert data["counts"] == counts | {"rows_in": 26, "duplicates": 0}


class Odd(Problem):
    """Gives violations that are no numbers, or below zero."""

    space = Space(Int("x", 0, 4))
    direction = "minimize"

    def evaluate_batch(self, batch):
        violation = np.array([np.nan, -1.0, np.inf, 0.0, 1.0])[batch["x"].astype(int)]
        return {"objective": np.ones(len(violation)), "violation": violation}


def test_a_violation_that_is_none_is_a_failure_and_never_a_row_that_no_one_reads():
    found: Evaluations = evaluate_genomes(Odd(), np.arange(5.0)[:, None])
    assert found.status.tolist() == [Status.FAILED, Status.FAILED, 0, 0, 0]
    assert found.feasible.tolist() == [False, False, False, True, False]
    assert np.isnan(found.fitness).tolist() == [True, True, False, False, False]
    assert found.violation.tolist() == [0.0, 0.0, np.inf, 0.0, 1.0]
    assert found.error[0] == "ValueError: violation must be 0 or more, got nan"


def test_no_metric_has_the_name_of_a_column():
    assert {*BASE_NAMES, *MERGED_NAMES} == COLUMN_NAMES
    for name in ("fitness", "conflict", "rank", "index"):
        problem = type("P", (Odd,), {"metrics": ("objective", name)})()
        with pytest.raises(ProblemError, match=f"{name}.*need other names"):
            check_problem(problem, "P")
