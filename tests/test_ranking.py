import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evosearch.ranking import compute_rank_keys, find_best, order_best_first

fitness_values = st.sampled_from([-0.0, 0.0, 5e-324, 1.0, -1.0, 1e308, -1e308, 0.1])
rows = st.tuples(
    st.booleans(), st.booleans(), fitness_values, st.sampled_from([0.5, 1.0, 2.0]),
    st.integers(0, 3), st.integers(0, 3), st.integers(0, 2), st.integers(0, 2), st.integers(0, 9),
)  # fmt: skip


def plain_key(row):
    ok, feasible, fitness, violation, high, low, *breakers = row
    if not ok:
        return (2, 0.0, high, low, *breakers)
    if feasible:
        return (0, -fitness + 0.0, high, low, *breakers)
    return (1, violation, high, low, *breakers)


@given(st.lists(rows, max_size=60))
def test_the_order_is_the_plain_one(drawn):
    columns = [np.array(column) for column in zip(*drawn, strict=True)] or [np.empty(0)] * 9
    ok, feasible, fitness, violation, high, low, *breakers = columns
    tier, key = compute_rank_keys(
        ok.astype(bool), feasible.astype(bool), fitness.astype(float), violation.astype(float)
    )
    ids = np.column_stack([high, low]).astype(np.uint64)
    order = order_best_first(tier, key, ids, *(b.astype(np.int64) for b in breakers))
    assert [plain_key(drawn[k]) for k in order] == sorted(map(plain_key, drawn))
    if drawn:
        best = find_best(tier, key, ids)
        assert plain_key(drawn[best])[:4] == plain_key(drawn[order[0]])[:4]


def test_failed_rank_behind_infeasible_behind_feasible():
    tier, key = compute_rank_keys(
        np.array([False, True, True]),
        np.array([False, False, True]),
        np.array([math.nan, 9.0, -9.0]),
        np.array([0.0, 1.0, 0.0]),
    )
    assert order_best_first(tier, key, np.zeros((3, 2), np.uint64)).tolist() == [2, 1, 0]


def test_the_order_does_not_depend_on_the_order_of_arrival():
    rng = np.random.default_rng(0)
    n = 5000
    fitness = rng.integers(0, 20, n).astype(float)
    ids = rng.integers(0, 2**63, (n, 2)).astype(np.uint64)
    everyone = np.ones(n, bool)
    tier, key = compute_rank_keys(everyone, everyone, fitness, np.zeros(n))
    order = order_best_first(tier, key, ids)
    shuffled = rng.permutation(n)
    again = order_best_first(tier[shuffled], key[shuffled], ids[shuffled])
    np.testing.assert_array_equal(order, shuffled[again])
