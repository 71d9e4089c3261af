"""Newer bars are a hold-out of their own: only they count, and each look at them does."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import evosearch
from evosearch.assemble.auditing.forward import join_bars
from evosearch.errors import DataError
from evosearch.shards.writing.ledger import read_ledger
from evosearch.trading.loading.load import load_bars
from tests.assemble.auditing.rankings import merge, search

FEW = {"top": 3, "surrogates": 0}
UNTIL = 'until = "2005-01-01"\nlast_bars = 1000'
IBM = "sample:ibm-daily"


@pytest.fixture(scope="module")
def merged(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forward")
    return merge(folder, search(folder, generations=2, more=UNTIL))


@pytest.fixture(scope="module")
def old():
    return load_bars(IBM, (Path(),)).choose(None, "2005-01-01T00:00:00Z", 1000)


def write(path, bars, **changed):
    columns = ("open", "high", "low", "close", "volume")
    frame = pd.DataFrame({name: getattr(bars, name) for name in columns} | changed)
    times = pd.to_datetime(bars.timestamp_us, unit="us").strftime("%Y-%m-%dT%H:%M:%SZ")
    frame.insert(0, "timestamp", times)
    frame.to_csv(path, index=False)
    return path


def test_only_what_follows_the_ranking_is_new(old):
    newer = join_bars(old, IBM)
    everything = load_bars(IBM, (Path(),))
    assert newer.n_old == 1000
    assert (newer.bars.timestamp_us[:1000] == old.timestamp_us).all()
    n_after = int((everything.timestamp_us > old.timestamp_us[-1]).sum())
    assert newer.facts["n_bars"] == newer.facts["n_days"] == n_after
    assert (newer.n_changed, newer.first_changed) == (0, "")
    assert newer.facts["since"].startswith("2005-01-0")


def test_prices_that_changed_are_named(old, tmp_path):
    close = np.array(old.close)
    close[[7, 9]] = (old.open[[7, 9]] + old.low[[7, 9]]) / 2
    newer = join_bars(old, str(write(tmp_path / "a.csv", old, close=close)))
    assert newer.n_changed == 2
    assert newer.first_changed[:10] == str(old.timestamp_us[7].astype("datetime64[us]"))[:10]
    assert newer.facts["n_bars"] == 0
    assert (newer.bars.close == old.close).all()  # warmed up on what was searched


def test_bars_of_another_market_are_refused(old, tmp_path):
    few = np.arange(len(old)) < len(old) // 2
    for changed in (few, ~few | (np.arange(len(old)) == 0)):
        scale = np.where(changed, 2.0, 1.0)
        prices = {name: getattr(old, name) * scale for name in ("open", "high", "low", "close")}
        path = str(write(tmp_path / "a.csv", old, **prices))
        if changed is few:
            assert join_bars(old, path).n_changed == len(old) // 2
        else:
            with pytest.raises(DataError, match="another market"):
                join_bars(old, path)


def test_bars_of_another_length_are_refused(old, tmp_path):
    times = old.timestamp_us[0] + np.arange(len(old)) * 3_600_000_000
    path = write(tmp_path / "a.csv", replace(old, timestamp_us=times))
    with pytest.raises(DataError, match=r"same length\. Form them:  evosearch data resample"):
        join_bars(old, str(path))


@pytest.mark.slow
def test_newer_bars_judge_the_first_and_count_their_own_looks(merged, tmp_path):
    found = evosearch.audit(merged, forward=IBM, results=tmp_path, **FEW).forward
    first = found.rows[0]
    assert [row.rank for row in found.rows] == [*range(1, len(found.rows) + 1)]
    assert found.n_looks == len(found.rows)
    assert first.verdict.look == found.n_looks
    assert first.earned.n_days == found.n_days
    assert found.hold.sharpe is not None
    assert read_ledger(tmp_path)
    again = evosearch.audit(merged, forward=IBM, results=tmp_path, **FEW)
    assert again.is_reused  # the audit is; what newer bars say is measured each time
    assert again.forward == found


@pytest.mark.slow
def test_too_few_newer_days_say_nothing_and_are_no_look(merged, old, tmp_path):
    bars = load_bars(IBM, (Path(),)).choose(None, "2005-02-10T00:00:00Z")
    path = write(tmp_path / "short.csv", bars)
    found = evosearch.audit(merged, forward=path, results=tmp_path, **FEW).forward
    assert 0 < found.n_days < 30
    assert (found.rows, found.n_looks, found.is_too_short) == ((), 0, True)
    assert not read_ledger(tmp_path)


@pytest.mark.slow
def test_figures_are_those_of_a_hold_out_of_the_same_bars(merged, tmp_path):
    found = evosearch.audit(merged, forward=IBM, results=tmp_path, **FEW).forward
    everything = load_bars(IBM, (Path(),))
    n_old = int((everything.timestamp_us < 1_104_537_600_000_000).sum())
    n_all = len(everything) - n_old + 1000
    profile = evosearch.load_profile(
        str(merged.parent / "tiny.toml"),
        assignments=[
            f"problem.last_bars={n_all}",
            f"problem.holdout_frac={(n_all - 1000) / n_all}",
        ],
        # The same bars in one window, split where the ranking ends.
    )
    profile = profile.replace(
        problem={key: value for key, value in profile.problem.items() if key != "until"}
    )
    params = evosearch.show(1, merged)["params"]
    (row,) = evosearch.evaluate(profile, [params])
    assert found.rows[0].earned.sharpe == pytest.approx(
        row["metrics"]["sharpe_daily_oos"], rel=1e-12
    )
    assert found.rows[0].earned.n_days == row["metrics"]["n_days_oos"]
