"""Open a ranking: of files that were named, or of all that a results folder knows."""

from __future__ import annotations

import contextlib
import glob
import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from evosearch.assemble.ranking.choosing import choose_ranking
from evosearch.assemble.ranking.inputs import Paths, as_patterns, find_inputs
from evosearch.assemble.ranking.merging import MergeRequest
from evosearch.shards.disk.spill import open_spill
from evosearch.system.typed_paths import expand_path

if TYPE_CHECKING:
    from evosearch.assemble.ranking.view import View
    from evosearch.shards.reading.checked import Checked
    from evosearch.shards.reading.ranked import Ranked

# Larger rankings are read from a file. A row takes about 400 bytes in memory.
MAX_HELD_ROWS = 1_000_000
_BATCH_ROWS = 131_072


@dataclass(frozen=True)
class Opened:
    """A ranking that can be looked at.

    Attributes
    ----------
    ranked : Ranked
    skipped : tuple of Checked
        Files that could not be used.
    notes : tuple of str
        What is not in this ranking.
    n_unread : int
        So many of the last rows may not be read: nothing of them was checked.
    """

    ranked: Ranked
    skipped: tuple[Checked, ...]
    notes: tuple[str, ...] = ()
    n_unread: int = 0

    @property
    def n_readable(self) -> int:
        """How many of the best rows may be read."""
        return self.ranked.n_rows - self.n_unread


def open_ranking(
    paths: Paths = None, results: str | Path = "results", n: int | None = None
) -> Opened:
    """The ranking of some files; of all that a results folder knows when none are given.

    A single merged file is read in place. Anything else is merged first, in memory or, if large,
    into a temporary file that is removed with the ranking.

    Parameters
    ----------
    paths : path, folder, pattern, or several, optional
    results : path
    n : int, optional
        Only the first `n` rows will be read.

    Raises
    ------
    EvosearchError
        As `merge` does.
    """
    from evosearch.shards.merging.merge import MergeOptions, check_inputs
    from evosearch.shards.reading.check import check_shard
    from evosearch.shards.reading.ranked import Ranked

    patterns = as_patterns(paths)
    if not patterns:
        return _open_folder(Path(expand_path(results)), n)
    files = find_inputs(patterns)
    if len(files) == 1:
        (checked,) = check_inputs(files, MergeOptions(top=n))
        if n is not None and n > checked.n_rows - _count_unread(checked):
            (checked,) = check_inputs(files)
        if checked.metadata is not None and checked.metadata.kind == "merged":
            return Opened(Ranked.of_file(checked), (), (), _count_unread(checked))
    n_rows = sum(check_shard(file, is_light=True).n_rows for file in files) if n is None else 0
    return _rank(files, n, n_rows)


def open_view(
    view: View, paths: Paths = None, results: str | Path = "results", n_least: int = 0
) -> Opened:
    """The ranking of some files, read as far as a view needs it; see `open_ranking`.

    Without filters at least `n_least` rows can be read, if there are so many.
    """
    is_whole = view.is_filtered or view.n is None
    return open_ranking(paths, results, None if is_whole else max(view.n or 0, n_least))


def _open_folder(results: Path, n: int | None) -> Opened:
    from evosearch.shards.merging.merge import MergeOptions, NothingLeft, check_inputs
    from evosearch.shards.reading.ranked import Ranked

    options = MergeOptions(top=n)
    damaged: list[Checked] = []
    while True:
        choice = choose_ranking(results, [item.path for item in damaged])
        # A footer may be valid and its rows damaged. Then other files replace this one.
        checked = [_check_rows(item, n) for item in check_inputs(choice.merged, options)]
        found = [item for item in checked if not item.is_usable]
        if not found:
            break
        damaged += found
    known = {item.path for item in damaged}
    if len(checked) == len(choice.files) == 1:
        others = check_inputs([p for p in choice.unusable if p not in known], options)
        skipped = tuple(item for item in others if not item.is_usable)
        ranked, n_unread = Ranked.of_file(checked[0]), _count_unread(checked[0])
        return Opened(ranked, (*damaged, *skipped), choice.notes, n_unread)
    files = [path for path in (*choice.files, *choice.unusable) if path not in known]
    if not files and damaged:
        raise NothingLeft(damaged)
    if not files:
        find_inputs([str(Path(glob.escape(str(results))) / "*.parquet")])  # says what is missing
    opened = _rank(files, n, choice.n_rows)
    return replace(opened, skipped=(*damaged, *opened.skipped), notes=choice.notes)


def _count_unread(checked: Checked) -> int:
    """Return how many rows are in pages that were not looked at."""
    return sum(group.n_rows for group in checked.unread)


def _check_rows(item: Checked, n: int | None) -> Checked:
    """Return the verdict on a file after its first rows were read too."""
    from evosearch.shards.reading.row_rules import RULED_COLUMNS, RULED_MERGED
    from evosearch.shards.reading.rows import UnusableInput, read_rows

    n_read = 0
    try:
        if item.is_usable:
            for rows in read_rows(item, _BATCH_ROWS, (*RULED_COLUMNS, *RULED_MERGED)):
                n_read += len(rows)
                if n is not None and n_read >= n:
                    break
    except UnusableInput as error:
        return error.checked
    return item


def _rank(files: Sequence[Path], n: int | None, n_rows: int) -> Opened:
    request = MergeRequest([str(file) for file in files], top=n)
    if n is None and n_rows > MAX_HELD_ROWS:
        with contextlib.ExitStack() as stack:
            # Held with a lock: if this process is killed, the next that needs one removes it.
            scratch = stack.enter_context(open_spill(Path(tempfile.gettempdir())))
            (result,) = replace(request, output=scratch / "ranking.parquet").run()
            # Its file is temporary: nobody merged these shards.
            ranked = replace(result.ranked, metadata=result.metadata)
            weakref.finalize(ranked, stack.pop_all().close)
            return Opened(ranked, result.skipped)
    (result,) = request.run()
    return Opened(result.ranked, result.skipped)
