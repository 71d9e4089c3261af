"""Rows of a ranking that are different ideas: their daily returns go up and down apart."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evosearch.assemble.alike import Folded, take_rows
from evosearch.assemble.strategies.genomes import encode_table, list_genes
from evosearch.assemble.strategies.opened import Missing, Opened, open_bars
from evosearch.errors import UsageError
from evosearch.shards.format.arrays import one_chunk, to_numpy
from evosearch.trading.replay.returns import daily_returns

if TYPE_CHECKING:
    from evosearch.shards.reading.ranked import Ranked

BELOW = 0.7
MAX_IDEAS = 1_000
_BLOCK_ROWS = 4_096


@dataclass(frozen=True)
class Idea:
    """One idea.

    Attributes
    ----------
    rank : int
        Of its best row.
    n_alike : int
        Rows that resemble it, itself not counted.
    """

    rank: int
    n_alike: int


@dataclass(frozen=True)
class Ideas:
    """The ideas of a ranking, best first.

    Attributes
    ----------
    ideas : tuple of Idea
    n_rows : int
        Feasible rows, all of which were compared.
    below : float
        The limit: no two ideas correlate as much.
    is_at_least : bool
        There are more ideas than these.
    """

    ideas: tuple[Idea, ...]
    n_rows: int
    below: float
    is_at_least: bool = False

    def to_plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


def choose_ideas(
    ranked: Ranked, opened: Opened, k: int | None = None, below: float = BELOW
) -> Ideas:
    """The best rows of a ranking of which no two resemble each other.

    All rows are walked in the order of their rank. One that correlates below the limit with every
    idea before it is an idea; another belongs to the first idea that it resembles. Only feasible
    rows and only the searched part count; rows whose returns never change are one idea.

    Parameters
    ----------
    ranked : Ranked
    opened : Opened
    k : int, optional
        How many ideas; all of them if None, but not more than `MAX_IDEAS`.
    below : float
        Daily returns of two ideas correlate less than this.

    Returns
    -------
    Ideas

    Raises
    ------
    EvosearchError
        Rows that cannot be read, or that no strategy has.
    """
    problem = opened.problem
    kept = Kept(MAX_IDEAS if k is None else min(k, MAX_IDEAS), below)
    start = n_rows = 0
    for table in ranked.batches(["feasible", *list_genes(problem, ranked.schema)]):
        for first in range(0, len(table), _BLOCK_ROWS):
            block = table.slice(first, _BLOCK_ROWS)
            chosen = np.flatnonzero(to_numpy(one_chunk(block.column("feasible"))))
            if len(chosen):
                block = block if len(chosen) == len(block) else block.take(pa.array(chosen))
                problem, genomes = encode_table(problem, block)
                kept.add(daily_returns(problem, genomes), start + first + chosen + 1)
                n_rows += len(chosen)
        start += len(table)
    return Ideas(kept.list_ideas(), n_rows, below, kept.is_full)


def open_ideas(
    ranked: Ranked, results: str | Path, k: int, below: float, data: str | None = None
) -> tuple[Ideas, Folded]:
    """The best ideas of a ranking, and their rows.

    Parameters
    ----------
    ranked : Ranked
        All rows of it are walked.
    results, data
        As in `open_bars`.
    k, below
        As in `choose_ideas`.

    Returns
    -------
    Ideas
    Folded
        The rows of the ideas, and how many rows each stands for, itself included.

    Raises
    ------
    UsageError
        A number out of range.
    DataError
        The bars are not here.
    """
    if not 1 <= k <= MAX_IDEAS:
        raise UsageError(f"--ideas {k}: expected 1 to {MAX_IDEAS:,}.")
    if not 0.0 < below <= 1.0:
        raise UsageError(f"--below {below:g}: expected a number above 0, at most 1.")
    opened = open_bars(ranked.metadata, results, data)
    if isinstance(opened, Missing):
        raise opened.to_error()
    found = choose_ideas(ranked, opened, k, below)
    places = np.array([idea.rank - 1 for idea in found.ideas], np.int64)
    counts = {idea.rank: idea.n_alike + 1 for idea in found.ideas if idea.n_alike}
    return found, Folded(take_rows(ranked, places), counts)


class Kept:
    """The ideas so far."""

    def __init__(self, n_most: int, below: float) -> None:
        self._n_most, self._below = n_most, below
        self._ranks: list[int] = []
        self._n_alike = np.zeros(n_most, np.int64)
        self._shapes: NDArray[np.float64] = np.empty((0, 0))
        self._flat: int | None = None  # the idea that never changes
        self.is_full = False

    def list_ideas(self) -> tuple[Idea, ...]:
        return tuple(map(Idea, self._ranks, self._n_alike.tolist()))

    def add(self, returns: NDArray[np.float64], ranks: NDArray[np.intp]) -> None:
        """Take some rows, each as one of the ideas or as a new one."""
        shapes, is_flat = _normalise(returns)
        n = len(self._ranks)
        if self._shapes.shape[1] != shapes.shape[1]:
            self._shapes = np.empty((self._n_most, shapes.shape[1]))
        is_left: NDArray[np.bool_] = np.ones(len(shapes), np.bool_)
        if n:
            is_alike = self._resemble(shapes @ self._shapes[:n].T) & ~is_flat[:, None]
            is_left = ~np.logical_or.reduce(is_alike, axis=1)
            np.add.at(self._n_alike, is_alike.argmax(axis=1)[~is_left], 1)
        if self._flat is not None:
            self._n_alike[self._flat] += np.count_nonzero(is_flat)
            is_left &= ~is_flat
        left = np.flatnonzero(is_left)
        while len(left) and len(self._ranks) < self._n_most:
            place = len(self._ranks)
            self._ranks.append(int(ranks[left[0]]))
            self._shapes[place] = shapes[left[0]]
            if is_flat[left[0]]:
                self._flat, is_alike = place, is_flat[left]
            else:
                is_alike = self._resemble(shapes[left] @ shapes[left[0]]) & ~is_flat[left]
                is_alike[0] = True
            self._n_alike[place] = np.count_nonzero(is_alike) - 1
            left = left[~is_alike]
        self.is_full |= bool(len(left))

    def _resemble(self, correlations: NDArray[np.float64]) -> NDArray[np.bool_]:
        # The last bits depend on how a processor adds up.
        is_alike: NDArray[np.bool_] = np.round(correlations, 12) >= self._below
        return is_alike


def _normalise(returns: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Rows whose products are correlations, in place; and which rows never change."""
    np.nan_to_num(returns, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    is_flat = returns.min(axis=1) == returns.max(axis=1)
    returns -= returns.mean(axis=1, keepdims=True)
    returns[is_flat] = 0.0
    length = np.sqrt(np.einsum("ij,ij->i", returns, returns))
    returns /= np.where(length > 0.0, length, 1.0)[:, None]
    return returns, is_flat
