import json

import numpy as np
import pytest
from hypothesis import given

from evosearch.errors import SpaceError
from evosearch.genome.canonical import canonicalise, make_layout
from evosearch.genome.space import (
    Boolean,
    Categorical,
    Float,
    Int,
    Ordinal,
    Space,
    UnorderedBlocks,
)
from tests.spaces import draw_genomes, rule_space, seeds


def test_all_contradictions_of_a_space_are_listed_at_once():
    with pytest.raises(SpaceError) as caught:
        Space(
            Float("x", 0, 1),
            Float("x", 0, 1),
            Int("k", 0, 3, when={"later": 1}),
            Boolean("later", when={"x": 1}),
            Categorical("c", ["a"], when={"later": "yes"}),
        )
    text = str(caught.value)
    for fault in (
        "declared twice",
        "not declared before it",
        "cannot depend on the float",
        "'yes'",
    ):
        assert fault in text


def test_a_misspelt_condition_offers_the_right_gene():
    with pytest.raises(SpaceError, match="Did you mean 'kernel'"):
        Space(Categorical("kernel", ["a"]), Float("g", 0, 1, when={"kernal": "a"}))


def test_an_ordered_pair_needs_one_list_of_values():
    with pytest.raises(SpaceError, match="same values"):
        Space(Ordinal("a", [1, 2]), Ordinal("b", [1, 3], above="a"))
    with pytest.raises(SpaceError, match="share one value"):
        Space(Ordinal("a", [1]), Ordinal("b", [1], above="a"))


def test_a_gene_that_a_pair_may_move_cannot_decide_who_is_active():
    with pytest.raises(SpaceError, match="which another gene must exceed"):
        Space(
            Ordinal("a", [1, 2]), Float("x", 0, 1, when={"a": 1}), Ordinal("b", [1, 2], above="a")
        )


def test_unordered_blocks_need_a_count_from_one_and_equal_genes():
    genes = [Float("a1", 0, 1), Float("a2", 0, 2)]
    with pytest.raises(SpaceError, match="Int count gene from 1"):
        Space(Int("n", 0, 2), *genes, unordered=[UnorderedBlocks("n", (("a1",), ("a2",)))])
    with pytest.raises(SpaceError, match="differ in their genes' values"):
        Space(Int("n", 1, 2), *genes, unordered=[UnorderedBlocks("n", (("a1",), ("a2",)))])
    with pytest.raises(SpaceError, match="unknown genes: zz"):
        Space(Int("n", 1, 2), *genes, unordered=[UnorderedBlocks("n", (("a1",), ("zz",)))])


@given(seeds)
def test_canonical_genomes_survive_the_way_through_parameters(seed):
    space = rule_space()
    rng = np.random.default_rng(seed)
    raw = draw_genomes(space, 20, seed)
    genomes = canonicalise(make_layout(space), raw, rng.random(raw.shape))
    again = space.encode(space.decode(genomes))
    np.testing.assert_array_equal(again, genomes)


def test_parameters_are_plain_values_with_none_for_inactive():
    space = rule_space(2)
    genomes = space.encode([{"count": 1, "rate": 0.5, "kind1": "zebra", "fast1": 2, "flag1": True}])
    (params,) = space.decode(genomes)
    assert params["count"] == 1
    assert params["kind1"] == "zebra"
    assert params["flag1"] is None  # a zebra has no flag
    assert params["kind2"] is None
    assert json.loads(json.dumps(params)) == params


def test_all_faults_of_all_rows_are_listed_at_once():
    space = rule_space(2)
    good = {"count": 1, "rate": 0.5, "kind1": "zebra", "fast1": 2}
    with pytest.raises(SpaceError) as caught:
        space.encode([good | {"raet": 1}, good | {"fast1": 3}, {"count": 1}])
    text = str(caught.value)
    assert "row 1: unknown gene 'raet'. Did you mean 'rate'?" in text
    assert "row 2: fast1 = 3: expected one of 1, 2, 5" in text
    assert "row 3: kind1 is missing" in text


def test_a_pair_out_of_order_is_refused_where_a_person_gave_it():
    space = rule_space(1)
    row = {"count": 1, "rate": 0.5, "kind1": "mole", "fast1": 5, "slow1": 2, "flag1": False}
    with pytest.raises(SpaceError, match="slow1 = 2 must be above fast1 = 5"):
        space.encode([row])


def test_widening_holds_the_given_values_and_says_what_was_outside():
    space = rule_space(2)
    row = {"count": 1, "rate": 2.0, "kind1": "mole", "fast1": 3, "slow1": 7, "flag1": True}
    wide, outside = space.widened([row])
    assert [note.partition(" ")[0] for note in outside[0]] == ["rate", "fast1", "slow1"]
    # Linked genes keep one list of values: both blocks, both periods.
    assert wide["fast1"].domain == wide["slow2"].domain == ("ordinal", 1, 2, 3, 5, 7)
    assert wide.decode(wide.encode([row]))[0]["slow1"] == 7


def test_widening_cannot_invent_categories():
    with pytest.raises(SpaceError, match="kind1 = 'yak'"):
        rule_space(1).widened([{"count": 1, "rate": 0.5, "kind1": "yak", "fast1": 1}])


def test_the_number_of_genomes_is_bounded_from_above():
    space = Space(Int("a", 0, 5), Ordinal("b", [1, 2]), Boolean("c"))
    assert space.n_genomes == 24
    assert Space(Float("x", 1, 1)).n_genomes == 1
    assert Space(Float("x", 0, 1)).n_genomes == np.inf


def test_a_space_is_plain_data_for_metadata():
    plain = json.loads(json.dumps(rule_space(2).to_dict()))
    assert plain["genes"][1] == {
        "name": "rate", "kind": "float", "low": 0.001, "high": 1.0, "log": True,
    }  # fmt: skip
    assert plain["unordered"][0]["count"] == "count"
