"""The shapes of what operators draw: scales, bounds, rates, and how much comes from which parent.

Draws are spread evenly instead of drawn, or come from a fixed seed, so no test fails by chance.
"""

import numpy as np
import pytest

from evosearch.algorithms.crossover import cross_blend
from evosearch.algorithms.genetic import Genetic
from evosearch.algorithms.mutation import mutate
from evosearch.algorithms.random_search import RandomSearch
from evosearch.algorithms.settings import GeneticSettings
from evosearch.genome.layout import make_layout
from evosearch.genome.space import Boolean, Categorical, Float, Int, Ordinal, Space
from evosearch.population import Evaluations

N = 20_000
# A linear and a logarithmic gene of the same law, so that one law is asserted of both.
FLOATS = {"linear": Float("g", -5, 5), "log": Float("g", 1e-5, 1e5, log=True)}


def evenly(n):
    """Shares in [0, 1), as evenly spread as n can be."""
    return (np.arange(n) + 0.5) / n


def place_of(gene, values):
    """How far along its range, from 0 to 1, a number stands on the gene's own scale."""
    if gene.log:
        low, high, values = np.log(gene.low), np.log(gene.high), np.log(values)
    else:
        low, high = gene.low, gene.high
    return (values - low) / (high - low)


def value_at(gene, place):
    if gene.log:
        return gene.low * (gene.high / gene.low) ** place
    return gene.low + place * (gene.high - gene.low)


def mutants_of(gene, parent, eta, draws=None, rate=1.0):
    """Mutants of one value of one gene."""
    draws = evenly(N) if draws is None else draws
    parents = np.full((len(draws), 1), float(parent))
    return mutate(make_layout(Space(gene)), parents, rate, eta, draws[:, None])[:, 0]


def children_of(space, mother, father, rate, spread, draws):
    parents = np.array([mother, father], float)
    pairs = np.repeat([[0], [1]], len(draws), axis=1)
    return cross_blend(make_layout(space), parents, pairs, rate, spread, draws)


def draw(n, n_genes, seed=1):
    """Draws for n pairs that are all crossed at any rate above zero."""
    draws = np.random.default_rng(seed).random((n, 1 + n_genes))
    draws[:, 0] = 0.0
    return draws


# --- mutation


def share_within(distance, eta):
    """The share of steps shorter than a part of the range (Deb and Goyal 1996)."""
    return 1 - (1 - distance) ** (eta + 1)


@pytest.mark.parametrize("eta", [3.0, 20.0])
@pytest.mark.parametrize("gene", FLOATS.values(), ids=FLOATS)
def test_steps_go_both_ways_alike_on_the_genes_own_scale(gene, eta):
    steps = place_of(gene, mutants_of(gene, value_at(gene, 0.5), eta)) - 0.5
    for distance in (0.01, 0.05, 0.1, 0.2):  # farther ones have come back from a bound
        expected = share_within(distance, eta) / 2
        assert np.mean((steps > 0) & (steps < distance)) == pytest.approx(expected, abs=0.002)
        assert np.mean((steps < 0) & (steps > -distance)) == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize("eta", [0.5, 3.0, 20.0])
@pytest.mark.parametrize("place", [0.0, 1.0])
@pytest.mark.parametrize("gene", FLOATS.values(), ids=FLOATS)
def test_at_either_bound_steps_come_back_as_far_as_they_went_beyond(gene, place, eta):
    moved = place_of(gene, mutants_of(gene, value_at(gene, place), eta))
    assert moved.min() > -1e-9  # before anything is clipped
    assert moved.max() < 1 + 1e-9
    inwards = np.abs(moved - place)
    for distance in (0.001, 0.01, 0.1, 0.3, 0.7):
        # Inward steps and those that came back are one law: neither is lost, nor piled up.
        expected = share_within(distance, eta)
        assert np.mean(inwards < distance) == pytest.approx(expected, abs=0.003)


@pytest.mark.parametrize("gene", FLOATS.values(), ids=FLOATS)
def test_near_either_bound_none_piles_up_there(gene):
    for place in (0.02, 0.98):
        moved = place_of(gene, mutants_of(gene, value_at(gene, place), eta=1.0))
        counts = np.histogram(moved, bins=50, range=(0, 1))[0]
        assert counts.sum() == N
        assert max(counts[0], counts[-1]) < 2.1 * max(counts[1], counts[-2])
        assert np.mean((moved < 1e-4) | (moved > 1 - 1e-4)) < 0.002


@pytest.mark.parametrize("rate", [0.05, 0.5, 1.0])
def test_each_gene_moves_as_often_as_the_rate_says_and_as_far_as_at_any_other(rate):
    space = Space(Float("x", -5, 5), Int("k", 0, 100), Categorical("c", ["a", "b"]), Boolean("b"))
    parents = np.tile([0.0, 50.0, 1.0, 0.0], (N, 1))
    draws = np.random.default_rng(2).random((N, 4))
    mutants = mutate(make_layout(space), parents, rate, 3.0, draws)
    moved = mutants != parents
    assert moved.mean(axis=0) == pytest.approx([rate] * 4, abs=0.015)
    both = (moved[:, 0] & moved[:, 2]).mean()
    assert both == pytest.approx(rate**2, abs=0.015)  # each gene on its own
    steps = mutants[moved[:, 0], 0] / 10
    assert np.mean(np.abs(steps) < 0.1) == pytest.approx(share_within(0.1, 3.0), abs=0.04)
    assert np.mean(steps > 0) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    "gene",
    [Int("g", 0, 10), Int("g", 1, 11, log=True), Ordinal("g", [0, 1, 5, 10, 100, 1000, 1001])],
    ids=["int", "log int", "ordinal"],
)
def test_small_steps_lead_to_the_next_value_on_either_side_and_from_the_ends_inwards(gene):
    layout = make_layout(Space(gene))
    low, high = layout.genes[0]["low"], layout.genes[0]["high"]
    for parent in np.arange(low, high + 1):
        moved = np.rint(mutants_of(gene, parent, eta=1000.0))
        if parent in (low, high):
            assert set(moved) == {low + 1 if parent == low else high - 1}
        else:
            assert set(moved) == {parent - 1, parent + 1}
            assert np.mean(moved > parent) == pytest.approx(0.5, abs=0.01)


# --- crossover


@pytest.mark.parametrize("spread", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("gene", FLOATS.values(), ids=FLOATS)
def test_blends_are_spread_evenly_on_the_genes_own_scale_and_as_far_beyond_as_told(gene, spread):
    space = Space(gene)
    for places in ((0.4, 0.6), (0.6, 0.4)):
        mother, father = (value_at(gene, place) for place in places)
        draws = np.column_stack([np.zeros(N), evenly(N)])
        children = children_of(space, [mother], [father], 1.0, spread, draws)[:, 0]
        where = np.sort(place_of(gene, children))
        low, high = 0.4 - 0.2 * spread, 0.6 + 0.2 * spread
        np.testing.assert_allclose(where, low + evenly(N) * (high - low), atol=1e-9)


def test_a_blend_halfway_between_powers_of_ten_is_their_geometric_mean():
    space = Space(Float("x", 0, 1), Float("r", 1e-9, 1, log=True), Int("k", 1, 10**6, log=True))
    draws = np.array([[0.0, 0.5, 0.5, 0.5]])
    child = children_of(space, [0.2, 1e-8, 10], [0.4, 1e-2, 1000], 1.0, 0.25, draws)
    assert child[0] == pytest.approx([0.3, 1e-5, 100])


def test_what_cannot_be_blended_comes_from_either_parent_each_gene_on_its_own():
    space = Space(
        Categorical("c", ["a", "b", "c"]), Categorical("d", ["a", "b"]), Boolean("b"), Float("x", 0, 1)
    )  # fmt: skip
    children = children_of(space, [0, 0, 0, 0], [2, 1, 1, 1], 1.0, 0.0, draw(N, 4))
    is_fathers = children[:, :3] > 0
    assert set(children[:, 0]) == {0, 2}  # never one that neither parent has
    assert is_fathers.mean(axis=0) == pytest.approx([0.5] * 3, abs=0.015)
    together = np.corrcoef(np.column_stack([is_fathers, children[:, 3]]).T) - np.eye(4)
    assert np.abs(together).max() < 0.03


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_as_many_pairs_are_crossed_as_the_rate_says_and_the_others_copy_the_mother(rate):
    space = Space(Float("x", 0, 1), Categorical("c", ["a", "b"]))
    draws = np.random.default_rng(3).random((N, 3))
    children = children_of(space, [0.25, 0], [0.75, 1], rate, 0.25, draws)
    is_mother = (children == [0.25, 0]).all(axis=1)
    assert is_mother.mean() == pytest.approx(1 - rate, abs=0.01)
    # Whether a pair is crossed says nothing of how: without spread, all of the way to the father.
    crossed = children[~is_mother, 0]
    if len(crossed):
        assert np.quantile(crossed, [0.0, 0.5, 1.0]) == pytest.approx([0.125, 0.5, 0.875], abs=0.02)


# --- the whole step from parents to children


SPACE = Space(Float("x", -1e6, 1e6), Float("y", -1e6, 1e6))


def parents_of(n, space=SPACE, **settings):
    """An algorithm after its first generation, which is ranked in the order it was asked for."""
    algorithm = Genetic(space, n, seed=4, settings=GeneticSettings(**settings))
    algorithm.tell(*measured(algorithm, range(n, 0, -1)))
    return algorithm


def measured(algorithm, fitness):
    proposal = algorithm.ask()
    found = Evaluations.empty(len(proposal), 1)
    found.status[:], found.feasible[:] = 0, True
    found.fitness[:] = list(fitness)[: len(proposal)]
    return proposal, found


@pytest.mark.parametrize("tournament", [1, 2, 7])
def test_the_tournament_of_the_settings_is_the_pressure_of_selection(tournament):
    algorithm = parents_of(
        10, tournament=tournament, crossover_rate=0.0, mutation_rate=0.0
    )  # children are copies of their mothers
    children = algorithm.breed(N, 0)
    ranks = np.argmax((children[:, None] == algorithm.state.genomes).all(axis=2), axis=1)
    shares = np.bincount(ranks, minlength=10) / len(ranks)
    # The best of t of n has a rank of at least r with chance ((n - r) / n)^t.
    beyond = (1 - np.arange(11) / 10) ** tournament
    assert shares == pytest.approx(-np.diff(beyond), abs=0.015)


def test_both_parents_are_selected_each_on_its_own():
    algorithm = parents_of(
        10, tournament=1, crossover_rate=1.0, crossover_spread=0.0, mutation_rate=0.0
    )
    children = algorithm.breed(N, 0)
    parents = algorithm.state.genomes
    has_one_parent = (children[:, None] == parents).all(axis=2).any(axis=1)
    assert has_one_parent.mean() == pytest.approx(0.1, abs=0.02)  # met itself, one time in ten
    assert (children >= parents.min(axis=0)).all()
    assert (children <= parents.max(axis=0)).all()


def test_spread_and_rates_of_the_settings_reach_their_operators():
    def share_changed(**settings):
        algorithm = parents_of(2, tournament=1, **settings)
        children = algorithm.breed(N, 0)
        known = (children[:, None] == algorithm.state.genomes).all(axis=2).any(axis=1)
        low, high = algorithm.state.genomes.min(axis=0), algorithm.state.genomes.max(axis=0)
        return np.mean(~known), np.mean((children[:, 0] < low[0]) | (children[:, 0] > high[0]))

    # Half of the mothers meet the other parent.
    assert share_changed(crossover_rate=0.4, crossover_spread=0.0, mutation_rate=0.0) == (
        pytest.approx(0.2, abs=0.02), 0.0,
    )  # fmt: skip
    changed, beyond = share_changed(crossover_rate=1.0, crossover_spread=0.5, mutation_rate=0.0)
    assert (changed, beyond) == pytest.approx((0.5, 0.25), abs=0.02)
    changed, _ = share_changed(crossover_rate=0.0, crossover_spread=1.0, mutation_rate=0.2)
    assert changed == pytest.approx(1 - 0.8**2, abs=0.02)


@pytest.mark.parametrize(("elite_frac", "n_kept"), [(0.0, 0), (0.25, 5), (1.0, 20)])
def test_as_many_of_the_best_parents_stay_as_the_settings_say_and_no_more(elite_frac, n_kept):
    algorithm = parents_of(20, elite_frac=elite_frac)
    before = algorithm.state.genomes.copy()
    proposal, found = measured(algorithm, [-1.0 - k for k in range(20)])  # all worse
    algorithm.tell(proposal, found)
    after = algorithm.state.genomes
    assert len(after) == 20
    np.testing.assert_array_equal(after[:n_kept], before[:n_kept])
    np.testing.assert_array_equal(after[n_kept:], proposal.genomes[: 20 - n_kept])


def test_better_children_take_the_place_of_their_parents_and_the_best_come_first():
    algorithm = parents_of(20, elite_frac=1.0)
    before = algorithm.state.genomes.copy()
    fitness = [100.0 + k if k < 5 else -100.0 for k in range(20)]
    proposal, found = measured(algorithm, fitness)
    algorithm.tell(proposal, found)
    np.testing.assert_array_equal(algorithm.state.genomes[:5], proposal.genomes[4::-1])
    np.testing.assert_array_equal(algorithm.state.genomes[5:], before[:15])


SWITCHED = Space(
    Categorical("mode", ["off", "on"]),
    Float("x", 0, 1, when={"mode": "on"}),
    Int("k", 1, 1000, log=True, when={"mode": "on"}),
    Float("y", 0, 1),
)


def test_a_gene_that_comes_to_life_starts_anywhere_in_its_range():
    algorithm = Genetic(SWITCHED, 100, seed=6)
    genomes = algorithm.ask().genomes
    is_on = genomes[:, 0] == 1
    assert (np.isnan(genomes[:, 1:3]).all(axis=1) == ~is_on).all()
    off = genomes[~is_on]
    # Parents that are all off: whatever is on among the children was switched on by mutation.
    algorithm.state = type("State", (), {"genomes": off})
    algorithm.settings = GeneticSettings(mutation_rate=0.5)
    children = algorithm.breed(N, 0)
    born = children[children[:, 0] == 1]
    assert len(born) / len(children) == pytest.approx(0.5, abs=0.02)
    assert np.quantile(born[:, 1], [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.02)
    assert np.mean(born[:, 2] < 31) == pytest.approx(np.log(31) / np.log(1001), abs=0.02)
    assert np.isnan(children[children[:, 0] == 0, 1:3]).all()


@pytest.mark.parametrize("kind", [Genetic, RandomSearch])
def test_the_genes_of_the_first_generation_do_not_go_together(kind):
    space = Space(*(Float(f"x{k}", 0, 1) for k in range(4)))
    genomes = kind(space, 2000, seed=1).ask().genomes
    together = np.corrcoef(genomes.T) - np.eye(4)
    assert np.abs(together).max() < 0.1
    counts = np.stack([np.histogram(gene, bins=10, range=(0, 1))[0] for gene in genomes.T])
    assert counts.min() > 150
    assert counts.max() < 250


def test_when_breeding_finds_nothing_new_immigrants_come_from_the_whole_range():
    algorithm = parents_of(50, crossover_rate=0.0, mutation_rate=0.0)
    proposal = algorithm.ask()
    assert len(proposal) == 50
    assert (np.histogram(proposal.genomes[:, 0], bins=5, range=(-1e6, 1e6))[0] > 3).all()
    known = {row.tobytes() for row in algorithm.state.genomes}
    assert not known & {row.tobytes() for row in proposal.genomes}


def test_known_genomes_are_drawn_anew_until_the_space_is_used_up():
    settings = GeneticSettings(mutation_rate=0.0, crossover_rate=0.0)
    algorithm = Genetic(Space(Int("k", 0, 9999)), 900, seed=1, settings=settings)
    proposals = []
    for _ in range(12):
        proposal, found = measured(algorithm, range(900))
        algorithm.tell(proposal, found)
        proposals.append(proposal.genomes[:, 0])
    assert [len(genomes) for genomes in proposals] == [900] * 11 + [100]
    assert len(algorithm.ask()) == 0
    assert len({*np.concatenate(proposals)}) == 10_000
