"""How many periods a year a market trades, from the bars themselves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.window import DAY_US

_MONDAY_US = 4 * DAY_US  # 1970-01-05 was the first Monday


def find_days_per_year(times: NDArray[np.int64]) -> int:
    """365 for a market that is open at weekends, 252 otherwise."""
    weekday = (times - _MONDAY_US) // DAY_US % 7
    return 365 if (weekday >= 5).any() else 252
