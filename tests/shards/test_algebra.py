"""The laws of the merge, on tables in memory."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evosearch.population import Status
from evosearch.shards.algebra import merge_tables
from evosearch.shards.digest import RowsDigest
from evosearch.shards.schema import make_schema, make_table
from tests.shards.helpers import INT_METRICS, METRICS, SPACE, make_population, reference_merge

SCHEMA = make_schema(SPACE, METRICS, INT_METRICS)
rows = st.tuples(
    st.integers(0, 12),
    st.sampled_from([-0.0, 0.0, 5e-324, -1.0, 1.0, 1.7e308, 0.1, 0.1 + 1e-17]),
    st.booleans(),
    st.sampled_from([0.5, 1.0]),
    st.sampled_from([Status.OK, Status.OK, Status.OK, Status.FAILED, Status.TIMEOUT]),
)
tables = st.builds(
    lambda drawn, run, generation: make_table(
        make_population(drawn, generation), SCHEMA, SPACE, f"run-{run}"
    ),
    st.lists(rows, max_size=12),
    st.sampled_from("abc"),
    st.integers(0, 2),
)
lists = st.lists(tables, min_size=1, max_size=5)


def merge(*inputs):
    return merge_tables(list(inputs)).table


def digest(table):
    whole = RowsDigest()
    whole.update(table)
    telemetry = table.select(["run_id", "evaluated_at_utc"]).to_pylist()
    return whole.hexdigest(), telemetry


@given(lists)
def test_the_merge_is_the_plain_one(drawn):
    assert merge(*drawn).to_pylist() == reference_merge(drawn)


@given(lists, st.randoms(use_true_random=False))
def test_order_does_not_matter(drawn, random):
    shuffled = random.sample(drawn, len(drawn))
    assert digest(merge(*drawn)) == digest(merge(*shuffled))


@given(tables, tables, tables)
def test_grouping_does_not_matter(a, b, c):
    whole = digest(merge(a, b, c))
    assert digest(merge(merge(a, b), c)) == whole
    assert digest(merge(a, merge(b, c))) == whole


@given(tables, tables)
def test_repetition_does_not_matter(a, b):
    assert digest(merge(a, a)) == digest(merge(a))
    assert digest(merge(a, merge(a, b))) == digest(merge(a, b))


@given(lists, st.data())
@settings(max_examples=50)
def test_any_tree_of_merges_over_any_overlapping_parts_is_the_merge(drawn, data):
    whole = digest(merge(*drawn))
    parts = [*drawn, *data.draw(st.lists(st.sampled_from(drawn), max_size=3))]
    while len(parts) > 1:
        size = data.draw(st.integers(2, len(parts)))
        chosen = data.draw(st.permutations(range(len(parts))))[:size]
        merged = merge(*(parts[k] for k in chosen))
        parts = [part for k, part in enumerate(parts) if k not in chosen] + [merged]
    assert digest(merge(*parts)) == whole


@given(lists)
@settings(max_examples=50)
def test_chunks_do_not_matter(drawn):
    rechunked = [pa.concat_tables([t.slice(k, 1) for k in range(len(t))] or [t]) for t in drawn]
    assert digest(merge(*rechunked)) == digest(merge(*drawn))


@given(tables, tables)
def test_adding_a_shard_never_makes_the_best_worse(a, b):
    before, after = merge(a).to_pylist(), merge(a, b).to_pylist()
    if before:
        assert reference_merge([a, b])[0] == after[0]
        assert len(after) >= len(before)


def test_a_hundred_thousand_equal_fitness_values_keep_one_order():
    n = 100_000
    keys = np.random.default_rng(0).permutation(n)
    drawn = [(int(key), 1.0, True, 0.0, Status.OK) for key in keys]
    table = make_table(make_population(drawn), SCHEMA, SPACE, "run-a")
    halves = merge(table.slice(n // 2), table.slice(0, n // 2))
    assert digest(merge(table)) == digest(halves)
    ids = halves.column("genome_id").to_pylist()
    assert ids == sorted(ids)


def test_nothing_merges_to_nothing():
    empty = make_table(make_population([]), SCHEMA, SPACE, "run-a")
    assert len(merge(empty)) == 0


@pytest.mark.parametrize(
    ("other", "is_conflict"), [(1.0, False), (1.0 + 1e-12, False), (1.1, True)]
)
def test_a_genome_with_two_fitness_values_is_a_conflict(other, is_conflict):
    a = make_table(make_population([(3, 1.0, True, 0, Status.OK)]), SCHEMA, SPACE, "run-a")
    b = make_table(make_population([(3, other, True, 0, Status.OK)]), SCHEMA, SPACE, "run-b")
    found = merge_tables([a, b])
    assert len(found.table) == 1
    assert found.table.column("fitness")[0].as_py() == max(1.0, other)
    expected = {f"{3:016x}{3:016x}": {"run-a": 1.0, "run-b": other}} if is_conflict else {}
    assert found.conflicts == expected


def test_a_failed_and_a_measured_genome_are_no_conflict():
    a = make_table(make_population([(3, 0, True, 0, Status.TIMEOUT)]), SCHEMA, SPACE, "run-a")
    b = make_table(make_population([(3, 1.0, True, 0, Status.OK)]), SCHEMA, SPACE, "run-b")
    found = merge_tables([a, b])
    assert found.conflicts == {}
    assert found.table.column("status").to_pylist() == ["ok"]
    assert found.table.column("found_by").to_pylist() == [["run-a", "run-b"]]
