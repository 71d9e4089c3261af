import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evosearch.algorithms.crossover import cross_blend
from evosearch.algorithms.distinct import IdSet, Sweep
from evosearch.algorithms.mutation import mutate
from evosearch.algorithms.selection import select_by_tournament
from evosearch.canonical import canonicalise, make_layout
from evosearch.space import Boolean, Categorical, Float, Int, Ordinal, Space
from tests.spaces import draw_genomes, rule_space, seeds

SPACE = Space(
    Float("x", -5, 5),
    Float("rate", 1e-6, 1, log=True),
    Int("k", 0, 1000),
    Int("size", 1, 10_000, log=True),
    Ordinal("o", [1, 2, 5, 10]),
    Categorical("c", ["a", "b", "c"]),
    Boolean("b"),
    Float("fixed", 3, 3),
)
LAYOUT = make_layout(SPACE)


def draw(n, seed):
    rng = np.random.default_rng(seed)
    fill = rng.random((n, len(SPACE)))
    return canonicalise(LAYOUT, np.full(fill.shape, np.nan), fill)


def is_inside(genomes):
    low = np.where(LAYOUT.kind == 0, LAYOUT.low, np.round(LAYOUT.low))
    inside = (genomes >= low) & (genomes <= LAYOUT.high)
    whole = (genomes == np.rint(genomes)) | (LAYOUT.kind == 0)
    return bool((inside & whole).all())


@given(seeds, st.floats(0, 1), st.floats(0.1, 100))
def test_mutants_stay_in_bounds_and_parents_untouched(seed, rate, eta):
    parents = draw(30, seed)
    before = parents.copy()
    mutants = mutate(LAYOUT, parents, rate, eta, np.random.default_rng(seed))
    np.testing.assert_array_equal(parents, before)
    assert is_inside(canonicalise(LAYOUT, mutants, np.zeros_like(mutants)))


@given(seeds, st.floats(0, 1), st.floats(0, 1))
def test_children_stay_in_bounds_and_parents_untouched(seed, rate, spread):
    mothers, fathers = draw(30, seed), draw(30, seed + 1)
    before = mothers.copy(), fathers.copy()
    children = cross_blend(LAYOUT, mothers, fathers, rate, spread, np.random.default_rng(seed))
    np.testing.assert_array_equal(mothers, before[0])
    np.testing.assert_array_equal(fathers, before[1])
    assert is_inside(canonicalise(LAYOUT, children, np.zeros_like(children)))


def test_mutation_rate_zero_copies_and_one_moves_every_free_gene():
    parents, rng = draw(500, 0), np.random.default_rng(0)
    np.testing.assert_array_equal(mutate(LAYOUT, parents, 0.0, 20, rng), parents)
    mutants = mutate(LAYOUT, parents, 1.0, 20, rng)
    mutants = canonicalise(LAYOUT, mutants, np.zeros_like(mutants))
    moved = (mutants != parents).mean(axis=0)
    assert moved[-1] == 0  # a constant cannot move
    assert moved[2:7].min() == 1.0  # a chosen int, ordinal, category or boolean always does
    assert moved[:2].min() > 0.99


def test_mutation_reaches_every_category_equally():
    parents = np.tile(draw(1, 3), (30_000, 1))
    mutants = mutate(LAYOUT, parents, 1.0, 20, np.random.default_rng(1))
    column = mutants[:, SPACE.index["c"]]
    shares = np.bincount(column.astype(int), minlength=3) / len(column)
    own = int(parents[0, SPACE.index["c"]])
    assert shares[own] == 0
    assert np.delete(shares, own) == pytest.approx([0.5, 0.5], abs=0.02)


def test_larger_eta_keeps_steps_smaller():
    parents = np.tile(draw(1, 4), (5000, 1))
    sizes = []
    for eta in (2.0, 20.0):
        moved = mutate(LAYOUT, parents, 1.0, eta, np.random.default_rng(2))
        sizes.append(np.abs(moved[:, 0] - parents[:, 0]).mean())
    assert sizes[1] < 0.5 * sizes[0]


def test_crossover_rate_zero_copies_the_mother():
    mothers, fathers = draw(50, 1), draw(50, 2)
    children = cross_blend(LAYOUT, mothers, fathers, 0.0, 0.25, np.random.default_rng(0))
    np.testing.assert_array_equal(children, mothers)


def test_without_spread_numbers_fall_between_their_parents():
    mothers, fathers = draw(500, 1), draw(500, 2)
    children = cross_blend(LAYOUT, mothers, fathers, 1.0, 0.0, np.random.default_rng(0))
    low, high = np.minimum(mothers, fathers), np.maximum(mothers, fathers)
    assert ((children >= low - 1e-9) & (children <= high + 1e-9)).all()
    listed = LAYOUT.kind >= 2
    either = (children == mothers) | (children == fathers)
    assert either[:, listed].all()


def test_a_gene_that_one_parent_lacks_comes_from_either():
    space = rule_space(2)
    layout = make_layout(space)
    genomes = canonicalise(layout, draw_genomes(space, 200, 1), np.full((200, len(space)), 0.5))
    children = cross_blend(
        layout, genomes[:100], genomes[100:], 1.0, 0.25, np.random.default_rng(0)
    )
    lone = np.isnan(genomes[:100]) != np.isnan(genomes[100:])
    is_nan = np.isnan(children[lone])
    assert 0.3 < is_nan.mean() < 0.7


def test_tournaments_favour_the_best_and_one_entrant_does_not():
    rng = np.random.default_rng(0)
    uniform = select_by_tournament(10, (100_000,), 1, rng)
    assert np.bincount(uniform, minlength=10) / 1e5 == pytest.approx([0.1] * 10, abs=0.01)
    winners = np.bincount(select_by_tournament(10, (100_000,), 3, rng), minlength=10) / 1e5
    # The best of 3 of 10 is rank r with chance ((10-r)^3 - (9-r)^3) / 1000.
    expected = [((10 - r) ** 3 - (9 - r) ** 3) / 1000 for r in range(10)]
    assert winners == pytest.approx(expected, abs=0.01)


@given(st.lists(st.integers(0, 50), max_size=200), st.integers(0, 60))
def test_the_id_set_is_a_set_with_a_limit(values, limit):
    known, seen, expected = IdSet(), set(), []
    ids = np.array([[0, value] for value in values], np.uint64).reshape(-1, 2)
    left = limit
    for value in values:
        # Zero marks a free slot, so 0 and 1 share one key: the cost is one lost genome.
        key = max(1, value)
        is_new = left > 0 and key not in seen
        expected.append(is_new)
        if is_new:
            seen.add(key)
            left -= 1
    assert known.add(ids, limit).tolist() == expected
    assert len(known) == len(seen)


def test_the_id_set_grows_without_forgetting():
    ids = np.random.default_rng(0).integers(1, 2**63, (50_000, 2)).astype(np.uint64)
    known = IdSet(n_expected=10)
    for start in range(0, 50_000, 777):
        assert known.add(ids[start : start + 777], 777).all()
    assert not known.add(ids, 50_000).any()
    assert len(known) == 50_000


def test_a_sweep_visits_every_genome_once():
    space = Space(Int("a", -3, 40), Ordinal("b", [1, 2, 3]), Boolean("c"), Float("d", 1, 1))
    sweep, blocks = Sweep(space), []
    while (block := sweep.next_codes()) is not None:
        blocks.append(block)
    codes = np.concatenate(blocks)
    assert len(codes) == len(np.unique(codes, axis=0)) == 44 * 3 * 2
    assert codes[:, 0].min() == -3
    assert codes[:, 0].max() == 40


def test_an_infinite_space_is_not_swept():
    assert Sweep(Space(Float("x", 0, 1))).next_codes() is None
