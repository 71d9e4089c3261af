"""One strategy of a ranking as a file of Python that needs no evosearch."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.auditing.sources import read_options
from evosearch.assemble.ranking.outputs import refuse_taken
from evosearch.errors import DataError, UsageError
from evosearch.shards.disk.files import write_atomically
from evosearch.shards.disk.spill import open_spill
from evosearch.system.typed_paths import expand_target
from evosearch.trading.standalone.render import Window, render
from evosearch.trading.window import parse_timeframe, settle_instant

if TYPE_CHECKING:
    from evosearch.shards.format.records import ProblemFacts

_HASH = re.compile(r"[0-9a-f]{64}")
_MOST_BARS = 2**40


def render_strategy(facts: ProblemFacts, params: Mapping[str, Any], genome_id: str = "") -> str:
    """A strategy as the text of a Python file, from what its ranking states alone.

    Parameters
    ----------
    facts : ProblemFacts
        May come from anybody: what is not a number, an instant or a hash is refused.
    params : mapping
        Gene name to value.
    genome_id : str

    Raises
    ------
    UsageError
        The ranking is of something else than prices.
    DataError
        It does not say how or on which bars it was measured.
    OptionError
        The parameters are those of no strategy.
    """
    if facts.name != "trading":
        raise UsageError(
            "--format python writes strategies of the problem trading alone. Rows of others: "
            "--format json"
        )
    # The old system had no hold-out, and its fingerprint says nothing of one.
    options = read_options(facts, {"holdout_frac": 0.0})
    data = facts.plain.get("data")
    if options is None or not isinstance(data, Mapping):
        raise DataError("The ranking does not say how its strategies were measured.")
    return render(params, options, _read_window(data, options.holdout_frac), genome_id)


def _read_window(data: Mapping[str, Any], holdout_frac: float) -> Window:
    n_bars, sha256 = data.get("n_bars"), data.get("hash")
    try:
        first, last = (settle_instant(data[f"{end}_bar_utc"]) for end in ("first", "last"))
    except (KeyError, ValueError) as error:
        raise DataError("The ranking does not say from when to when its bars go.") from error
    if type(n_bars) is not int or not 0 < n_bars < _MOST_BARS:
        raise DataError("The ranking does not say how many bars it was measured on.")
    if not isinstance(sha256, str) or not _HASH.fullmatch(sha256):
        raise DataError("The ranking does not state the hash of its bars.")
    n_searched = n_bars - round(n_bars * holdout_frac)
    source = data.get("source")
    named = source if isinstance(source, str) else ""
    return Window(first, last, n_bars, n_searched, sha256, named, _read_timeframe(data))


def _read_timeframe(data: Mapping[str, Any]) -> str:
    """What the bars were formed to; empty if it is nothing of that kind."""
    timeframe = data.get("timeframe")
    with contextlib.suppress(ValueError):
        if isinstance(timeframe, str):
            parse_timeframe(timeframe)
            return timeframe
    return ""


def choose_target(output: str | Path, *, force: bool = False) -> Path | None:
    """The file to write, None for standard output.

    Raises
    ------
    UsageError
        It is there already, is a folder, or its name does not end in .py.
    """
    if str(output) == "-":
        return None
    path = expand_target(output)
    if path.suffix.lower() != ".py":
        raise UsageError(f"{path}: what is written is Python. Let the name end in .py.")
    refuse_taken(path, may_replace=force, example="strategy.py")
    return path


def write_strategy(text: str, path: Path | None) -> None:
    """Write the text of a strategy, whole or not at all.

    Parameters
    ----------
    text : str
        Of `render_strategy`.
    path : Path or None
        Of `choose_target`.
    """
    if path is None:
        sys.stdout.write(text)
        return
    with open_spill(path.parent) as scratch:
        write_atomically(path.parent, path.name, lambda sink: sink.write(text.encode()), scratch)
