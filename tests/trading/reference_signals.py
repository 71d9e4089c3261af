"""The slow reference, first part: indicators and rules.

Like `reference` it shares no code with evosearch. Where a sum decides a comparison it is done
exactly, so that no rounding of this file can tip the scales.
"""

from __future__ import annotations

from typing import Any

import numpy as np

NAN = float("nan")


class Signals:
    """The rules' truth on every bar of a window; each indicator is computed once.

    Parameters
    ----------
    bars : dict of ndarray, shape (n_bars,)
    """

    def __init__(self, bars: dict[str, np.ndarray]) -> None:
        self.bars = bars
        self._known: dict[tuple[str, str, int], np.ndarray] = {}

    def of_strategy(self, params: dict[str, Any]) -> np.ndarray:
        """Whether all rules hold at the close of each bar, bool, shape (n_bars,)."""
        holds = np.ones(len(self.bars["close"]), dtype=bool)
        for k in range(1, params["n_rules"] + 1):
            prefix = f"rule{k}_"
            rule = {
                name.removeprefix(prefix): value
                for name, value in params.items()
                if name.startswith(prefix)
            }
            holds &= self.of_rule(rule)
        return holds

    def of_rule(self, rule: dict[str, Any]) -> np.ndarray:
        """Whether one rule holds, bool, shape (n_bars,); never where a value is undefined."""
        kind, period, slow_period = rule["kind"], rule["period"], rule.get("slow_period")
        if kind == "rsi_level":
            left, right = self._of(compute_rsi, "close", period), rule["level"]
        elif kind == "price_vs_sma":
            left, right = self.bars["close"], self._of(compute_sma, "close", period)
        elif kind == "price_vs_ema":
            left, right = self.bars["close"], self._of(compute_ema, "close", period)
        elif kind == "volume_vs_sma":
            left, right = self.bars["volume"], self._of(compute_sma, "volume", period)
        else:
            average = {"sma_cross": compute_sma, "ema_cross": compute_ema}[kind]
            left = self._of(average, "close", period)
            right = self._of(average, "close", slow_period)
        return left > right if rule["op"] == "above" else left < right

    def _of(self, indicator: Any, column: str, period: int) -> np.ndarray:
        key = (indicator.__name__, column, period)
        if key not in self._known:
            self._known[key] = indicator(self.bars[column], period)
        return self._known[key]


def compute_sma(values: np.ndarray, period: int) -> np.ndarray:
    """The mean of the last `period` values, exact and then rounded once; NaN before that.

    A running sum of floats would carry the rounding of every value it ever held. Floats are
    whole multiples of some power of 1/2, so that the sums are done in whole numbers here.
    """
    ratios = [value.as_integer_ratio() for value in values.tolist()]
    unit = max(bottom for _, bottom in ratios)
    whole = [top * (unit // bottom) for top, bottom in ratios]
    averages, total = np.full(len(whole), NAN), 0
    for bar in range(len(whole)):
        total += whole[bar]
        if bar >= period:
            total -= whole[bar - period]
        if bar >= period - 1:
            averages[bar] = total / (period * unit)
    return averages


def compute_ema(values: np.ndarray, period: int) -> np.ndarray:
    """The exponential average, seeded with the first value; shape (n_bars,)."""
    alpha = 2 / (period + 1)
    averages = [float(values[0])]
    for value in values[1:].tolist():
        # Written as a step towards the value: a price that stands still is its own average.
        averages.append(averages[-1] + alpha * (value - averages[-1]))
    return np.array(averages)


def compute_rsi(close: np.ndarray, period: int) -> np.ndarray:
    """Cutler's RSI in [0, 100], shape (n_bars,); 50 where it is undefined."""
    change = np.diff(close, prepend=close[0])
    gains = compute_sma(np.maximum(change, 0.0), period)
    losses = compute_sma(np.maximum(-change, 0.0), period)
    rsi = np.full(len(close), 50.0)
    for bar in range(period - 1, len(close)):
        if losses[bar] > 0:
            rsi[bar] = 100 - 100 / (1 + gains[bar] / losses[bar])
        elif gains[bar] > 0:
            rsi[bar] = 100.0
    return rsi
