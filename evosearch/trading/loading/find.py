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
_SUFFIXES = (".csv", ".parquet")


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
            raise DataError(f"{path} is a folder; name a CSV or Parquet file in it.")
        if os.path.exists(path):  # noqa: PTH110
            raise DataError(f"{path} is not a regular file.")
    looked = list(dict.fromkeys(str(path.absolute()) for path in tried))
    where = f" Looked for {show_escapes(', '.join(looked))}." if looked != [reference] else ""
    raise DataError(
        f"No data file {show_escapes(reference)}.{where}{_suggest(tried[:1])} Give one with "
        "--data FILE, or use --data sample:ibm-daily."
    )


def _suggest(tried: list[Path]) -> str:
    """A file of prices beside the first place that was tried, when its name is nearly the same."""
    for path in tried:
        with contextlib.suppress(OSError, ValueError):
            files = [each for each in path.parent.iterdir() if each.suffix.lower() in _SUFFIXES]
            stems = {each.stem.lower(): each.name for each in files}
            near = difflib.get_close_matches(path.stem.lower(), stems, n=1)
            return f" Did you mean {show_escapes(stems[near[0]])}?" if near else ""
    return ""
