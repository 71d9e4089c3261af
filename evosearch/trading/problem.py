"""The trading problem: long-only strategies of a few rules, judged bar by bar.

Joins the files of this folder into one `Problem`. The search sees only the bars before the
hold-out; the same metrics over the hold-out are recorded beside them and cannot influence
selection.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import OptionError, SpaceError
from evosearch.genome.space import Space
from evosearch.problems.base import VIOLATION, Batch
from evosearch.problems.metric import TWIN
from evosearch.trading.bars import Bars
from evosearch.trading.holding import describe_parts
from evosearch.trading.loading.find import is_sample
from evosearch.trading.loading.once import load_once
from evosearch.trading.market import (
    Span,
    Stage,
    make_execution,
    make_market,
    make_span,
)
from evosearch.trading.metrics import (
    EVIDENCE,
    LABELS,
    LEGACY,
    METRICS,
    NAMES,
    TWINS,
    VALUES,
    compute_legacy,
)
from evosearch.trading.options import (
    FIXED_BY_SAME_CLOSE,
    READING,
    TradingOptions,
    parse_options,
)
from evosearch.trading.space import is_wide_space, make_space
from evosearch.trading.window import settle_instant
from evosearch.trading.words.describe import Told
from evosearch.trading.words.reasons import foresee

if TYPE_CHECKING:
    from evosearch.trading.rules import RuleTable


class Trading(Told):
    """Long-only strategies over one series of bars.

    Parameters
    ----------
    folders : tuple of Path
        Where a relative data file is looked for.
    **options
        The fields of `TradingOptions`.

    Raises
    ------
    OptionError
        Options that are unknown, out of range or contradict each other, all at once.
    DataError
        Bars that cannot be trusted.
    """

    version = "1"
    reads_prices = True
    is_trusted = True
    releases_gil = True
    kernels = ("trading/rules",)
    array_kernels = ("trading/backtest", "trading/indicators")
    evidence = EVIDENCE
    metrics = (*NAMES, *TWINS)
    int_metrics = frozenset(
        metric.name + end for metric in METRICS if metric.is_int for end in ("", TWIN)
    ) & {*metrics}

    def __init__(self, folders: tuple[Path, ...] = (Path(),), **options: Any) -> None:
        self.options = parse_options(options)
        self.objective = self.options.objective
        if self.objective == LEGACY:
            self.metrics = (*self.metrics, LEGACY)
        is_minimised = any(each.is_minimised for each in METRICS if each.name == self.objective)
        self.direction: Literal["maximize", "minimize"] = "minimize" if is_minimised else "maximize"
        self.space = make_space(self.options)
        chosen = self.options
        everything = load_once(chosen.data, folders, chosen.reading)
        bars = everything.choose(chosen.since, chosen.until, chosen.last_bars)
        self._execution = make_execution(self.options)
        n_holdout = round(len(bars) * self.options.holdout_frac)
        if n_holdout == len(bars):
            raise OptionError([("holdout_frac", f"leaves none of {n_holdout} bars to search.")])
        self._take_bars(bars, len(bars) - n_holdout)

    def _take_bars(self, bars: Bars, n_searched: int) -> None:
        self.bars = bars
        self._rules = _make_rules(bars, self.space)
        self._market = make_market(bars)
        self._spans = [make_span(bars, 0, n_searched)]
        if n_searched < len(bars):
            self._spans.append(make_span(bars, n_searched, len(bars)))

    def with_bars(self, bars: Bars, n_searched: int | None = None) -> Self:
        """The same space and execution over other bars, such as a part of them or made ones.

        Parameters
        ----------
        bars : Bars
            At least one.
        n_searched : int, optional
            The bars after these are the hold-out; without it there is none.
        """
        other, n_bars = copy.copy(self), len(bars)
        n_searched = n_bars if n_searched is None else n_searched
        holdout = {"holdout_frac": (n_bars - n_searched) / n_bars}
        other.options = self.options.model_copy(update=holdout)
        other._take_bars(bars, n_searched)
        return other

    def with_costs(self, fee_frac: float, slippage_frac: float) -> Self:
        """The same strategies on the same bars, where trading costs something else."""
        other = copy.copy(self)
        other._execution = self._execution._replace(fee_frac=fee_frac, slippage_frac=slippage_frac)
        return other

    @property
    def stage(self) -> Stage:
        """What kernels take to run strategies: prices, execution, spans and rules."""
        return Stage(self._market, self._execution, tuple(self._spans), self._rules)

    @classmethod
    def settle_options(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        """As in the base class: the window as ISO 8601 with a Z."""
        settled = dict(options)
        for key in ("since", "until"):
            if key in settled:
                with contextlib.suppress(ValueError):  # told by `check_options`
                    settled[key] = settle_instant(settled[key])
        return settled

    @classmethod
    def check_options(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """As in the base class."""
        try:
            parse_options(options)
        except OptionError as error:
            return list(error.faults)
        return []

    @classmethod
    def fill_options(cls, options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """As in the base class: all of `TradingOptions`, with what a risk or a fill stands for."""
        known = {key: value for key, value in options.items() if key in TradingOptions.model_fields}
        try:
            found = parse_options(known)
        except OptionError:  # a subclass that means something else by a name
            return {}, {}
        meant: dict[str, Any] = {
            "stop_loss_range": found.stop_loss_bounds,
            "take_profit_range": found.take_profit_bounds,
        }
        follows = {key: "risk" for key in meant if getattr(found, key) is None}
        if found.fill == "same_close":
            meant |= FIXED_BY_SAME_CLOSE
            follows |= dict.fromkeys(FIXED_BY_SAME_CLOSE, "fill")
        # How a file is read is recorded only where it was said: an older program knows no more.
        said = found.reading.to_plain()
        meant |= {key: said.get(key) for key in READING if key != "unsorted"}
        return found.model_dump() | meant, follows

    def with_space(self, space: Space) -> Self:
        """As in the base class: the same bars and execution, other genes."""
        for gene in space.genes:
            for value in gene.domain[1:]:
                if gene.name.endswith("period") and not (value == int(value) and value >= 1):
                    raise SpaceError(f"{gene.name} = {value!r}: expected whole bars, at least 1.")
        low = space["stop_loss_frac"].domain[1], space["take_profit_frac"].domain[1]
        if min(low) <= 0 or space["stop_loss_frac"].domain[2] >= 1:
            raise SpaceError("stop_loss_frac must lie in (0, 1) and take_profit_frac above 0.")
        other = super().with_space(space)
        other._rules = _make_rules(self.bars, space)
        return other

    def setup(self) -> None:
        """As in the base class: each worker loads the compiled code before it is ready."""
        self.warm_up()

    def warm_up(self) -> None:
        """As in the base class: every kernel once, on a few bars."""
        from evosearch.trading.indicators import compute_ema, compute_rsi, compute_sma

        bars, genomes = self.bars, np.full((1, len(self.space)), np.nan)
        for compute in (compute_sma, compute_ema, compute_rsi):
            compute(bars.close[:2], 1)
        compute_sma(bars.volume[:2], 1)
        rows = self._rules.find_rows(genomes)
        for name in ("stop_loss_frac", "take_profit_frac"):
            genomes[:, self.space.index[name]] = 0.01
        whole = self._spans[0]
        span = whole._replace(end=min(whole.end, 8), day_ends=whole.day_ends[:1])
        self._simulate(span, rows, *_find_exits(Batch(self.space, genomes)))

    def evaluate_batch(self, batch: Batch) -> Mapping[str, Any]:
        """As in the base class."""
        from evosearch.trading.backtest import begin_trades, simulate

        rows, (stops, targets) = self._rules.find_rows(batch.genomes), _find_exits(batch)
        market, execution, masks = self._market, self._execution, self._rules.masks
        result: dict[str, Any] = {}
        trades = begin_trades(len(rows))
        for names, span in zip((VALUES, TWINS), self._spans, strict=False):
            columns = simulate(market, execution, span, masks, rows, stops, targets, trades).T
            result |= zip(names, columns, strict=False)
        result |= zip(LABELS, columns[len(VALUES) :], strict=True)  # of all spans
        if self.objective == LEGACY:
            result[LEGACY] = compute_legacy(result)
        # The share of required trades that is missing, plus 1 where the objective is undefined.
        required = self.options.min_trades
        missing = np.maximum(required - result["n_trades"], 0.0) / max(1, required)
        result[VIOLATION] = missing + np.isnan(result[self.objective])
        return result

    def _simulate(
        self,
        span: Span,
        rows: NDArray[np.int32],
        stops: NDArray[np.float64],
        targets: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        from evosearch.trading.backtest import simulate

        return simulate(
            self._market, self._execution, span, self._rules.masks, rows, stops, targets
        )

    def fingerprint_options(self) -> dict[str, Any]:
        """As in the base class: what was decided about execution, and the bars themselves."""
        options = self.options
        keys = ["fill", "fee_frac", "min_trades"]
        if options.fill == "next_open":
            sizing = "notional" if options.notional else "size_frac"
            keys += ["slippage_frac", "initial_capital", "trail_frac", "holdout_frac", sizing]
        plain = {key: getattr(options, key) for key in keys}
        plain["data_hash"] = self.bars.compute_hash()
        return plain | {"days_per_year": self.bars.days_per_year}

    def data_summary(self) -> dict[str, Any]:
        """As in the base class."""
        bars = self.bars.summarise()
        return {
            **bars,
            "is_sample": bars["is_sample"] or is_sample(self.options.data),  # a copy's, too
            "n_holdout_bars": len(self.bars) - self._spans[0].end,
            "since": self.options.since,
            "until": self.options.until,
        }

    def measure_data(self) -> dict[str, Any]:
        """As in the base class."""
        return describe_parts(self.bars, self._spans)

    def foresee(self) -> list[str]:
        """As in the base class."""
        return foresee(self.options, self.bars, self._spans[0], self._execution)

    @classmethod
    def is_wide_space(cls, space: Mapping[str, Any]) -> bool:
        """As in the base class."""
        return is_wide_space(space)


def _find_exits(batch: Batch) -> list[NDArray[Any]]:
    """Stops and targets of each strategy, contiguous: other arrays would be compiled apart."""
    names = ("stop_loss_frac", "take_profit_frac")
    return [np.ascontiguousarray(batch[name]) for name in names]


def _make_rules(bars: Bars, space: Space) -> RuleTable:
    from evosearch.trading.rules import RuleTable  # with the compiler, which words do without

    return RuleTable(bars, space)


__all__ = ["Bars", "Trading", "parse_options"]
