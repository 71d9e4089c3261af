import itertools

import numpy as np
import pytest
from hypothesis import given, settings

from evosearch.genome.canonical import canonicalise
from evosearch.genome.identity import compute_genome_ids, format_genome_id
from evosearch.genome.layout import LISTED, make_layout
from evosearch.genome.space import Categorical, Float, Int, Ordinal, Space
from tests.spaces import draw_genomes, rule_space, seeds


def make_canonical(space, raw, seed=0):
    fill = np.random.default_rng(seed).random(raw.shape)
    return canonicalise(make_layout(space), raw, fill)


def find_ids(space, rows):
    genomes = make_canonical(space, space.encode(rows))
    return [format_genome_id(i) for i in compute_genome_ids(make_layout(space), genomes)]


@given(seeds)
def test_the_canonical_form_is_its_own_canonical_form(seed):
    space = rule_space()
    once = make_canonical(space, draw_genomes(space, 50, seed), seed)
    np.testing.assert_array_equal(make_canonical(space, once, seed + 1), once)


@given(seeds)
def test_canonical_genomes_keep_every_rule_of_the_space(seed):
    space = rule_space()
    genomes = make_canonical(space, draw_genomes(space, 50, seed), seed)
    for params in space.decode(genomes):
        space.encode([params])  # raises for anything out of range or out of order
        blocks = [
            tuple(params[f"{name}{k}"] for name in ("kind", "fast", "slow", "flag"))
            for k in range(1, params["count"] + 1)
        ]
        assert len(set(blocks)) == len(blocks)
        assert [block[0] for block in blocks] == sorted(block[0] for block in blocks)
        for k in range(params["count"] + 1, 4):
            assert params[f"kind{k}"] is None


@given(seeds)
@settings(max_examples=30)
def test_input_is_not_modified(seed):
    space = rule_space()
    raw = draw_genomes(space, 20, seed)
    before = raw.copy()
    make_canonical(space, raw, seed)
    np.testing.assert_array_equal(raw, before)


def first_values(gene, n):
    """What a gene starts with at n shares of its range, as evenly spread as n can be."""
    fill = (np.arange(n)[:, None] + 0.5) / n
    return canonicalise(make_layout(Space(gene)), np.full((n, 1), np.nan), fill)[:, 0]


def test_a_float_starts_everywhere_in_its_range_alike():
    values = first_values(Float("g", -2, 8), 10_000)
    assert np.histogram(values, bins=10, range=(-2, 8))[0].tolist() == [1000] * 10


def test_on_a_log_scale_each_power_of_ten_gets_its_equal_share():
    values = first_values(Float("g", 1e-6, 1, log=True), 6000)
    assert np.abs(np.histogram(np.log10(values), bins=6, range=(-6, 0))[0] - 1000).max() <= 1
    assert np.median(values) == pytest.approx(1e-3, rel=0.01)


@pytest.mark.parametrize(("low", "high"), [(0, 9), (-3, 6), (7, 16)])
def test_every_int_is_as_likely_as_any_other_those_at_the_ends_too(low, high):
    values, counts = np.unique(first_values(Int("g", low, high), 10_000), return_counts=True)
    assert values.tolist() == list(range(low, high + 1))
    assert counts.tolist() == [1000] * 10


@pytest.mark.parametrize("gene", [Ordinal("g", [1, 5, 7, 1000]), Categorical("g", list("abcd"))])
def test_every_listed_value_is_as_likely_as_any_other(gene):
    assert np.bincount(first_values(gene, 4000).astype(int)).tolist() == [1000] * 4


def test_on_a_log_scale_every_doubling_of_an_int_gets_its_equal_share():
    values = first_values(Int("g", 1, 1023, log=True), 10_000)
    doublings = np.bincount(np.floor(np.log2(values)).astype(int))
    assert np.abs(doublings - 1000).max() <= 1
    assert (values.min(), values.max()) == (1, 1023)


def test_a_number_between_two_ints_becomes_the_nearer_one_and_one_beyond_the_bounds_the_bound():
    space = Space(Int("k", -5, 5), Ordinal("o", [1, 2, 5]), Float("x", -1, 1))
    raw = np.array([[2.6, 1.4, 1.5], [-2.6, 0.6, -1.5], [5.4, 9.0, 0.3], [-99, -0.4, -0.3]])
    assert make_canonical(space, raw).tolist() == [
        [3, 1, 1], [-3, 1, -1], [5, 2, 0.3], [-5, 0, -0.3],
    ]  # fmt: skip


def test_zero_has_one_sign():
    space = Space(Float("x", -1, 1), Int("k", -5, 5))
    genomes = make_canonical(space, np.array([[0.0, 0.0], [-0.0, -0.3], [-0.0, -0.0]]))
    assert not np.signbit(genomes).any()
    assert len(np.unique(compute_genome_ids(make_layout(space), genomes), axis=0)) == 1


def test_a_gene_is_active_for_the_listed_values_of_its_parent_and_for_no_others():
    space = Space(
        Int("k", 0, 9), Float("x", 0, 1, when={"k": [2, 3, 7]}), Float("y", 0, 1, when={"k": 9})
    )
    raw = np.column_stack([np.arange(10), np.full(10, 0.5), np.full(10, 0.5)])
    genomes = make_canonical(space, raw)
    assert np.flatnonzero(~np.isnan(genomes[:, 1])).tolist() == [2, 3, 7]
    assert np.flatnonzero(~np.isnan(genomes[:, 2])).tolist() == [9]


def test_two_values_that_must_rise_and_do_not_change_places_and_keep_their_sizes():
    space = Space(Ordinal("fast", [1, 2, 5, 9]), Ordinal("slow", [1, 2, 5, 9], above="fast"))
    raw = np.array([[3, 0], [0, 3], [2, 1], [1, 1], [3, 3]])
    genomes = make_canonical(space, raw.astype(float))
    assert genomes[:3].tolist() == [[0, 3], [0, 3], [1, 2]]
    assert (genomes[3:, 1] - genomes[3:, 0]).tolist() == [1, 1]  # equal ones move by one step


def test_rules_in_any_order_are_one_genome_and_repeats_do_not_count():
    space = rule_space()
    rules = [("ant", 1, None, True), ("zebra", 5, None, None), ("mole", 2, 5, False)]

    def row(chosen):
        params = {"count": len(chosen), "rate": 0.5}
        for k, rule in enumerate(chosen, start=1):
            params |= dict(zip((f"kind{k}", f"fast{k}", f"slow{k}", f"flag{k}"), rule, strict=True))
        return params

    orders = list(itertools.permutations(rules))
    assert len(set(find_ids(space, [row(order) for order in orders]))) == 1
    two = [row([rules[0], rules[1]]), row([rules[0], rules[1], rules[0]])]
    assert len(set(find_ids(space, two))) == 1
    assert len(set(find_ids(space, [row([rule]) for rule in rules]))) == 3


def test_values_in_inactive_genes_do_not_matter():
    space = Space(Categorical("mode", ["off", "on"]), Float("size", 0, 1, when={"mode": "on"}))
    raw = np.array([[0.0, 0.3], [0.0, np.nan], [0.0, 0.9]])
    ids = compute_genome_ids(make_layout(space), make_canonical(space, raw))
    assert len(np.unique(ids, axis=0)) == 1


def test_an_id_depends_on_values_by_name_and_not_on_the_profile():
    narrow = Space(Ordinal("period", [10, 20]), Float("stop", 0.02, 0.05))
    wide = Space(
        Float("stop", 0.0, 1.0),
        Int("period", 1, 500),
        Categorical("extra", ["a", "b"], when={"period": 499}),
    )
    row = {"period": 20, "stop": 0.03}
    assert find_ids(narrow, [row]) == find_ids(wide, [row])


def test_ids_are_the_same_for_ever():
    # These ids stand in people's shards: a change here breaks merging with them.
    space = rule_space(2)
    rows = [
        {"count": 1, "rate": 0.5, "kind1": "zebra", "fast1": 2},
        {"count": 2, "rate": 0.25, "kind1": "ant", "fast1": 1, "flag1": True,
         "kind2": "mole", "fast2": 2, "slow2": 5, "flag2": False},
    ]  # fmt: skip
    assert find_ids(space, rows) == GOLDEN_IDS


def test_ids_are_murmur3_of_name_and_value_blocks():
    space = rule_space(2)
    genomes = make_canonical(space, draw_genomes(space, 200, 5))
    layout = make_layout(space)
    ids = compute_genome_ids(layout, genomes)
    for genome, genome_id in zip(genomes, ids, strict=True):
        blocks = []
        for gene in sorted(range(len(space)), key=lambda g: space.names[g]):
            if not np.isnan(genome[gene]):
                word = int(genome[gene].view(np.uint64))
                if layout.genes[gene]["kind"] >= LISTED:
                    word = int(
                        layout.values["word"][
                            layout.genes[gene]["values_start"] + int(genome[gene])
                        ]
                    )
                blocks.append((int(layout.genes[gene]["name_word"]), word))
        assert murmur3(blocks) == (int(genome_id[0]), int(genome_id[1]))


def test_no_two_of_many_genomes_share_an_id():
    space = Space(Float("a", 0, 1), Int("b", 0, 1000))
    genomes = make_canonical(space, np.full((200_000, 2), np.nan))
    ids = compute_genome_ids(make_layout(space), genomes)
    assert len(np.unique(ids, axis=0)) == len(np.unique(genomes, axis=0))
    assert len(np.unique(ids[:, 1])) == len(np.unique(genomes, axis=0))


def murmur3(blocks):
    """MurmurHash3_x64_128 over 16-byte blocks, in plain Python integers."""
    mask, h1, h2 = 2**64 - 1, 0, 0
    c1, c2 = 0x87C37B91114253D5, 0x4CF5AD432745937F

    def rotate(x, r):
        return ((x << r) | (x >> (64 - r))) & mask

    def finish(x):
        x ^= x >> 33
        x = x * 0xFF51AFD7ED558CCD & mask
        x ^= x >> 33
        x = x * 0xC4CEB9FE1A85EC53 & mask
        return x ^ (x >> 33)

    for k1, k2 in blocks:
        h1 ^= rotate(k1 * c1 & mask, 31) * c2 & mask
        h1 = (rotate(h1, 27) + h2) * 5 + 0x52DCE729 & mask
        h2 ^= rotate(k2 * c2 & mask, 33) * c1 & mask
        h2 = (rotate(h2, 31) + h1) * 5 + 0x38495AB5 & mask
    h1 ^= 16 * len(blocks)
    h2 ^= 16 * len(blocks)
    h1 = h1 + h2 & mask
    h2 = h2 + h1 & mask
    h1, h2 = finish(h1), finish(h2)
    h1 = h1 + h2 & mask
    return h1, h2 + h1 & mask


GOLDEN_IDS = ["ef82d74b00291b29fb5cd6022991cfc4", "ebfdd141b87f57aafa213bb2bbc5cb5a"]
