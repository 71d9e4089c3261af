"""Times of a zone: against zoneinfo, through every change of the clocks, in any order of rows."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evosearch.trading.reading.instants.autumn import to_utc
from evosearch.trading.reading.instants.zones import list_changes, parse_zone
from evosearch.trading.reading.layout import Layout
from tests.trading.reading.clocks import expect, from_us, read, reasons, to_us, wall

pytestmark = pytest.mark.slow

# Summer times of both halves of the earth, of half an hour, by night and at midnight, a change of
# the offset itself, a day that was left out, a summer time that is broken off for a month.
ZONES = (
    "America/New_York", "Europe/Berlin", "Australia/Sydney", "Australia/Lord_Howe",
    "America/Havana", "America/Sao_Paulo", "Asia/Kathmandu", "America/Caracas", "Pacific/Apia",
    "Africa/Casablanca", "Europe/Moscow", "Asia/Pyongyang", "Asia/Beirut", "Europe/Dublin",
)  # fmt: skip
STEPS_S = (15, 60, 300, 900, 1800, 3600, 7200, 14_400)
AUTUMNS = {
    "America/New_York": datetime(2023, 11, 5, 6, tzinfo=UTC),
    "Europe/Berlin": datetime(2023, 10, 29, 1, tzinfo=UTC),
    "Australia/Sydney": datetime(2024, 4, 6, 16, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2024, 4, 6, 15, tzinfo=UTC),
    "America/Havana": datetime(2023, 11, 5, 5, tzinfo=UTC),
    "Europe/Moscow": datetime(2014, 10, 25, 22, tzinfo=UTC),
}


def expected(moment, zone):
    return moment.astimezone(zone).utcoffset()


@pytest.mark.parametrize("name", ZONES)
def test_the_changes_of_a_zone_are_those_of_zoneinfo(name):
    changes = list_changes(parse_zone(name))
    zone = ZoneInfo(name)
    for start, offset in zip(changes.starts_us[1:], changes.offsets_us[1:], strict=True):
        before, after = (from_us(start + step) for step in (-1_000_000, 0))
        assert expected(after, zone) == timedelta(microseconds=int(offset))
        assert expected(before, zone) != expected(after, zone)


@settings(max_examples=12)
@given(
    name=st.sampled_from(ZONES),
    hours=st.lists(st.integers(0, 45 * 8766), min_size=1, max_size=60, unique=True),
    shift=st.sampled_from((0, 7, -3)),
)
def test_instants_far_apart_come_back(name, hours, shift):
    start = datetime(1980, 3, 1, tzinfo=UTC)
    moments = [start + timedelta(hours=hour) for hour in sorted(hours)]
    zone = ZoneInfo(name)
    labels = [wall(moment + timedelta(hours=shift), zone) for moment in moments]
    if shift:
        labels = [
            (moment.astimezone(zone).replace(tzinfo=None) + timedelta(hours=shift)).isoformat(" ")
            for moment in moments
        ]
    times = read(labels, zone=name + (f"{shift:+d}" if shift else ""))
    wrong = {row for row, _, why in times.bad if "came twice" not in why}
    assert not wrong
    unclear = {row for row, _, _ in times.bad}
    for row, moment in enumerate(moments):
        if row in unclear:
            assert (
                moment.astimezone(zone).utcoffset()
                != (moment + timedelta(hours=1)).astimezone(zone).utcoffset()
                or moment.astimezone(zone).fold
            )
        else:
            assert times.us[row] == to_us(moment), labels[row]


@pytest.mark.parametrize("name", AUTUMNS)
@pytest.mark.parametrize("step_s", STEPS_S)
def test_the_two_hours_of_autumn_are_told_apart_by_order(name, step_s):
    zone, change = ZoneInfo(name), AUTUMNS[name]
    n = max(20, 5400 // step_s)
    # Bars by the clock of UTC, and bars that begin with the day of the zone.
    for begin in (change, change + timedelta(seconds=step_s // 2)):
        moments = [begin + timedelta(seconds=step_s * k) for k in range(-n, n)]
        labels = [wall(moment, zone) for moment in moments]
        expected_us = [to_us(moment) for moment in moments]
        for order in (1, -1):
            times = read(labels[::order], zone=name)
            assert times.bad == ()
            assert times.us.tolist() == expected_us[::order]


@pytest.mark.parametrize("is_newest_first", [False, True])
@settings(max_examples=12)
@given(
    name=st.sampled_from(sorted(AUTUMNS)),
    step_s=st.sampled_from((60, 300, 900)),
    missing=st.sets(st.integers(0, 239), max_size=230),
)
def test_bars_may_be_missing_in_the_hours_of_autumn(is_newest_first, name, step_s, missing):
    """Whatever is missing, no time is silently wrong: right, or refused as unclear."""
    zone, change = ZoneInfo(name), AUTUMNS[name]
    moments = [
        change + timedelta(seconds=step_s * (k - 120)) for k in range(240) if k not in missing
    ]
    labels = [wall(moment, zone) for moment in moments]
    if is_newest_first:
        moments.reverse()
        labels.reverse()
    times = read(labels, zone=name)
    bad = {row for row, _, _ in times.bad}
    for row, moment in enumerate(moments):
        assert row in bad or times.us[row] == to_us(moment)
    if any(labels.count(label) == 2 for label in labels):
        assert not bad


def test_an_hour_that_is_missing_altogether_is_refused():
    zone = ZoneInfo("America/New_York")
    change = AUTUMNS["America/New_York"]
    moments = [change + timedelta(minutes=5 * k) for k in range(-40, 40)]
    kept = [moment for moment in moments if not change <= moment < change + timedelta(hours=1)]
    times = read([wall(moment, zone) for moment in kept], zone="America/New_York")
    assert times.n_bad == 12
    row, text, why = times.bad[0]
    assert (row, text) == (28, "2023-11-05 01:00:00")
    assert why.startswith("came twice: clocks of America/New_York were turned back,")
    assert "Check problem.layout.timezone, or write the times in UTC" in why
    twice = read(["2023-11-05 01:30:00"] * 3, zone="America/New_York")
    assert twice.n_bad == 3


def test_bars_of_four_hours_by_the_clock_on_the_wall_begin_in_the_first_hour():
    labels = [f"2023-11-{day:02d} {hour:02d}:00" for day in range(3, 8) for hour in range(1, 24, 4)]
    times = read(labels, zone="America/New_York")
    assert times.bad == ()
    assert from_us(times.us[labels.index("2023-11-05 01:00")]).hour == 5
    backwards = read(labels[::-1], zone="America/New_York")
    assert backwards.us.tolist() == times.us[::-1].tolist()


def test_an_hour_that_does_not_exist_is_refused_with_the_remedy():
    labels = ["2024-03-10 01:30", "2024-03-10 02:00", "2024-03-10 02:59", "2024-03-10 03:00"]
    times = read(labels, zone="America/New_York")
    assert [row for row, _, _ in times.bad] == [1, 2]
    assert times.bad[0][1] == "2024-03-10 02:00:00"
    assert "Check problem.layout.timezone" in times.bad[0][2] and "UTC-5" in times.bad[0][2]
    assert read(labels, zone="America/New_York+7").bad == ()


@pytest.mark.parametrize(
    ("name", "day", "first"),
    [
        ("Asia/Tokyo", "2024-05-01", "2024-04-30T15:00"),
        # There is no midnight; the day begins at one.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00"),
        # Midnight comes twice; the day begins with the first.
        ("America/Havana", "2023-11-05", "2023-11-05T04:00"),
    ],
)
def test_a_date_is_its_first_instant_in_the_zone(name, day, first):
    for label in (day, f"{day} 00:00"):
        times = read([label], zone=name)
        expect(times.us, [datetime.fromisoformat(first).replace(tzinfo=UTC)])
        assert times.bad == ()


def test_names_of_times_are_read_in_their_zone_alone():
    labels = ["2023-11-05 01:30 EDT", "2023-11-05 01:30 EST", "2024-07-01 09:30 EDT"]
    times = read(labels, zone="America/New_York")
    expect(times.us, [datetime(2023, 11, 5, 5, 30, tzinfo=UTC), datetime(2023, 11, 5, 6, 30,
           tzinfo=UTC), datetime(2024, 7, 1, 13, 30, tzinfo=UTC)])  # fmt: skip
    other = read(["2024-01-02 09:30 PST"], zone="America/New_York")
    assert reasons(other) == {
        0: "ends in PST, which is no name that America/New_York gives its times"
    }


def test_dates_among_times_have_the_zone_too():
    times = read(["2024-01-02", "2024-01-02 01:00", "2024-01-03"], zone="America/New_York")
    expect(times.us, [datetime(2024, 1, 2, 5, tzinfo=UTC), datetime(2024, 1, 2, 6, tzinfo=UTC),
           datetime(2024, 1, 3, 5, tzinfo=UTC)])  # fmt: skip


def test_a_long_column_is_as_its_parts():
    hours = to_us(datetime(2005, 1, 1, tzinfo=UTC)) + np.arange(180_000) * 3_600_000_000
    changes = list_changes(parse_zone("Europe/Berlin"))
    places = np.searchsorted(changes.starts_us, hours, "right") - 1
    found = to_utc(hours + changes.offsets_us[places], parse_zone("Europe/Berlin"))
    assert (found.us == hours).all() and not len(found.missing) and not len(found.unclear)
    assert found.n_twice == 40


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("UTC", "UTC"), ("utc", "UTC"), ("Z", "UTC"), ("UTC-5", "-05:00"), ("+02:00", "+02:00"),
        ("GMT+3", "+03:00"), ("-0330", "-03:30"), ("UTC+0", "UTC"), (" utc +5:45 ", "+05:45"),
        ("europe/athens", "Europe/Athens"), ("America/New York", "America/New_York"),
        ("America/New_York+7", "America/New_York+7"), ("europe/london +2", "Europe/London+2"),
        ("America/New_York-5:30", "America/New_York-5:30"), ("Etc/GMT+5", "Etc/GMT+5"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
    ],
)  # fmt: skip
def test_zones_as_people_write_them(text, name):
    assert parse_zone(text).name == name


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Europe/Atens", "'Europe/Athens'"), ("Amerika/New_York", "'America/New_York'"),
        ("athens", "'Europe/Athens'"), ("newyork", "'America/New_York'"),
        ("America/NewYork+7", "America/New_York"), ("UTC+25", "is no offset"),
        ("America/New_York+20", "is no offset"), ("qqqqqqqq", "A zone is written as"),
        ("\x1b[31m", "A zone is written as"), ("../../etc/passwd", "there is no time zone"),
        ("x" * 4000, "there is no time zone"), ("", "there is no time zone"),
    ],
)  # fmt: skip
def test_a_zone_that_is_none_is_refused_with_the_nearest(text, hint):
    with pytest.raises(ValueError) as caught:
        parse_zone(text)
    assert hint in str(caught.value) and len(str(caught.value)) < 300


@pytest.mark.slow
def test_a_computer_without_a_database_of_zones_is_told_what_to_install():
    program = """
import sys
sys.modules["tzdata"] = None
from evosearch.trading.reading.instants.zones import parse_zone
assert parse_zone("UTC-5").name == "-05:00"
try:
    parse_zone("America/New_York")
except ValueError as error:
    assert "Install the package tzdata, or write a fixed offset such as UTC-5." in str(error)
else:
    raise AssertionError
"""
    nowhere = {**os.environ, "PYTHONTZPATH": os.path.join(os.path.abspath(os.sep), "no", "zones")}
    subprocess.run([sys.executable, "-c", program], check=True, env=nowhere)


@pytest.mark.parametrize(
    ("key", "text", "hint"),
    [("timezone", "Europe/Atens", "'Europe/Athens'"), ("time_format", "dd/mm/yyyy", "day first")],
)
def test_a_layout_refuses_a_zone_or_format_that_is_none(key, text, hint):
    with pytest.raises(ValueError, match=key) as caught:
        Layout(**{key: text})
    assert hint in str(caught.value)


def minutes_of_autumn(*kept):
    """Bars of 5 minutes around an autumn of New York, of which some stretches are kept."""
    change = AUTUMNS["America/New_York"]
    spans = [range(begin // 5, end // 5) for begin, end in kept]
    return [change + timedelta(minutes=5 * k) for span in spans for k in span]


@pytest.mark.parametrize("is_newest_first", [False, True])
@pytest.mark.parametrize(
    ("kept", "n_bad"),
    [
        # Minutes before and after the change. One run of labels, which follows on from the rows
        # before or behind it and breaks off inside the hour.
        (((-200, -40), (120, 300)), 0),
        (((-200, -120), (40, 300)), 0),
        # One run over the whole hour: whichever of the two is missing, the rows look the same.
        (((-200, 0), (65, 300)), 12),
        (((-200, -65), (0, 300)), 12),
        # A hole inside the run: the hours may be divided there, or not.
        (((-200, -45), (-35, -25), (120, 300)), 5),
        # Neither side follows on.
        (((-200, -65), (-50, -30), (120, 300)), 4),
    ],
)
def test_one_run_of_labels_is_decided_only_if_the_rows_beside_it_tell(kept, n_bad, is_newest_first):
    moments = minutes_of_autumn(*kept)
    if is_newest_first:
        moments.reverse()
    times = read([wall(each, ZoneInfo("America/New_York")) for each in moments], zone=ZONES[0])
    assert times.n_bad == n_bad
    bad = {row for row, _, _ in times.bad}
    for row, moment in enumerate(moments):
        assert row in bad or times.us[row] == to_us(moment)


def test_a_few_rows_show_no_length_of_a_bar():
    times = read(["1980-03-01 11:00", "1980-03-02 02:00"], zone="Australia/Sydney")
    assert [row for row, _, _ in times.bad] == [1]
