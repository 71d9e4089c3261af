"""Times that are written in odd ways: what is asked for reads them, and reads them right."""

import re
from datetime import datetime, timedelta

import pytest

from tests.trading.reading.clocks import read

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("how", "day", "n_options"),
    [
        ("%y-%m-%d %H:%M", "2024-01-10", 1),  # never as 10 January 2001, 2002, ...
        ("%d/%m/%y", "2024-01-10", 1),
        ("%m/%d/%y", "2024-01-01", 2),
        ("%Y%m%d-%H:%M:%S", "2024-01-10", 1),
        ("%Y-%m-%d_%H-%M-%S", "2024-01-10", 1),
        ("%Y-%m-%d-%H-%M", "2024-01-10", 1),
        ("%Y-%m-%d %H.%M", "2024-01-10", 1),
        ("%a %b %d %H:%M:%S %Y", "2024-01-10", 1),
        ("%Y\u5e74%m\u6708%d\u65e5", "2024-01-10", 1),
        ("%Y%m%d %H:%M:%S US/Eastern", "2024-01-10", 1),
    ],
)
def test_the_printed_format_reads_times_that_are_not_known(how, day, n_options):
    start = datetime.fromisoformat(day)
    wanted = [start + timedelta(days=k) for k in range(10)]
    written = [f"{moment:{how}}" for moment in wanted]
    why = read(written).bad[0][2]
    options = re.findall(r'time_format=([^"]+)"', why)
    assert len(options) == n_options and how in options
    zone = re.search(r"timezone=(\S+)", why)
    times = read(written, time_format=how, zone=zone[1] if zone else None)
    shift = 5 * 3600 * 1_000_000 if zone else 0
    epoch = datetime(1970, 1, 1)
    assert times.us.tolist() == [(m - epoch) // timedelta(microseconds=1) + shift for m in wanted]


def test_one_odd_time_among_good_ones_is_to_be_written_as_they_are():
    why = read(["2024-01-01", "24-01-02", "2024-01-03"]).bad[0][2]
    assert why == "has a year of two digits. Write it as the others are"


def test_ticks_of_net_are_no_nanoseconds_of_1990():
    ticks = [638_396_640_000_000_000 + k * 36_000_000_000 for k in range(5)]
    times = read([str(tick) for tick in ticks])
    assert times.n_bad == 1 and "ticks of .NET" in times.bad[0][2]
    assert read(["1704067200000000000", *map(str, ticks)]).n_bad == 0
