"""The genes of a strategy: rules, stop loss and take profit."""

from __future__ import annotations

from typing import Any

from evosearch.genome.space import Categorical, Float, Int, Ordinal, Space, UnorderedBlocks
from evosearch.trading.options import CROSSES, TradingOptions

RULE_GENES = ("kind", "op", "period", "slow_period", "level")
OPS = ("above", "below")


def make_space(options: TradingOptions) -> Space:
    """The search space of rules, stop loss and take profit."""
    count = "n_rules"
    genes: list[Any] = [Int(count, 1, options.max_rules)]
    blocks = []
    kinds = [kind for kind in options.kinds if kind not in CROSSES or len(options.periods) > 1]
    periods, levels = sorted(options.periods), sorted(_plain(level) for level in options.levels)
    crosses = [kind for kind in kinds if kind in CROSSES]
    for k in range(1, options.max_rules + 1):
        counted = {count: list(range(k, options.max_rules + 1))} if k > 1 else {}
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
        Float("stop_loss_frac", *options.stop_loss_bounds),
        Float("take_profit_frac", *options.take_profit_bounds),
    ]
    return Space(*genes, unordered=[UnorderedBlocks(count, tuple(blocks))])


def _plain(level: float) -> float:
    return int(level) if level == int(level) else level
