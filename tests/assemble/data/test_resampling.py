"""Longer bars in a file of their own: the same as with the option ``timeframe``."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import evosearch
from evosearch import load_profile
from evosearch.errors import DataError, UsageError
from evosearch.problems import load_problem
from evosearch.problems.identity.fingerprint import identify
from evosearch.trading.loading.load import load_bars
from evosearch.trading.reading.settings import Reading
from tests.bad_input.helpers import invoke

pytestmark = pytest.mark.slow

MINUTE = 60_000_000
START = 1_759_276_800_000_000  # 2025-10-01 00:00 UTC


def write_minutes(path, n=2000, step=5, drop=(), decimals=8, volume=True):
    """Bars as an exchange has them: two decimals of price, eight of volume, with holes."""
    rng = np.random.default_rng(n)
    close = np.round(30_000 + np.cumsum(rng.normal(size=n)) * 30, 2)
    open_ = np.concatenate([close[:1], close[:-1]])
    wick = np.round(rng.random((2, n)) * 20, 2)
    frame = pd.DataFrame(
        {
            "timestamp": pd.to_datetime(START + np.arange(n) * step * MINUTE, unit="us", utc=True),
            "open": open_,
            "high": np.round(np.maximum(open_, close) + wick[0], 2),
            "low": np.round(np.minimum(open_, close) - wick[1], 2),
            "close": close,
            "volume": np.round(rng.random(n) * 40, decimals),
        }
    )
    frame = frame.drop(index=[row for row in drop if row < n])
    if not volume:
        frame = frame.drop(columns="volume")
    frame["timestamp"] = frame["timestamp"].dt.strftime("%Y-%m-%d %H:%M:%S")
    frame.to_csv(path, index=False)
    return path


HOLES = [*range(300, 330), 1000, *range(1500, 1512)]


def make_problem(path, **options):
    return load_problem("trading", {"data": str(path), "holdout_frac": 0.25, **options})


def fingerprint(problem):
    return json.dumps(identify(problem, ()).parts, sort_keys=True)


@pytest.mark.parametrize(
    "name", ["hours.parquet", pytest.param("hours.csv", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("window", [{"last_bars": 50}, {"since": "2025-10-02T03:00:00Z", "until": "2025-10-06"}])  # fmt: skip
def test_a_finer_file_with_a_timeframe_and_its_own_resampling_are_one(workspace, name, window):
    write_minutes(workspace / "fine.csv", n=2003, drop=HOLES)
    done = invoke("data", "resample", "fine.csv", "1h", "-o", name)
    assert done.exit_code == 0, done.stderr
    fine = make_problem("fine.csv", timeframe="1h", **window)
    plain = make_problem(name, **window)
    assert plain.bars.timestamp_us.tolist() == fine.bars.timestamp_us.tolist()
    assert plain.bars.compute_hash() == fine.bars.compute_hash()
    assert plain.bars.days_per_year == fine.bars.days_per_year
    assert fingerprint(plain) == fingerprint(fine)
    assert len(plain.bars) < 2003 / 12


@pytest.mark.slow
def test_the_rows_of_both_are_the_same_and_merge(workspace):
    write_minutes(workspace / "fine.csv", n=2003, drop=HOLES)
    invoke("data", "resample", "fine.csv", "1h", "-o", "hours.parquet")
    small = ["search.population=8", "search.generations=2", "run.backend=serial"]
    own = ["problem.min_trades=1", *small]
    runs = [
        evosearch.run(load_profile("pro", [*own, *more], seed=5, data=data, results=data[:4]))
        for data, more in (("fine.csv", ["problem.timeframe=1h"]), ("hours.parquet", []))
    ]
    tables = [pd.read_parquet(sorted(run.paths)[0]) for run in runs]
    of_run = {"run_id", "evaluated_at_utc", "evaluation_s"}
    kept = [column for column in tables[0] if column not in of_run]
    pd.testing.assert_frame_equal(tables[0][kept], tables[1][kept])
    assert evosearch.merge([*runs[0].paths, *runs[1].paths], output="all.parquet").n_rows == 16


@pytest.mark.slow
@pytest.mark.parametrize("holes", [(), HOLES])
def test_pandas_reads_the_file_and_forms_the_same(workspace, holes):
    write_minutes(workspace / "fine.csv", drop=holes)
    invoke("data", "resample", "fine.csv", "4h", "-o", "out.parquet")
    invoke("data", "resample", "fine.csv", "4h", "-o", "out.csv")
    fine = pd.read_csv("fine.csv", parse_dates=["timestamp"]).set_index("timestamp")
    rule = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    expected = fine.tz_localize("UTC").resample("4h").agg(rule).dropna().iloc[:-1]
    written = pd.read_parquet("out.parquet").set_index("timestamp")
    assert str(written.index.tz) == "UTC"
    text = pd.read_csv("out.csv", parse_dates=["timestamp"]).set_index("timestamp")
    for found in (written, text):
        pd.testing.assert_frame_equal(found, expected, check_freq=False, check_index_type=False, check_dtype=False, rtol=1e-13)  # fmt: skip
        assert found["open"].tolist() == expected["open"].tolist()


@pytest.mark.slow
def test_in_two_steps_or_one_nothing_differs(workspace):
    write_minutes(workspace / "fine.csv", n=2016)
    for source, step, name in (("fine.csv", "15m", "m15.csv"), ("m15.csv", "1h", "two.parquet"), ("fine.csv", "1h", "one.parquet")):  # fmt: skip
        assert invoke("data", "resample", source, step, "-o", name).exit_code == 0
    assert Path("two.parquet").read_bytes() == Path("one.parquet").read_bytes()
    hashes = {load_bars(name, (Path(),)).compute_hash() for name in ("two.parquet", "one.parquet")}
    assert len(hashes) == 1


def test_what_was_formed_is_counted_and_said(workspace):
    write_minutes(workspace / "fine.csv", n=2003, drop=HOLES)
    plain = json.loads(
        invoke("data", "resample", "fine.csv", "1h", "-o", "kept.csv", "--json").stdout
    )["data"]
    # 2,003 bars of 5 minutes begin 167 hours; the last is unfinished, three hours have no bar.
    assert (plain["n_read"], plain["length"]) == (2003 - len(HOLES), "5m")
    assert (plain["n_bars"], plain["n_incomplete"], plain["n_dropped"]) == (163, 2, 1)
    text = invoke(
        "data", "resample", "fine.csv", "1h", "-o", "whole.csv", "--incomplete", "drop"
    ).stdout
    assert "161 bars of 1h, 2 with missing pieces dropped, an unfinished last one dropped" in text
    assert "whole.csv" in text
    assert "1-hour bars, all 161" in text
    kept, whole = (load_bars(name, (Path(),)) for name in ("kept.csv", "whole.csv"))
    assert {*whole.timestamp_us.tolist()} < {*kept.timestamp_us.tolist()}


@pytest.mark.slow
def test_a_file_without_volume_stays_one(workspace):
    write_minutes(workspace / "fine.csv", volume=False)
    for name in ("out.parquet", "out.csv"):
        assert invoke("data", "resample", "fine.csv", "1h", "-o", name).exit_code == 0
        bars = load_bars(name, (Path(),))
        assert not bars.has_volume
        assert not bars.volume.any()
    assert list(pd.read_csv("out.csv")) == ["timestamp", "open", "high", "low", "close"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["fine.csv", "7h", "-o", "x.csv"], "does not divide a day"),
        (["fine.csv", "3m", "-o", "x.csv"], "the bars of the file are 5m long"),
        (["fine.csv", "1h", "-o", "x.xlsx"], "end in .parquet or .csv"),
        (["fine.csv", "1h", "-o", "folder.csv"], "is a folder"),
        (["fine.csv", "1h", "-o", "there.csv"], "exists already. Choose another name or add"),
        (["fine.csv", "1h", "-o", "fine.csv", "--force"], "is one of the inputs"),
        (["fine.csv", "1h", "-o", "link.csv", "--force"], "is one of the inputs"),
        (["fine.csv", "1h", "-o", "x.csv", "--incomplete", "fill"], "expected keep or drop"),
        (["fine.csv", "1h", "-o", "x.csv", "--set", "problem.timeframe=1h"], "Leave it out"),
        (["fine.csv", "1h", "-o", "x.csv", "--set", "problem.risk=low"], "how a file is read"),
        (["short.csv", "1d", "-o", "x.csv"], "do not reach the end"),
        (["gone.csv", "1h", "-o", "x.csv"], "No data file gone.csv"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(workspace, words, message):
    write_minutes(workspace / "fine.csv", n=60)
    write_minutes(workspace / "short.csv", n=20)
    (workspace / "there.csv").write_text("mine")
    (workspace / "folder.csv").mkdir()
    os.link("fine.csv", "link.csv")
    before = {path: path.stat().st_mtime_ns for path in workspace.rglob("*")}
    result = invoke("data", "resample", *words)
    assert (result.exit_code, message in " ".join(result.stderr.split())) == (2, True), result
    assert {path: path.stat().st_mtime_ns for path in workspace.rglob("*")} == before


def test_an_existing_file_is_replaced_when_asked(workspace):
    write_minutes(workspace / "fine.csv", n=60)
    (workspace / "there.csv").write_text("mine")
    assert invoke("data", "resample", "fine.csv", "1h", "-o", "there.csv", "--force").exit_code == 0
    assert len(load_bars("there.csv", (Path(),))) == 5


def test_a_timeframe_that_is_no_multiple_is_refused_where_it_is_set(workspace):
    write_minutes(workspace / "fine.csv", n=60)
    with pytest.raises((UsageError, DataError), match="5m long"):
        load_bars("fine.csv", (Path(),), Reading(timeframe="3m"))


@pytest.mark.slow
def test_the_users_file_and_its_hours_are_one(workspace, btc_csv):
    assert invoke("data", "resample", btc_csv, "1h", "-o", "hours.parquet").exit_code == 0
    assert invoke("data", "resample", btc_csv, "15m", "-o", "quarters.csv").exit_code == 0
    found = [
        make_problem(data, timeframe=timeframe, last_bars=3000)
        for data, timeframe in (
            (btc_csv, "1h"), ("hours.parquet", None), ("hours.parquet", "1h"),
            ("quarters.csv", "1h"),
        )
    ]  # fmt: skip
    assert len({fingerprint(each) for each in found}) == 1
    assert {each.bars.days_per_year for each in found} == {365}
    small = ["search.population=20", "search.generations=2", "problem.last_bars=3000"]
    runs = [
        evosearch.run(load_profile("pro", [*small, *more], seed=5, data=data, results=str(n)))
        for n, (data, more) in enumerate(
            [(btc_csv, ["problem.timeframe=1h"]), ("hours.parquet", [])]
        )
    ]
    merged = evosearch.merge([*runs[0].paths, *runs[1].paths], output="all.parquet")
    assert merged.n_rows == 40
