"""A file of two bar lengths: refused, or read from where its newest length begins."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from evosearch.trading.reading.settings import Reading
from evosearch.trading.reading.tables import Faults, Finding, Table
from evosearch.trading.series.lengths import Stretch, find_length, find_stretches
from evosearch.trading.window import parse_timeframe, write_length, write_moment


def settle_lengths(table: Table, reading: Reading, faults: Faults) -> tuple[Table, int]:
    """The rows of one length that are used, and that length in microseconds.

    Parameters
    ----------
    table : Table
        In order of time.
    reading : Reading
    faults : Faults
        Takes two lengths that no option explains.
    """
    stretches = find_stretches(table.timestamp_us)
    if not stretches:
        return table, find_length(table.timestamp_us).us
    newest = stretches[-1]
    if reading.lengths == "newest":
        rows = np.arange(newest.begin, newest.end)
        text = (
            f"the bars are {write_length(newest.us)} long only from "
            f"{_place(table, newest.begin)} on: the {newest.begin:,} older ones are left out"
        )
        line = int(table.lines[newest.begin])
        findings = (*table.findings, Finding("two_lengths", text, line))
        return replace(table.take(rows), findings=findings), newest.us
    lengths = sorted({each.us for each in stretches})
    if reading.timeframe is None or not _unites(reading.timeframe, lengths):
        _refuse(table, stretches, lengths, faults)
    return table, newest.us


def _refuse(table: Table, stretches: list[Stretch], lengths: list[int], faults: Faults) -> None:
    for before, after in pairwise(stretches):
        text = (
            f"two lengths of bars: {write_length(before.us)} before "
            f"{write_moment(table.timestamp_us[after.begin], 's')}, {write_length(after.us)} from "
            "there on"
        )
        faults.add("two lengths", text, int(table.lines[after.begin]))
    newest = stretches[-1]
    faults.advise(
        f"--set problem.lengths=newest uses the newest {newest.end - newest.begin:,} bars, of "
        f"{write_length(newest.us)}."
    )
    longest = write_length(lengths[-1])
    if _unites(longest, lengths):
        faults.advise(f"--set problem.timeframe={longest} makes bars of one length of all.")


def _unites(timeframe: str, lengths: list[int]) -> bool:
    try:
        frame_us = parse_timeframe(timeframe)
    except ValueError:
        return False
    return all(frame_us % each == 0 for each in lengths)


def _place(table: Table, row: int) -> str:
    return f"{write_moment(table.timestamp_us[row], 'm')} UTC (line {table.lines[row]:,})"
