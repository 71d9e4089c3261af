"""Bars that did not exist when a ranking was searched: the best hold-out that there is.

Indicators are warmed up on the bars of the ranking. What its strategies earn afterwards is judged
as a hold-out of its own: with its own days, its own looks and its own levels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.assemble.judging.looking import find_known, look
from evosearch.assemble.settings.reading import write_assignments
from evosearch.days import Days
from evosearch.errors import DataError, OptionError
from evosearch.evidence.looks import count_open
from evosearch.evidence.moments import Moments
from evosearch.evidence.rules import judge
from evosearch.evidence.verdict import Case, Verdict
from evosearch.problems.evaluation import evaluate_genomes
from evosearch.problems.evidence import SharpeEvidence
from evosearch.problems.metric import TWIN
from evosearch.report.audits.facts import Forward, ForwardRow
from evosearch.texts import find_unit, make_visible, quote_path
from evosearch.trading.bars import Bars
from evosearch.trading.loading.load import load_bars
from evosearch.trading.problem import Trading
from evosearch.trading.reading.settings import Reading
from evosearch.trading.window import write_length, write_moment

USUAL = Reading()


@dataclass(frozen=True)
class Newer:
    """The bars of a ranking and newer ones, joined, with what differed in both."""

    bars: Bars
    n_old: int
    source: str
    n_changed: int
    first_changed: str
    reading: str = ""

    @property
    def is_torn(self) -> bool:
        """Whether the first newer bar is later, or opens farther off, than any bar of the ranking.

        Then bars between them are missing, or they are of another market.
        """
        bars, n = self.bars, self.n_old
        if n < 2 or len(bars) == n:
            return False
        waits = np.diff(bars.timestamp_us)
        leaps = np.abs(np.log(bars.open[1:] / bars.close[:-1]))
        return any(bool(steps[n - 1] > 2 * steps[: n - 1].max()) for steps in (waits, leaps))

    @property
    def facts(self) -> dict[str, Any]:
        """What is known before anything is measured."""
        all_times = self.bars.timestamp_us
        times = all_times[self.n_old :]
        moments = [write_moment(time, "D") for time in times[[0, -1]]] if len(times) else ["", ""]
        return {
            "source": self.source,
            "n_bars": len(times),
            "n_days": len(np.unique(times // 86_400_000_000)),
            "since": moments[0],
            "until": moments[1],
            "n_changed": self.n_changed,
            "first_changed": self.first_changed,
            "days_per_year": float(self.bars.days_per_year),
            "unit": find_unit({"interval_s": float(np.median(np.diff(all_times))) / 1e6}),
            "reading": self.reading,
        }


def join_bars(old: Bars, file: str, reading: Reading = USUAL) -> Newer:
    """The bars of a ranking and what a file has after them.

    Parameters
    ----------
    old : Bars
    file : str
    reading : Reading
        How the file of the ranking was read: the newer one may need the same.

    Raises
    ------
    DataError
        The file cannot be read, or its bars have another length or are of another market.
    """
    newer, used = _read_newer(old, file, reading)
    steps = [np.median(np.diff(bars.timestamp_us)) for bars in (old, newer) if len(bars) > 1]
    if len({*steps}) > 1:
        remedy = ""
        if steps[0] % steps[1] == 0:
            length = write_length(int(steps[0]))
            remedy = f" Form them:  evosearch data resample {quote_path(file)} {length} -o FILE"
        raise DataError(
            f"{make_visible(file)}: its bars are {steps[1] / 6e7:g} minutes long, those of the "
            f"ranking {steps[0] / 6e7:g}. Newer bars must be of the same length.{remedy}"
        )
    mine, differs = _compare(old, newer)
    changed = old.timestamp_us[mine[differs]]
    if len(changed) > max(1, len(mine) // 2):
        raise DataError(
            f"{make_visible(file)}: {len(changed):,} of the {len(mine):,} bars that it shares with "
            "the ranking are others, so it is of another market, or its prices were adjusted. "
            "Newer bars must go on where the ranking ends."
        )
    begin = int(np.searchsorted(newer.timestamp_us, old.timestamp_us[-1], side="right"))
    columns = [
        np.concatenate([ours, other[begin:]])
        for ours, other in zip(old.columns, newer.columns, strict=True)
    ]
    open_, high, low, close, volume = columns
    times = np.concatenate([old.timestamp_us, newer.timestamp_us[begin:]])
    bars = replace(
        old, timestamp_us=times, open=open_, high=high, low=low, close=close, volume=volume,
        path=None, notes=(),
    )  # fmt: skip
    first = write_moment(changed[0], "m") if len(changed) else ""
    words = ", ".join(write_assignments(used.to_plain()))
    return Newer(bars, len(old), newer.source, len(changed), first, words)


def _read_newer(old: Bars, file: str, reading: Reading) -> tuple[Bars, Reading]:
    """Newer bars, read so that they agree best with the ranking's; as those were, if in doubt."""
    # What is left of a bar at the end, and the calendar, are of each file itself.
    same = replace(reading, unsorted="refuse", days_per_year=None)
    found, refused = [], None
    for way in [same] if same == USUAL else [same, USUAL]:
        try:
            newer = load_bars(file, (Path(),), replace(way, unsorted="sort"))
        except (DataError, OptionError) as error:
            refused = refused or error
            continue
        found.append((_agree(old, newer), newer, way))
    if not found:
        assert refused is not None
        raise refused
    _, newer, used = max(found, key=lambda each: each[0])
    return newer, used


def _agree(old: Bars, newer: Bars) -> float:
    """How well bars go together: -1 of another length, 0.5 where they share none."""
    steps = [np.median(np.diff(bars.timestamp_us)) for bars in (old, newer) if len(bars) > 1]
    if len({*steps}) > 1:
        return -1.0
    mine, differs = _compare(old, newer)
    return 0.5 if not len(mine) else float(np.mean(~differs))


def _compare(old: Bars, newer: Bars) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The bars of a ranking that another series has too, and which of them differ there."""
    _, mine, theirs = np.intersect1d(old.timestamp_us, newer.timestamp_us, return_indices=True)
    differs = np.zeros(len(mine), np.bool_)
    for ours, other in zip(old.columns, newer.columns, strict=True):
        differs |= ours[mine] != other[theirs]
    return mine, differs


def look_forward(
    problem: Trading,
    newer: Newer,
    genomes: NDArray[np.float64],
    rows: Sequence[Mapping[str, Any]],
    cases: Sequence[Case],
    results: Path,
) -> Forward:
    """Measure strategies on newer bars, one after another as long as each passes.

    Parameters
    ----------
    problem : Trading
        Of the ranking.
    newer : Newer
    genomes : ndarray of float64, shape (n, n_genes), canonical
    rows : sequence of mapping
        ``rank`` and ``genome_id`` of each.
    cases : sequence of Case
        What is known of each, without newer bars.
    results : Path
        Its ledger counts the looks.
    """
    found = Forward(**newer.facts)
    evidence = type(problem).evidence
    if found.is_too_short or evidence is None:
        return found
    later = problem.with_bars(newer.bars, newer.n_old)
    measured = evaluate_genomes(later, genomes).metrics
    earned = [
        read_moments(dict(zip(later.metric_names, values.tolist(), strict=True)), evidence)
        for values in measured
    ]
    data = later.measure_data()
    stated = (data.get("hold") or {}).get("oos") or {}
    hold = read_moments({name + TWIN: value for name, value in stated.items()}, evidence)
    days = Days.parse((data.get("days") or {}).get("oos"))
    holdouts = () if days is None else (days,)
    known = find_known(holdouts, results).ids(*holdouts)

    def test(place: int, n_looks: int) -> Verdict:
        return judge(replace(cases[place], unseen=earned[place], hold_unseen=hold, n_looks=n_looks))

    ids = [str(row["genome_id"]) for row in rows]
    n_open = count_open(
        len(rows), ids.__getitem__, known, lambda place, n: test(place, n).is_passed
    )
    looks, is_recorded = look(holdouts, ids[:n_open], results)
    n_looks = max(1, looks.count(*holdouts))
    tested = tuple(
        ForwardRow(
            row["rank"],
            ids[place],
            cases[place].searched,
            earned[place],
            test(place, n_looks),
            cases[place].audit,
        )
        for place, row in enumerate(rows[:n_open])
    )
    return replace(found, hold=hold, rows=tested, n_looks=n_looks, is_recorded=is_recorded)


def read_moments(values: Mapping[str, Any], evidence: SharpeEvidence, end: str = TWIN) -> Moments:
    """The moments of one part from columns by name."""
    names = (
        evidence.sharpe, evidence.skew, evidence.kurtosis, evidence.n_days,
        evidence.return_frac, evidence.exposure,
    )  # fmt: skip
    return Moments.of(*(values.get(name + end) for name in names))
