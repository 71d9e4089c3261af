"""What a profile may say about the trading problem, with every default in one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from evosearch.errors import OptionError, did_you_mean
from evosearch.profiles.explain import explain_validation
from evosearch.trading.metrics import LEGACY, VALUES
from evosearch.trading.reading.layout import Layout
from evosearch.trading.reading.settings import Reading
from evosearch.trading.window import instant_to_us, parse_timeframe, settle_instant

KINDS = ("rsi_level", "price_vs_sma", "price_vs_ema", "sma_cross", "ema_cross", "volume_vs_sma")
CROSSES = ("sma_cross", "ema_cross")

# Ranges of (stop loss, take profit) as fractions of the entry price.
RISKS: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "conservative": ((0.005, 0.015), (0.01, 0.03)),
    "low": ((0.01, 0.03), (0.02, 0.06)),
    "medium": ((0.02, 0.05), (0.04, 0.10)),
    "high": ((0.03, 0.10), (0.05, 0.20)),
}

# How a file is read. What is searched are its bars: these are no part of a fingerprint.
READING = (
    "layout", "unsorted", "incomplete", "drop_last", "lengths", "timeframe", "days_per_year",
)  # fmt: skip

# What ``fill = "same_close"``, the old system, means for options, whatever a profile says of them,
# and how many bars it waits before its first decision.
FIXED_BY_SAME_CLOSE: dict[str, float] = {
    "slippage_frac": 0.0,
    "notional": 1_000.0,
    "trail_frac": 0.8,
    "initial_capital": 10_000.0,
}
FIRST_OF_SAME_CLOSE = 200

# Of periods and of levels: a table of all rules grows with their product.
MAX_LISTED = 2_000

Fraction = Annotated[float, Field(ge=0, lt=1)]
Period = Annotated[int, Field(ge=1, le=1_000_000)]
Range = tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]


class TradingOptions(BaseModel):
    """The ``[problem]`` table of a trading profile.

    Attributes
    ----------
    data : str
        A file of prices, or ``sample:<name>``.
    since, until : str or None
        The window: bars that begin at `since` or later and before `until`. A date (its first
        instant) or an instant, UTC where it names no zone; kept as ISO 8601 with a Z.
    last_bars : int or None
        Only the newest bars of the window; None takes all.
    unsorted : "refuse" or "sort"
        What to do with bars out of order; sorting keeps the last of equal timestamps.
    layout : Layout
        What a person says about how the file is written; the rest is found by content.
    incomplete : "refuse" or "drop"
        What to do with rows that lack one of the four prices.
    drop_last : bool
        Drop a last bar that is off the grid, unfinished or of the same day.
    lengths : "refuse" or "newest"
        What to do with a file of two bar lengths: use the newest stretch of one length.
    timeframe : str or None
        Longer bars to form by the UTC clock, such as ``1h``.
    days_per_year : int or None
        In place of the calendar that the bars show.
    risk : str
        Names the ranges of stop loss and take profit; see `RISKS`.
    stop_loss_range, take_profit_range : (float, float) or None
        Own ranges, as fractions, in place of those of the risk level.
    max_rules, kinds, periods, levels
        How wide the rules are searched.
    fill : "next_open" or "same_close"
        The execution model; ``same_close`` is the old system's, fixed in all its amounts.
    fee_frac, slippage_frac : float
        Of the notional, on each fill (no slippage on a target's).
    size_frac : float
        Share of current equity put into each trade; the fee comes on top.
    notional : float or None
        A fixed amount a trade instead.
    trail_frac : float or None
        Trailing stop, as a share of the initial stop distance.
    initial_capital : float
    holdout_frac : float in [0, 1)
        The newest share of the bars, measured but never seen by the search.
    objective : str
        A recorded metric, or ``legacy_2026``.
    min_trades : int
        Fewer make a strategy infeasible.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    data: str = "sample:ibm-daily"
    since: str | None = None
    until: str | None = None
    last_bars: Annotated[int, Field(ge=1)] | None = None
    unsorted: Literal["refuse", "sort"] = "refuse"
    layout: Layout = Layout()
    incomplete: Literal["refuse", "drop"] = "refuse"
    drop_last: bool = False
    lengths: Literal["refuse", "newest"] = "refuse"
    timeframe: str | None = None
    days_per_year: Annotated[int, Field(ge=1, le=366)] | None = None
    risk: Literal["conservative", "low", "medium", "high"] = "medium"
    stop_loss_range: Range | None = None
    take_profit_range: Range | None = None
    max_rules: Annotated[int, Field(ge=1, le=8)] = 3
    kinds: Annotated[tuple[str, ...], Field(min_length=1)] = KINDS
    periods: Annotated[tuple[Period, ...], Field(min_length=1, max_length=MAX_LISTED)] = (
        10,
        14,
        20,
        50,
        100,
        200,
    )
    levels: Annotated[
        tuple[Annotated[float, Field(ge=0, le=100)], ...],
        Field(min_length=1, max_length=MAX_LISTED),
    ] = (20, 25, 30, 35, 40, 60, 65, 70, 75, 80)
    fill: Literal["next_open", "same_close"] = "next_open"
    fee_frac: Fraction = 0.004
    slippage_frac: Fraction = 0.0005
    size_frac: Annotated[float, Field(gt=0, le=1)] = 1.0
    notional: Annotated[float, Field(gt=0)] | None = None
    trail_frac: Annotated[float, Field(gt=0, le=10)] | None = None
    initial_capital: Annotated[float, Field(gt=0, le=1e15)] = 10_000.0
    holdout_frac: Annotated[float, Field(ge=0, lt=1)] = 0.3
    objective: str = "sharpe_daily"
    min_trades: Annotated[int, Field(ge=0)] = 30

    @model_validator(mode="before")
    @classmethod
    def _tuples_from_toml(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in values.items()
            if value is not None or key not in READING  # recorded so where nothing was said
        }

    @field_validator("since", "until", mode="before")
    @classmethod
    def _check_instant(cls, value: Any) -> str | None:
        return None if value is None else settle_instant(value)

    @field_validator("timeframe")
    @classmethod
    def _check_timeframe(cls, text: str | None) -> str | None:
        if text is not None:
            parse_timeframe(text)
        return text

    @field_validator("kinds", "periods", "levels")
    @classmethod
    def _check_list(cls, listed: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(set(listed)) != len(listed):
            raise ValueError(f"a value is listed twice: {list(listed)}.")
        unknown = [kind for kind in listed if isinstance(kind, str) and kind not in KINDS]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is unknown. {did_you_mean(unknown[0], KINDS)}")
        return listed

    @field_validator("stop_loss_range", "take_profit_range")
    @classmethod
    def _check_range(cls, bounds: tuple[float, float] | None) -> tuple[float, float] | None:
        if bounds and not bounds[0] <= bounds[1]:
            raise ValueError(f"low {bounds[0]} is above high {bounds[1]}. Swap them.")
        return bounds

    @field_validator("objective")
    @classmethod
    def _check_objective(cls, objective: str) -> str:
        allowed = (*VALUES, LEGACY)
        if objective not in allowed:
            raise ValueError(f"{objective!r} is not recorded. {did_you_mean(objective, allowed)}")
        return objective

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.since and self.until and instant_to_us(self.since) >= instant_to_us(self.until):
            raise ValueError(f"since: {self.since} is not before until, {self.until}.")
        if self.fill == "same_close" and self.holdout_frac != 0:
            raise ValueError(
                "holdout_frac: fill = 'same_close' reproduces a system without a hold-out. "
                "Set holdout_frac = 0."
            )
        if len(self.periods) < 2 and set(self.kinds) <= set(CROSSES):
            raise ValueError("periods: a cross needs two different periods; only one is listed.")
        if self.stop_loss_range and self.stop_loss_range[1] >= 1:
            raise ValueError("stop_loss_range: a stop loss of 1 or more is never reached.")
        return self

    @property
    def reading(self) -> Reading:
        """How the file of prices is read."""
        return Reading(**{key: getattr(self, key) for key in READING})

    @property
    def stop_loss_bounds(self) -> tuple[float, float]:
        """Where the stop loss is searched."""
        return self.stop_loss_range or RISKS[self.risk][0]

    @property
    def take_profit_bounds(self) -> tuple[float, float]:
        """Where the take profit is searched."""
        return self.take_profit_range or RISKS[self.risk][1]


def parse_options(options: Mapping[str, Any]) -> TradingOptions:
    """Check the options of a profile.

    Raises
    ------
    OptionError
        With every fault.
    """
    try:
        return TradingOptions.model_validate(dict(options))
    except ValidationError as error:
        raise OptionError(explain_validation(error, TradingOptions)) from error
