"""Everything that is said of one strategy, as statements and tables that can be worded later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.strategies.figures import list_figures, list_meanings
from evosearch.assemble.strategies.origin import state_bars_used, state_origin
from evosearch.assemble.strategies.records import Section, Table
from evosearch.errors import DataError, EvosearchError
from evosearch.statements import Statement

if TYPE_CHECKING:
    from evosearch.assemble.judging.judge import Judgement
    from evosearch.assemble.strategies.opened import Missing, Opened
    from evosearch.assemble.strategies.played import Played
    from evosearch.shards.reading.ranked import Ranked
    from evosearch.trading.replay.now import Now

__all__ = ["Section", "Sheet", "Table", "make_sheet"]


@dataclass(frozen=True)
class Sheet:
    """What is told of one strategy, in the order in which a person asks.

    Attributes
    ----------
    sections : tuple of Section
        ``rules`` (how it trades), ``bars``, ``figures``, ``trades`` (the last ones), ``now``,
        ``costs``, ``found`` and ``doubts``; those with nothing to say are left out.
    played : Played or None
        The strategy played again, from which some of them are made.
    later : Now or None
        Where it stands after newer bars.
    """

    sections: tuple[Section, ...]
    played: Played | None = None
    later: Now | None = None

    def find(self, key: str) -> Section:
        """A section by its key; an empty one if it has nothing to say."""
        return next((each for each in self.sections if each.key == key), Section(key))

    def to_plain(self) -> dict[str, Any] | None:
        """What was played again, as JSON has it; None without the bars."""
        if self.played is None:
            return None
        later = {} if self.later is None else {"later": asdict(self.later)}
        return self.played.to_plain() | later


def open_for(
    ranked: Ranked, results: str | Path, data: str | None, is_needed: bool = False
) -> Opened | Missing | None:
    """The bars of a ranking here; None if its problem has none.

    Parameters
    ----------
    ranked : Ranked
    results : path
    data : str, optional
        A file that a person named.
    is_needed : bool
        Without the bars there is an answer to nothing.

    Raises
    ------
    DataError
        Bars were named or are needed, and are not here.
    """
    if ranked.metadata.problem.name != "trading":
        if data is None and not is_needed:
            return None
        raise DataError("This ranking is not of prices: --data and --forward say nothing of it.")
    from evosearch.assemble.strategies.opened import Missing, open_bars

    opened = open_bars(ranked.metadata, results, data)
    if is_needed and isinstance(opened, Missing):
        raise DataError(f"{opened.reason} {opened.remedy}".strip())
    return opened


def make_sheet(
    found: Mapping[str, Any],
    judgement: Judgement,
    opened: Opened | Missing | None = None,
    is_hidden: bool = False,
    has_all: bool = False,
    forward: str | Path | None = None,
) -> Sheet:
    """Everything that is said of one strategy.

    Parameters
    ----------
    found : mapping
        As `showing.show` returns it.
    judgement : Judgement
        Of this row.
    opened : Opened, Missing or None
        The bars of the ranking here; None where the problem has none.
    is_hidden : bool
        Nothing of the hold-out is told.
    has_all : bool
        Every metric, each with what it means.
    forward : path, optional
        Newer bars: the position is the one after them.

    Raises
    ------
    DataError
        The newer bars cannot be used.
    """
    played, missing, newer = _play(found, opened, is_hidden, forward)
    figures = list_meanings(found, is_hidden) if has_all else None
    sections = [
        Section("rules", tuple(found["statements"])),
        Section("bars", (*state_bars_used(found, played), *missing)),
        Section("figures", (), figures or list_figures(found, judgement, played, is_hidden)),
    ]
    if played is not None:
        sections += [
            Section("trades", played.state_trades(), played.list_last_trades()),
            Section("now", played.state_now() if newer is None else newer[1]),
            Section("costs", played.state_costs()),
        ]
    sections += [
        Section("found", tuple(state_origin(found))),
        Section("doubts", () if is_hidden else tuple(found["doubted"])),
    ]
    told = tuple(each for each in sections if each.statements or each.table is not None)
    return Sheet(told, played, None if newer is None else newer[0])


def _play(
    found: Mapping[str, Any],
    opened: Opened | Missing | None,
    is_hidden: bool,
    forward: str | Path | None,
) -> tuple[Played | None, list[Statement], tuple[Now, tuple[Statement, ...]] | None]:
    """The strategy played again, what is missing without that, and where it stands later."""
    if opened is None:
        return None, [], None
    from evosearch.assemble.strategies.opened import Missing
    from evosearch.assemble.strategies.played import play, play_newer, state_missing

    if isinstance(opened, Missing):
        return None, state_missing(found, opened), None
    try:
        played = play(found, opened, is_hidden)
    except EvosearchError as error:  # genes of a stranger that no such problem has
        return None, state_missing(found, Missing(str(error))), None
    # The way to newer bars leads through the hold-out.
    newer = None if forward is None or is_hidden else play_newer(played, str(forward))
    return played, [], newer
