"""Any instants, written in any form and zone by Python's datetime, are read back equal."""

import random
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trading.reading.clocks import from_us, read, to_us

pytestmark = pytest.mark.slow

FIRST, LAST = datetime(1980, 1, 3, tzinfo=UTC), datetime(2026, 12, 29, tzinfo=UTC)

# What strftime writes, by its finest unit in seconds; a day above 12 tells day and month apart.
NAIVE = {
    "%Y-%m-%d": 86_400, "%Y/%m/%d": 86_400, "%Y%m%d": 86_400, "%d-%b-%Y": 86_400,
    "%b %d, %Y": 86_400, "%B %d %Y": 86_400, "%d.%m.%Y": 86_400, "%m/%d/%Y": 86_400,
    "%Y-%m-%d %H:%M": 60, "%d.%m.%Y %H:%M": 60, "%m/%d/%Y %I:%M %p": 60, "%Y%m%d%H%M": 60,
    "%d/%m/%Y %H:%M:%S": 1, "%Y-%m-%dT%H:%M:%S": 1, "%Y%m%d %H%M%S": 1, "%Y%m%dT%H%M%S": 1,
    "%Y%m%d%H%M%S": 1, "%a, %d %b %Y %H:%M:%S": 1, "%d %B %Y, %H:%M:%S": 1,
    "%Y-%m-%d %H:%M:%S.%f": 1e-6, "%Y-%m-%dT%H:%M:%S,%f": 1e-6,
}  # fmt: skip
UNITS = {"s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-6}
seeds = st.integers(0, 2**32 - 1)


def draw(seed, resolution_s, n=40):
    """Instants of one file: ascending, at most one a day, some day above 12 and some month too."""
    rng = random.Random(seed)
    step = max(int(resolution_s * 1e6), 1)
    days = sorted(rng.sample(range((LAST - FIRST).days), n - 1))
    found = [to_us(FIRST + timedelta(days=day)) + rng.randrange(86_400 * 10**6) for day in days]
    found.append(to_us(datetime(2026, 12, 31, tzinfo=UTC)) + rng.randrange(86_400 * 10**6))
    return [us // step * step for us in found]


def check(seed):
    rng = random.Random(seed)
    for pattern, resolution in NAIVE.items():
        instants = draw(seed, resolution)
        texts = [from_us(us).strftime(pattern) for us in instants]
        n_batches = rng.choice((1, 3))
        for options in ({}, {"time_format": pattern}):
            times = read(texts, n_batches=n_batches, **options)
            assert times.bad == (), (pattern, options)
            assert times.us.tolist() == instants, (pattern, options)
        minutes = 15 * rng.randint(-48, 56)
        name = f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60}:{abs(minutes) % 60:02d}"
        local = read(texts, zone=name)
        assert [us + minutes * 60_000_000 for us in local.us.tolist()] == instants, (pattern, name)


def check_offsets(seed):
    rng = random.Random(seed)
    for spec, resolution in (("seconds", 1), ("microseconds", 1e-6), ("minutes", 60)):
        instants = draw(seed, resolution)
        for mark in "T ":
            texts = [
                from_us(us)
                .astimezone(timezone(timedelta(minutes=15 * rng.randint(-48, 56))))
                .isoformat(mark, spec)
                for us in instants
            ]
            texts[0] = texts[0].replace("+00:00", "Z")
            if rng.random() < 0.5:
                texts = [text[:-3] + text[-2:] if text[-3] == ":" else text for text in texts]
            times = read(texts)
            assert times.us.tolist() == instants and times.bad == ()
    for unit, resolution in UNITS.items():
        instants = draw(seed, resolution)
        scale = {"s": 10**6, "ms": 10**3, "us": 1}.get(unit)
        values = [us // scale if scale else us * 1000 for us in instants]
        for column in (
            [str(value) for value in values],
            pa.array(np.array(values, np.int64)),
            pa.array(np.array(values, f"M8[{unit}]")),
        ):
            assert read(column).us.tolist() == instants
        if unit != "ns":
            assert read([f"{value}.0" for value in values]).us.tolist() == instants
            assert read(
                [f"{value / 1000:.3f}" for value in values if unit == "ms"]
            ).us.tolist() == (instants if unit == "ms" else [])


def check_two_columns(seed):
    instants = draw(seed, 1)
    for date in ("%Y-%m-%d", "%Y%m%d", "%d/%m/%Y", "%m/%d/%Y", "%Y.%m.%d"):
        for clock in ("%H:%M:%S", "%H%M%S", "%I:%M:%S %p"):
            parts = [[from_us(us).strftime(each) for us in instants] for each in (date, clock)]
            times = read(*parts, zone="UTC", n_batches=2)
            assert times.us.tolist() == instants, (date, clock)
    numbers = [np.array([int(from_us(us).strftime(each)) for us in instants])
               for each in ("%Y%m%d", "%H%M%S")]  # fmt: skip
    assert read(*map(pa.array, numbers)).us.tolist() == instants


CHECKS = [check, check_offsets, check_two_columns]


@pytest.mark.parametrize("each", CHECKS)
@settings(max_examples=2)
@given(seed=seeds)
def test_instants_come_back(each, seed):
    each(seed)


@pytest.mark.slow
@pytest.mark.parametrize("each", CHECKS)
@settings(max_examples=90, deadline=None)
@given(seed=seeds)
def test_many_instants_come_back(each, seed):
    each(seed)


marks = st.text("0123456789:/ .,+-TZeEpaAmMJanFebUTC", max_size=30)


@settings(max_examples=12)
@given(st.lists(st.one_of(st.text(max_size=20), marks), max_size=40))
def test_no_text_makes_the_reader_fail(texts):
    times = read([text.encode("utf-8", "replace").decode() for text in texts])
    assert len(times.us) == len(texts)
    rows = [row for row, _, _ in times.bad]
    assert rows == sorted(rows)
    assert all(us > 0 or row in rows for row, us in enumerate(times.us.tolist()))


def test_a_column_of_words_is_refused_soon():
    rng = random.Random(7)
    words = ["".join(rng.choices("abcdefgh -", k=rng.randint(1, 30))) for _ in range(2_000)]
    times = read(words, n_batches=3)
    assert times.n_bad == 2_000 and len(times.bad) == 1000
