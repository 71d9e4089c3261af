"""The branches of a space: counted, walked, and genes that no branch holds."""

import itertools
import math
import random
import time

import numpy as np
import pytest

import evosearch
from evosearch import Problem
from evosearch.algorithms import ALGORITHMS, find_algorithm
from evosearch.algorithms.distinct import MAX_FRUITLESS, MAX_SWEEP, Sweep
from evosearch.algorithms.genetic import Genetic
from evosearch.algorithms.random_search import RandomSearch
from evosearch.cli.searching.outcome import name_ending
from evosearch.errors import SpaceError
from evosearch.genome.branches import Branches
from evosearch.genome.layout import make_layout
from evosearch.genome.space import Boolean, Categorical, Float, Int, Ordinal, Space, UnorderedBlocks
from evosearch.population import Evaluations


def declare_at_random(draw):
    """Up to six small genes with conditions that cross each other, perhaps contradicting."""
    genes = []
    for number in range(draw.randint(1, 6)):
        parents = draw.sample(genes, min(len(genes), draw.choice([0, 0, 1, 2, 3])))
        when = {}
        for parent in parents:
            own = list_values(parent)
            when[parent.name] = draw.sample(own, draw.randint(1, len(own)))
        name, size = f"g{number}", draw.randint(1, 4)
        if draw.random() < 0.6:
            genes.append(Int(name, -1, size - 2, when=when))
        else:
            genes.append(Categorical(name, [f"v{k}" for k in range(size)], when=when))
    return genes


def list_values(gene):
    return list(range(gene.low, gene.high + 1)) if isinstance(gene, Int) else list(gene.values)


def list_reachable(genes):
    """All genomes that the conditions allow, by trying every value of every gene."""
    found, alive = set(), set()
    for combination in itertools.product(*map(list_values, genes)):
        params, codes = {}, []
        for gene, value in zip(genes, combination, strict=True):
            is_active = all(params.get(name) in values for name, values in gene.when.items())
            params[gene.name] = value if is_active else None
            codes.append(repr(float(gene.encode(value)) if is_active else math.nan))
            alive |= {gene.name} if is_active else set()
        found.add(tuple(codes))
    return found, alive


@pytest.mark.parametrize("seed", range(40))
def test_branches_are_what_trying_everything_finds(seed):
    genes = declare_at_random(random.Random(seed))
    reachable, alive = list_reachable(genes)
    if len(alive) < len(genes):
        first = next(gene.name for gene in genes if gene.name not in alive)
        with pytest.raises(SpaceError, match=f"'{first}' can never be active"):
            Space(*genes)
        return
    assert Space(*genes).n_genomes == len(reachable)
    for kind in (np.int64, object):
        codes = Branches(genes).find_codes(np.arange(len(reachable)).astype(kind))
        assert {tuple(map(repr, map(float, row))) for row in codes} == reachable
        assert len(codes) == len(reachable)


def three_windows(high):
    kinds = ["sma", "ema", "rsi"]
    windows = [Int(f"{kind}_window", 1, high, when={"kind": kind}) for kind in kinds]
    return Space(Categorical("kind", kinds), *windows)


def search_to_the_end(algorithm):
    """How many distinct genomes an algorithm finds, every one as good as another."""
    found = set()
    while len(proposal := algorithm.ask()):
        found |= {tuple(ids) for ids in proposal.genome_ids.tolist()}
        measured = Evaluations.empty(len(proposal), 1)
        measured.status[:], measured.feasible[:], measured.fitness[:] = 0, True, 1.0
        algorithm.tell(proposal, measured)
    return len(found)


@pytest.mark.parametrize("kind", sorted(ALGORITHMS))
def test_the_whole_space_is_searched_where_its_branches_can_be_walked(kind):
    space = three_windows(1300)
    assert math.prod(gene.n_values for gene in space.genes) > MAX_SWEEP
    assert space.n_genomes == 3900
    algorithm = find_algorithm(kind)(space, 390, 1)
    assert search_to_the_end(algorithm) == 3900
    assert algorithm.has_seen_all


RARE = (
    Int("a", 1, 50_000),
    Int("b", 1, 50_000, when={"a": 7}),
    Categorical("c", ["only"], when={"b": [1, 2]}),
)


def test_a_branch_that_draws_do_not_find_is_walked():
    sweep, blocks = Sweep(Space(*RARE)), []
    while (block := sweep.next_codes()) is not None:
        blocks.append(block)
    codes = np.concatenate(blocks)
    assert sweep.is_whole
    assert len(codes) == len(np.unique(codes, axis=0)) == 99_999
    assert (codes[:, 0] == 7).sum() == 50_000
    # Behind the branch lie more genomes than all others.
    codes = Sweep(Space(*RARE, Float("x", 0, 1, when={"c": "only"}))).next_codes()
    assert (codes[:, 0] == 7).mean() > 0.99
    assert 0.4 < np.nanmean(codes[:, 3]) < 0.6


def test_a_float_with_few_values_is_searched_to_its_end():
    one = np.nextafter(1.0, 2)
    space = Space(Float("x", 1.0, float(np.nextafter(one, 2))), Float("y", -5e-324, 5e-324))
    assert space.n_genomes == math.inf
    algorithm = RandomSearch(space, 4, seed=1)
    assert search_to_the_end(algorithm) == 9
    assert algorithm.has_seen_all


def same_rules_many_times():
    """31 rules with one of two values each: 3 that differ, in billions of ways to write."""
    names = [f"r{k}" for k in range(31)]
    rules = [
        Boolean(name, when={"n": list(range(k + 1, 32))} if k else None)
        for k, name in enumerate(names)
    ]
    blocks = UnorderedBlocks("n", tuple((name,) for name in names))
    return Space(Int("n", 1, 31), *rules, unordered=[blocks])


class Rules(Problem):
    """An objective over rules that mostly mean the same."""

    space = same_rules_many_times()
    direction = "minimize"
    version = "1"

    def evaluate(self, params):
        """How many rules."""
        return float(params["n"])


@pytest.mark.slow
def test_where_a_space_cannot_be_walked_it_is_not_called_whole(workspace):
    assert Rules.space.n_genomes > MAX_SWEEP
    assert MAX_FRUITLESS >= 1_000_000
    result = evosearch.run(problem=Rules(), population=10, seed=1, workers=1)
    assert (result.reason, result.n_evaluated) == ("duplicates", 3)
    assert name_ending("duplicates", "en") == "nothing new in a million draws"
    (run,) = evosearch.status().runs
    assert (run.state, run.n_published) == ("finished", 3)


def test_a_walk_ends_where_the_run_is_told_to(workspace):
    stops = iter([False] * 3)
    algorithm = Genetic(Rules.space, 10, seed=1)
    algorithm.should_stop = lambda: next(stops, True)
    assert len(algorithm.ask()) == 3
    assert next(stops, None) is None
    assert not algorithm.has_seen_all
    result = evosearch.run(problem=Rules(), population=10, should_stop=lambda: True, workers=1)
    assert (result.reason, result.n_evaluated) == ("stopped", 0)


def test_spaces_without_conditions_are_walked_in_the_order_they_always_were():
    space = Space(Int("a", 3, 9), Ordinal("b", [1, 2, 5]), Boolean("c"), Int("d", 0, 0))
    n, stride = 42, 25  # 42 * 0.618 = 25.96
    numbers = np.arange(n) * stride % n
    expected = np.stack([numbers % 7 + 3, numbers // 7 % 3, numbers // 21, 0 * numbers], axis=1)
    np.testing.assert_array_equal(Sweep(space).next_codes(), expected)


@pytest.mark.parametrize(
    ("genes", "words"),
    [
        (
            [Int("a", 0, 2), Int("b", 0, 2, when={"a": 1}),
             Int("c", 0, 9, when={"a": 2, "b": 1}), Boolean("d", when={"c": [5]})],
            "'c' needs a = 2, 'b' needs a = 1",
        ),
        (
            [Int("a", 1, 3), Boolean("x", when={"a": [1, 2]}), Boolean("y", when={"a": [2, 3]}),
             Boolean("z", when={"a": [1, 3], "x": True, "y": True})],
            "'z' needs a = 1 or 3, 'y' needs a = 2 or 3, 'x' needs a = 1 or 2",
        ),
        (
            [Categorical("k", ["a", "b"]), Boolean("p", when={"k": "a"}),
             Boolean("q", when={"k": "b"}), Boolean("r", when={"p": True, "q": True})],
            "'q' needs k = b, 'p' needs k = a",
        ),
        (
            [Ordinal("fast", [1, 2, 3]), Ordinal("slow", [1, 2, 3], above="fast"),
             Float("z", 0, 1, when={"slow": 1})],
            "it needs slow = 1, the lowest value, and slow must be above fast",
        ),
    ],
)  # fmt: skip
def test_a_gene_that_can_never_be_active_is_refused_by_name(genes, words):
    with pytest.raises(SpaceError) as refusal:
        Space(*genes)
    assert words in str(refusal.value)
    assert str(refusal.value).count("can never be active") == 1


def test_a_pair_that_is_not_always_ordered_leaves_the_lowest_value():
    fast = Ordinal("fast", [1, 2, 3], when={"both": True})
    slow = Ordinal("slow", [1, 2, 3], above="fast")
    space = Space(Boolean("both"), fast, slow, Float("z", 0, 1, when={"slow": 1}))
    genomes = Genetic(space, 100, seed=1).ask().genomes
    assert (~np.isnan(genomes[:, 3])).any()


@pytest.mark.slow
def test_large_spaces_are_declared_and_counted_at_once():
    started = time.process_time()
    kinds = [f"kind{k}" for k in range(300)]
    genes = [Int(f"{k}_{n}", 0, 9, when={"kind": k}) for n in range(3) for k in kinds]
    space = Space(Categorical("kind", kinds), *genes)
    assert space.n_genomes == 300_000
    many = [f"name{k}" for k in range(100_000)]
    listed = Space(Categorical("c", many), Float("x", 0, 1, when={"c": many[:99_000]}))
    long = Space(Ordinal("x", [k / 100 for k in range(100_000)]))
    for each in (space, listed, long):
        make_layout(each)
    assert listed.encode([{"c": many[k]} for k in range(99_000, 100_000)])[-1, 0] == 99_999
    assert long.encode([{"x": k / 100} for k in range(1_000)])[-1, 0] == 999
    # With quadratic steps, minutes.
    assert time.process_time() - started < 20
