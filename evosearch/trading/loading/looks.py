"""What only a look at a file says of its prices: moves that may be true, and may be errors."""

from __future__ import annotations

import numpy as np

from evosearch.trading.reading.tables import Finding, Table
from evosearch.trading.series.jumps import find_jumps
from evosearch.trading.window import write_moment

MAX_LISTED = 1_000


def list_jumps(table: Table) -> tuple[list[Finding], dict[str, int]]:
    """Jumps of the close, once more those that the next bar takes back, and how many of each.

    Parameters
    ----------
    table : Table
        In order of time, prices above 0.
    """
    times, close = table.timestamp_us, table.values[3]
    if len(times) < 3:
        return [], {}
    found = find_jumps(times, close, int(np.median(np.diff(times))))
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
                findings.append(Finding(kind, text, int(table.lines[row])))
    return findings, {kind: n for kind, n in counts.items() if n}
