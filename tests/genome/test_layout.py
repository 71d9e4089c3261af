import numpy as np

from evosearch.genome.layout import FLOAT, INT, LISTED, TEXT, make_layout
from evosearch.genome.space import Boolean, Categorical, Float, Int, Ordinal, Space
from tests.spaces import rule_space


def test_codes_of_every_kind_of_gene_have_their_range():
    genes = make_layout(
        Space(
            Float("x", -1.5, 2, log=False),
            Int("k", 1, 9, log=True),
            Ordinal("o", [1, 5, 25]),
            Boolean("b"),
            Categorical("c", ["u", "v"]),
        )
    ).genes
    assert genes["kind"].tolist() == [FLOAT, INT, LISTED, LISTED, TEXT]
    assert genes["low"].tolist() == [-1.5, 1, 0, 0, 0]
    assert genes["high"].tolist() == [2, 9, 2, 1, 1]
    assert genes["is_log"].tolist() == [False, True, False, False, False]


def test_a_value_has_one_word_and_one_rank_however_it_is_listed():
    first = make_layout(Space(Categorical("c", ["b", "a", "d"]))).values
    second = make_layout(Space(Categorical("c", ["d", "b", "a"]))).values
    assert first["word"].tolist() == np.roll(second["word"], -1).tolist()
    assert first["rank"].tolist() == [1, 0, 2]
    assert second["rank"].tolist() == [2, 1, 0]


def test_conditions_name_the_parent_and_its_codes():
    layout = make_layout(
        Space(
            Int("n", 10, 20),
            Categorical("c", ["u", "v", "w"]),
            Float("x", 0, 1, when={"n": [12, 14], "c": "w"}),
        )
    )
    gene = layout.genes[2]
    by_n, by_c = layout.conditions[gene["conditions_start"] : gene["conditions_stop"]]
    assert (by_n["parent"], by_n["lowest"]) == (0, 12)
    assert layout.allowed[by_n["allowed_start"] : by_n["allowed_stop"]].tolist() == [1, 0, 1]
    assert (by_c["parent"], by_c["lowest"]) == (1, 2)
    assert layout.genes["conditions_stop"][0] == layout.genes["conditions_start"][0]


def test_blocks_list_their_genes_in_the_order_declared():
    space = rule_space(2)
    layout = make_layout(space)
    (group,) = layout.blocks
    assert space.names[group["count"]] == "count"
    assert (group["n_blocks"], group["size"]) == (2, 4)
    names = [space.names[gene] for gene in layout.block_genes]
    assert names == ["kind1", "fast1", "slow1", "flag1", "kind2", "fast2", "slow2", "flag2"]


def test_names_are_taken_in_the_order_that_no_profile_changes():
    forward, backward = Space(Int("b", 0, 1), Int("a", 0, 1)), Space(Int("a", 0, 1), Int("b", 0, 1))
    assert make_layout(forward).by_name.tolist() == [1, 0]
    assert make_layout(backward).by_name.tolist() == [0, 1]
