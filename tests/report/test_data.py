"""The data of a run in words; its summary may be a stranger's."""

import math

import pytest

from evosearch.report.data import describe_bar_length, describe_data

BTC = {
    "source": "btc.csv",
    "hash": "9046b474" * 8,
    "interval_s": 300.0,
    "n_bars": 30_000,
    "n_file_bars": 59_206,
    "n_holdout_bars": 9_000,
    "first_bar_utc": "2025-10-10T10:50:00Z",
    "last_bar_utc": "2026-01-22T14:45:00Z",
}


def test_one_line_says_file_bars_dates_and_hold_out():
    assert describe_data(BTC) == (
        "btc.csv (9046b474), 5-minute bars, 30,000 of 59,206, 2025-10-10 to 2026-01-22, "
        "9,000 held out"
    )
    assert "the bundled sample ibm-daily (9046b474), " in describe_data(
        BTC | {"source": "ibm-daily.parquet", "is_sample": True}
    )
    assert ", all 30,000, " in describe_data(BTC | {"n_file_bars": 30_000})


def test_a_shard_of_before_says_what_it_knows():
    before = {key: value for key, value in BTC.items() if key not in ("n_file_bars", "interval_s")}
    assert "bars, 30,000 of them, 2025-10-10" in describe_data(before)


@pytest.mark.parametrize(
    ("interval_s", "words"),
    [
        (300.0, "5-minute bars"), (60, "1-minute bars"), (3600.0, "1-hour bars"),
        (14_400.0, "4-hour bars"), (5400.0, "90-minute bars"), (86_400.0, "daily bars"),
        (604_800.0, "weekly bars"), (31 * 86_400.0, "monthly bars"), (15.0, "15-second bars"),
        (0.5, "bars of 0.5 s"), (None, "bars"), (True, "bars"), ("300", "bars"), (-5, "bars"),
        (math.nan, "bars"), (math.inf, "bars"), (10**400, "bars"), ([], "bars"), (0, "bars"),
    ],
)  # fmt: skip
def test_bar_lengths_in_words(interval_s, words):
    assert describe_bar_length(interval_s) == words


ODD = [None, "x", 7, [], {}, math.nan, 10**400, -1, True, "\x1b[31m\n" * 500, {"a": []}, b"x"]


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_a_strangers_summary_is_one_harmless_short_line(value):
    texts = [
        describe_data(value),
        describe_data({"lines": value}),
        describe_data({value.__hash__ and str(value)[:9]: 1}),
    ]
    texts += [describe_data(BTC | {key: value}) for key in BTC]
    for text in texts:
        assert len(text) < 300
        assert "\n" not in text
        assert "\x1b" not in text
