"""Looks at a hold-out: which are known, and those that a command makes.

A look is recorded before its figures are printed. Known are the looks that the ranking carries,
those in the ledger of the results folder, and those of every merged file there: an older or a
newer one than the ranking that is shown forgets nothing.
"""

from __future__ import annotations

import contextlib
import glob
import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from evosearch.shards.format.looks import Looks
from evosearch.shards.reading.checked import identify
from evosearch.shards.reading.summary import ShardSummary, is_shard_name, open_footer
from evosearch.shards.writing import ledger
from evosearch.shards.writing.journal import STATE_FOLDER
from evosearch.system.typed_paths import expand_path

if TYPE_CHECKING:
    from evosearch.days import Days

MERGED = "merged"
# Files whose looks are remembered within one command.
_REMEMBERED = 1024


def find_known(
    holdouts: Sequence[Days],
    results: str | Path,
    own: Looks | None = None,
    beside: Iterable[Path] = (),
) -> Looks:
    """The looks that are known at a hold-out.

    Parameters
    ----------
    holdouts : sequence of Days
        Of `ShardMetadata.holdouts`; without any there is no hold-out, and no look.
    results : path
        Its ledger and its merged files are read; it need not exist.
    own : Looks, optional
        What the ranking itself carries.
    beside : iterable of Path
        Other folders whose ledgers are read: those of `list_folders`.

    Returns
    -------
    Looks
        Within the limits of one file. How many they are: ``looks.count(*holdouts)``; of whom:
        ``looks.ids(*holdouts)``.
    """
    if not holdouts:
        return Looks()
    folder = Path(results)
    found = [own] if own else []
    # A merged file may have been named without its results folder.
    places = dict.fromkeys(path.absolute() for path in (folder, folder / MERGED, *beside))
    found += [ledger.read_ledger(place, holdouts) for place in places]
    found += [_read_looks(path) for path in _list_merged(folder)]
    return Looks().union(*found).related(*holdouts).condensed()


def look(
    holdouts: Sequence[Days],
    ids: Iterable[str],
    results: str | Path,
    own: Looks | None = None,
    beside: Iterable[Path] = (),
) -> tuple[Looks, bool]:
    """Record that the hold-out figures of some genomes are about to be shown.

    Parameters
    ----------
    holdouts, results, own, beside
        As in `find_known`.
    ids : iterable of str
        Genomes whose hold-out is printed, 32 hexadecimal digits each.

    Returns
    -------
    looks : Looks
        All that are known, these included.
    is_recorded : bool
        False if one of them will be forgotten: the folder cannot be written, and no file there
        knows it.
    """
    known, ids = find_known(holdouts, results, own, beside), frozenset(ids)
    new = Looks().union(*(Looks.of(days, ids) for days in holdouts))
    is_recorded = ledger.record(Path(results), new)
    if not is_recorded:
        # What the ranking alone carries is unknown to the next one, if it lies elsewhere.
        is_recorded = ids <= find_known(holdouts, results, None, beside).ids(*holdouts)
    return known.union(new).related(*holdouts).condensed(), is_recorded


def choose_folder(results: str | Path, paths: Sequence[str | Path] = ()) -> Path:
    """The folder whose ledger a command uses.

    `results` if it exists, else that of the first file or folder that was named; of a file in
    its ``merged/``, the results folder around it.
    """
    # os.path: pathlib raises for a name that is too long.
    folder = Path(expand_path(results))
    if os.path.isdir(folder) or not paths:  # noqa: PTH112
        return folder
    first = Path(expand_path(paths[0]))
    while glob.has_magic(first.name) and not os.path.exists(first):  # noqa: PTH110
        first = first.parent
    place = first if os.path.isdir(first) else first.parent  # noqa: PTH112
    is_inner = place.name == MERGED and (place.parent / STATE_FOLDER).is_dir()
    return place.parent if is_inner else place


def list_folders(paths: Iterable[str | Path]) -> tuple[Path, ...]:
    """The folders of files, folders or patterns: a look that was recorded there is known too."""
    found: set[Path] = set()
    for path in paths:
        place = Path(expand_path(path))
        if glob.has_magic(str(place)) and not os.path.exists(place):  # noqa: PTH110
            matches = glob.glob(str(place), recursive=True)  # noqa: PTH207
            found |= {Path(each).parent for each in matches}
        else:
            found.add(place if os.path.isdir(place) else place.parent)  # noqa: PTH112
    return tuple(sorted({*found, *(each.parent for each in found if each.name == MERGED)}))


def _list_merged(results: Path) -> list[Path]:
    """The files of a folder that may be merged files."""
    found: list[Path] = []
    for folder in (results, results / MERGED):
        with contextlib.suppress(OSError):
            found += sorted(
                path
                for path in folder.iterdir()
                if path.suffix.lower() == ".parquet"
                and not path.name.startswith(".")
                and not is_shard_name(path.name)
            )
    return found


def _read_looks(path: Path) -> Looks:
    try:
        return _read_unchanged(path, identify(path.stat()))
    except OSError:
        return Looks()


@lru_cache(_REMEMBERED)
def _read_unchanged(path: Path, _identity: tuple[int, ...]) -> Looks:
    footer = open_footer(path)
    return footer.metadata.looks if isinstance(footer, ShardSummary) else Looks()
