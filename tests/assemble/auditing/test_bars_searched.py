"""What an audit looks at: bars without direction or earlier ones, seeds and rows of its own."""

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from evosearch.assemble.auditing import repeats
from evosearch.assemble.auditing.audit import ignore
from evosearch.assemble.auditing.repeats import Repeat
from evosearch.assemble.auditing.rows import choose_rows
from evosearch.assemble.auditing.strategies import search_surrogates, walk_forward
from evosearch.trading.checks.folds import N_FOLDS, fold_problem
from tests.trading.making import make_problem, walk

NAME = "ab" * 32


class Recorder:
    """Takes the place of the searches, and keeps the bars that they are given."""

    n_trials = 1

    def __init__(self):
        self.seen = []

    def search(self, bars, check, number, tell):
        self.seen.append((check, number, bars))
        return Repeat({"feasible": False, "status": "ok"}, 7)


def test_each_surrogate_search_sees_another_mirror_of_what_was_searched():
    problem = make_problem(walk(2000, step=0.01), 1400)
    first, again = Recorder(), Recorder()
    found = [
        search_surrogates(problem, each, 3, NAME, "sharpe_daily", ignore) for each in (first, again)
    ]
    assert found == [[(None, 7)] * 3] * 2
    assert [number for _, number, _ in first.seen] == [0, 1, 2]
    searched = [bars for _, _, bars in first.seen]
    assert {len(bars) for bars in searched} == {1400}
    hashes = [bars.compute_hash() for bars in searched]
    assert len({*hashes, problem.bars.choose(None, None).compute_hash()}) == 4
    assert [bars.compute_hash() for _, _, bars in again.seen] == hashes
    for bars in searched:
        assert np.array_equal(bars.timestamp_us, problem.bars.timestamp_us[:1400])
        assert np.array_equal(bars.volume, problem.bars.volume[:1400])
        is_same = np.isclose(
            np.diff(np.log(bars.close)), np.diff(np.log(problem.bars.close[:1400]))
        )
        assert 0.4 < is_same.mean() < 0.6


def test_each_fold_searches_only_what_lies_before_the_part_it_trades():
    problem = make_problem(walk(3000, step=0.01), 2400)
    recorder = Recorder()
    check = walk_forward(problem, recorder, ignore)
    assert (check.passed, check.facts["why"]) == (None, "no_trades")  # nothing was found to trade
    ends = [fold_problem(problem, k).stage.spans[0].end for k in range(N_FOLDS)]
    assert [len(bars) for _, _, bars in recorder.seen] == ends
    for _, _, bars in recorder.seen:
        assert np.array_equal(bars.close, problem.bars.close[: len(bars)])


class Merged(Exception):
    """All searches of a repetition are over."""


def test_each_search_of_each_repetition_has_a_seed_of_its_own(monkeypatch):
    seeds = []

    def note(profile, **more):
        seeds.append(profile["seed"])
        return SimpleNamespace(paths=[])

    def end(*paths, **more):
        raise Merged

    monkeypatch.setattr(repeats, "run", note)
    monkeypatch.setattr(repeats, "MergeRequest", end)
    options = SimpleNamespace(model_dump_json=lambda: "{}")
    source = SimpleNamespace(
        options=options, n_trials=5, profile=SimpleNamespace(replace=lambda **values: values)
    )
    problem = SimpleNamespace(with_bars=lambda bars: None)
    repeater = repeats.Repeater((source, source), lambda source: problem, NAME)
    for check, number in (("surrogates", 0), ("surrogates", 1), ("walk_forward", 0)) * 2:
        with pytest.raises(Merged):
            repeater.search(walk(50), check, number, lambda n: None)
    assert len({*seeds}) == 6 and seeds[:6] == seeds[6:]


def test_strategies_that_do_the_same_are_audited_once():
    rows = [
        {"genome_id": name, "status": status, "trades_id": trades}
        for name, status, trades in (
            ("a", "ok", 7), ("b", "ok", 7), ("c", "failed", 8), ("d", "ok", None), ("e", "ok", 9),
            ("f", "ok", None), ("g", "ok", 10),
        )
    ]  # fmt: skip
    table = pa.Table.from_pylist(rows)
    ranked = SimpleNamespace(n_rows=len(rows), rows=table.slice)
    assert [row["genome_id"] for row in choose_rows(ranked, 4, "trades_id")] == ["a", "d", "e", "f"]
    assert [row["genome_id"] for row in choose_rows(ranked, 9)] == ["a", "b", "d", "e", "f", "g"]
