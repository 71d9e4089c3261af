"""The genes of a strategy: rules, stop loss and take profit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evosearch.genome.space import Categorical, Float, Int, Ordinal, Space, UnorderedBlocks
from evosearch.trading.options import CROSSES, RISKS, TradingOptions

RULE_GENES = ("kind", "op", "period", "slow_period", "level")
OPS = ("above", "below")
COUNT = "n_rules"
EXITS = ("stop_loss_frac", "take_profit_frac")  # as RISKS has their ranges
_SHIPPED = TradingOptions()


def make_space(options: TradingOptions) -> Space:
    """The search space of rules, stop loss and take profit."""
    genes: list[Any] = [Int(COUNT, 1, options.max_rules)]
    blocks = []
    kinds = [kind for kind in options.kinds if kind not in CROSSES or len(options.periods) > 1]
    periods, levels = sorted(options.periods), sorted(_plain(level) for level in options.levels)
    crosses = [kind for kind in kinds if kind in CROSSES]
    for k in range(1, options.max_rules + 1):
        counted = {COUNT: list(range(k, options.max_rules + 1))} if k > 1 else {}
        kind, op, period, slow, level = (f"rule{k}_{name}" for name in RULE_GENES)
        block: list[Any] = [
            Categorical(kind, kinds, when=counted),
            Categorical(op, OPS, when=counted),
            Ordinal(period, periods, when=counted),
        ]
        if crosses:
            block.append(Ordinal(slow, periods, above=period, when={kind: crosses}))
        if "rsi_level" in kinds:
            block.append(Ordinal(level, levels, when={kind: "rsi_level"}))
        genes += block
        blocks.append(tuple(gene.name for gene in block))
    genes += [
        Float(EXITS[0], *options.stop_loss_bounds),
        Float(EXITS[1], *options.take_profit_bounds),
    ]
    return Space(*genes, unordered=[UnorderedBlocks(COUNT, tuple(blocks))])


def is_wide_space(space: Mapping[str, Any]) -> bool:
    """Whether a space goes beyond the rules and ranges that luck was measured on.

    Parameters
    ----------
    space : mapping
        `Space.to_dict`; from a shard it may be anything, and then it is wide or raises.
    """
    return not all(_is_shipped(gene) for gene in space["genes"])


def _is_shipped(gene: Mapping[str, Any]) -> bool:
    """Whether a gene lies within the defaults of the options and the ranges of all risks."""
    name = gene["name"]
    if name == COUNT:
        return bool(1 <= gene["low"] <= gene["high"] <= _SHIPPED.max_rules)
    if name in EXITS:
        bounds = [risk[EXITS.index(name)] for risk in RISKS.values()]
        low, high = min(low for low, _ in bounds), max(high for _, high in bounds)
        return bool(low <= gene["low"] <= gene["high"] <= high)
    rule, _, field = name.partition("_")
    listed: dict[str, tuple[Any, ...]] = {
        "kind": _SHIPPED.kinds,
        "op": OPS,
        "period": _SHIPPED.periods,
        "slow_period": _SHIPPED.periods,
        "level": _SHIPPED.levels,
    }
    is_rule = rule in {f"rule{k}" for k in range(1, _SHIPPED.max_rules + 1)}
    return is_rule and field in listed and all(value in listed[field] for value in gene["values"])


def _plain(level: float) -> float:
    return int(level) if level == int(level) else level
