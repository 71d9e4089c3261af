"""The trades of one strategy, one by one, as the kernel makes them to the last bit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Trades:
    """Trades in order of time.

    Attributes
    ----------
    entry_bar, exit_bar : ndarray of int64, shape (n,)
        Places within the bars of the window.
    entry_price, exit_price : ndarray of float64, shape (n,)
        Slippage included, fees not.
    notional : ndarray of float64, shape (n,)
        Money put in.
    outcome : ndarray of float64, shape (n,)
        Money won or lost, fees included.
    cash : ndarray of float64, shape (n,)
        After each trade.
    is_ambiguous : ndarray of bool, shape (n,)
        Stop and target were touched in one bar; the stop was taken as first.
    is_at_end : ndarray of bool, shape (n,)
        Sold only because the bars end.
    """

    entry_bar: NDArray[np.int64]
    exit_bar: NDArray[np.int64]
    entry_price: NDArray[np.float64]
    exit_price: NDArray[np.float64]
    notional: NDArray[np.float64]
    outcome: NDArray[np.float64]
    cash: NDArray[np.float64]
    is_ambiguous: NDArray[np.bool_]
    is_at_end: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.entry_bar)
