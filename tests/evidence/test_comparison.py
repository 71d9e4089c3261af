"""The test of two groups, and the interval of a median."""

import itertools
import math

import numpy as np
import pytest

from evosearch.evidence.comparison import compare_ranks, find_middle


def enumerate_p(first, second):
    """The same p, by all ways to part the values."""
    values = np.array([*first, *second], float)
    ranks = np.array([(values < v).sum() + ((values == v).sum() + 1) / 2 for v in values])
    mean = len(first) * (len(values) + 1) / 2
    sums = [sum(part) for part in itertools.combinations(ranks, len(first))]
    away = np.abs(np.array(sums) - mean)
    own = abs(ranks[: len(first)].sum() - mean)
    return np.mean(away >= own - 1e-9), np.mean(away >= away.max() - 1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_p_is_that_of_all_partitions(seed):
    rng = np.random.default_rng(seed)
    n_first, n_second = rng.integers(1, 7, 2)
    # Whole numbers: many are equal.
    first, second = rng.integers(0, 6, n_first), rng.integers(0, 6, n_second) + seed % 3
    found = compare_ranks(first, second)
    assert (found.p, found.p_least) == pytest.approx(enumerate_p(first, second), rel=1e-12)
    wins = [(a > b) + (a == b) / 2 for a in first for b in second]
    assert found.share == pytest.approx(np.mean(wins))
    back = compare_ranks(second, first)
    assert (back.p, back.share) == pytest.approx((found.p, 1 - found.share))


def test_published_critical_values_of_u():
    """Tables of U at 5 %, two-sided: 4 against 4 U = 0, 5 against 5 U = 2, 8 against 8 U = 13."""
    for n, critical in ((4, 0), (5, 2), (8, 13)):
        for u, is_significant in ((critical, True), (critical + 1, False)):
            # The first group loses all pairs but u: its largest value is moved up past u others.
            first, second = list(range(n)), [n + 0.5 + k for k in range(n)]
            left = u
            for place in reversed(range(n)):
                moved = min(left, n)
                first[place] = n + moved - (n - place) / 100 if moved else first[place]
                left -= moved
            found = compare_ranks(first, second)
            assert found.share * n * n == pytest.approx(u)
            assert (found.p <= 0.05) is is_significant


def test_three_against_three_can_show_nothing_and_four_against_four_can():
    assert compare_ranks([1, 2, 3], [7, 8, 9]).p_least == pytest.approx(0.1)
    assert compare_ranks([1, 2, 3, 4], [6, 7, 8, 9]).p == pytest.approx(2 / 70)
    assert compare_ranks([1, 1], [1, 1]).p == 1


def test_nothing_feasible_is_the_worst_there_is():
    found = compare_ranks([-math.inf] * 4, [0, 0, 0, 0])
    assert (found.share, found.p) == pytest.approx((0, 2 / 70))


def test_many_values_are_compared_by_their_normal_limit():
    rng = np.random.default_rng(5)
    first, second = rng.normal(0, 1, 40), rng.normal(0.3, 1, 40)
    exact, limit = compare_ranks(first, second), compare_ranks([*first, 0.0], second)
    assert limit.p_least == 0
    assert 0.001 < exact.p < 0.5
    assert limit.p == pytest.approx(exact.p, rel=0.2)
    assert compare_ranks(np.zeros(150), np.zeros(150)).p == 1


def test_the_interval_holds_as_often_as_it_says():
    rng = np.random.default_rng(7)
    for n in (6, 9, 20):
        found = [find_middle(rng.normal(0, 1, n)) for _ in range(400)]
        assert found[0].certainty >= 0.95
        held = np.mean([each.low <= 0 <= each.high for each in found])
        assert held == pytest.approx(found[0].certainty, abs=0.03)
        assert all(each.low <= each.median <= each.high for each in found)


def test_few_values_have_a_range():
    assert find_middle([3.0]).certainty == 0
    found = find_middle([3.0, 1.0, -math.inf, 2.0])
    assert (found.low, found.median, found.high) == (-math.inf, 1.5, 3.0)
    assert find_middle([-math.inf, -math.inf, 1.0, 2.0]).median == -math.inf
    # One more would be certain enough.
    assert find_middle(range(5)).certainty == pytest.approx(0.9375)
