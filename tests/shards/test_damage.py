"""Any damage to any input of a merge is reported or harmless, never silent."""

import os
import random

import pytest

from evosearch import merge
from evosearch.errors import EvosearchError
from evosearch.population import Status
from tests.shards.helpers import write_shard


def rows(start, n):
    return [
        (key, key / 7, key % 5 > 0, 0.5, Status.OK if key % 11 else Status.FAILED)
        for key in range(start, start + n)
    ]


@pytest.fixture
def inputs(tmp_path):
    """A shard that kept its name, one that lost it, and a merged file."""
    named = write_shard(tmp_path, rows(0, 60), "run-a")
    renamed = write_shard(tmp_path, rows(40, 60), "run-b").rename(tmp_path / "renamed.parquet")
    merged = tmp_path / "merged.parquet"
    merge([write_shard(tmp_path / "c", rows(80, 60), "run-c"), renamed], output=merged)
    return [named, renamed, merged]


def damage(whole, rng):
    """One bit turned, a range zeroed, or a range cut out."""
    damaged = bytearray(whole)
    start = rng.randrange(len(whole))
    length = rng.choice([1, 8, 64, 1000])
    how = rng.choice(["bit", "bit", "zeros", "cut", "end"])
    if how == "bit":
        damaged[start] ^= 1 << rng.randrange(8)
    elif how == "zeros":
        damaged[start : start + length] = bytes(len(damaged[start : start + length]))
    elif how == "cut":
        del damaged[start : start + length]
    else:
        del damaged[start:]
    return bytes(damaged)


def count_silent(inputs, n_trials, seed, **options):
    """How many damages changed the ranking without a word."""
    rng = random.Random(seed)
    wanted = merge(inputs, **options)
    alone = {
        path: merge([other for other in inputs if other != path], **options) for path in inputs
    }
    n_silent = n_reported = 0
    for _ in range(n_trials):
        path = rng.choice(inputs)
        whole, status = path.read_bytes(), path.stat()
        damaged = damage(whole, rng)
        path.write_bytes(damaged)
        if rng.random() < 0.5:
            # As a failing disk does it: nothing but the bytes changes.
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        try:
            found = merge(inputs, **options)
        except EvosearchError:
            n_reported += 1
        else:
            if found.skipped:
                n_reported += 1
                n_silent += not found.table.equals(alone[path].table)
            else:
                n_silent += not found.table.equals(wanted.table)
        path.write_bytes(whole)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert n_reported > n_trials // 5
    return n_silent


@pytest.mark.parametrize("options", [{"use_cache": False}, {}, {"top": 30}], ids=str)
def test_no_damage_to_any_input_is_silent(inputs, options):
    for path in inputs:
        os.utime(path, ns=(1, 1))  # old enough to be remembered
    assert count_silent(inputs, 60, 1, **options) == 0


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"use_cache": False}, {}, {"top": 30}], ids=str)
def test_no_damage_of_thousands_to_any_input_is_silent(inputs, options):
    for path in inputs:
        os.utime(path, ns=(1, 1))
    assert count_silent(inputs, 2000, 2, **options) == 0
