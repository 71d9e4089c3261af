"""Export rankings for other programs: spreadsheets, scripts, Optuna."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.ranking.choosing import list_files
from evosearch.assemble.ranking.inputs import Paths, as_patterns, find_inputs
from evosearch.assemble.ranking.opening import open_view
from evosearch.assemble.ranking.outputs import refuse_inputs, refuse_taken
from evosearch.assemble.ranking.view import View, choose_columns
from evosearch.errors import EvosearchError, UsageError, did_you_mean
from evosearch.shards.disk.files import write_atomically
from evosearch.shards.disk.spill import open_spill
from evosearch.system.typed_paths import expand_path, expand_target

if TYPE_CHECKING:
    import pyarrow as pa

    from evosearch.shards.reading.checked import Checked
    from evosearch.shards.viewing.exports import Sink

# Each format, and the end of a file name that means it.
FORMATS = {"csv": ".csv", "json": ".json", "jsonl": ".jsonl", "optuna": ".log"}
# Of one strategy, not of rows.
PYTHON = "python"


@dataclass(frozen=True)
class Exported:
    """How many rows were written, where, and what is not in them."""

    n_rows: int
    path: Path | None
    skipped: tuple[Checked, ...]
    notes: tuple[str, ...] = ()


def export(
    paths: Paths = None, output: str | Path = "-", *, format: str | None = None,
    columns: Sequence[str] = (), force: bool = False, results: str | Path = "results", **view: Any,
) -> Exported:  # fmt: skip
    """Write a ranking for other programs, in order of rank and within bounded memory.

    Parameters
    ----------
    paths : path, folder, pattern, or several, optional
        Shards and merged files; all that `results` knows when none are given.
    output : path
        Written whole or not at all; ``-`` for standard output.
    format : str, optional
        csv, json, jsonl, or optuna: a journal that Optuna and its dashboard open. Taken from the
        end of `output` when not given.
    columns : sequence of str, optional
        Which columns, in this order; not for optuna.
    force : bool
        Replace an existing file.
    results : path
    **view
        ``n``, ``where``, ``profile``, ``host``, ``sort``, as in `top`.

    Raises
    ------
    UsageError
        Nothing to export to, or filters that cannot be applied.
    EvosearchError
        No row passes; nothing is written.
    """
    from evosearch.shards.viewing.exports import write_csv, write_json, write_json_lines
    from evosearch.shards.viewing.optuna_journal import write_journal

    kind = _choose_format(format, output)
    path = None if str(output) == "-" else expand_target(output)
    if path is not None:
        _refuse_output(path, paths, results, force)
    if columns and kind == "optuna":
        raise UsageError("--columns: an Optuna journal has no columns. Leave it out.")
    wanted = View.of(**view)
    opened = open_view(wanted, paths, results)
    ranked = opened.ranked
    names = choose_columns(columns, ranked.schema)
    tables = _at_least_one(wanted.rows(ranked))
    n_rows = 0

    def fill(sink: Sink) -> None:
        nonlocal n_rows
        if kind == "optuna":
            n_rows = write_journal(tables, ranked.metadata, sink)
        else:
            write = {"csv": write_csv, "json": write_json, "jsonl": write_json_lines}[kind]
            n_rows = write(tables, names, sink)

    if path is None:
        fill(sys.stdout.buffer)
        sys.stdout.buffer.flush()
    else:
        with open_spill(path.parent) as scratch:
            path = write_atomically(path.parent, path.name, fill, scratch)
    return Exported(n_rows, path, opened.skipped, opened.notes)


def _refuse_output(path: Path, paths: Paths, results: str | Path, force: bool) -> None:
    refuse_taken(path, may_replace=force)
    if path.exists():
        patterns = as_patterns(paths)
        files = find_inputs(patterns) if patterns else list_files(expand_path(results))
        refuse_inputs(path, files)


def is_python(format: str | None, output: str | Path) -> bool:
    """Whether one strategy as a file of Python is asked for, by a format or a file's name."""
    return format == PYTHON or (format is None and str(output).endswith(".py"))


def _choose_format(wanted: str | None, output: str | Path) -> str:
    if is_python(wanted, output):
        raise UsageError("--format python writes one strategy, not rows: name its rank.")
    if wanted is None:
        for name, ending in FORMATS.items():
            if str(output).endswith(ending):
                return name
        raise UsageError(f"--format: which one? Choose from {', '.join((*FORMATS, PYTHON))}.")
    if wanted not in FORMATS:
        found = did_you_mean(wanted, (*FORMATS, PYTHON))
        raise UsageError(f"--format {wanted!r} is unknown. {found}")
    return wanted


def _at_least_one(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Return the same tables. Raise if there are no rows, before the output file is created."""
    for table in tables:
        if len(table):
            return itertools.chain([table], tables)
    raise EvosearchError("No row matches; nothing was written.")
