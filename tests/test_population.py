"""Rows that are taken, written and joined stay whole, in the order that was asked for."""

import numpy as np
import pytest

from evosearch.population import STATUS_NAMES, Evaluations, Population, Status, as_slice


def make(n, first=0):
    """Individuals whose every value tells which one it is."""
    rows = Population.allocate(n, n_genes=3, n_metrics=2)
    who = np.arange(first, first + n)
    rows.genomes[:], rows.genome_ids[:] = who[:, None], who[:, None]
    rows.generation[:], rows.index[:] = who, who
    found = rows.evaluations
    found.status[:], found.fitness[:], found.feasible[:] = who % 4, who, who % 2
    found.violation[:], found.metrics[:] = who, who[:, None]
    found.error[:] = [f"because {k}" for k in who]
    found.evaluated_at_us[:], found.evaluation_s[:] = who, who
    return rows


def who_is(rows):
    """Which individuals these are; all their values must agree."""
    found, who = rows.evaluations, rows.index
    assert found.error.tolist() == [f"because {k}" for k in who]
    for values in (rows.generation, found.fitness, found.violation, found.evaluated_at_us,
                   found.evaluation_s, *rows.genomes.T, *rows.genome_ids.T, *found.metrics.T):  # fmt: skip
        np.testing.assert_array_equal(values, who)
    np.testing.assert_array_equal(found.status, who % 4)
    np.testing.assert_array_equal(found.feasible, who % 2 == 1)
    return who.tolist()


@pytest.mark.parametrize(
    "places", [[3], [2, 3, 4], [4, 2], [0, 2, 1, 3], [3, 2, 1, 0], [0, 1, 3, 4], [1, 1, 3], [0, 5]]
)
def test_rows_are_taken_and_written_at_the_places_named_in_that_order(places):
    places = np.array(places)
    rows = make(6)
    assert who_is(rows.take(as_slice(places))) == places.tolist()
    if len({*places}) == len(places):
        rows.place(as_slice(places), make(len(places), first=20))
        expected = list(range(6))
        for k, place in enumerate(places):
            expected[place] = 20 + k
        assert who_is(rows) == expected


def test_only_places_in_a_row_are_a_slice():
    assert as_slice(np.array([4, 5, 6])) == slice(4, 7)
    assert as_slice(np.array([7])) == slice(7, 8)
    assert not isinstance(as_slice(np.array([4, 6, 5, 7])), slice)


def test_parts_are_joined_one_after_another():
    joined = Population.concatenate([make(2, first=5), make(1), make(3, first=10)])
    assert who_is(joined) == [5, 6, 0, 10, 11, 12]


def test_an_evaluation_that_nobody_wrote_is_a_failed_one():
    found = Evaluations.empty(3, n_metrics=2)
    assert not found.is_ok.any()
    assert {STATUS_NAMES[code] for code in found.status} == {"failed"}
    assert not found.feasible.any()
    assert np.isnan(found.fitness).all()
    assert np.isnan(found.metrics).all()


@pytest.mark.parametrize("status", Status)
def test_ok_is_what_ended_well_and_nothing_else(status):
    found = Evaluations.empty(1, n_metrics=0)
    found.status[:] = status
    assert found.is_ok.tolist() == [status.name == "OK"]
