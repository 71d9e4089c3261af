import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evosearch.algorithms.crossover import cross_blend
from evosearch.algorithms.distinct import IdSet, Sweep
from evosearch.algorithms.mutation import mutate
from evosearch.algorithms.selection import select_by_tournament
from evosearch.genome.canonical import canonicalise
from evosearch.genome.layout import FLOAT, LISTED, make_layout
from evosearch.genome.space import Boolean, Categorical, Float, Int, Ordinal, Space
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
KIND, LOW, HIGH = (LAYOUT.genes[name] for name in ("kind", "low", "high"))


def draw(n, seed):
    rng = np.random.default_rng(seed)
    fill = rng.random((n, len(SPACE)))
    return canonicalise(LAYOUT, np.full(fill.shape, np.nan), fill)


def mutants_of(parents, rate, eta, seed):
    return mutate(LAYOUT, parents, rate, eta, np.random.default_rng(seed).random(parents.shape))


def children_of(mothers, fathers, rate, spread, seed, layout=LAYOUT):
    n, n_genes = mothers.shape
    pairs = np.stack([np.arange(n), np.arange(n, 2 * n)])
    draws = np.random.default_rng(seed).random((n, 1 + n_genes))
    return cross_blend(layout, np.concatenate([mothers, fathers]), pairs, rate, spread, draws)


def is_inside(genomes):
    inside = (genomes >= LOW) & (genomes <= HIGH)
    whole = (genomes == np.rint(genomes)) | (KIND == FLOAT)
    return bool((inside & whole).all())


@given(seeds, st.floats(0, 1), st.floats(0.1, 100))
def test_mutants_stay_in_bounds_and_parents_untouched(seed, rate, eta):
    parents = draw(30, seed)
    before = parents.copy()
    mutants = mutants_of(parents, rate, eta, seed)
    np.testing.assert_array_equal(parents, before)
    assert is_inside(canonicalise(LAYOUT, mutants, np.zeros_like(mutants)))


@given(seeds, st.floats(0, 1), st.floats(0, 1))
def test_children_stay_in_bounds_and_parents_untouched(seed, rate, spread):
    rng = np.random.default_rng(seed)
    parents, pairs = draw(30, seed), rng.integers(0, 30, (2, 50))
    before = parents.copy()
    draws = rng.random((50, 1 + len(SPACE)))
    children = cross_blend(LAYOUT, parents, pairs, rate, spread, draws)
    np.testing.assert_array_equal(parents, before)
    assert is_inside(canonicalise(LAYOUT, children, np.zeros_like(children)))


def test_mutation_rate_zero_copies_and_one_moves_every_free_gene():
    parents = draw(5000, 0)
    np.testing.assert_array_equal(mutants_of(parents, 0.0, 20, seed=0), parents)
    mutants = mutants_of(parents, 1.0, 20, seed=0)
    mutants = canonicalise(LAYOUT, mutants, np.zeros_like(mutants))
    moved = (mutants != parents).mean(axis=0)
    assert moved[-1] == 0  # a constant cannot move
    assert moved[2:7].min() == 1.0  # a chosen int, ordinal, category or boolean always does
    assert moved[:2].min() > 0.99


def test_mutation_reaches_every_category_equally():
    parents = np.tile(draw(1, 3), (30_000, 1))
    mutants = mutants_of(parents, 1.0, 20, seed=1)
    column = mutants[:, SPACE.index["c"]]
    shares = np.bincount(column.astype(int), minlength=3) / len(column)
    own = int(parents[0, SPACE.index["c"]])
    assert shares[own] == 0
    assert np.delete(shares, own) == pytest.approx([0.5, 0.5], abs=0.02)


def test_larger_eta_keeps_steps_smaller():
    parents = np.tile(draw(1, 4), (5000, 1))
    sizes = []
    for eta in (2.0, 20.0):
        moved = mutants_of(parents, 1.0, eta, seed=2)
        sizes.append(np.abs(moved[:, 0] - parents[:, 0]).mean())
    assert sizes[1] < 0.5 * sizes[0]


def test_crossover_rate_zero_copies_the_mother():
    mothers, fathers = draw(50, 1), draw(50, 2)
    children = children_of(mothers, fathers, 0.0, 0.25, seed=0)
    np.testing.assert_array_equal(children, mothers)


def test_without_spread_numbers_fall_between_their_parents():
    mothers, fathers = draw(500, 1), draw(500, 2)
    children = children_of(mothers, fathers, 1.0, 0.0, seed=0)
    low, high = np.minimum(mothers, fathers), np.maximum(mothers, fathers)
    assert ((children >= low - 1e-9) & (children <= high + 1e-9)).all()
    listed = KIND >= LISTED
    either = (children == mothers) | (children == fathers)
    assert either[:, listed].all()


def test_a_gene_that_one_parent_lacks_comes_from_either():
    space = rule_space(2)
    layout = make_layout(space)
    genomes = canonicalise(layout, draw_genomes(space, 200, 1), np.full((200, len(space)), 0.5))
    children = children_of(genomes[:100], genomes[100:], 1.0, 0.25, seed=0, layout=layout)
    lone = np.isnan(genomes[:100]) != np.isnan(genomes[100:])
    is_nan = np.isnan(children[lone])
    assert 0.3 < is_nan.mean() < 0.7


def test_tournaments_favour_the_best_and_one_entrant_does_not():
    rng = np.random.default_rng(0)
    uniform = select_by_tournament(10, rng.random((1, 100_000)))
    assert np.bincount(uniform, minlength=10) / 1e5 == pytest.approx([0.1] * 10, abs=0.01)
    winners = np.bincount(select_by_tournament(10, rng.random((3, 100_000))), minlength=10) / 1e5
    # The best of 3 of 10 is rank r with chance ((10-r)^3 - (9-r)^3) / 1000.
    expected = [((10 - r) ** 3 - (9 - r) ** 3) / 1000 for r in range(10)]
    assert winners == pytest.approx(expected, abs=0.01)


@given(st.lists(st.integers(0, 50), max_size=200), st.integers(0, 60))
def test_the_id_set_is_a_set_with_a_limit(values, limit):
    known, seen, expected = IdSet(), set(), []
    ids = np.array([[0, value] for value in values], np.uint64).reshape(-1, 2)
    for row, value in enumerate(values):
        # Zero marks a free slot, so 0 and 1 share one key: the cost is one lost genome.
        key = max(1, value)
        if len(seen) < limit and key not in seen:
            expected.append(row)
            seen.add(key)
    assert known.add(ids, limit).tolist() == expected
    assert len(known) == len(seen)


def test_the_id_set_grows_without_forgetting():
    ids = np.random.default_rng(0).integers(1, 2**63, (50_000, 2)).astype(np.uint64)
    known = IdSet()
    for start in range(0, 50_000, 777):
        part = ids[start : start + 777]
        assert len(known.add(part, 777)) == len(part)
    assert len(known.add(ids, 50_000)) == 0
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


def test_an_infinite_space_is_walked_all_over():
    sweep = Sweep(Space(Float("x", 0, 1)))
    values = np.concatenate([sweep.next_codes()[:, 0] for _ in range(4)])
    assert len({*values}) == len(values)
    assert (np.histogram(values, bins=10, range=(0, 1))[0] > len(values) / 11).all()
    assert not sweep.is_whole
