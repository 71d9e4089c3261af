"""What only a look at a file says of its prices: things that may be true, and may be errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.bars import Bars
from evosearch.trading.reading.tables import Finding
from evosearch.trading.series.gaps import Gaps, describe_rests
from evosearch.trading.series.jumps import find_jumps, find_wicks
from evosearch.trading.series.oddities import Series, find_off_grid, find_rare_volume, find_unripe
from evosearch.trading.window import write_moment

MAX_LISTED = 1_000
_NONE = np.empty(0, np.int64)


def look_closely(
    bars: Bars, now_us: int | None, known_us: NDArray[np.int64] = _NONE
) -> tuple[list[Finding], dict[str, int]]:
    """Gaps, jumps, spikes and times of a series, and how many there are of each kind.

    Parameters
    ----------
    bars : Bars
    now_us : int or None
        The time of the look.
    known_us : ndarray of int64
        Times of the file's other bars, ascending: they are refused, and not missing.
    """
    series, gaps = bars.series, bars.gaps
    gaps = gaps.without(bars.timestamp_us, known_us) if len(known_us) else gaps
    rests = describe_rests(bars.timestamp_us, gaps)
    said = [Finding("calendar", rests)] if rests else []
    jumps, counts = list_jumps(series)
    findings = [
        *said,
        *list_gaps(bars, gaps),
        *jumps,
        *find_off_grid(series),
        *find_rare_volume(series),
    ]
    counts |= {"gap": len(gaps.places)} if len(gaps.places) else {}
    return findings + find_unripe(series, now_us), counts


def list_gaps(bars: Bars, gaps: Gaps) -> list[Finding]:
    """The largest gaps, in the order of the file, each after the line of the bar before it."""
    series, found = bars.series, []
    for number in sorted(gaps.largest[:MAX_LISTED]):
        place, n_missing = int(gaps.places[number]), int(gaps.sizes[number])
        text = (
            f"{n_missing:,} bar{'s' * (n_missing > 1)} missing after "
            f"{write_moment(bars.timestamp_us[place], 'm')} UTC"
        )
        found.append(Finding("gap", text, series.find_line(place)))
    return found


def list_jumps(series: Series) -> tuple[list[Finding], dict[str, int]]:
    """Jumps of the close, those that go back at once, and highs and lows far outside their bar."""
    times, close = series.times, series.columns[3]
    if len(times) < 3:
        return [], {}
    found = find_jumps(times, close, series.length.us)
    findings, counts = [], {"jump": 0, "spike": 0}
    for row, move, size, is_spike in zip(*found, strict=True):
        back = f", and back to {close[row + 1]:.10g}" if is_spike else ""
        text = (
            f"close {close[row - 1]:.10g} to {close[row]:.10g}{back} ({move:+.2%}, {size:,.0f} "
            f"robust deviations) at {write_moment(times[row], 'm')} UTC"
        )
        for kind in ("jump", "spike") if is_spike else ("jump",):
            counts[kind] += 1
            if counts[kind] <= MAX_LISTED:
                findings.append(Finding(kind, text, series.find_line(int(row))))
    for row, name, size in find_wicks(series.columns[:4]):
        counts["spike"] += 1
        if counts["spike"] <= MAX_LISTED:
            price = series.columns[1 if name == "high" else 2][row]
            text = (
                f"{name} {price:.10g} where the close is {close[row]:.10g} ({size:,.0f} robust "
                f"deviations) at {write_moment(times[row], 'm')} UTC"
            )
            findings.append(Finding("spike", text, series.find_line(row)))
    return findings, {kind: n for kind, n in counts.items() if n}
