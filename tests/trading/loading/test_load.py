"""Two lengths, last bars, timeframes and windows of a file, and what is said of them."""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evosearch.errors import DataError, OptionError
from evosearch.problems.evaluation import evaluate_genomes
from evosearch.trading.loading.load import inspect_file, load_bars
from evosearch.trading.options import TradingOptions
from evosearch.trading.problem import Trading
from evosearch.trading.rules import RuleTable
from evosearch.trading.space import make_space
from tests.trading.comparison import encode, find_faults, read_bars
from tests.trading.loading.making import File, join, make_frame
from tests.trading.reference_metrics import evaluate
from tests.trading.reference_signals import Signals
from tests.trading.series.making import round_the_clock, to_us
from tests.trading.strategies import draw_strategies


def spans(first, n, freq, seed=0):
    return make_frame(pd.date_range(first, periods=n, freq=freq), seed)


HOURS = spans("2024-01-01", 60, "h")
HOURS_THEN_MINUTES = join(HOURS, spans("2024-01-03 12:00", 60, "5min", 1))
MINUTES_THEN_HOURS = join(spans("2024-01-01", 60, "5min"), spans("2024-01-01 05:00", 80, "h", 1))


@pytest.mark.parametrize(
    ("frame", "line", "n_newest", "newest_s"),
    [(HOURS_THEN_MINUTES, 62, 60, 300), (MINUTES_THEN_HOURS, 62, 80, 3600)],
)
def test_two_lengths_are_refused_with_the_line_of_the_change_and_both_remedies_work(
    tmp_path, frame, line, n_newest, newest_s
):
    file = File(tmp_path, frame)
    with pytest.raises(DataError) as error:
        file.load()
    text = str(error.value)
    assert f"bars.csv:{line}: two lengths of bars:" in text
    assert f"--set problem.lengths=newest uses the newest {n_newest:,} bars" in text
    assert "--set problem.timeframe=1h" in text
    assert file.inspect()["two_lengths"] == [line]
    newest = file.load(lengths="newest")
    assert len(newest) == n_newest
    assert np.array_equal(newest.close, frame.close[-n_newest:])
    summary = newest.choose().summarise()
    assert (summary["interval_s"], summary["interval_share"]) == (newest_s, 1.0)
    assert any("older ones are left out" in note for note in summary["notes"])
    hours = file.load(timeframe="1h")
    assert len(hours) == (65 if newest_s == 300 else 85)
    assert hours.choose().summarise()["interval_s"] == 3600


def test_a_timeframe_that_does_not_unite_the_lengths_is_no_remedy(tmp_path):
    with pytest.raises(DataError, match="two lengths"):
        File(tmp_path, HOURS_THEN_MINUTES).load(timeframe="15m")


def test_a_last_bar_off_the_grid_is_said_and_dropped_if_that_is_asked(tmp_path):
    frame = spans("2024-01-01", 60, "5min")
    frame.loc[59, "timestamp"] = "2024-01-01 04:52:17"
    file = File(tmp_path, frame)
    bars = file.load().choose()
    (said,) = [each for each in bars.findings if each.kind == "last_bar"]
    assert said.line == 61
    assert "137 s after" in said.text
    assert "--set problem.drop_last=true" in said.text
    assert bars.summarise()["interval_share"] < 1
    assert file.inspect(drop_last=True)["last_bar_dropped"] == [61]
    dropped = file.load(drop_last=True)
    assert len(dropped) == 59
    assert dropped.compute_hash() == File(tmp_path, frame[:59]).load(drop_last=True).compute_hash()


def test_a_second_row_of_the_last_day_is_said_and_makes_no_day_more(tmp_path):
    frame = make_frame(pd.bdate_range("2022-01-03", periods=300))
    twice = join(frame, frame[-1:].assign(timestamp=frame.timestamp[299][:10] + " 21:00:00"))
    file = File(tmp_path, twice)
    assert file.inspect()["last_bar"] == [302]
    assert len(file.load(drop_last=True)) == 300
    problem = Trading(folders=(tmp_path,), data=str(file.path), holdout_frac=0)
    assert len(problem.stage.spans[0].day_ends) == 300


def test_a_timeframe_and_its_own_bars_are_the_same_problem(tmp_path):
    file = File(tmp_path, spans("2024-01-01", 600, "5min"))
    formed = file.load(timeframe="1h")
    assert len(formed) == 50
    assert formed.lines is None
    times = pd.to_datetime(formed.timestamp_us, unit="us").strftime("%Y-%m-%d %H:%M:%S")
    columns = zip(("open", "high", "low", "close", "volume"), formed.columns, strict=True)
    other = File(tmp_path, pd.DataFrame({"timestamp": times, **dict(columns)})).load()
    assert formed.compute_hash() == other.compute_hash()
    assert formed.choose(n_bars=20).close.tolist() == other.choose(n_bars=20).close.tolist()
    assert formed.choose().days_per_year == other.choose().days_per_year
    assert formed.choose().summarise()["timeframe"] == "1h"
    with pytest.raises(OptionError, match="Choose a multiple"):
        file.load(timeframe="1m")


def test_the_calendar_of_a_short_window_does_not_change_with_the_rest_of_its_file(tmp_path):
    before = pd.date_range("2022-11-01", "2023-01-01", freq="2h", inclusive="left")
    week = pd.to_datetime(round_the_clock("2h", first="2023-01-01", last="2023-05-01"), unit="us")
    frame = make_frame(before.append(week.as_unit(before.unit)))
    files = [File(tmp_path, frame[begin:]).load() for begin in (0, len(before))]
    assert files[0].days_per_year != files[1].days_per_year
    chosen = [bars.choose(n_bars=100) for bars in files]
    assert len({(bars.compute_hash(), bars.days_per_year) for bars in chosen}) == 1


def test_a_window_has_its_own_calendar_if_it_spans_four_weeks(tmp_path):
    every_day = pd.date_range("2023-04-01", "2023-06-04", freq="2h", inclusive="left")
    week = pd.to_datetime(round_the_clock("2h", first="2023-06-04", last="2023-09-01"), unit="us")
    file = File(tmp_path, make_frame(every_day.append(week.as_unit(every_day.unit))))
    whole = file.load()
    assert whole.choose(until="2023-05-15T00:00:00Z").days_per_year == 365
    assert whole.choose(since="2023-07-01T00:00:00Z").days_per_year == 313
    assert whole.choose(n_bars=120).days_per_year == 313 != whole.days_per_year
    assert file.load().choose(until="2023-04-03T00:00:00Z").days_per_year == 365
    given = file.load(days_per_year=260)
    for bars in (given, given.choose(), given.choose(n_bars=120)):
        assert bars.days_per_year == 260
    assert any("as days_per_year says" in each.text for each in given.choose().findings)
    notes = whole.choose(since="2023-07-01T00:00:00Z").summarise()["notes"]
    assert any("313 days a year" in note for note in notes)


def test_a_file_without_volume_and_one_of_zeros_make_every_rule_on_volume_false(tmp_path):
    frame = spans("2024-01-01", 60, "5min")
    options = TradingOptions(kinds=("volume_vs_sma",))
    for each, has_volume in ((frame.drop(columns="volume"), False), (frame.assign(volume=0), True)):
        bars = File(tmp_path, each).load().choose()
        assert bars.has_volume is has_volume
        assert not bars.volume.any()
        kinds = {finding.kind for finding in bars.findings}
        assert ("zero_volume" in kinds) is has_volume
        table = RuleTable(bars, make_space(options))
        n_rules = 2 * len(options.periods)
        table._compute(np.arange(n_rules))
        assert not table.masks[1 : n_rules + 1].any()
    assert File(tmp_path, frame.assign(volume=0)).inspect()["zero_volume"] == [None]


@pytest.mark.parametrize(("freq", "per_year"), [("W-MON", 52), ("MS", 12), ("3D", 122)])
def test_longer_bars_give_one_return_each_and_the_right_annual_sharpe(tmp_path, freq, per_year):
    """Against the slow reference, which annualises by the bars a year that are counted here."""
    times = pd.date_range("1995-01-01", "2022-01-01", freq=freq)[:300]
    years = (len(times) - 1) / ((times[-1] - times[0]).days / 365.2425)
    assert years == pytest.approx(per_year, rel=0.005)
    file = File(tmp_path, make_frame(times, step=0.03))
    options = {"data": str(file.path), "holdout_frac": 0.3, "min_trades": 0}
    problem = Trading(folders=(tmp_path,), **options)
    assert problem.bars.days_per_year == per_year
    strategies = draw_strategies(problem.space, 15, np.random.default_rng(5))
    found = evaluate_genomes(problem, encode(problem.space, strategies))
    bars, _ = read_bars(options["data"])
    signals, n_sharpes = Signals(bars), 0
    for row, params in enumerate(strategies):
        expected = evaluate(signals, params, problem.options.model_dump(), per_year)
        measured = dict(zip(problem.metric_names, found.metrics[row].tolist(), strict=True))
        assert find_faults(measured, expected | {"legacy_2026": 0.0}) == {}
        assert measured["n_days"] + measured["n_days_oos"] == len(times)
        n_sharpes += not np.isnan(measured["sharpe_annual"])
    assert n_sharpes > 5


def test_two_daily_bars_of_one_utc_day_are_two_days(tmp_path):
    # When summer time begins in London, midnight moves to 23:00 of the day before in UTC.
    times = pd.date_range("2023-01-01", periods=400, freq="D", tz="Europe/London").tz_convert("UTC")
    assert len(np.unique(times.normalize())) < 400
    file = File(tmp_path, make_frame(times))
    problem = Trading(folders=(tmp_path,), data=str(file.path), holdout_frac=0)
    assert problem.stage.spans[0].day_ends.tolist() == list(range(400))
    assert problem.bars.days_per_year == 365


def test_findings_name_what_is_odd_with_its_line(tmp_path):
    frame = spans("2024-01-01", 400, "5min")
    prices = ["open", "high", "low", "close"]
    frame.loc[150, prices] *= 10
    frame.loc[300:, prices] /= 4
    frame = join(frame[:200], frame[220:])
    file = File(tmp_path, frame)
    found = file.inspect(now_us=int(to_us(pd.DatetimeIndex(["2030-01-01"]))[0]))
    assert found["spike"] == [152]
    assert found["split"] == [282]
    assert found["gap"] == [201]
    assert "future" not in found
    now = int(to_us(pd.DatetimeIndex(["2024-01-01 12:00"]))[0])
    assert file.inspect(now)["future"] == [2 + 145]
    last = int(file.load().timestamp_us[-1])
    assert file.inspect(last + 60_000_000)["unfinished"] == [381]
    assert "unfinished" not in file.inspect(last + 300_000_000)


def test_clean_files_have_no_finding(btc_csv):
    said = {"calendar", "layout", "order", "zone", "unit", "symbol"}
    for sample in ("sample:ibm-daily", "sample:fair-5min"):
        found = inspect_file(sample, ())
        kinds = {each.kind for each in found.findings} - said
        assert kinds <= {"jump"}, sample
    found = inspect_file(str(btc_csv), (Path(),))
    assert {each.kind for each in found.findings} - said == {"gap", "jump", "spike"}
    assert found.counts == {"gap": 2, "jump": 9, "spike": 1}


def test_what_is_pickled_are_the_bars_and_what_they_mean(tmp_path):
    bars = File(tmp_path, spans("2024-01-01", 300, "5min")).load().choose()
    other = pickle.loads(pickle.dumps(bars))
    assert {*vars(other)} == {
        "timestamp_us", "open", "high", "low", "close", "volume", "source", "days_per_year", "notes",
    }  # fmt: skip
    assert other.compute_hash() == bars.compute_hash()
    assert other.summarise()["zone"] == ""
    assert other.choose(n_bars=10).days_per_year == bars.days_per_year


def test_summaries_say_length_gaps_zone_and_volume(btc_csv):
    summary = load_bars(str(btc_csv), (Path(),)).choose().summarise()
    wanted = {
        "interval_s": 300.0, "interval_share": 1.0, "n_gaps": 2, "n_missing": 70, "zone": "UTC",
        "has_volume": True, "timeframe": None, "symbol": "",
    }  # fmt: skip
    assert wanted.items() <= summary.items()
    assert str(btc_csv) not in str(summary)
