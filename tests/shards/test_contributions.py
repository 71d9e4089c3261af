"""Who brought what, counted against a count by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evosearch.report.machines import list_machines, list_runs
from evosearch.shards.merging.merge import check_inputs, merge_checked
from evosearch.shards.reading import ranked as ranked_module
from evosearch.shards.reading.ranked import Ranked
from evosearch.shards.viewing.contributions import count_contributions
from tests.shards.helpers import make_population, make_recorder

HOSTS = {"pro-a": "one", "pro-b": "one", "air-c": "two", "air-d": "three"}


def write(folder, run_id, keys):
    recorder = make_recorder(folder, run_id)
    recorder._files._plan.manifest["run"]["machine"] = {"host": HOSTS[run_id]}
    recorder.record(make_population([(key, float(key), key % 4 > 0, 0.5, 0) for key in keys]))
    recorder.seal()
    return recorder.paths[0]


def count_by_hand(found, members):
    """New, inside and across for a group of runs."""
    own = [key for run in members for key in found[run]]
    others = {HOSTS[run] for run in members}
    elsewhere = {key for run, keys in found.items() if HOSTS[run] not in others for key in keys}
    beside = {key for run, keys in found.items() if run not in members for key in keys}
    distinct = set(own)
    across = len(distinct & elsewhere)
    new = len(distinct - beside)
    return len(own), new, len(own) - new - across, across


@settings(max_examples=25)
@given(st.fixed_dictionaries({run: st.sets(st.integers(0, 30), min_size=1) for run in HOSTS}))
def test_rows_are_new_or_duplicates_inside_or_across_machines(tmp_path_factory, found):
    folder = tmp_path_factory.mktemp("contributions")
    result = merge_checked(
        check_inputs([write(folder, run, sorted(keys)) for run, keys in found.items()])
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranked_module, "BATCH_ROWS", 7)
        counts = count_contributions(Ranked.of_table(result.table, result.metadata))
    assert counts.n_rows == len(set().union(*found.values()))
    assert result.n_feasible == sum(result.table.column("feasible").to_pylist())
    table = result.table.to_pylist()
    for row in list_runs(result.metadata, counts):
        numbers = (row["rows"], row["new"], row["duplicates_inside"], row["duplicates_across"])
        assert numbers == count_by_hand(found, [row["run_id"]])
        own = [r for r in table if row["run_id"] in r["found_by"] and r["feasible"]]
        best = (own[0]["rank"], own[0]["fitness"]) if own else (None, None)
        assert (row["best_rank"], row["best_fitness"]) == best
    for row in list_machines(result.metadata, counts):
        members = [run for run in found if HOSTS[run] == row["host"]]
        numbers = (row["rows"], row["new"], row["duplicates_inside"], row["duplicates_across"])
        assert numbers == count_by_hand(found, members)
        assert row["runs"] == len(members)


def test_a_ranking_that_was_cut_claims_no_duplicates(tmp_path):
    result = merge_checked(check_inputs([write(tmp_path, "pro-a", range(20))]))
    cut = Ranked.of_table(result.table.slice(0, 5), result.metadata)
    counts = count_contributions(cut)
    (run,) = list_runs(result.metadata, counts, is_complete=False)
    assert (run["rows"], run["new"], run["duplicates_inside"]) == (20, 5, None)
