"""All that the pictures of the report show, as plain data without words and without layout.

The row in focus is the first of the ranking, or the one that was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evosearch.report.page.genes_data import Genes, Plateau
from evosearch.report.page.money_data import Fees, Money, Months, Prices, Span
from evosearch.report.page.rows_data import (
    Cloud,
    Histogram,
    Ideas,
    Machines,
    Progress,
)


@dataclass(frozen=True)
class Facts:
    """What captions share.

    Attributes
    ----------
    noun : str
        What a row is: a counted noun of the catalogue.
    rank : int
        Of the row in focus.
    n_rows : int
        Rows of the ranking.
    n_drawn : int
        So many of them are drawn: all, or a uniform sample.
    n_trials : int
        What every claim counts; at most this if `n_is_bound`.
    seeds : tuple of int
    seed : int, optional
        Of the run that found the row in focus.
    searched, unseen : Span, optional
    objective : str
    is_ratio : bool
        The objective is shown as a ratio of a year.
    is_minimised : bool
    is_money : bool
        Rows are played on prices.
    remedy : str
        The command that has the bars.
    """

    noun: str
    rank: int
    n_rows: int
    n_drawn: int
    n_trials: int
    n_is_bound: bool = False
    seeds: tuple[int, ...] = ()
    seed: int | None = None
    searched: Span | None = None
    unseen: Span | None = None
    objective: str = "objective"
    is_ratio: bool = False
    is_minimised: bool = False
    is_money: bool = False
    remedy: str = ""


@dataclass(frozen=True)
class PageData:
    """All pictures of one report; what is None is not drawn.

    Attributes
    ----------
    facts : Facts
    lacking : mapping of str to str
        By the key of a picture: why it is not drawn, ``no_bars`` or ``unmerged``.
    """

    facts: Facts
    equity: Money | None = None
    luck: Cloud | None = None
    best_of_n: Histogram | None = None
    price: Prices | None = None
    search: Progress | None = None
    plateau: Plateau | None = None
    genes: Genes | None = None
    costs: Fees | None = None
    months: Months | None = None
    ideas: Ideas | None = None
    machines: Machines | None = None
    lacking: Mapping[str, str] = field(default_factory=dict)
