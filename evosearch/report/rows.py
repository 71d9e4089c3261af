"""Single rows of a ranking as plain values."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evosearch.errors import EvosearchError, UsageError
from evosearch.shards.format.schema import PARAM
from evosearch.shards.viewing.exports import plain_rows

if TYPE_CHECKING:
    from evosearch.shards.reading.ranked import Ranked


def list_rows(ranked: Ranked, n: int | None = None) -> list[dict[str, Any]]:
    """The best rows as plain values, ids as hexadecimal text, times as ISO text."""
    return plain_rows(ranked.rows(0, ranked.n_rows if n is None else n))


MIN_ID_DIGITS = 8


def read_rank(wanted: str) -> int | None:
    """The rank that a text may be; None for what can only be the beginning of an id."""
    is_rank = re.fullmatch(r"0|[1-9][0-9]{0,8}", wanted)
    return int(wanted) if is_rank else None


def split_wanted(typed: Sequence[str]) -> tuple[str, list[str]]:
    """A rank or the beginning of an id among places that were typed, and the places.

    What exists as a file or folder is a place. Only the first word or the last one can be a rank.

    Examples
    --------
    >>> split_wanted(["3", "no-such-folder"]), split_wanted([])
    (('3', ['no-such-folder']), ('', []))
    """
    for place in (0, len(typed) - 1) if typed else ():
        word = typed[place]
        is_id = MIN_ID_DIGITS <= len(word) <= 32 and not set(word) - set("0123456789abcdef")
        if (read_rank(word) is not None or is_id) and not os.path.exists(word):  # noqa: PTH110
            return word, [*typed[:place], *typed[place + 1 :]]
    return "", list(typed)


def find_row(ranked: Ranked, wanted: str) -> dict[str, Any]:
    """One row by rank or by the beginning of its genome id.

    Raises
    ------
    UsageError
        The text is neither, or several ids begin so.
    EvosearchError
        There is no such row.
    """
    rank = read_rank(wanted)
    # As many digits as the tables show of an id may also be one: a rank comes first if there is.
    if rank is not None and (rank <= ranked.n_rows or len(wanted) < MIN_ID_DIGITS):
        if not 1 <= rank <= ranked.n_rows:
            raise EvosearchError(f"No rank {rank}: the ranking has {ranked.n_rows:,} rows.")
        place = rank - 1
    else:
        place = _find_id(ranked, wanted.lower())
    return plain_rows(ranked.rows(place, 1))[0]


def split_row(
    row: Mapping[str, Any], names: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The metrics and the genes of a row, by name."""
    params = {key.removeprefix(PARAM): v for key, v in row.items() if key.startswith(PARAM)}
    return {name: row[name] for name in names}, params


def list_params(row: Mapping[str, Any]) -> dict[str, Any]:
    """The active genes of a row, by name."""
    return {name: value for name, value in split_row(row, ())[1].items() if value is not None}


def list_finders(ranked: Ranked, row: Mapping[str, Any]) -> list[str]:
    """Who found a row: ``profile@host`` of each run, each once, in alphabetical order."""
    sources = ranked.metadata.sources
    found_by = row.get("found_by", [row["run_id"]])
    return sorted({sources[run].name_finder(run) for run in found_by if run in sources})


def _find_id(ranked: Ranked, prefix: str) -> int:
    if not prefix or set(prefix) - set("0123456789abcdef"):
        raise UsageError(f"{prefix!r} is neither a rank nor the beginning of an id.")
    if len(prefix) > 32:
        raise UsageError(f"{prefix!r} is longer than an id, which has 32 digits.")
    # Whole bytes are compared first: turning every id into text would take much longer.
    whole = bytes.fromhex(prefix[: len(prefix) // 2 * 2])
    start, hits = 0, []
    for batch in ranked.batches(["genome_id"]):
        ids = batch.column("genome_id").to_pylist()
        hits += [
            (value.hex(), start + place)
            for place, value in enumerate(ids)
            if value.startswith(whole) and value.hex().startswith(prefix)
        ]
        start += len(batch)
    if not hits:
        raise EvosearchError(f"No id begins with {prefix}.")
    if len(hits) > 1:
        listed = ", ".join(text[:12] for text, _ in hits[:5])
        raise UsageError(f"{len(hits)} ids begin with {prefix}: {listed}.")
    return hits[0][1]
