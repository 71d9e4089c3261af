"""Filters choose rows as SQL would, in order of rank, and reach nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evosearch.errors import UsageError
from evosearch.shards.merging.merge import check_inputs, merge_checked
from evosearch.shards.reading.check import check_shard
from evosearch.shards.reading.ranked import Ranked
from evosearch.shards.viewing.conditions import resolve_column
from evosearch.shards.viewing.filters import Filter, Floor, Sieve
from evosearch.shards.viewing.selection import select, select_sorted
from tests.shards.helpers import write_shard


@pytest.fixture(scope="module", params=["memory", "file"])
def ranked(request, tmp_path_factory):
    """1,100 genomes of two runs, a hundred of them found by both."""
    folder = tmp_path_factory.mktemp("filters")
    paths = [
        write_shard(folder, [(k + first, float(-k), k % 3 > 0, 0.5, k % 10 == 9) for k in range(600)], run)
        for run, first in (("pro-a", 0), ("air-b", 500))
    ]  # fmt: skip
    target = None if request.param == "memory" else folder / "merged.parquet"
    result = merge_checked(check_inputs(paths), path=target)
    if request.param == "memory":
        return Ranked.of_table(result.table, result.metadata)
    return Ranked.of_file(check_shard(folder / "merged.parquet"))


def rows_of(ranked, n=None, **wanted):
    sieve = Sieve(Filter(**wanted), ranked.schema, ranked.metadata)
    return [row for table in select(ranked, sieve, n) for row in table.to_pylist()]


def all_rows(ranked):
    return [row for table in ranked.batches() for row in table.to_pylist()]


@pytest.mark.parametrize(
    ("where", "passes"),
    [
        ("n_steps >= 50 and objective < -20", lambda r: r["n_steps"] >= 50 and (r["objective"] or 0) < -20),
        ("param_k > 990 or c = 'a'", lambda r: r["param_k"] > 990 or r["param_c"] == "a"),
        ("status <> 'ok'", lambda r: r["status"] != "ok"),
        ("error like 'because %'", lambda r: r["error"] is not None),
        ("fitness is null", lambda r: r["fitness"] is None),
        ("list_contains(found_by, 'air-b')", lambda r: "air-b" in r["found_by"]),
        ("genome_id = '00000000000000070000000000000007'", lambda r: r["genome_id"][-1] == 7 and r["n_steps"] == 7),
        ("evaluated_at_utc < '2023-11-14 22:13:20.000300'", lambda r: r["evaluated_at_utc"].microsecond < 300),
        ("rank <= 4 -- the first ones", lambda r: r["rank"] <= 4),
        ("\"INDEX\" = 3", lambda r: r["index"] == 3),
        ("n_steps = 1) or (n_steps = 2", lambda r: r["n_steps"] in (1, 2)),
        ("false", lambda r: False),
    ],
)  # fmt: skip
def test_a_condition_lets_through_what_it_says(ranked, where, passes):
    assert rows_of(ranked, where=where) == [row for row in all_rows(ranked) if passes(row)]


def test_the_first_rows_that_pass_come_in_order_of_rank(ranked):
    rows = rows_of(ranked, 5, where="n_steps % 2 = 0")
    assert [row["rank"] for row in rows] == sorted(row["rank"] for row in rows)
    assert rows == rows_of(ranked, where="n_steps % 2 = 0")[:5]


def test_reading_stops_when_enough_rows_are_found(ranked, monkeypatch):
    asked = []
    monkeypatch.setattr(
        Sieve, "mask", lambda self, batch: asked.append(1) or np.ones(len(batch), bool)
    )
    monkeypatch.setattr("evosearch.shards.reading.ranked.BATCH_ROWS", 50)
    assert len(rows_of(ranked, 10, floors=(), where="rank > 0")) == 10
    n_batches = -(-ranked.n_rows // 50)
    assert len(asked) == 1 if ranked.table is not None else len(asked) == n_batches  # one row group


def test_only_the_columns_of_the_condition_are_read_where_nothing_passes(ranked):
    sieve = Sieve(Filter(where="n_steps > 10 and c = 'a'"), ranked.schema, ranked.metadata)
    assert sieve.columns == ["n_steps", "param_c"]


def test_profiles_and_machines_are_those_of_any_run_that_found_a_row(ranked):
    by_air = rows_of(ranked, profiles=("air",))
    assert by_air == [row for row in all_rows(ranked) if "air-b" in row["found_by"]]
    assert rows_of(ranked, hosts=("here",)) == all_rows(ranked)
    assert rows_of(ranked, profiles=("air", "pro"), hosts=("here",)) == all_rows(ranked)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"where": "n_stepz > 1"}, "Did you mean 'n_steps'"),
        ({"where": "frob(n_steps)"}, "frob"),
        ({"where": "n_steps >"}, "ends too early"),
        ({"where": "n_steps > > 1"}, "syntax error"),
        ({"where": ""}, "empty"),
        ({"where": "  "}, "empty"),
        ({"where": "fitness > 'abc'"}, "abc"),
        ({"where": "c > 3"}, "compare"),
        ({"where": "sum(n_steps) > 3"}, "aggregates"),
        ({"where": "n_steps in (select 1)"}, "'select'"),
        ({"where": "true); drop table evosearch_rows; --"}, "';'"),
        ({"where": "x = x;"}, "';'"),
        ({"floors": (Floor("--min-trades", "n_trades", 3),)}, "no n_trades"),
        ({"profiles": ("por",)}, "Did you mean 'pro'"),
        ({"hosts": ("there",)}, "Did you mean 'here'"),
    ],
)
def test_what_cannot_be_asked_is_explained(ranked, wanted, says):
    with pytest.raises(UsageError, match="--") as refused:
        rows_of(ranked, **wanted)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    "where",
    ["getenv('HOME') = 'x'", "read_text('/etc/passwd') = 'x'", "(from '/etc/passwd') = 'x'",
     "glob('/*') = 'x'", "ranked = 1", "query('copy evosearch_rows to ''x.csv''') = 1"],
)  # fmt: skip
def test_a_condition_reaches_no_file_no_variable_and_no_environment(
    ranked, where, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError):
        rows_of(ranked, where=where)
    assert list(tmp_path.iterdir()) == []


def test_what_fails_only_on_some_rows_is_a_mistake_of_the_condition(ranked):
    with pytest.raises(UsageError, match="INT32"):
        rows_of(ranked, where="cast(error as int) = 1")


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("column", ["n_steps", "objective", "param_c", "status", "rank"])
def test_sorting_by_a_column_breaks_ties_by_rank_and_puts_nulls_last(
    ranked, column, descending, monkeypatch
):
    def sort(sieve=None, n=None):
        tables = select_sorted(ranked, sieve, n, column, descending)
        return [row for table in tables for row in table.to_pylist()]

    rows = sort()
    known = [row for row in all_rows(ranked) if row[column] is not None]
    wanted = sorted(known, key=lambda row: row[column], reverse=descending)
    assert rows[: len(known)] == wanted
    assert all(row[column] is None for row in rows[len(known) :])
    assert sort(n=7) == rows[:7]
    even = Sieve(Filter(where="rank % 2 = 0"), ranked.schema, ranked.metadata)
    assert sort(even) == [row for row in rows if row["rank"] % 2 == 0]
    assert sort(even, 7) == sort(even)[:7]
    # In stretches that a file each waits for.
    monkeypatch.setattr("evosearch.shards.viewing.selection.STRETCH_ROWS", 90)
    monkeypatch.setattr("evosearch.shards.reading.ranked.BATCH_ROWS", 50)
    assert sort() == rows
    assert sort(n=333) == rows[:333]
    assert sort(n=7) == rows[:7]
    assert sort(even, 7) == sort(even)[:7]


def test_lists_have_no_order_and_columns_have_names(ranked):
    with pytest.raises(UsageError, match="found_by"):
        select_sorted(ranked, None, 3, "found_by", True)
    assert resolve_column("k", ranked.schema, "--sort") == "param_k"
    with pytest.raises(UsageError, match="n_steps"):
        resolve_column("n_stepz", ranked.schema, "--sort")


@settings(max_examples=40)
@given(st.integers(0, 1110), st.integers(0, 200))
def test_any_stretch_of_rows_is_the_same_stretch_of_the_ranking(ranked, start, n):
    assert ranked.rows(start, n).to_pylist() == all_rows(ranked)[start : start + n]
