"""How search spaces overlapped, in numbers worked out by hand."""

import numpy as np
import pytest

from evosearch.genome.space import Boolean, Categorical, Float, Int, Ordinal, Space
from evosearch.report.overlap import compare_spaces
from evosearch.shards.format.metadata import ShardMetadata, make_shard_metadata
from evosearch.shards.reading.union import merge_metadata
from tests.shards.helpers import describe_problem


def make_metadata(spaces, profiles=None, hosts=None):
    """What a merge of one run a space states."""
    names = profiles or [f"p{k}" for k in range(len(spaces))]
    hosts = hosts or [f"h{k}" for k in range(len(spaces))]
    facts = {"n_rows": 1, "rows_sha256": "0" * 64, "generations": [0, 0]}
    return merge_metadata(
        ShardMetadata.of_document(
            make_shard_metadata(
                {"run_id": f"run{k}", "profile_name": names[k], "seed": k,
                 "machine": {"host": hosts[k]}},
                describe_problem(), space.to_dict(), "", 0, facts,
            )
        )
        for k, space in enumerate(spaces)
    )  # fmt: skip


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
    space = Space(Int("k", 0, 1))
    metadata = make_metadata([space, space], ["p0", "air"], ["h0", "b"])
    found = compare_spaces(metadata)
    assert found["searches"] == {"air+p0": {"profiles": ["air", "p0"], "hosts": ["b", "h0"]}}
    assert found["differing"] == []


def rounded_of(*lists):
    spaces = [Space(Ordinal("x", values)) for values in lists]
    return compare_spaces(make_metadata(spaces))["rounded"]


def test_steps_that_only_rounding_keeps_apart_are_counted():
    tenths = [k / 10 for k in range(1, 25)]
    arange = np.arange(0.1, 2.45, 0.1).tolist()
    n_twice = len({*tenths, *arange}) - 24
    assert n_twice == 11
    assert rounded_of(tenths, arange) == rounded_of(arange, tenths, tenths) == {"x": 11}
    around_zero = np.arange(-1, 1.05, 0.1).tolist()
    exact = [k / 10 for k in range(-10, 11)]
    n_apart = sum(a != b for a, b in zip(exact, around_zero, strict=True))
    assert rounded_of(exact, around_zero) == {"x": n_apart}
    assert rounded_of([0.3], [0.1 + 0.2]) == {"x": 1}


@pytest.mark.parametrize(
    "lists",
    [([0.1, 0.2], [0.1, 0.2]), ([0.1, 0.2], [0.15, 0.25]), ([1, 2, 3], [2, 3, 4]), ([1], [1.0]),
     ([1e-12, 1e-6, 1.0], [2e-12, 1e-6]), ([0.1, 0.2], [10**15, 10**15 + 1]), ([0.5], [1]),
     ([0.1, float(np.nextafter(0.1, 1))], [0.1, 0.2])],
)  # fmt: skip
def test_steps_that_differ_by_more_are_none_of_these(lists):
    assert rounded_of(*lists) == {}
