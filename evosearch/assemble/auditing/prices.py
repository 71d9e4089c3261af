"""The bars that a ranking was measured on: found by their hash, or named and compared with it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.auditing.sources import Sources, read_options
from evosearch.assemble.settings.prices import (
    WAYS,
    describe_place,
    find_bars,
    remember_bars,
)
from evosearch.errors import DataError, EvosearchError, OptionError
from evosearch.profiles.known_data import recall_path
from evosearch.report.data import describe_data
from evosearch.system.typed_paths import write_out
from evosearch.texts import make_visible
from evosearch.trading.bars import Bars
from evosearch.trading.loading.load import load_bars
from evosearch.trading.options import KINDS, TradingOptions
from evosearch.trading.problem import Trading
from evosearch.trading.reading.settings import Reading
from evosearch.trading.window import settle_instant

if TYPE_CHECKING:
    from evosearch.shards.format.metadata import ShardMetadata
    from evosearch.shards.format.records import ProblemFacts

MAX_READINGS = 6
_HASH = re.compile(r"[0-9a-f]{64}")


def open_bars(facts: ProblemFacts, data: str | None = None) -> dict[str, Any]:
    """The options of a problem that load the bars of a ranking here.

    Parameters
    ----------
    facts : ProblemFacts
    data : str, optional
        A file of this machine, in place of what is known of the bars' hash.

    Raises
    ------
    DataError
        The bars are not here, or others.
    """
    summary = facts.plain.get("data")
    summary = summary if isinstance(summary, Mapping) else {}
    wanted = str(summary.get("hash"))
    if not _HASH.fullmatch(wanted):
        raise DataError("This ranking does not state the hash of its bars, so none can be found.")
    if data is not None:
        return _compare(data, summary, wanted, list_readings(data, facts))
    place = find_bars(summary)
    if not place.is_here:
        raise DataError(
            f"This ranking was measured on {describe_data(summary)}: {describe_place(place)}. "
            "Name that file:  --data FILE"
        )
    options = place.options
    if place.state == "sample":
        options["last_bars"] = summary["n_bars"]
    return options


def list_readings(data: str, facts: ProblemFacts) -> list[Reading]:
    """Ways to read a file of this machine, likely ones first.

    As it is, as it was read here before, and as the ranking says that its own file was read. The
    ranking may come from anywhere: it names columns, marks and a zone, never a file.
    """
    stated = facts.plain.get("options")
    stated = stated if isinstance(stated, Mapping) else {}
    foreign = {key: stated[key] for key in WAYS if stated.get(key) is not None}
    plain = [each.reading for each in recall_path(write_out(data))]
    found = [Reading(), *filter(None, map(Reading.parse, [*plain, foreign]))]
    kept = {json.dumps(each.to_plain(), sort_keys=True): each for each in found}
    return [replace(each, unsorted="sort") for each in kept.values()][:MAX_READINGS]


def _compare(
    data: str, summary: Mapping[str, Any], wanted: str, readings: Sequence[Reading]
) -> dict[str, Any]:
    """Options for a file that was named, whose window must hold the very bars of the ranking."""
    found, refused = "", None
    for reading in readings:
        try:
            everything = load_bars(data, (Path(),), reading)
        except (DataError, OptionError) as error:
            refused = refused or error
            continue
        window, digest = _match(everything, summary, wanted)
        if digest == wanted:
            return {"data": data, **window, **_list_options(reading)}
        found = found or digest
    if not found and refused is not None:
        raise refused
    raise DataError(
        f"{make_visible(data)} does not hold the bars of this ranking.\n"
        f"its bars:       {found}\nthe ranking's:  {wanted}  ({describe_data(summary)})"
    )


def _match(everything: Bars, summary: Mapping[str, Any], wanted: str) -> tuple[dict[str, Any], str]:
    """The window of a file that is stated, if it is not all of it, and the hash of its bars."""
    found = everything.compute_hash()
    if found == wanted:
        return {}, found
    try:
        # The last bar is stated to the second: what begins in that second is still of the window.
        first, last = (settle_instant(summary[key]) for key in ("first_bar_utc", "last_bar_utc"))
        until = settle_instant(f"{last.removesuffix('Z')}.999999Z")
        return {"since": first, "until": until}, everything.choose(first, until).compute_hash()
    except (KeyError, ValueError, TypeError, OverflowError, OptionError):
        return {}, found


def _list_options(reading: Reading) -> dict[str, Any]:
    """Options of a problem that read a file so."""
    kept = [key for key in WAYS if key != "unsorted"]
    return {key: value for key, value in reading.to_plain().items() if key in kept}


def make_problem(options: TradingOptions, place: Mapping[str, Any]) -> Trading:
    """A problem of prices on bars of this machine.

    Raises
    ------
    DataError
        The bars cannot be read.
    """
    given = options.model_dump(exclude={"data", "since", "until", "last_bars", *WAYS})
    problem = Trading(**given, **{**place, "unsorted": "sort"})
    remember_bars(problem)
    return problem


def open_problem(metadata: ShardMetadata, sources: Sources, place: Mapping[str, Any]) -> Trading:
    """The problem of a ranking on bars of this machine; its space holds those of all searches.

    Raises
    ------
    EvosearchError
        The ranking does not say how it was measured.
    """
    options = [source.options for source in sources.searches]
    if not options:
        found = read_options(metadata.problem, {})
        if found is None:
            raise EvosearchError(
                "This ranking does not say how its strategies were measured, in a form that can "
                "be checked. So nothing of it can be measured again."
            )
        options = [found]
    return make_problem(unite_options(options), place)


def unite_options(found: Sequence[TradingOptions]) -> TradingOptions:
    """Options whose space holds the spaces of all; what is measured is the same in each."""
    first = found[0]
    stops, targets = (
        [getattr(options, name) for options in found]
        for name in ("stop_loss_bounds", "take_profit_bounds")
    )
    kinds = {kind for options in found for kind in options.kinds}
    return first.model_copy(
        update={
            "max_rules": max(options.max_rules for options in found),
            "kinds": tuple(kind for kind in KINDS if kind in kinds),
            "periods": tuple(sorted({p for options in found for p in options.periods})),
            "levels": tuple(sorted({level for options in found for level in options.levels})),
            "stop_loss_range": (min(s[0] for s in stops), max(s[1] for s in stops)),
            "take_profit_range": (min(t[0] for t in targets), max(t[1] for t in targets)),
        }
    )


def cut_bars(bars: Bars, begin: int, end: int) -> Bars:
    """Some neighbouring bars, which are no file's."""
    open_, high, low, close, volume = (column[begin:end].copy() for column in bars.columns)
    return replace(
        bars, timestamp_us=bars.timestamp_us[begin:end], open=open_, high=high, low=low,
        close=close, volume=volume, path=None,
    )  # fmt: skip
