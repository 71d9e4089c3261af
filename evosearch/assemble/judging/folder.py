"""Trials on the same bars that stand in the results folder and are not part of a ranking.

Another fee, objective or space on the same bars is another try at the same luck. Only footers are
read, and what they state is remembered for files that do not change.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evosearch.shards.format.metadata import ShardMetadata
    from evosearch.shards.format.records import Part
    from evosearch.shards.reading.cache import Tried

# Fewer footers are read faster than the file that remembers them.
_FEW = 30
# A file of more parts is read anew each time.
_MOST_KEPT = 500
# A shorter text is no hash.
_MIN_DIGITS = 16


@dataclass(frozen=True)
class Elsewhere:
    """Trials on the same bars that are not part of a ranking.

    Attributes
    ----------
    n_trials : int
    n_files : int
        That hold them; a part that stands in several files counts for the first one.
    may_repeat : bool
        Whether a genome of the ranking may be among them: something of the same fingerprint is.
    """

    n_trials: int = 0
    n_files: int = 0
    may_repeat: bool = False


def list_files(results: str | Path) -> list[Path]:
    """Every shard and merged file of a results folder, sorted; its own first.

    Dot files are not shards: macOS leaves ``._NAME.parquet`` on other file systems.
    """
    found: list[Path] = []
    for folder in (Path(results), Path(results) / "merged"):
        if folder.is_dir():
            found += sorted(
                path
                for path in folder.iterdir()
                if path.suffix.lower() == ".parquet"
                and not path.name.startswith(".")
                and not path.is_dir()
            )
    return found


def find_elsewhere(
    results: str | Path, metadata: ShardMetadata, known: Iterable[Path] = ()
) -> Elsewhere:
    """Count the trials on the same bars that are in other files of a results folder.

    Parameters
    ----------
    results : path
    metadata : ShardMetadata
        Of the ranking. A part counts if its problem is the same, or if what it searched shares a
        day of bars with what was searched here.
    known : iterable of Path
        Files of the ranking, which need not be read.
    """
    runs = metadata.sources.items()
    seen = {(run_id, name) for run_id, run in runs for name in run.parts}
    skipped = {os.path.abspath(path) for path in known}  # noqa: PTH100 (keeps links)
    try:
        paths = [p for p in list_files(results) if os.path.abspath(p) not in skipped]  # noqa: PTH100
    except OSError:
        return Elsewhere()
    # The same part may stand alone and in merged files: the one with most trials counts.
    found: dict[tuple[str, str], int] = {}
    fingerprints: dict[tuple[str, str], str] = {}
    n_files = 0
    for stated in _read(paths, metadata):
        new = {(run_id, name): n for run_id, name, n in stated.parts} if stated.is_same else {}
        new = {part: n for part, n in new.items() if part not in seen}
        n_files += any(part not in found for part in new)
        for part, n in new.items():
            found[part] = max(n, found.get(part, 0))
            fingerprints[part] = stated.fingerprint
    kinds = [*fingerprints.values()]
    may_repeat = metadata.problem.fingerprint in kinds or len({*kinds}) < len(kinds)
    return Elsewhere(sum(found.values()), n_files, may_repeat)


def count_part(part: Part) -> int:
    """Distinct trials of one part; those without a Sharpe ratio count too if it is older."""
    if part.trials is not None:
        return part.trials.n
    n_distinct = part.plain.get("n_distinct")
    return n_distinct if type(n_distinct) is int and n_distinct > 0 else part.n_rows


def _read(paths: list[Path], metadata: ShardMetadata) -> Iterator[Tried]:
    from evosearch.shards.reading.cache import TriedCache
    from evosearch.shards.reading.checked import identify

    cache = TriedCache() if len(paths) > _FEW else None
    # What is remembered is the answer to one question: does this file share a day with these?
    days = metadata.problem.days
    question = (
        int(metadata.problem.fingerprint, 16),
        int(days.searched.key, 16) if days is not None else 0,
    )
    for path in paths:
        identity: tuple[int, ...] = ()
        if cache:
            with contextlib.suppress(OSError):
                identity = (*question, *identify(path.stat()))
        stated = cache.find(path, identity) if cache and identity else None
        if stated is None:
            stated = _read_one(path, metadata)
            if stated is None:
                continue
            if cache and identity and len(stated.parts) <= _MOST_KEPT:
                cache.add(path, identity, stated)
        yield stated
    if cache:
        cache.save()


def _read_one(path: Path, metadata: ShardMetadata) -> Tried | None:
    from evosearch.shards.reading.cache import Tried
    from evosearch.shards.reading.summary import ShardSummary, open_footer

    footer = open_footer(path)
    if not isinstance(footer, ShardSummary):
        return None
    found = footer.metadata
    is_same = shares_bars(found, metadata)
    parts: list[tuple[str, str, int]] = []
    if is_same:
        runs = found.sources.items()
        parts = [
            (run_id, name, count_part(part))
            for run_id, run in runs
            for name, part in run.parts.items()
        ]
    return Tried(found.problem.fingerprint, is_same, parts)


def shares_bars(one: ShardMetadata, other: ShardMetadata) -> bool:
    """Whether both searched the same: one problem, the same bars, or bars of a common day."""
    if one.problem.fingerprint == other.problem.fingerprint:
        return True
    days, others = one.problem.days, other.problem.days
    if days is not None and others is not None:
        return days.searched.shares(others.searched)
    # Files of an older version state no days, but what all their bars hash to.
    known = _read_hash(one)
    return known is not None and known == _read_hash(other)


def _read_hash(metadata: ShardMetadata) -> str | None:
    data = metadata.problem.plain.get("data")
    stated = data.get("hash") if isinstance(data, Mapping) else None
    return stated if isinstance(stated, str) and len(stated) >= _MIN_DIGITS else None
