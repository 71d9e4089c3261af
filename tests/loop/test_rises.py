"""When the best of a run became better, and that a search which has ended is told from one that has not."""

import numpy as np
import pytest

import evosearch
from evosearch.report.rising import find_rises, is_rising
from tests import runs


def search(**more):
    found = evosearch.run("pro", data="sample:ibm-daily", results="results", **more)
    return is_rising(found.rises, found.n_generations), found.rises[-1][0]


def test_rises_of_a_run_are_those_of_its_rows_also_after_it_was_continued(tmp_path, monkeypatch):
    monkeypatch.chdir(runs.make_project(tmp_path))
    first = evosearch.run("made", generations=3)
    found = evosearch.resume(first.run_id, generations=9)
    rows = found.to_frame()
    columns = [rows[name].to_numpy() for name in ("generation", "fitness", "feasible")]
    assert found.rises == find_rises(*columns) and found.rises[: len(first.rises)] == first.rises
    assert (first.n_generations, found.n_generations) == (3, 9)
    assert np.all(np.diff([fitness for _, fitness in found.rises]) > 0)


@pytest.mark.slow
def test_a_short_search_mostly_still_rises_and_a_long_one_does_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    short = [search(seed=seed, generations=30)[0] for seed in range(5)]
    assert sum(short) >= 3
    is_still_rising, born = search(seed=0, generations=400)
    assert not is_still_rising and born >= 267  # though its best was born in the last third
