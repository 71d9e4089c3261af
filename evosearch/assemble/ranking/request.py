"""A merge as a person asks for it: mistakes are refused before any file is read."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from evosearch.assemble.ranking.inputs import read_list
from evosearch.assemble.ranking.merging import MergeRequest, refuse_strict_top
from evosearch.assemble.ranking.outputs import MERGED_EXAMPLE, refuse_other_format, refuse_taken
from evosearch.assemble.ranking.view import WHOLE, View
from evosearch.errors import UsageError


def ask_merge(
    paths: Sequence[str] = (),
    *,
    from_file: str | None = None,
    results: Path = Path("results"),
    output: Path | None = None,
    view: View = WHOLE,
    columns: Sequence[str] = (),
    only_top: bool = False,
    strict: bool = False,
    by_fingerprint: bool = False,
    force: bool = False,
    n_threads: int | None = None,
    use_cache: bool = True,
) -> MergeRequest:
    """A merge that always writes a file, of files that are named in one of several ways.

    Parameters
    ----------
    paths : sequence of str
    from_file : str, optional
        A file that lists more paths, ``-`` for standard input.
    results : Path
        Its shards are merged when nothing else is named. The merged file goes there.
    output : Path, optional
        Named by the time and its hash when not given.
    view : View
        What is shown; its first rows are what is written with `only_top`.
    columns : sequence of str
        Which columns are shown.
    only_top : bool
        Write only the first rows.
    strict, by_fingerprint, force, n_threads, use_cache
        As for `merge`.

    Raises
    ------
    UsageError
        What is asked for contradicts itself, names no file, or would replace one.
    """
    if only_top and view.is_filtered:
        raise UsageError(
            "--only-top writes the best of all rows, a filter only chooses what is shown. "
            "To write what a filter lets through: evosearch export."
        )
    if output is not None:
        refuse_other_format(output)
    patterns = [*paths, *(read_list(from_file) if from_file else [])]
    if from_file is not None and not patterns:
        raise UsageError(f"--from-file {from_file}: it names no file.")
    # With its hash in its name, a later `top` need not decode every row to believe the file.
    default = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}{'' if by_fingerprint else '-{sha}'}.parquet"
    target = output or results / "merged" / default
    refuse_taken(target, force or output is None, MERGED_EXAMPLE)
    refuse_strict_top(strict, only_top)
    if only_top and view.n is None:
        raise UsageError("--only-top --top -1 would be all rows: leave --only-top out.")
    return MergeRequest(
        patterns or [str(Path(glob.escape(str(results))) / "*.parquet")],
        output=target,
        top=view.n if only_top else None,
        strict=strict,
        by_fingerprint=by_fingerprint,
        n_threads=n_threads,
        use_cache=use_cache,
        force=force,
        view=view,
        columns=columns,
    )
