"""A metric as one record: what is recorded under a name, and how people see it."""

from __future__ import annotations

from typing import NamedTuple

# The same metric over bars, rows or cases that the search never sees.
TWIN = "_oos"


class Metric(NamedTuple):
    """One recorded metric.

    Attributes
    ----------
    name : str
        The column. A twin over what the search never sees is called ``<name>_oos``.
    is_int : bool
        A whole number.
    is_minimised : bool
        Less is better.
    label : str
        Short heading of tables; the name when empty.
    in_line, in_table : int
        Place among the few that the line of the best row, or the leaderboard, shows; 0 for none.
    is_money : bool
        Shown with two decimals.
    is_summarised : bool
        Shards keep the least and the greatest value of the column in each row group.
    is_label : bool
        A name for what a genome does, not a quantity: never an objective, compared or shown.
    shown_as : str
        The metric that says the same in the unit that people know, to be shown in its place.
    n_decimals : int
        Shown of what is neither a fraction nor money.
    floor : str
        Keyword, and with dashes the flag, that keeps the rows with so much or more.
    """

    name: str
    is_int: bool = False
    is_minimised: bool = False
    label: str = ""
    in_line: int = 0
    in_table: int = 0
    is_money: bool = False
    is_summarised: bool = False
    is_label: bool = False
    floor: str = ""
    shown_as: str = ""
    n_decimals: int = 4

    @property
    def is_share(self) -> bool:
        """A fraction, which people read as percent."""
        return self.name.endswith("_frac")
