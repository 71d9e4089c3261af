"""The file that a reference means: a path, or a sample that comes with the package."""

from __future__ import annotations

import contextlib
import difflib
import os
from pathlib import Path

from evosearch.errors import DataError, did_you_mean
from evosearch.profiles.toml_source import show_escapes
from evosearch.system.typed_paths import expand_path

SAMPLE_FOLDER = Path(__file__).parents[1] / "samples"
# Samples that are gone, and why: a profile, a run or a shard may still name one.
_FORMER = {
    "synthetic-5min": "It was withdrawn: its stops were filled better than a real path allows. "
    "Use sample:fair-5min."
}
# Ends of names of files that are read, to suggest one; what is inside decides how.
_SUFFIXES = (
    ".csv", ".tsv", ".txt", ".prn", ".dat", ".gz", ".zip", ".parquet", ".pq", ".feather", ".arrow",
    ".ipc",
)  # fmt: skip
_KINDS = "CSV or another text table, Parquet or Feather, also .gz or .zip"


def is_sample(reference: object) -> bool:
    """Whether these are prices that come with the package, for a try-out."""
    return isinstance(reference, str) and reference.startswith("sample:")


def find_file(reference: str, folders: tuple[Path, ...]) -> Path:
    """The file of a reference.

    Parameters
    ----------
    reference : str
        A path, or ``sample:<name>``.
    folders : tuple of Path
        Where a relative path is looked for, first match wins.

    Raises
    ------
    DataError
        There is none; with what was looked for.
    """
    if is_sample(reference):
        name = reference.removeprefix("sample:")
        samples = {item.stem: item for item in sorted(SAMPLE_FOLDER.glob("*.parquet"))}
        if name in samples:  # never joined to a path: a shard may name a sample, too
            return samples[name]
        advice = _FORMER.get(name) or did_you_mean(name[:80], samples)
        raise DataError(f"No sample named {name[:80]!r}. {advice}")
    # A text that no system takes for a name (too long, NUL bytes, an unknown home) is no file;
    # pathlib raises for some of them.
    tried = [folder / expand_path(reference) for folder in folders]
    for path in tried:
        if os.path.isfile(path):  # noqa: PTH113
            return path
        if os.path.isdir(path):  # noqa: PTH112
            raise DataError(f"{path} is a folder; name a file of prices in it ({_KINDS}).")
        if os.path.exists(path):  # noqa: PTH110
            raise DataError(f"{path} is not a regular file.")
    looked = list(dict.fromkeys(str(path.absolute()) for path in tried))
    where = f" Looked for {show_escapes(', '.join(looked))}." if looked != [reference] else ""
    raise DataError(
        f"No data file {show_escapes(reference)}.{where}{_suggest(tried[:1])} Give one with "
        f"--data FILE ({_KINDS}), or use --data sample:ibm-daily."
    )


def _suggest(tried: list[Path]) -> str:
    """A file of prices beside the first place that was tried, when its name is nearly the same."""
    for path in tried:
        with contextlib.suppress(OSError, ValueError):
            names = [each.name for each in path.parent.iterdir() if _strip(each.name) != each.name]
            wanted = path.name.lower()
            by_name = {name.lower(): name for name in sorted(names)}
            by_stem = {_strip(name.lower()): name for name in sorted(names, reverse=True)}
            # `btc.csv` may have been written as `btc.csv.gz`, and `btcc.csv` is meant for it.
            near = difflib.get_close_matches(_strip(wanted), by_stem, n=1)
            found = by_stem[near[0]] if near else ""
            nearer = difflib.get_close_matches(wanted, by_name, n=1, cutoff=0.8)
            found = by_name[nearer[0]] if nearer else found
            return f" Did you mean {show_escapes(found)}?" if found else ""
    return ""


def _strip(name: str) -> str:
    """A name without the ends that files of prices have."""
    stem, dot, end = name.rpartition(".")
    return _strip(stem) if stem and dot and f".{end.lower()}" in _SUFFIXES else name
