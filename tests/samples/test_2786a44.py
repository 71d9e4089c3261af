"""Shards and runs of the last version that stated no evidence, with today's evosearch."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

import evosearch
from evosearch.problems.words import find_evidence, is_wide
from evosearch.shards.format.schema import metric_names
from evosearch.shards.format.trials import TrialSums
from evosearch.shards.reading.check import Verdict
from tests.forging import forge

FOLDER = Path(__file__).parent / "2786a44"
SAMPLES = sorted(FOLDER.rglob("*.parquet"))
PRO, AIR = (next((FOLDER / name).glob("*.parquet")) for name in ("trading-pro", "trading-air"))
SMALL = ("search.population=6", "search.generations=2", "run.backend=serial")


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.name[:8]}")
def test_samples_pass_the_deep_check_and_state_no_evidence(path):
    assert len(SAMPLES) == 5
    (checked,) = evosearch.check(path, deep=True)
    assert checked.verdict in (Verdict.OK, Verdict.RENAMED), checked.reason
    metadata = checked.metadata
    assert metadata.unknown == ()
    assert metadata.problem.evidence is metadata.problem.hold is metadata.problem.days is None
    assert metadata.trials is metadata.behaviours is None
    for run in metadata.sources.values():
        assert run.is_wide is None
        assert [part.trials for part in run.parts.values()] == [None] * len(run.parts)
        # What they did not state follows from what they are.
        space = next(each for key, each in metadata.plain["spaces"].items() if key == run.space)
        assert is_wide(metadata.problem.name, space) is False
    assert find_evidence(metadata.problem.plain).behaviour == "trades_id"


@pytest.fixture(scope="module")
def today(tmp_path_factory):
    """The same runs by today's evosearch."""
    results = str(tmp_path_factory.mktemp("today"))
    return [
        evosearch.run(evosearch.load_profile(name, SMALL, seed=seed, results=results)).paths[0]
        for name, seed in (("pro", 1), ("air", 2))
    ]


def test_all_other_columns_are_those_of_then(today):
    for old, new in zip((PRO, AIR), today, strict=True):
        then, now = parquet.read_table(old), parquet.read_table(new)
        assert {*now.column_names} - {*then.column_names} == {"trades_id"}
        same = [n for n in then.column_names if n not in ("run_id", "evaluated_at_utc", "evaluation_s")]  # fmt: skip
        assert now.select(same).equals(then.select(same))
        assert now.column("trades_id").null_count == 0


@pytest.mark.parametrize("order", [1, -1])
def test_they_merge_with_todays_and_the_newer_ones_speak_for_both(order, today, tmp_path):
    inputs = [FOLDER / "merged.parquet", *today][::order]
    result = evosearch.merge(inputs, output=tmp_path / "m.parquet")
    assert (result.n_rows_in, result.n_rows, result.n_conflicts) == (48, 24, 0)
    assert result.metadata.problem.hold.searched.n_days == 2289
    assert len(result.metadata.problem.days.unseen.days) == 4 * 981
    assert result.table.column("trades_id").null_count == 0  # the copy with more values stands
    assert result.behaviours.n == len({*result.table.column("trades_id").to_pylist()})
    assert result.trials == evosearch.merge(today).trials


def test_what_a_file_states_as_evidence_of_a_built_in_problem_decides_nothing(today, tmp_path):
    def lie(metadata):
        metadata["problem"]["evidence"] |= {"sharpe": "return_frac", "n_days": "n_trades"}

    honest = evosearch.merge(today)
    shutil.copy(today[0], tmp_path / "a.parquet")
    told = forge(tmp_path / "a.parquet", lie)
    for inputs in ([*today, told], [told, *today], [told, today[1]]):
        found = evosearch.merge(inputs).metadata
        assert (found.trials, found.problem.hold) == (honest.trials, honest.metadata.problem.hold)
        assert found.problem.evidence == find_evidence({"name": "trading"}).to_plain()


def test_alone_their_trials_are_counted_and_their_trades_have_no_name():
    result = evosearch.merge([PRO, AIR])
    table = result.table
    sharpes = table.column("sharpe_daily").to_numpy(zero_copy_only=False).astype(float)
    feasible = np.array(table.column("feasible").to_pylist())
    assert result.trials == TrialSums.of(sharpes, feasible)
    assert 0 < result.trials.n <= 24
    assert result.behaviours is None
    half = evosearch.merge([PRO, AIR], top=3)
    assert half.trials is None


@pytest.mark.parametrize("kind", ["interrupted", "finished"])
def test_a_run_of_then_is_resumed_with_the_columns_it_began_with(kind, workspace):
    results = workspace / "results"
    if kind == "interrupted":
        shutil.copytree(FOLDER / "interrupted", results)
        (results / "state").rename(results / ".evosearch")
        (state,) = (results / ".evosearch").iterdir()
        (old,), run_id, generations = results.glob("*.parquet"), state.name, 4
    else:
        results.mkdir()
        old = Path(shutil.copy(PRO, results))
        run_id, generations = old.name.rsplit("-", 2)[0], 3
    before = parquet.read_schema(old)
    evosearch.resume(run_id, str(results), generations=generations)
    new = [path for path in results.glob("*.parquet") if path.name != old.name]
    assert new
    for path in new:
        assert metric_names(parquet.read_schema(path)) == metric_names(before)
        assert "trades_id" not in parquet.read_schema(path).names
    (merged,) = [evosearch.merge(str(results / "*.parquet"))]
    assert merged.n_conflicts == 0
    assert merged.n_rows == 6 * generations
    # Whole as a run of today is, but for that column.
    fresh = evosearch.run(
        evosearch.load_profile("pro", (SMALL[0], SMALL[2]), seed=7 if kind == "interrupted" else 1,
                               generations=generations, results=str(workspace / "fresh"))
    )  # fmt: skip
    names = ["genome_id", "fitness", "violation", "sharpe_daily_oos", "param_stop_loss_frac"]
    wanted = evosearch.merge(fresh.paths).table.select(names)
    assert merged.table.select(names).equals(wanted)
