"""Names of runs, whole or as far as a person typed them; from names of files alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from evosearch.errors import UsageError, did_you_mean
from evosearch.texts import make_visible, name_results

# A shard is called RUN-<4 digits>-<16 hex>.parquet.
_SHARD = re.compile(r"([a-z0-9-]+)-[0-9]{4,}-[0-9a-f]{16}\.parquet")
_STATE = ".evosearch"
# More files are too many to look at while a key is held.
MAX_FILES = 10_000
_MOST_LISTED = 10


def list_run_names(results: str | Path) -> list[str]:
    """Names of the runs of a results folder, finished or not, newest first."""
    folder = Path(results)
    names = {match[1] for path in list_files(folder, "*") if (match := _SHARD.fullmatch(path.name))}
    names |= {path.parent.name for path in list_files(folder / _STATE, "*/run.json")}
    # A run is called <profile>-<host>-<utc>-<6 base32>.
    return sorted(names, key=lambda name: name.rsplit("-", 2)[1:], reverse=True)


def list_files(folder: Path, pattern: str) -> list[Path]:
    """Files of a folder, in any order and not too many of them."""
    found = []
    for path in folder.glob(pattern):
        found.append(path)
        if len(found) >= MAX_FILES:
            break
    return found


def complete_run(typed: str, results: Path, states: Iterable[tuple[str, bool | None]]) -> str:
    """The run that a name, or its beginning, means.

    Of several runs it is the interrupted one. Where that does not decide, nothing is guessed.

    Parameters
    ----------
    typed : str
    results : Path
    states : iterable of (str, bool or None)
        Runs that have not ended, each with whether it is under way now; None if unknown.

    Raises
    ------
    UsageError
        No run is called so, or several are.
    """
    names, open_runs = list_run_names(results), dict(states)
    listing = f"To list them: evosearch status{name_results(results)}"
    names += [name for name in open_runs if name not in names]
    if typed in names:
        return typed
    found = [name for name in names if typed and name.startswith(typed)]
    interrupted = [name for name in found if open_runs.get(name, True) is False]
    if len(interrupted or found) == 1:
        return (interrupted or found)[0]
    if not found:
        meant = did_you_mean(typed, names[:20])
        said = f"No run {make_visible(typed)!r} in {results}. {meant}".strip()
        raise UsageError(f"{said} {listing}")
    words = {True: "running", False: "interrupted", None: "unknown"}
    lines = [
        f"  {name}  {words[open_runs[name]] if name in open_runs else 'finished'}"
        f"{', the newest' * (name == found[0])}"
        for name in found[:_MOST_LISTED]
    ]
    if len(found) > _MOST_LISTED:
        lines.append(f"  and {len(found) - _MOST_LISTED:,} more")
    said = f"{len(found):,} runs begin with {make_visible(typed)!r}: type more of the name."
    raise UsageError("\n".join([f"{said} {listing}", *lines]))
