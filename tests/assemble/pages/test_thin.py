"""Reduced curves: nothing that can be seen is lost."""

import itertools

import numpy as np
import pytest

from evosearch.assemble.pages.gathering.all_rows import (
    _gather_rest,
    correlate_ranks,
    make_histogram,
    rank_values,
)
from evosearch.assemble.pages.gathering.gene_cells import explain_variance
from evosearch.assemble.pages.gathering.searches import _find_seen
from evosearch.assemble.pages.gathering.thin import MAX_POINTS, thin


@pytest.mark.parametrize("n", [1, 2, 3_999, 4_000, 4_001, 30_000])
@pytest.mark.parametrize("has_gaps", [False, True])
def test_a_curve_keeps_its_ends_and_the_extremes_of_each_column(n, has_gaps):
    random = np.random.default_rng(n)
    steps = random.integers(1, 10**8, n) if has_gaps else np.full(n, 300_000)
    times, values = np.cumsum(steps), np.cumsum(random.normal(size=n))
    curve = thin(times, values)
    assert len(curve.times) <= MAX_POINTS and curve.n_behind == n
    assert (np.diff(curve.times) > 0).all()
    assert (curve.times[[0, -1]] == times[[0, -1]]).all()
    # It is the same curve where it has points, and has the extremes of 500 columns of a screen.
    assert (values[np.searchsorted(times, curve.times)] == curve.values).all()
    assert (curve.values.min(), curve.values.max()) == (values.min(), values.max())
    assert set(values[[values.argmin(), values.argmax()]]) <= set(curve.values)


def test_of_each_pixel_column_the_lowest_and_the_highest_are_kept_where_they_are():
    random = np.random.default_rng(1)
    times = np.cumsum(random.integers(1, 10**8, 30_000))
    values = np.cumsum(random.normal(size=30_000))
    curve = thin(times, values, 100)
    kept = dict(zip(curve.times.tolist(), curve.values.tolist(), strict=True))
    edges = times[0] + (times[-1] - times[0]) * np.arange(100) / 99
    for low, high in itertools.pairwise(edges):
        of_column = np.flatnonzero((times >= low) & (times < high))
        for place in (values[of_column].argmin(), values[of_column].argmax()):
            assert kept[int(times[of_column[place]])] == values[of_column[place]]


def test_short_curves_are_kept_whole():
    times, values = np.arange(4_000), np.sin(np.arange(4_000.0))
    assert thin(times, values).values.tolist() == values.tolist()
    assert len(thin(times, values, 10).times) <= 20


def test_equal_values_share_their_mean_rank():
    assert rank_values(np.array([3.0, 1.0, 3.0, 2.0])).tolist() == [2.5, 0.0, 2.5, 1.0]
    assert rank_values(np.empty(0)).tolist() == []
    assert correlate_ranks(np.array([1.0, 2.0, 9.0]), np.array([3.0, 2.0, 1.0])) == -1.0
    assert np.isnan(correlate_ranks(np.ones(3), np.arange(3.0)))


def test_a_histogram_counts_all_values_also_on_its_edges():
    values = np.array([0.0, 1.0, 1.0, 0.5, np.nan])
    found = make_histogram(values, is_ratio=True, is_minimised=False, focus=1.0)
    assert (found.counts.sum(), found.n_without, found.counts[-1]) == (4, 1, 2)
    wide = make_histogram(10.0 ** np.arange(9), is_ratio=False, is_minimised=True, focus=None)
    assert wide.is_log and wide.counts.sum() == 9 and wide.best == 1.0
    assert make_histogram(np.array([np.nan]), is_ratio=True, is_minimised=False, focus=None) is None
    flat = make_histogram(np.full(3, 2.0), is_ratio=True, is_minimised=False, focus=None)
    assert flat.counts.sum() == 3 and flat.edges[0] < 2.0 < flat.edges[-1]


def test_a_gene_explains_what_it_decides_and_nothing_by_chance():
    random = np.random.default_rng(5)
    cells, ranks = random.integers(0, 8, 4_000), np.arange(4_000.0)
    assert explain_variance(cells, ranks) < 0.01
    assert explain_variance((ranks // 500).astype(np.int64), ranks) > 0.98
    # Not using a gene at all is a cell of its own.
    assert explain_variance(np.where(ranks < 2_000, -1, 0), ranks) == pytest.approx(0.75, abs=0.01)
    assert explain_variance(np.zeros(3, np.int64), np.ones(3)) == 0.0


def test_of_thousands_of_generations_those_that_can_be_seen_are_kept():
    generations = np.arange(20_000)
    so_far = np.maximum.accumulate(np.random.default_rng(2).normal(size=20_000))
    so_far[:5] = np.nan
    middle = np.where(generations == 12_345, 9.0, 0.0)
    kept = _find_seen(generations, so_far, middle)
    assert len(kept) <= 1_000 and {0, 12_345, 19_999} <= {*kept.tolist()}
    assert so_far[kept[-1]] == np.nanmax(so_far)


def test_the_finders_with_most_dots_keep_their_names_and_the_rest_share_none():
    finders = np.array([0] * 5 + [3] * 4 + [7] * 3 + [2] * 3 + [5] * 2 + [1, 4, 6])
    names, places = _gather_rest(tuple("abcdefgh"), finders)
    assert names == ("a", "c", "d", "f", "h", "")
    assert np.bincount(places).tolist() == [5, 3, 4, 2, 3, 3]
    assert _gather_rest(("a", "b"), np.array([1, 0]))[0] == ("a", "b")
