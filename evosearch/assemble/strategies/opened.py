"""The problem of a ranking on bars of this machine, for strategies that are played again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evosearch.assemble.auditing.prices import open_bars as find_place
from evosearch.assemble.auditing.prices import open_problem
from evosearch.assemble.auditing.sources import find_sources
from evosearch.assemble.searching.warming import as_workers_see
from evosearch.errors import DataError, EvosearchError
from evosearch.system.compile_cache import is_compiled
from evosearch.trading.bars import Bars
from evosearch.trading.problem import Trading
from evosearch.trading.replay.replay import Replay, encode, replay

if TYPE_CHECKING:
    from evosearch.shards.format.metadata import ShardMetadata


@dataclass(frozen=True)
class Missing:
    """Why strategies cannot be played again here.

    Attributes
    ----------
    reason : str
    remedy : str
        The command or option that mends it; empty where nothing does.
    """

    reason: str
    remedy: str = ""

    def to_error(self) -> DataError:
        """Both as an error."""
        return DataError(" Name them:  ".join(filter(None, (self.reason, self.remedy))))


@dataclass(frozen=True)
class Opened:
    """The problem of a ranking on its bars.

    Attributes
    ----------
    problem : Trading
    place : str
        The file of the bars.
    """

    problem: Trading
    place: str

    @property
    def bars(self) -> Bars:
        """The bars of the ranking."""
        return self.problem.bars

    def holding(self, rows: Sequence[Mapping[str, Any]]) -> Trading:
        """The problem with a space that holds these parameters, each a mapping by gene."""
        space, _ = self.problem.space.widened(rows)
        if space.to_dict() == self.problem.space.to_dict():
            return self.problem
        return self.problem.with_space(space)

    def encode(self, rows: Sequence[Mapping[str, Any]]) -> tuple[Trading, NDArray[np.float64]]:
        """A problem whose space holds these parameters, and their canonical genomes."""
        problem = self.holding(rows)
        return problem, encode(problem, rows)

    def replay(self, params: Mapping[str, Any]) -> Replay:
        """A strategy played again, by its genes."""
        return replay(self.holding([params]), params)


def open_bars(
    metadata: ShardMetadata, results: str | Path = "results", data: str | None = None
) -> Opened | Missing:
    """The bars of a ranking, found by their hash among all that were read here.

    Parameters
    ----------
    metadata : ShardMetadata
    results : path
        Where the ranking is; for words alone.
    data : str, optional
        A file of this machine, in place of what is known of the bars' hash.

    Returns
    -------
    Opened or Missing

    Raises
    ------
    DataError
        A file was named, and it does not hold the bars.
    """
    if metadata.problem.name != "trading":
        return Missing("This ranking is not of prices, so there are no trades.")
    try:
        place = find_place(metadata.problem, data)
        problem = _choose_form(open_problem(metadata, find_sources(metadata), place))
    except DataError as error:
        if data is not None:
            raise
        reason, _, remedy = str(error).partition("Name that file:")
        return Missing(reason.strip(), remedy.strip())
    except EvosearchError as error:
        return Missing(str(error))
    return Opened(problem, str(place.get("data", "")))


def _choose_form(problem: Trading) -> Trading:
    """The problem with arrays for which its kernels are compiled: nothing here takes a minute."""
    # A search with worker processes compiles for read-only arrays alone.
    kernels, arrays = problem.kernels, problem.array_kernels
    if is_compiled((*kernels, *arrays)) or not is_compiled(kernels, arrays):
        return problem
    seen = as_workers_see(problem)
    return seen if isinstance(seen, Trading) else problem


def open_strategy(
    found: Mapping[str, Any], results: str | Path = "results", data: str | None = None
) -> tuple[Opened, Replay]:
    """What `show` found of a row, played again on its bars.

    Parameters
    ----------
    found : mapping
        As `evosearch.assemble.strategies.showing.show` gives it.
    results, data
        As in `open_bars`.

    Raises
    ------
    EvosearchError
        The bars are not here, or the row was never measured.
    """
    row = found["row"]
    if row["status"] != "ok":
        raise EvosearchError(f"Rank {row['rank']} was never measured ({row['status']}).")
    opened = open_bars(found["ranked"].metadata, results, data)
    if isinstance(opened, Missing):
        raise opened.to_error()
    return opened, opened.replay(found["params"])
