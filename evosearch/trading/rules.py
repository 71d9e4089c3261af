"""From genes to entry signals: each rule's truth over all bars, kept as one bit mask.

Few rules exist (216 in the default space) and every strategy is an AND of some of them. A
rule is computed once, when a genome first uses it; then it costs a strategy one AND for every 64
bars. A comparison with an undefined value is false.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.genome.compiled import compiled
from evosearch.genome.space import Space
from evosearch.trading.bars import Bars
from evosearch.trading.indicators import compute_ema, compute_rsi, compute_sma
from evosearch.trading.options import CROSSES
from evosearch.trading.space import OPS, RULE_GENES


class RuleTable:
    """The masks of the rules used so far, over one series of bars.

    Parameters
    ----------
    bars : Bars
    space : Space
        As `make_space` makes it, or a widened one.

    Attributes
    ----------
    masks : ndarray of uint64, shape (n_kept, n_words)
        Bit i of word w is bar 64 w + i. Row 0 is all ones: an absent rule.
    """

    def __init__(self, bars: Bars, space: Space) -> None:
        self._bars, self._space = bars, space
        self._lock = threading.Lock()
        self._indicators: dict[tuple[Callable[..., Any], int, str], NDArray[np.float64]] = {}
        self._kinds = space["rule1_kind"].domain[1:]
        self._periods = space["rule1_period"].domain[1:]
        has_level = "rule1_level" in space.index
        self._levels = space["rule1_level"].domain[1:] if has_level else (0,)
        # Rules of one kind lie together in a flat list of slots: op, period, then slow or level.
        sizes = [len(OPS) * len(self._periods) * self._width(kind) for kind in self._kinds]
        self._offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self._widths = np.array([self._width(kind) for kind in self._kinds], np.int64)
        self._row_of_slot = np.full(self._offsets[-1], -1, np.int32)
        n_words = -(-len(bars) // 64)
        self.masks = np.full((16, n_words), ~np.uint64(0), np.uint64)
        self._n_masks = 1
        self._columns = np.array(
            [
                [space.index.get(f"rule{k}_{name}", -1) for name in RULE_GENES]
                for k in range(1, len(space.unordered[0].blocks) + 1)
            ]
        )

    def _width(self, kind: str) -> int:
        if kind in CROSSES:
            return len(self._periods)
        return len(self._levels) if kind == "rsi_level" else 1

    def find_rows(self, genomes: NDArray[np.float64]) -> NDArray[np.int32]:
        """The mask rows of each genome's rules; new rules are computed.

        Parameters
        ----------
        genomes : ndarray of float64, shape (n, n_genes), canonical

        Returns
        -------
        ndarray of int32, shape (n, max_rules)
            0 where a rule is not active.
        """
        slots = (self._columns, self._offsets, self._widths, len(self._periods), self._row_of_slot)
        rows = _look_up(genomes, *slots)
        if (rows < 0).any():
            self._compute(-1 - rows[rows < 0].astype(np.int64))
            rows = _look_up(genomes, *slots)
        return rows

    def _compute(self, slots: NDArray[np.int64]) -> None:
        with self._lock:
            for slot in np.unique(slots):
                if self._row_of_slot[slot] >= 0:
                    continue
                if self._n_masks == len(self.masks):
                    self.masks = np.concatenate([self.masks, np.zeros_like(self.masks)])
                self.masks[self._n_masks] = _pack(self._truth(int(slot)), self.masks.shape[1])
                self._row_of_slot[slot] = self._n_masks
                self._n_masks += 1

    def _truth(self, slot: int) -> NDArray[np.bool_]:
        place = int(np.searchsorted(self._offsets, slot, side="right")) - 1
        kind, width = self._kinds[place], int(self._widths[place])
        rest, last = divmod(slot - int(self._offsets[place]), width)
        op, period_code = divmod(rest, len(self._periods))
        period = self._periods[period_code]
        left, right = self._sides(kind, period, last)
        with np.errstate(invalid="ignore"):
            truth: NDArray[np.bool_] = left > right if OPS[op] == "above" else left < right
        return truth

    def _sides(self, kind: str, period: int, last: int) -> tuple[Any, Any]:
        bars, get = self._bars, self._indicator
        if kind == "rsi_level":
            return get(compute_rsi, period), self._levels[last]
        if kind == "price_vs_sma":
            return bars.close, get(compute_sma, period)
        if kind == "price_vs_ema":
            return bars.close, get(compute_ema, period)
        if kind == "volume_vs_sma":
            return bars.volume, get(compute_sma, period, "volume")
        compute = compute_sma if kind == "sma_cross" else compute_ema
        return get(compute, period), get(compute, self._periods[last])

    def _indicator(self, compute: Callable[..., Any], period: int, of: str = "close") -> Any:
        key = (compute, period, of)
        if key not in self._indicators:
            self._indicators[key] = compute(getattr(self._bars, of), period)
        return self._indicators[key]

    def __reduce__(self) -> tuple[Any, ...]:
        # Each worker computes its own: memory shared between processes is read-only.
        return RuleTable, (self._bars, self._space)


@compiled
def _look_up(
    genomes: NDArray[np.float64],
    columns: NDArray[np.int64],
    offsets: NDArray[np.int64],
    widths: NDArray[np.int64],
    n_periods: int,
    row_of_slot: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Mask rows of rules; -1 - its slot where a rule is not computed yet."""
    rows = np.zeros((len(genomes), len(columns)), np.int32)
    for row in range(len(genomes)):
        for k in range(len(columns)):
            code = genomes[row, columns[k, 0]]
            if math.isnan(code):
                continue
            kind = int(code)
            op, period = int(genomes[row, columns[k, 1]]), int(genomes[row, columns[k, 2]])
            slot = offsets[kind] + (op * n_periods + period) * widths[kind]
            for place in (3, 4):
                if columns[k, place] >= 0 and not math.isnan(genomes[row, columns[k, place]]):
                    slot += int(genomes[row, columns[k, place]])
            found = row_of_slot[slot]
            rows[row, k] = found if found >= 0 else -1 - slot
    return rows


def _pack(truth: NDArray[np.bool_], n_words: int) -> NDArray[np.uint64]:
    packed = np.zeros(n_words * 8, np.uint8)
    as_bytes = np.packbits(truth, bitorder="little")
    packed[: len(as_bytes)] = as_bytes
    return packed.view("<u8").astype(np.uint64)
