"""How search spaces overlapped, in numbers worked out by hand."""

import pytest

from evosearch.report import compare_spaces
from evosearch.space import Boolean, Categorical, Float, Int, Ordinal, Space


def make_metadata(spaces, profiles=None):
    names = profiles or [f"p{k}" for k in range(len(spaces))]
    return {
        "sources": {
            f"run{k}": {"space": f"s{k}", "profile_name": names[k], "machine": {"host": f"h{k}"}}
            for k in range(len(spaces))
        },
        "spaces": {f"s{k}": space.to_dict() for k, space in enumerate(spaces)},
    }


def common_of(*genes):
    found = compare_spaces(make_metadata([Space(gene) for gene in genes]))["differing"]
    return found[0]["common_frac"] if found else None


@pytest.mark.parametrize(
    ("genes", "common"),
    [
        ((Float("x", 0, 2), Float("x", 1, 4)), 0.25),
        ((Float("x", 0, 1), Float("x", 2, 3)), 0.0),
        ((Float("x", 0, 1), Float("x", 1, 3)), 0.0),
        ((Float("x", 1, 100, log=True), Float("x", 10, 100, log=True)), 0.5),
        ((Float("x", 0, 4), Float("x", 1, 3), Float("x", 2, 4)), 0.25),
        ((Int("k", 1, 4), Int("k", 4, 5)), 0.2),
        ((Int("k", 3, 3), Int("k", 3, 3)), None),
        ((Float("x", 3, 3), Float("x", 3, 3)), None),
        ((Ordinal("o", [5, 10, 20]), Ordinal("o", [10, 20, 50])), 0.5),
        ((Categorical("c", ["a", "b"]), Categorical("c", ["b", "a"])), 1.0),
        ((Categorical("c", ["a", "b"]), Categorical("c", ["b", "c", "d"])), 0.25),
        ((Int("k", 1, 4), Float("k", 1, 4)), 0.0),
        ((Boolean("b"), Boolean("b")), None),
        ((Int("k", 1, 4), Int("j", 1, 4)), 0.0),
    ],
)
def test_the_common_share_is_what_all_searched_of_what_anyone_did(genes, common):
    assert common_of(*genes) == (None if common is None else pytest.approx(common))


def test_parameters_that_differ_in_a_number_and_nothing_else_stand_together():
    spaces = [Space(*(Int(f"rule{k}_period", 5, high) for k in (1, 2, 3)), Int("n", 0, 9))
              for high in (50, 100)]  # fmt: skip
    found = compare_spaces(make_metadata(spaces))
    (group,) = found["differing"]
    assert group["names"] == ["rule1_period", "rule2_period", "rule3_period"]
    assert group["ranges"]["p0"]["high"] == 50
    assert found["n_parameters"] == 4


def test_one_profile_with_two_spaces_is_told_apart():
    found = compare_spaces(
        make_metadata([Space(Int("k", 0, 1)), Space(Int("k", 0, 2))], ["pro", "pro"])
    )
    assert list(found["searches"]) == ["pro", "pro (2)"]


def test_runs_that_share_a_space_share_a_name():
    metadata = make_metadata([Space(Int("k", 0, 1))])
    metadata["sources"]["other"] = {"space": "s0", "profile_name": "air", "machine": {"host": "b"}}
    found = compare_spaces(metadata)
    assert found["searches"] == {"air+p0": {"profiles": ["air", "p0"], "hosts": ["b", "h0"]}}
    assert found["differing"] == []


@pytest.mark.parametrize(
    "spaces",
    [None, 3, [], {"s0": None}, {"s0": {"genes": 3}}, {"s0": {"genes": [None, {"name": 3}]}},
     {"s0": {"genes": [{"name": "k", "kind": "int", "low": "a", "high": 3}]}},
     {"s0": {"genes": [{"name": "k", "kind": "int", "low": 9, "high": 3}]}},
     {"s0": {"genes": [{"name": "k", "kind": "float", "low": -1, "high": 3, "log": True}]}},
     {"s0": {"genes": [{"name": "c", "kind": "categorical", "values": [[1], {}]}]}},
     {"s0": {"genes": [{"name": "c", "kind": "ordinal", "values": [1, "a"]}]}}],
)  # fmt: skip
def test_spaces_of_a_stranger_are_read_with_care(spaces):
    metadata = make_metadata([Space(Int("k", 0, 1))]) | {"spaces": spaces}
    assert compare_spaces(metadata)["differing"] == []
