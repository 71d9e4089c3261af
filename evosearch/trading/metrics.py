"""What a backtest records: one record a metric, in the order of the columns.

A new metric is a record here, and a field of `Columns` with a line of the kernel in `backtest`.
Each is measured in sample and, with the suffix ``_oos``, over the hold-out; but a label, which
speaks of all bars.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from evosearch.problems.evidence import SharpeEvidence
from evosearch.problems.metric import TWIN, Metric

METRICS = (
    Metric("net_profit", label="profit", is_money=True),
    Metric("return_frac", label="return", in_line=2, in_table=3),
    Metric(
        "n_trades",
        is_int=True,
        label="trades",
        in_line=4,
        in_table=2,
        is_summarised=True,
        floor="min_trades",
    ),
    Metric("n_wins", is_int=True),
    Metric("win_frac"),
    Metric("profit_factor"),
    Metric("mean_trade_frac"),
    Metric("max_drawdown_frac", is_minimised=True, label="worst fall", in_line=3, in_table=4),
    Metric("exposure_frac"),
    Metric("n_ambiguous_bars", is_int=True, is_minimised=True),
    Metric("sharpe_daily", label="Sharpe a day", shown_as="sharpe_annual"),
    Metric("sharpe_annual", label="Sharpe a year", in_line=1, in_table=1, n_decimals=2),
    Metric("skew_daily"),
    Metric("kurtosis_daily"),
    Metric("n_days", is_int=True),
    # A hash of all entry and exit bars, in sample and after it: equal ids are the same trades.
    Metric("trades_id", is_int=True, is_label=True),
)
NAMES = tuple(metric.name for metric in METRICS)
VALUES = tuple(metric.name for metric in METRICS if not metric.is_label)
LABELS = tuple(metric.name for metric in METRICS if metric.is_label)
TWINS = tuple(name + TWIN for name in VALUES)
# Which of them tell skill from luck.
EVIDENCE = SharpeEvidence(
    sharpe="sharpe_daily",
    skew="skew_daily",
    kurtosis="kurtosis_daily",
    n_days="n_days",
    return_frac="return_frac",
    exposure="exposure_frac",
    behaviour="trades_id",
)
# Undefined over fewer returns than `LEAST_RETURNS`: one a day, or one a bar if bars are longer.
OF_RETURNS = ("sharpe_daily", "sharpe_annual", "skew_daily", "kurtosis_daily")
LEAST_RETURNS = 30
# Undefined without a trade, or without one that loses.
OF_TRADES = (*OF_RETURNS, "win_frac", "mean_trade_frac", "profit_factor")
# Recorded only where it is the objective.
LEGACY = "legacy_2026"


def compute_legacy(metrics: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """The old system's fitness: profit, a bonus for trades and a bonus for winning often."""
    n_trades = metrics["n_trades"]
    win_percent = np.nan_to_num(100 * metrics["win_frac"])
    trades_bonus = np.where(n_trades >= 5, np.minimum(10 * n_trades, 100), 0.0)
    wins_bonus = np.where(win_percent > 50, 2 * (win_percent - 50), 0.0)
    return metrics["net_profit"] + trades_bonus + wins_bonus
