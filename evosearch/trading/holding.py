"""What the bars alone say: buy and hold of both parts, and the days that they are made of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from evosearch.days import hash_days
from evosearch.trading.bars import Bars
from evosearch.trading.market import Span
from evosearch.trading.metrics import EVIDENCE


def describe_parts(bars: Bars, spans: Sequence[Span]) -> dict[str, Any]:
    """Buy and hold and the days of each part, as shards state them.

    Parameters
    ----------
    bars : Bars
    spans : sequence of Span
        What is searched, and the hold-out if there is one.

    Returns
    -------
    dict
        ``hold`` and ``days``, each with ``in`` and ``oos``; None where there is no hold-out.
    """
    held = [hold(bars, span) for span in spans]
    days = hash_days(bars.timestamp_us, bars.columns, [(span.begin, span.end) for span in spans])
    found: dict[str, Any] = {}
    for key, parts in (("hold", held), ("days", [each.to_plain() for each in days])):
        found[key] = {"in": parts[0], "oos": parts[1] if len(parts) > 1 else None}
    return found


def hold(bars: Bars, span: Span) -> dict[str, float | int | None]:
    """Buy at the first open, hold to the last close, without costs: the figures of daily returns.

    The moments are None where those of a strategy are undefined. They come from the code that
    measures strategies.
    """
    from evosearch.trading.backtest import measure_equity

    equity = bars.close[span.day_ends] / bars.open[span.begin]
    measured = measure_equity(equity, span.periods_per_year)
    figures = [getattr(EVIDENCE, role) for role in ("sharpe", "skew", "kurtosis")]
    found: dict[str, float | int | None] = {name: measured[name] for name in figures}
    found[EVIDENCE.return_frac] = float(equity[-1] - 1.0)
    finite = {
        name: None if value is None or not math.isfinite(value) else float(value)
        for name, value in found.items()
    }
    return finite | {EVIDENCE.n_days: int(np.size(equity))}
