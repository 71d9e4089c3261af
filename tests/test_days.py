"""Days of bars as hashes: what a file shares with another, and what a stranger may write."""

import base64
import hashlib

import numpy as np
import pytest

from evosearch.days import MAX_DAYS, Days, hash_days, join_days

DAY_US = 86_400_000_000
EMPTY = {"days": "", "months": ""}
FOUR = base64.b64encode(b"abcd").decode()


def make_bars(n_bars, per_day=4, seed=1, first_day=20_000):
    times = first_day * DAY_US + np.arange(n_bars) * (DAY_US // per_day)
    prices = np.random.default_rng(seed).uniform(1, 2, (5, n_bars))
    return times.astype(np.int64), list(prices)


def hash_plainly(times, columns, begin, end, unit):
    """The same by one dictionary, bar after bar."""
    dates = (times // DAY_US).astype("datetime64[D]")
    days = {}
    for bar, date in enumerate(dates.tolist()):
        row = [int(times[bar]), *(int(np.float64(c[bar] + 0.0).view(np.int64)) for c in columns)]
        days.setdefault(date, hashlib.sha256()).update(np.array(row, "<i8").tobytes())
    digests = {date: each.digest() for date, each in days.items()}
    wanted = sorted({*dates[begin:end].tolist()})
    if unit == "days":
        return b"".join(digests[date][:4] for date in wanted)
    found = []
    for month in dict.fromkeys((date.year, date.month) for date in wanted):
        whole = [digests[d] for d in sorted(digests) if (d.year, d.month) == month]
        found.append(hashlib.sha256(b"".join(whole)).digest()[:4])
    return b"".join(found)


@pytest.mark.parametrize("split", [1, 200, 201, 399])
def test_a_part_has_the_hashes_of_its_whole_days_and_months(split):
    times, columns = make_bars(400)
    columns[4][3] = -0.0
    inside, outside = hash_days(times, columns, [(0, split), (split, 400)])
    for part, (begin, end) in ((inside, (0, split)), (outside, (split, 400))):
        assert part.days == hash_plainly(times, columns, begin, end, "days")
        assert part.months == hash_plainly(times, columns, begin, end, "months")


def test_a_file_that_grew_shares_its_days_and_other_bars_share_none():
    times, columns = make_bars(400)
    (before,) = hash_days(times[:396], [c[:396] for c in columns], [(280, 396)])
    (after,) = hash_days(times, columns, [(284, 400)])
    (other,) = hash_days(*make_bars(400, seed=2), [(0, 400)])
    assert before.shares(after)
    assert after.shares(before)
    assert not before.shares(other)
    assert before.key != after.key
    assert before.key == Days.parse(before.to_plain()).key


def test_the_newest_days_are_kept_and_months_go_on():
    times, columns = make_bars(MAX_DAYS + 400, per_day=1, first_day=0)
    (long,) = hash_days(times, columns, [(0, len(times))])
    (early,) = hash_days(times[:300], [c[:300] for c in columns], [(0, 300)])
    assert len(long.days) == 4 * MAX_DAYS
    assert len(long.months) == 4 * 145
    assert Days.parse(long.to_plain()) == long
    assert early.shares(long)  # by whole months alone


@pytest.mark.parametrize(
    "plain",
    [
        None, [], "x", 3, {}, EMPTY, {"days": FOUR}, {"days": FOUR, "months": ""},
        {"days": FOUR, "months": 3}, {"days": "abc", "months": FOUR}, {"days": "é" * 8, "months": FOUR},
        {"days": FOUR, "months": FOUR, "more": 1}, {"days": "A" * 10**6, "months": FOUR},
        {"days": "YWJjZB==", "months": FOUR}, {"days": {"a": [1]}, "months": FOUR},
        {"days": FOUR + "\n", "months": FOUR},
    ],
)  # fmt: skip
def test_what_a_stranger_wrote_is_not_recorded(plain):
    assert Days.parse({"days": FOUR, "months": FOUR}) == Days(b"abcd", b"abcd")
    assert Days.parse(plain) is None


def test_what_has_no_days_has_one_of_its_own():
    one = Days.of_text("f" * 32)
    assert Days.parse(one.to_plain()) == one
    assert not one.shares(Days.of_text("e" * 32))


def test_joined_days_share_what_each_of_them_shares():
    one, two = Days.of_text("one"), Days.of_text("two")
    assert join_days([one, one]) is one
    both = join_days([one, two])
    assert both == join_days([two, one, both]) == Days.parse(both.to_plain())
    assert both.shares(one) and both.shares(two) and not one.shares(two)
    many = Days(np.arange(9000, dtype=">u4").tobytes(), one.months)
    assert len(join_days([one, many]).days) == 4 * 4000
