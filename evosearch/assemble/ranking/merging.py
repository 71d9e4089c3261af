"""Merge shards: from what a person typed to rankings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from evosearch.assemble.searching.leftovers import sweep_leftovers
from evosearch.system.machine import count_cores
from evosearch.system.typed_paths import expand_target

# Ends of names that other programs would read as something else.
_OTHER_FORMATS = frozenset(
    f".{name}"
    for name in (
        "csv", "tsv", "txt", "log", "json", "jsonl", "ndjson", "md", "html", "htm", "xml", "pdf",
        "xls", "xlsx", "ods", "db", "sqlite", "sqlite3", "duckdb", "feather", "arrow", "orc",
        "npy", "npz", "pkl", "pickle", "h5", "hdf5", "toml", "yaml", "yml", "py", "zip", "gz",
        "zst", "bz2", "xz", "7z",
    )
)  # fmt: skip

if TYPE_CHECKING:
    from evosearch.shards.merging.merge import Listener, MergeResult
    from evosearch.shards.reading.check import Checked


def merge(
    inputs: str | Path | Sequence[str | Path],
    *,
    output: str | Path | None = None,
    top: int | None = None,
    strict: bool = False,
    by_fingerprint: bool = False,
    memory_bytes: int | None = None,
    n_threads: int | None = None,
    use_cache: bool = True,
    force: bool = True,
    listen: Listener | None = None,
) -> MergeResult | list[MergeResult]:
    """Merge shards and merged files into one ranking.

    Parameters
    ----------
    inputs : path, folder, pattern, or several
    output : path, optional
        Where to write the merged file. Without it nothing is written, and the rows are kept in
        memory.
    top : int, optional
        Only the best so many: exactly those, found without reading whole files. Conflicts and
        who found them with a worse measurement are not known then.
    strict : bool
        Refuse unusable inputs and conflicts instead of reporting them.
    by_fingerprint : bool
        Rank shards that measured different things apart from each other.
    memory_bytes : int, optional
        How much to hold at once, about; a quarter of the machine's memory.
    n_threads : int, optional
        All cores.
    force : bool
        Replace an output that exists.
    use_cache : bool
        Do not hash files again that were found sound before and did not change.
    listen : callable, optional
        Told the stage, how much of it is done, and how much there is.

    Returns
    -------
    MergeResult
        Or a list of them, by fingerprint, with `by_fingerprint`.

    Raises
    ------
    UsageError
        Nothing matches; `strict` together with `top`.
    IncomparableShards, ShardConflict, PartialResult, EnvironmentFailed
    EvosearchError
        No input can be used; each is named.
    """
    from evosearch.assemble.ranking.inputs import find_inputs
    from evosearch.assemble.ranking.mixture import refuse_mixture
    from evosearch.errors import PartialResult
    from evosearch.problems.words import list_summarised
    from evosearch.shards.merging.merge import (
        MergeOptions,
        NothingLeft,
        check_inputs,
        group_by_fingerprint,
        merge_checked,
    )
    from evosearch.shards.reading.checked import describe_unusable

    refuse_strict_top(strict, top is not None)
    options = MergeOptions(
        strict=strict,
        top=top,
        memory_bytes=memory_bytes or _quarter_of_memory(),
        n_threads=n_threads or count_cores(),
        listen=listen,
        use_cache=use_cache,
        summarised=list_summarised(),
    )
    if output is not None:
        refuse_other_format(output)
        output = expand_target(output)
    patterns = [inputs] if isinstance(inputs, (str, Path)) else inputs
    checked = check_inputs(find_inputs([str(pattern) for pattern in patterns]), options)
    skipped = [item for item in checked if not item.is_usable]
    if skipped and strict:
        raise PartialResult(describe_unusable(skipped))
    groups = group_by_fingerprint(checked)
    paths = _name_outputs(output, groups, by_fingerprint)
    for path in paths.values():
        _refuse_output(path, checked, top, force)
    if not groups:
        raise NothingLeft(skipped)
    if not by_fingerprint:
        refuse_mixture(groups)
    for place in {
        folder for path in paths.values() for folder in (path.parent, path.parent.parent)
    }:
        sweep_leftovers(place)
    results: list[MergeResult] = []
    lost: list[Checked] = []
    for fingerprint, members in groups.items():
        try:
            results.append(merge_checked(members, skipped, options, paths.get(fingerprint)))
        except NothingLeft as error:
            # Rankings of other fingerprints do not depend on it.
            lost += error.skipped
    if not results:
        raise NothingLeft(lost)
    left_out = {item.path: item for each in results for item in each.skipped}
    left_out |= {item.path: item for item in lost}
    results = [replace(each, skipped=tuple(left_out.values())) for each in results]
    return results if by_fingerprint else results[0]


def refuse_strict_top(is_strict: bool, is_top: bool) -> None:
    """Raise UsageError for a search for conflicts in rows that are not read."""
    from evosearch.errors import UsageError

    if is_strict and is_top:
        raise UsageError(
            "--strict looks for conflicts in all rows, --only-top (top= in Python) reads the best "
            "alone. Leave one of them out."
        )


def refuse_other_format(output: str | Path) -> None:
    """Raise UsageError for a name that promises anything but Parquet."""
    from evosearch.errors import UsageError

    suffix = Path(output).suffix.lower()
    if suffix in _OTHER_FORMATS:
        raise UsageError(
            f"{output}: a merged file is Parquet, not {suffix}. Let its name end in .parquet. For "
            "CSV or JSON, merge first, then: evosearch export"
        )


def _name_outputs(
    output: str | Path | None, groups: Mapping[str, object], by_fingerprint: bool
) -> dict[str, Path]:
    if output is None:
        return {}
    path = Path(output)
    if not by_fingerprint:
        return dict.fromkeys(groups, path)
    # As many digits as tell them apart: two rankings in one file would be one that is lost.
    n = 8 if len({key[:8] for key in groups}) == len(groups) else None
    return {key: path.parent / f"{path.stem}-{key[:n]}{path.suffix}" for key in groups}


def _refuse_output(path: Path, checked: Sequence[Checked], top: int | None, force: bool) -> None:
    """Raise for an output that would destroy an input, or that nobody could read afterwards."""
    from evosearch.errors import UsageError
    from evosearch.shards.reading.check import HASHED_NAME

    if path.is_dir():
        raise UsageError(f"{path} is a folder: name a file, such as {path / 'all.parquet'}.")
    if HASHED_NAME.search(path.name):
        raise UsageError(
            f"{path}: a name that ends so promises that it is the file's hash. Write {{sha}} "
            "in its place, or choose another name."
        )
    if not path.exists():
        return
    if not force:
        raise UsageError(f"{path} exists already. Choose another name or add --force.")
    for item in checked:
        if item.path.exists() and item.path.samefile(path):
            kind = item.metadata.kind if item.metadata is not None else None
            # A merged file whose rows all come back in the new one is only brought up to date.
            if not (item.is_usable and kind == "merged" and top is None):
                raise UsageError(f"{path} is one of the inputs, which are never changed.")


def _quarter_of_memory() -> int:
    import psutil

    return int(psutil.virtual_memory().total // 4)
