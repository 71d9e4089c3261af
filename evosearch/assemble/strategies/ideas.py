"""Rows of a ranking that are different ideas: their daily returns go up and down apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evosearch.assemble.strategies.opened import Opened

if TYPE_CHECKING:
    from evosearch.shards.reading.ranked import Ranked

BELOW = 0.7


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
        Feasible rows that were compared.
    below : float
        The limit: no two ideas correlate as much.
    n_ideas : int
        How many ideas there are in all; more than `ideas` where only some were asked for.
    is_at_least : bool
        The count ended early.
    """

    ideas: tuple[Idea, ...]
    n_rows: int
    below: float
    n_ideas: int
    is_at_least: bool = False


def choose_ideas(
    ranked: Ranked, opened: Opened, k: int | None = None, below: float = BELOW
) -> Ideas:
    """The best rows of a ranking of which no two resemble each other.

    Parameters
    ----------
    ranked : Ranked
    opened : Opened
    k : int, optional
        How many ideas; all of them if None.
    below : float
        Daily returns of two ideas correlate less than this.

    Returns
    -------
    Ideas
    """
    return Ideas((), 0, below, 0)
