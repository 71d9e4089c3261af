"""Columns of times: each form that people write, and each reason that is given for what is none."""

import re
import subprocess
import sys
import time
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from evosearch.errors import OptionError
from evosearch.trading.reading.shape import TimeSpec
from evosearch.trading.reading.times import TimeReader
from tests.trading.reading.clocks import expect, numbers, read, reasons, to_us

DAY = datetime(2024, 1, 2, tzinfo=UTC)
NINE = datetime(2024, 1, 2, 9, 30, tzinfo=UTC)
SECONDS = datetime(2024, 1, 2, 9, 30, 15, tzinfo=UTC)

FORMS = {
    "2024-01-02": DAY,
    "2024-01-02T09:30": NINE,
    "2024-01-02 09:30:15": SECONDS,
    "2024-1-2 9:30": NINE,
    "2024-01-02T09": NINE.replace(minute=0),
    "2024/01/02 09:30": NINE,
    "20240102": DAY,
    "202401020930": NINE,
    "20240102093015": SECONDS,
    "20240102093015250": SECONDS.replace(microsecond=250_000),
    "20240102T093015": SECONDS,
    "20240102 093015": SECONDS,
    "20240102 0930": NINE,
    "2024-01-02 09:30:15.5": SECONDS.replace(microsecond=500_000),
    "2024-01-02 09:30:15.123456": SECONDS.replace(microsecond=123_456),
    "Jan 02, 2024": DAY,
    "January 2, 2024 9:30 AM": NINE,
    "02-Jan-2024 09:30": NINE,
    "02JAN2024": DAY,
    "2 Jan 2024 09:30:15": SECONDS,
    "2024-Jan-02": DAY,
    "2 de enero de 2024": DAY,
    "2. Jänner 2024": DAY,
    "Tue, 2 Jan 2024 09:30": NINE,
    "2024-01-02 09:30 AM": NINE,
    "2024-01-02 09:30:15 a.m.": SECONDS,
    "2024-01-02 09-AM": NINE.replace(minute=0),
    "2024-01": DAY.replace(day=1),
    " 2024-01-02 09:30 ": NINE,
}
EXACT = {
    "2024-01-02T09:30:15Z": SECONDS,
    "2024-01-02T09:30:15.000Z": SECONDS,
    "2024-01-02 09:30:15+00:00": SECONDS,
    "2024-01-02 10:30:15 +0100": SECONDS,
    "2024-01-02 04:30:15-05": SECONDS,
    "2024-01-02 09:30 UTC": NINE,
    "2024-01-02 09:30:15 GMT": SECONDS,
    "20240102T093015Z": SECONDS,
    "2024-01-02T04:30-05:00[America/New_York]": NINE,
    "Tue, 02 Jan 2024 09:30:15 GMT": SECONDS,
    "Tue Jan 02 2024 09:30:15 GMT+0000": SECONDS,
    "Tue Jan 02 2024 04:30:15 GMT-0500 (Eastern Standard Time)": SECONDS,
    "2024-01-02 15:15 +05:45": NINE,
    "1704187815": SECONDS,
    "1704187815.0": SECONDS,
    "1704187815000": SECONDS,
    "1704187815000000": SECONDS,
    "1704187815000000000": SECONDS,
    "1.704187815E9": SECONDS,
}


@pytest.mark.parametrize("text", [*FORMS, *EXACT])
def test_a_form_is_read_alone(text):
    times = read([text])
    assert times.bad == ()
    expect(times.us, [{**FORMS, **EXACT}[text]])
    assert times.is_naive == (text in FORMS)


@pytest.mark.parametrize("forms", [FORMS, EXACT], ids=["naive", "exact"])
@pytest.mark.parametrize("n_batches", [1, 3])
def test_forms_may_be_mixed_if_their_meaning_is_one(forms, n_batches):
    times = read([*forms], n_batches=n_batches)
    assert times.bad == () and times.n_bad == 0
    expect(times.us, forms.values())


def test_every_month_in_three_languages():
    names = {
        "en": "January February March April May June July August September October November "
        "December Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
        "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
        "diciembre ene feb mar abr may jun jul ago sep oct nov dic",
        "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember "
        "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    }
    for listed in names.values():
        words = listed.split()
        times = read([f"15 {word} 2023" for word in words])
        expect(times.us, [datetime(2023, k % 12 + 1, 15, tzinfo=UTC) for k in range(len(words))])
        assert times.bad == ()


@pytest.mark.parametrize(
    ("text", "hour"), [("12:05 AM", 0), ("1:05 AM", 1), ("12:05 PM", 12), ("11:05 pm", 23)]
)
def test_the_twelve_hours_of_a_clock(text, hour):
    expect(read([f"2024-01-02 {text}"]).us, [DAY.replace(hour=hour, minute=5)])


def test_the_unit_is_that_of_each_value_and_a_change_is_said():
    texts = ["1735686000000", "1735689600000000", "1735693200000000", "1735696800"]
    times = read(texts)
    expect(times.us, [datetime(2024, 12, 31, 23, tzinfo=UTC), *(
        datetime(2025, 1, 1, hour, tzinfo=UTC) for hour in (0, 1, 2))])  # fmt: skip
    assert times.findings == (
        ("unit_changes", "times change from milliseconds to microseconds", 1),
        ("unit_changes", "times change from microseconds to seconds", 3),
    )
    assert read(texts, n_batches=4).findings == times.findings
    assert times.words == "times in seconds and milliseconds and microseconds since 1970"
    one = read(["1735686000000"])
    assert (one.words, one.zone, one.findings) == ("times in milliseconds since 1970", "UTC", ())


def test_few_changes_of_unit_are_listed_and_the_rest_counted():
    times = read(["1735686000000", "1735689600"] * 30)
    assert len(times.findings) == 11
    assert times.findings[-1] == ("unit_changes", "the unit changes 49 more times", None)


@pytest.mark.parametrize("kind", ["int64", "uint64", "float64"])
def test_numbers_of_a_table_are_read_as_their_texts_are(kind):
    values = [1735686000, 1735686000000, 1735686000000000, 1735686000000000000, 20241231]
    times = read(numbers(values, kind))
    assert times.us.tolist() == [1735686000000000] * 4 + [1735603200000000]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("45292.003472", "--set problem.layout.time_format=excel"),
        ("45292", "--set problem.layout.time_format=excel"),
        ("0", "is no time: no number of seconds"),
        ("-1704187815", "is no time: no number of seconds"),
        ("99999999999999999999999", "is no time: no number of seconds"),
        ("20240230", "is no date that exists (YYYYMMDD)"),
        ("20240102.5", "is no date that exists (YYYYMMDD)"),
        ("202401022460", "is no date that exists (YYYYMMDDHHMM)"),
        ("1.70407E+12", "has lost its last digits"),
        ("1.7E9", "has lost its last digits"),
        ("2024-02-30", "is no date or time that exists"),
        ("2023-02-29 00:00", "is no date or time that exists"),
        ("2024-01-02 24:00", "is no date or time that exists"),
        ("2024-01-02 09:60", "is no date or time that exists"),
        ("2024-13-02", "is no date or time that exists"),
        ("2024-01-02 13:00 PM", "is no date or time that exists"),
        ("2024-01-02 09:30+16:00", "is no date or time that exists"),
        ("1979-12-31", "is of the year 1979: outside 1980-01-01 to "),
        ("2150-01-01 00:00:00", "is of the year 2150: outside 1980-01-01 to "),
        ("9999-12-31T00:00:00Z", "is of the year 9999: outside"),
        ("0001-01-01", "is of the year 0001: outside"),
        (
            "2024-01-02 09:30 EST",
            "ends in EST, which is the name of several zones. Say which: --set",
        ),
        ("2024-01-02 09:30 CET", "--set problem.layout.timezone=Europe/Berlin"),
        ("01/02/24", "has a year of two digits. Say how it is written: --set "),
        ("13/02/24 9:30", 'written: --set "problem.layout.time_format=%d/%m/%y %H:%M"'),
        ("02-13-24 9:30:00 PM", 'written: --set "problem.layout.time_format=%m-%d-%y %I:%M:%S %p"'),
        ("02-Jan-24", 'written: --set "problem.layout.time_format=%d-%b-%y"'),
        ("Foo 02, 2024", "is no time that is known. Say how it is written: --set"),
        ("total", "is no time that is known."),
        ("x" * 5000, "is no time that is known."),
        ("", "is missing"),
        ("  ", "is missing"),
        ("NaN", "is missing"),
    ],
)
def test_what_is_no_time_is_refused_with_the_reason(text, why):
    good = "1704187815" if text[:1].isdigit() and text.replace(".", "").isdigit() else "2024-01-03"
    asks = "how it is written" in why or "written: --set" in why
    times = read([text] if asks else [good, text, good])
    assert times.n_bad == 1
    row, shown, found = times.bad[0]
    assert (row, shown) == (0 if asks else 1, text)
    assert found.startswith(why) or why in found
    assert times.us[row] == 0 and (asks or times.us[0] == times.us[2] > 0)


def test_all_rows_are_counted_and_the_first_thousand_kept():
    times = read(["2024-01-01", *["foo"] * 1500], n_batches=7)
    assert times.n_bad == 1500 and len(times.bad) == 1000
    assert [row for row, _, _ in times.bad] == list(range(1, 1001))


def test_a_year_from_1980_to_the_end_of_the_next_is_plausible():
    last = datetime.now(UTC).year + 1
    good = ["1980-01-01", f"{last}-12-31 23:59:59", "315532800", str(to_us(datetime(last, 12, 31,
            tzinfo=UTC)) // 10**6)]  # fmt: skip
    bad = ["1979-12-31 23:59:59", f"{last + 1}-01-01", "315532799",
           str(to_us(datetime(last + 1, 1, 1, tzinfo=UTC)) // 10**6)]  # fmt: skip
    assert read(good[:2]).n_bad == read(good[2:]).n_bad == 0
    assert read(bad[:2]).n_bad == read(bad[2:]).n_bad == 2


def test_numbers_with_an_exponent_are_read_if_no_digit_is_lost():
    days = [1704067200000 + 86_400_000 * k for k in range(30)]
    times = read([f"{day / 1e12:.8g}E+12" for day in days])
    assert times.us.tolist() == [day * 1000 for day in days] and times.bad == ()
    cut = read([f"{day / 1e12:.6g}E+12" for day in days])
    assert cut.n_bad == 30  # though a third of them are whole minutes by chance
    assert read([f"{day / 1e12:.6g}E+12" for day in days], n_batches=30).n_bad >= 28
    short = read(pa.array(np.array(days, "f8") / 1000 + 100, pa.float32()))
    assert short.n_bad > 0 and "32-bit" in short.bad[0][2]


def test_serial_dates_of_a_spreadsheet_are_read_when_asked():
    texts = ["45292.000000", "45292.003472", "45292.006944", "45293"]
    moments = [datetime(2024, 1, 1, 0, minute, tzinfo=UTC) for minute in (0, 5, 10)]
    times = read(texts, time_format="excel")
    expect(times.us, [*moments, DAY])
    assert times.words == (
        "serial dates of a spreadsheet (1900 system), times without a zone, taken as UTC"
    )
    expect(read([t.replace(".", ",") for t in texts], time_format="Excel").us, [*moments, DAY])
    expect(read(numbers([45292.003472], "f8"), time_format="excel").us, moments[1:2])
    older = read([str(float(text) - 1462) for text in texts], time_format="excel 1904")
    expect(older.us, [*moments, DAY])
    assert "1904 system" in older.words
    assert read(["45292.5"], time_format="excel", zone="UTC-5").us[0] == to_us(
        datetime(2024, 1, 1, 17, tzinfo=UTC)
    )
    assert "is no serial date" in read(["99999"], time_format="excel").bad[0][2]


def test_the_day_or_the_month_is_first_for_the_whole_column():
    texts = ["01/02/2024 10:00", "12/02/2024 10:00", "13/02/2024 10:00"]
    for n_batches in (1, 3):
        times = read(texts, n_batches=n_batches)
        expect(times.us, [datetime(2024, 2, day, 10, tzinfo=UTC) for day in (1, 12, 13)])
        assert times.findings == (
            ("day_order", "dates are read with the day first, as 13/02/2024 shows", 2),
        )
    american = read(["1/2/2024 9:30 PM", "1/13/2024 9:30 PM", "12/3/2024 11:30 AM"])
    assert american.us[2] == to_us(datetime(2024, 12, 3, 11, 30, tzinfo=UTC))
    expect(read(["31.12.2024", "01.02.2025"]).us[1:], [datetime(2025, 2, 1, tzinfo=UTC)])


def test_dates_that_may_be_either_are_refused_with_both_options():
    times = read(["01/02/2024", "02/02/2024"])
    assert times.n_bad == 1
    assert '--set "problem.layout.time_format=day first"' in times.bad[0][2]
    assert '--set "problem.layout.time_format=month first"' in times.bad[0][2]
    expect(read(["01/02/2024"], time_format="day first").us, [datetime(2024, 2, 1, tzinfo=UTC)])
    expect(read(["01/02/24"], time_format="month first").us, [datetime(2024, 1, 2, tzinfo=UTC)])


def test_day_first_and_month_first_in_one_column_name_both_rows():
    times = read(["01/01/2024", "13/02/2024", "02/14/2024"])
    assert reasons(times) == {
        1: "has the day first, but the month is first in 02/14/2024",
        2: "has the month first, but the day is first in 13/02/2024",
    }
    assert "day first" in reasons(read(["13/01/2024", "30/02/2024"]))[1]


def test_a_number_above_31_is_neither_a_day_nor_a_month():
    times = read(["45/02/2024", "01/02/2024"])
    assert "may be day first or month first" in reasons(times)[0]


def test_an_open_date_keeps_its_offset():
    times = read(["13/02/2024 00:30 +02:00", "01/03/2024 23:30 -05:00", "01/03/2024 23:30 UTC"])
    expect(times.us, [datetime(2024, 2, 12, 22, 30, tzinfo=UTC), datetime(2024, 3, 2, 4, 30,
           tzinfo=UTC), datetime(2024, 3, 1, 23, 30, tzinfo=UTC)])  # fmt: skip


@pytest.mark.parametrize(
    ("time_format", "text", "moment"),
    [
        ("%d/%m/%y %H:%M", "02/01/24 09:30", NINE),
        ("%Y%m%d %H%M%S", "20240102 093015", SECONDS),
        ("%d.%m.%Y %H:%M:%S.%f", "02.01.2024 09:30:15.250000", SECONDS.replace(microsecond=250000)),
        ("%b %d, %Y %I:%M %p", "Jan 02, 2024 09:30 AM", NINE),
        ("%Y-%m-%dT%H:%M:%S%z", "2024-01-02T10:30:15+0100", SECONDS),
        ("%Y-%m-%dT%H:%M:%S%z", "2024-01-02T09:30:15Z", SECONDS),
        ("%m-%d-%Y", "01-02-2024", DAY),
        ("%H:%M %d/%m/%Y", "09:30 02/01/2024", NINE),
        ("%F %T", "2024-01-02 09:30:15", SECONDS),
        ("%A, %-d %B %Y", "Tuesday, 2 January 2024", DAY),
        ("%y%m%d", "240102", DAY),
        ("100%% %Y-%m-%d", "100% 2024-01-02", DAY),
    ],
)
def test_a_format_as_strptime_has_it(time_format, text, moment):
    times = read([text], time_format=time_format)
    assert times.bad == ()
    expect(times.us, [moment])
    other = read(["2024:01:02"], time_format=time_format)
    assert other.bad[0][2] == f"does not fit the time_format {time_format!r}"


def test_numbers_may_have_lost_the_zeros_that_a_format_wants():
    times = read(numbers([80102, 240102]), time_format="%y%m%d")
    expect(times.us, [datetime(2008, 1, 2, tzinfo=UTC), DAY])


@pytest.mark.parametrize(
    ("time_format", "words"),
    [
        ("foo", "expected a format such as '%d.%m.%Y %H:%M', or one of: day first, month first"),
        ("%H:%M", "must give the year"),
        ("%Y-%m-%d %Q", "%Q of"),
        ("%Y-%m-%d %y", "gives %Y twice"),
        ("%Y-%m-%", "% of"),
    ],
)
def test_a_format_that_is_none_is_refused(time_format, words):
    with pytest.raises(OptionError, match=r"layout\.time_format: ") as caught:
        TimeReader(TimeSpec((0,), time_format))
    assert words in str(caught.value)


def test_times_with_and_without_an_offset_are_refused_with_both_rows():
    for n_batches in (1, 3):
        times = read(["2024-01-01", "2024-01-02", "2024-01-03 00:00+00:00"], n_batches=n_batches)
        assert reasons(times) == {
            0: "names no zone, but others do or count from 1970. Write all times in one way",
            2: "names its zone or counts from 1970, but others name none. Write all times in one way",
        }
    assert read(["1704187815", "2024-01-03 00:00"]).n_bad == 2
    assert read(["1704187815", "2024-01-03 00:00Z"]).n_bad == 0


def test_two_columns_are_joined():
    moments = [NINE, NINE.replace(minute=35)]
    for date in ("2024-01-02", "20240102", "02-Jan-2024", "2024/01/02"):
        for clocks in (["09:30", "09:35"], ["9:30:00", "9:35:00"], ["9:30 AM", "9:35 AM"]):
            times = read([date] * 2, clocks)
            expect(times.us, moments)
            assert times.bad == ()
    expect(read(["01/02/2024", "01/13/2024"], ["09:30", "09:35"]).us[:1], [NINE])
    expect(read(["02/01/24"], ["09:30"], time_format="%d/%m/%y %H:%M").us, [NINE])
    assert read(["2024-01-02", "2024-01-03"], ["09:30", ""]).us[1] % 86_400_000_000 == 0


def test_typed_columns_are_joined():
    days = pa.array([19_724], pa.date32())
    for clock in (
        pa.array([34_200], pa.time32("s")),
        pa.array([34_200 * 10**9], pa.time64("ns")),
        pa.array(["09:30"]),
        pa.array([930]),
    ):
        times = read(days, clock)
        expect(times.us, [NINE])
        assert times.is_naive
    serials = read(numbers([45293], "f8"), numbers([0.395833333], "f8"), time_format="excel")
    expect(serials.us, [NINE])


def test_times_of_day_as_numbers_may_have_lost_their_zeros():
    dates = ["20240102"] * 3
    for clocks, moments in (
        (["0", "93000", "93015"], [DAY, NINE, SECONDS]),
        (["0", "930", "2359"], [DAY, NINE, DAY.replace(hour=23, minute=59)]),
        (["000000", "093000", "093015"], [DAY, NINE, SECONDS]),
        (["000500", "000930", "000959"], [DAY.replace(minute=5), DAY.replace(minute=9, second=30),
                                          DAY.replace(minute=9, second=59)]),
        (["0", "93000000", "93015000"], [DAY, NINE, SECONDS]),
    ):  # fmt: skip
        for n_batches in (1, 3):
            expect(read(dates, clocks, n_batches=n_batches).us, moments)
        typed = read(numbers(list(map(int, dates))), numbers(list(map(int, clocks))))
        if len(set(map(len, clocks))) > 1:
            expect(typed.us, moments)
    assert ("clock_numbers", "times of day such as 2359 are read as HHMM", None) in read(
        dates, ["0", "930", "2359"]
    ).findings
    assert read(["1.7040672E9"] * 2, ["0", "930"]).n_bad == 2  # an instant, and a time of day
    bad = read(dates, ["93000", "97000", "100000"])
    assert bad.bad == ((1, "97000", "is no time of day (HHMMSS)"),)
    # The midnight that some write so makes no seconds of the hours beside it.
    bad = read(dates, ["2300", "2400", "100"])
    assert bad.bad == ((1, "2400", "is no time of day (HHMM)"),)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("text", ["1e309", "-1E400", "1e308"])
def test_numbers_beyond_all_bounds_are_refused_without_a_word_of_numpy(text):
    assert read(["1704067200", text]).n_bad == 1
    assert read(["45292.5", text], time_format="excel").n_bad == 1


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_timestamps_of_arrow(unit):
    moments = np.array(["2024-01-02T09:30:15", "2024-07-02T09:30:15"], f"M8[{unit}]")
    plain = read(pa.array(moments))
    expect(plain.us[:1], [SECONDS])
    assert plain.is_naive and plain.words == "times without a zone, taken as UTC"
    for zone in ("UTC", "+02:00", "America/New_York"):
        known = read(pa.array(moments, pa.timestamp(unit, zone)), zone="Asia/Tokyo")
        assert known.us.tolist() == plain.us.tolist() and not known.is_naive
        assert (known.words, known.zone) == ("times in UTC", "UTC")
        assert known.findings[0][0] == "zone_unused"
    tokyo = read(pa.array(moments), zone="Asia/Tokyo")
    assert (plain.us - tokyo.us).tolist() == [9 * 3600 * 10**6] * 2


def test_other_types_of_arrow():
    for kind in (pa.date32(), pa.date64()):
        dates = pa.array([DAY.date(), None], kind)
        times = read(dates)
        expect(times.us[:1], [DAY])
        assert times.bad == ((1, "", "is missing"),)
    for array in (
        pa.array(["2024-01-02"], pa.large_string()),
        pa.array(["2024-01-02"], pa.string_view()),
        pa.array([b"2024-01-02"]),
        pa.array(["2024-01-02"]).dictionary_encode(),
        pa.array(["x", "2024-01-02"])[1:],
    ):
        expect(read(array).us, [DAY])
    for array in (pa.nulls(2), pa.array([True, False]), pa.array([[1], [2]])):
        assert read(array).n_bad == 2
    gaps = read(pa.array([None, 1704187815.0]), n_batches=2)
    assert gaps.bad == ((0, "", "is missing"),) and gaps.us[1] == to_us(SECONDS)


def test_nanoseconds_are_cut_and_counted():
    for array in (
        numbers([1704187815000000123, 1704187815000000000]),
        pa.array(np.array([1704187815000000123, 1704187815000000000], "M8[ns]")),
        pa.array(["2024-01-02 09:30:15.000000123", "2024-01-02 09:30:15.000000000"]),
    ):
        times = read(array)
        assert times.us.tolist() == [to_us(SECONDS)] * 2
        told = "nanoseconds are cut to microseconds, in 1 of the times"
        assert times.findings == (("nanoseconds", told, None),)


def test_what_metatrader_writes_needs_a_zone():
    for columns in ([["2024.01.02 09:30"]], [["2024.01.02"], ["09:30"]]):
        refused = read(*columns)
        assert "--set problem.layout.timezone=America/New_York+7" in refused.bad[0][2]
        assert "UTC-5 (HistData)" in refused.bad[0][2]
        times = read(*columns, zone="America/New_York+7")
        expect(times.us, [NINE.replace(hour=7)])
        assert times.words == "times of America/New_York+7"
    assert read(["2024.01.02", "2024.01.03"]).bad == ()
    assert read(["2024.01.02 00:00", "2024.01.03 00:00"]).bad == ()


def test_words_for_people():
    def say(*texts, **options):
        times = read(list(texts), **options)
        return times.words, times.zone

    assert say("2024-01-02") == ("times without a zone, taken as UTC", "UTC")
    assert say("2024-01-02 00:00Z") == ("times in UTC", "UTC")
    assert say("2024-01-02 00:00+01:00") == ("times at UTC+01:00", "+01:00")
    both = say("2024-01-02 00:00-05:00", "2024-07-02 00:00-04:00")
    assert both == ("times with their own offsets (-05:00, -04:00)", "-05:00, -04:00")
    assert say("2024-01-02", zone="UTC-5") == ("times at UTC-05:00", "-05:00")
    assert say("2024-01-02", zone="america/new_york") == (
        "times of America/New_York",
        "America/New_York",
    )


def test_the_clock_of_this_computer_changes_nothing(monkeypatch):
    texts = [*FORMS]
    before = read(texts).us.tolist()
    monkeypatch.setenv("TZ", "Australia/Lord_Howe")
    if hasattr(time, "tzset"):
        time.tzset()
    try:
        assert read(texts).us.tolist() == before
        assert read([*EXACT]).us.tolist() == [to_us(moment) for moment in EXACT.values()]
    finally:
        monkeypatch.undo()
        if hasattr(time, "tzset"):
            time.tzset()


def test_the_remedy_for_a_year_of_two_digits_reads_it():
    for text in (
        "13/02/24 9:30",
        "02-13-24 9:30:00 PM",
        "02-Jan-24",
        "13.02.24",
        "1/2/24 18:05:01",
    ):
        why = read([text]).bad[0][2]
        found = re.findall(r'time_format=([^"]*)"', why)
        assert found
        for time_format in found:
            assert read([text], time_format=time_format).bad == ()
    assert "$(" not in read(["01/02/24 $(rm -rf /tmp/x)"]).bad[0][2]


@pytest.mark.slow
def test_reading_times_imports_no_pandas():
    program = """
import sys
from tests.trading.reading.clocks import texts_without_pandas as texts, read
read(texts("2024-01-02", "foo", "", " 2024-01-02 ", "1/2/2024", "1704187815.0", "1.7E9"))
read(texts("20240102"), texts("93000")), read(texts("20240102"), texts("9:30"))
read(texts("1704187815").cast("int64").cast("timestamp[s]"), texts("9:30"))
read(texts("45292.5"), time_format="excel", zone="Europe/Madrid")
assert "pandas" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)
