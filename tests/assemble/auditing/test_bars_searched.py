"""Which bars the repeated searches see: mirrored or earlier ones, and never the hold-out."""

import numpy as np

from evosearch.assemble.auditing.audit import ignore
from evosearch.assemble.auditing.repeats import Repeat
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
