"""Choose the files that make the ranking of a results folder, by their content, never by a clock.

The ranking of a folder covers every run in it. One merged file is enough if it covers all runs.
Else several files cover them together, and are merged first.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evosearch.assemble.judging.folder import list_files as list_files  # noqa: PLC0414
from evosearch.errors import EvosearchError, IncomparableShards
from evosearch.texts import list_names, name_results, quote_path

# More names do not fit in a line.
_MAX_NAMED = 3
# Reading as many footers takes as long as starting the program.
_MANY = 200


@dataclass(frozen=True)
class Choice:
    """The files that make a ranking.

    Attributes
    ----------
    files : tuple of Path
        To be read; one merged file, or several files to be merged.
    merged : tuple of Path
        Those of them that are merged files.
    unusable : tuple of Path
        Files there that cannot be read, and that no earlier merge named.
    n_rows : int
        Of all files, counted from their footers.
    notes : tuple of str
        What is not in this ranking.
    """

    files: tuple[Path, ...]
    merged: tuple[Path, ...] = ()
    unusable: tuple[Path, ...] = ()
    n_rows: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Known:
    """What the footer of one file states."""

    path: Path
    fingerprint: str
    parts: frozenset[tuple[str, str]]
    n_rows: int
    is_merged: bool = False
    is_complete: bool = True
    n_columns: int = 0
    rows_sha256: str = ""
    looks: tuple[int, str] = (0, "")
    skipped: frozenset[str] = frozenset()

    def covers(self, other: _Known) -> bool:
        return other.parts <= self.parts and (self.is_complete or not other.is_complete)

    @property
    def order(self) -> tuple[bool, int, int, int, str, tuple[int, str], str]:
        """Sort key, the best file last. It depends on content only, not on copies or clocks.

        Of equal rows, those come last whose hold-out was looked at more often.
        """
        size = (len(self.parts), self.n_rows, self.n_columns)
        return (self.is_complete, *size, self.rows_sha256, self.looks, self.path.name)


def choose_ranking(results: str | Path = "results", without: Iterable[Path] = ()) -> Choice:
    """The files that make the ranking of a folder.

    Parameters
    ----------
    results : path
    without : iterable of Path
        Files that turned out to be unusable.

    Returns
    -------
    Choice
        No files when the folder has none.

    Raises
    ------
    IncomparableShards
        Merged files rank things that cannot be compared: each is named.
    """
    folder, left_out = Path(results), set(without)
    paths = list_files(folder)
    found = {item.path: item for item in _read_all(paths) if item.path not in left_out}
    known, unusable = [*found.values()], [path for path in paths if path not in found]
    # What a merge of the folder would read; the merged files where no shards are left.
    standing = [item for item in known if item.path.parent == folder] or known
    fingerprints = sorted({item.fingerprint for item in standing})
    wholes = {key: _find_whole(key, known, standing) for key in fingerprints}
    if len(fingerprints) > 1 and all(wholes.values()):
        raise IncomparableShards(_list_rankings(folder, [w for w in wholes.values() if w]))
    chosen = standing  # of several fingerprints: the merge says what differs
    if len(fingerprints) == 1:
        (whole,) = wholes.values()
        alike = [item for item in known if item.fingerprint == fingerprints[0]]
        chosen = [whole] if whole else _cover(alike)
    named = frozenset[str]().union(*(item.skipped for item in chosen))
    return Choice(
        tuple(item.path for item in chosen),
        tuple(item.path for item in chosen if item.is_merged),
        tuple(path for path in unusable if path in left_out or path.name not in named),
        sum(item.n_rows for item in chosen),
        tuple(_describe_rest(folder, chosen, known)),
    )


def is_chosen(path: str | Path, results: str | Path) -> bool:
    """Whether this file alone makes the ranking of a folder."""
    try:
        return choose_ranking(results).files == (Path(path),)
    except EvosearchError:
        return False


def _read_all(paths: Sequence[Path]) -> Iterable[_Known]:
    """Read the footers of files. For many files, results are cached."""
    from evosearch.shards.reading.cache import FooterCache, Stated
    from evosearch.shards.reading.checked import identify
    from evosearch.shards.reading.summary import ShardSummary, open_footer

    cache = FooterCache() if len(paths) > _MANY else None
    for path in paths:
        identity: tuple[int, ...] = ()
        if cache:
            with contextlib.suppress(OSError):
                identity = identify(path.stat())
        stated = cache.find(path, identity) if cache else None
        if stated is not None:
            parts = frozenset([(stated.run_id, stated.part)])
            yield _Known(path, stated.fingerprint, parts, stated.n_rows)
            continue
        footer = open_footer(path)
        if not isinstance(footer, ShardSummary):
            continue
        facts, runs = footer.metadata, footer.metadata.sources.items()
        parts = frozenset((run_id, name) for run_id, run in runs for name in run.parts)
        known = _Known(path, facts.problem.fingerprint, parts, footer.n_rows)
        if facts.kind == "merged":
            known = replace(
                known, is_merged=True, is_complete=facts.complete, n_columns=footer.n_columns,
                rows_sha256=facts.rows_sha256, skipped=frozenset(facts.skipped),
                looks=(facts.looks.n_all, facts.looks.digest),
            )  # fmt: skip
        elif cache and identity:
            cache.add(path, identity, Stated(known.fingerprint, *next(iter(parts)), known.n_rows))
        yield known
    if cache:
        cache.save()


def _find_whole(
    fingerprint: str, known: Sequence[_Known], standing: Sequence[_Known]
) -> _Known | None:
    """Return the best merged file that covers all files of one fingerprint, None if none does."""
    required = [item for item in standing if item.fingerprint == fingerprint]
    found = [
        item
        for item in known
        if item.is_merged
        and item.fingerprint == fingerprint
        and all(item.covers(other) for other in required)
    ]
    return max(found, key=lambda item: item.order, default=None)


def _cover(items: Sequence[_Known]) -> list[_Known]:
    """Return a few files that cover all runs. Complete files come before tops."""
    seen: set[tuple[str, str]] = set()
    chosen = []
    for item in sorted(items, key=lambda item: item.order, reverse=True):
        if not item.parts <= seen:
            seen |= item.parts
            chosen.append(item)
    return chosen


def _describe_rest(
    folder: Path, chosen: Sequence[_Known], known: Sequence[_Known]
) -> Iterable[str]:
    """Return one line for each thing in the folder that is not in the ranking."""
    seen = frozenset[tuple[str, str]]().union(*(item.parts for item in chosen))
    fingerprints = {item.fingerprint for item in chosen}
    alike = [item for item in known if item.fingerprint in fingerprints]
    missing = _cover([item for item in alike if not item.parts <= seen])
    if missing:
        runs = sorted({run for item in missing for run, name in item.parts - seen})
        files = _quote([*(item.path for item in chosen), *(item.path for item in missing)])
        files += name_results(folder)
        names = list_names(runs, _MAX_NAMED)
        yield (
            f"{_count(len(runs), 'run')} of {_count(len(missing), 'other file')} "
            f"{'is' if len(runs) == 1 else 'are'} not in this ranking: {names}. "
            f"To rank all: evosearch merge {files}"
        )
    others = [item for item in known if item.fingerprint not in fingerprints]
    if others:
        best = max(others, key=lambda item: item.order)
        n_others = _count(len(others), "merged file")
        yield (
            f"{n_others} measured something else (prices, fees, rules), so it cannot be compared "
            f"with this ranking. To see: evosearch top {_quote([best.path])}"
        )


def _list_rankings(folder: Path, wholes: Sequence[_Known]) -> str:
    lines = [f"{folder} holds rankings that cannot be compared. Name one:"]
    for item in wholes:
        n_runs = len({run for run, _ in item.parts})
        about = f"{item.n_rows:,} rows by {_count(n_runs, 'run')}"
        lines.append(f"  evosearch top {_quote([item.path])}   ({about})")
    return "\n".join(lines)


def _quote(paths: Sequence[Path]) -> str:
    return " ".join(map(quote_path, paths))


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
