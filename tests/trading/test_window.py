"""The window of a search: the same bars on machines whose files end at different bars."""

import copy
import datetime
import pickle

import pytest

from evosearch import load_profile
from evosearch.assemble.searching.parts import describe_problem
from evosearch.errors import OptionError, ProfileError
from evosearch.problems import load_problem
from evosearch.trading.options import TradingOptions
from tests.markets import write_bars


def load(path, **options):
    return load_problem("trading", {"data": str(path), **options})


DAY = "2025-10-12T00:00:00Z"


@pytest.mark.parametrize(
    ("given", "settled"),
    [
        ("2025-10-12", DAY), ("2025-10-12T00:00:00Z", DAY), ("2025-10-12 02:00+02:00", DAY),
        (" 2025-10-12T00:00 ", DAY), (datetime.date(2025, 10, 12), DAY),
        (datetime.datetime(2025, 10, 12), DAY),
        (datetime.datetime(2025, 10, 12, tzinfo=datetime.UTC), DAY),
        ("2025-10-12T00:00:00.5Z", "2025-10-12T00:00:00.500000Z"),
    ],
)  # fmt: skip
def test_a_date_or_an_instant_is_settled_in_utc(given, settled):
    assert TradingOptions(since=given).since == settled


@pytest.mark.parametrize(
    "given",
    ["yesterday", "", "2025-13-01", 20251012, 1.5, True, datetime.time(12), ["2025-10-12"],
     "9999-12-31T23:59:59-05:00", "now"],
)  # fmt: skip
def test_what_is_no_instant_is_refused_with_an_example(given):
    with pytest.raises(OptionError, match=r"until: expected a date or an instant, such as 2026"):
        load_problem("trading", {"until": given})


def test_a_profile_takes_dates_of_toml_and_records_them_settled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(
        'problem = {name = "trading", since = 2005-01-03, until = 2010-06-01T12:00:00+02:00}'
    )
    profile = load_profile("./mine.toml")
    assert profile.problem["since"] == "2005-01-03T00:00:00Z"
    assert profile.problem["until"] == "2010-06-01T10:00:00Z"
    assert 'since = "2005-01-03T00:00:00Z"' in profile.to_toml()
    again = load_profile("./mine.toml", ["problem.since=2006-01-03", "problem.until=2010-01-01"])
    assert again.problem["since"] == "2006-01-03T00:00:00Z"
    described = describe_problem(load_problem("trading", again.problem_options), again)
    assert described["options"]["until"] == "2010-01-01T00:00:00Z"
    assert described["data"]["since"] == "2006-01-03T00:00:00Z"
    with pytest.raises(ProfileError, match=r"--set problem\.until: expected a date"):
        load_profile("./mine.toml", ["problem.until=tomorrow"])
    with pytest.raises(ProfileError, match="is not before until"):
        load_profile("./mine.toml", ["problem.until=2005-01-03"])


def test_since_is_included_and_until_excluded(tmp_path):
    path = write_bars(tmp_path / "bars.parquet", n=2000)
    bars = load(path, since="2025-10-11", until="2025-10-12").bars
    assert str(bars.timestamp_us[0].astype("datetime64[us]"))[:16] == "2025-10-11T00:00"
    assert str(bars.timestamp_us[-1].astype("datetime64[us]"))[:16] == "2025-10-11T23:55"
    newest = load(path, until="2025-10-12", last_bars=10)
    assert str(newest.bars.timestamp_us[0].astype("datetime64[us]"))[:16] == "2025-10-11T23:10"
    assert newest.data_summary()["n_file_bars"] == 2000


def test_files_that_end_at_different_bars_are_one_problem_in_one_window(tmp_path):
    short = write_bars(tmp_path / "short.parquet", n=1900)
    long = write_bars(tmp_path / "long.parquet", n=2000)
    profile = load_profile("pro")

    def fingerprint(path, **options):
        return describe_problem(load(path, **options), profile)["fingerprint"]

    window = {"until": "2025-10-16", "last_bars": 1000}
    assert fingerprint(short, **window) == fingerprint(long, **window)
    assert fingerprint(short, last_bars=1000) != fingerprint(long, last_bars=1000)
    # The window itself is no part of it: the bars are known by their hash.
    assert fingerprint(short, **window) == fingerprint(short, **window, since="2025-10-10")
    assert fingerprint(short) == fingerprint(short, since="2025-10-10", until="2025-12-24")


@pytest.mark.parametrize(
    "window",
    [{"since": "2027-01-01"}, {"until": "2020-01-01"},
     {"since": "2025-10-11T00:00:01Z", "until": "2025-10-11T00:00:02Z"}],
)  # fmt: skip
def test_a_window_without_bars_names_the_dates_of_the_file(tmp_path, window):
    path = write_bars(tmp_path / "btc.parquet", n=2000)
    with pytest.raises(OptionError) as caught:
        load(path, **window)
    text = str(caught.value)
    assert "no bar of btc.parquet lies in the window" in text
    assert "2,000 bars go from 2025-10-10 to 2025-10-16 22:35 UTC" in text


def notes_of(path, **window):
    return " ".join(load(path, **window).data_summary()["notes"])


def test_a_window_that_asks_for_more_than_the_file_has_says_so(tmp_path):
    path = write_bars(tmp_path / "btc.parquet", n=2000)  # its last bar: 2025-10-16 22:35
    assert notes_of(path, until="2025-10-16T22:40:00Z") == ""
    assert "the window ends at 2025-10-16 22:45 UTC" in notes_of(path, until="2025-10-16T22:45Z")
    assert notes_of(path, since="2025-10-10") == ""
    assert "the file only at 2025-10-10" in notes_of(path, since="2025-10-09T23:55Z")


@pytest.mark.parametrize(
    ("until", "is_missing"),
    [("2013-03-02", False), ("2013-03-04", False), ("2013-03-05", True)],
)
def test_days_without_trading_are_not_missing(until, is_missing):
    # The sample ends on a Friday, 2013-03-01.
    problem = load_problem("trading", {"until": until})
    assert any("the window ends" in note for note in problem.bars.notes) is is_missing


def test_a_copy_of_a_problem_knows_that_its_prices_are_the_samples():
    problem = load_problem("trading", {})
    for other in (copy.deepcopy(problem), pickle.loads(pickle.dumps(problem))):
        assert other.data_summary()["is_sample"] is True
        assert other.data_summary()["n_file_bars"] is None  # it was not there when they were read
