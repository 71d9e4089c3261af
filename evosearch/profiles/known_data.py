"""What this machine keeps about files of prices: the one that is set for it, and those seen.

Both lie in the user's own data folder and in no shard. A registry that cannot be read or written
never stops a run; a setting that cannot be read does, because other prices would be searched.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from evosearch.errors import EnvironmentFailed, UsageError
from evosearch.system.user_folders import find_data_folder

SAMPLE_WORDS = "sample prices for a try-out"
SAMPLE_REMEDY = "name your own: --data FILE, or once for this machine: evosearch data use FILE"
SET_COMMAND, REMOVE_COMMAND = "evosearch data use FILE", "evosearch data use --remove"
_MAX_FILES, _MAX_PLACES, _MAX_BYTES, _MAX_PATH = 500, 4, 65_536, 8192
_HASH = re.compile(r"[0-9a-f]{64}")
_MAX_INT = 2**63


@dataclass(frozen=True)
class Sighting:
    """Bars that were read from a file.

    Attributes
    ----------
    digest : str
        SHA-256 of the bars.
    path : str
        Absolute.
    size, mtime_ns : int
        Of the file then.
    first_us, last_us : int
        First and last bar, microseconds since 1970.
    n_bars : int
    seen_ns : int
        When, since 1970.
    is_changed : bool
        Later the file was found without these bars, and that was said.
    reading : dict
        The options it was read with, as `Reading.to_plain` writes them; those who read it check it.
    """

    digest: str
    path: str
    size: int
    mtime_ns: int
    first_us: int
    last_us: int
    n_bars: int
    seen_ns: int
    is_changed: bool = False
    reading: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Setting:
    """The prices that are set for this machine.

    Attributes
    ----------
    data : str
        A file, or ``sample:NAME``.
    reading : dict
        The options to read it with, as in a `Sighting`.
    """

    data: str
    reading: dict[str, Any] = field(default_factory=dict)


def is_sample_data(summary: object) -> bool:
    """Whether these are prices that come with evosearch; of an older shard nobody knows."""
    return isinstance(summary, Mapping) and summary.get("is_sample") is True


def setting_path() -> Path:
    """The file that says whose prices this machine searches. RuntimeError without a home."""
    return find_data_folder() / "data.json"


def registry_folder() -> Path:
    """One small file for each series of bars that was read here. RuntimeError without a home."""
    return find_data_folder() / "bars"


def read_setting() -> Setting | None:
    """The prices that are set for this machine; None for none.

    Raises
    ------
    UsageError
        Something else stands where it should be said.
    """
    try:
        path = setting_path()
    except RuntimeError:
        return None
    try:
        with path.open("rb") as opened:
            found = _parse(opened.read(_MAX_BYTES))
    except OSError:
        if not os.path.lexists(path):
            return None
        found = {}
    data, reading = found.get("data"), found.get("reading", {})
    is_text = isinstance(data, str) and 0 < len(data) <= _MAX_PATH and "\0" not in data
    if not is_text or not isinstance(reading, dict):
        raise refuse_setting()
    return Setting(str(data), reading)


def refuse_setting() -> UsageError:
    """The error for a setting that is not as `write_setting` writes it."""
    return UsageError(
        f"{setting_path()} does not say which prices this machine searches. Say it anew:  "
        f"{SET_COMMAND}   or remove it:  {REMOVE_COMMAND}"
    )


def write_setting(data: str, reading: Mapping[str, Any] | None = None) -> Path:
    """Set the file of prices of this machine, and how it is read.

    Raises
    ------
    EnvironmentFailed
        It cannot be written.
    """
    try:
        path = setting_path()
        _write(path, {"data": data, **({"reading": dict(reading)} if reading else {})})
    except (OSError, RuntimeError) as error:
        raise EnvironmentFailed(
            f"This machine's own settings cannot be written: {error}. Name the prices in a "
            "profile, or with EVOSEARCH_DATA."
        ) from error
    return path


def remove_setting() -> bool:
    """Let no file be set; whether one was.

    Raises
    ------
    EnvironmentFailed
        It cannot be removed.
    """
    try:
        setting_path().unlink()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, RuntimeError) as error:
        raise EnvironmentFailed(
            f"This machine's own settings cannot be changed: {error}."
        ) from error
    return True


def remember(sighting: Sighting) -> None:
    """Note where bars are; the newest place of them first. Never fails."""
    with contextlib.suppress(OSError, RuntimeError, ValueError):
        places = [each for each in recall(sighting.digest) if each.path != sighting.path]
        _keep([sighting, *places])
        _limit(registry_folder())


def mark_changed(sighting: Sighting) -> None:
    """Note that a file no longer holds these bars. Never fails."""
    with contextlib.suppress(OSError, RuntimeError, ValueError):
        path, places = sighting.path, recall(sighting.digest)
        _keep([replace(each, is_changed=each.is_changed or each.path == path) for each in places])


def recall(digest: object) -> list[Sighting]:
    """Where bars of this hash were seen on this machine, newest first."""
    if not isinstance(digest, str) or not _HASH.fullmatch(digest):
        return []
    with contextlib.suppress(OSError, RuntimeError):
        return _read(registry_folder() / f"{digest}.json")
    return []


def recall_path(path: str) -> list[Sighting]:
    """Which bars a file was seen with, newest first."""
    found: list[Sighting] = []
    with contextlib.suppress(OSError, RuntimeError):
        for file in sorted(registry_folder().glob("*.json"))[: 2 * _MAX_FILES]:
            with contextlib.suppress(OSError):
                found += [each for each in _read(file) if each.path == path]
    return sorted(found, key=lambda each: each.seen_ns, reverse=True)


def _read(file: Path) -> list[Sighting]:
    """The sightings of one file of the registry; none of what is not as `_keep` writes it."""
    if not _HASH.fullmatch(file.stem) or not file.is_file():
        return []
    with file.open("rb") as opened:
        places = _parse(opened.read(_MAX_BYTES)).get("places")
    kinds = Sighting.__annotations__
    found = []
    for place in (places if isinstance(places, list) else [])[:_MAX_PLACES]:
        # Those of older versions say nothing of a reading.
        if not isinstance(place, dict) or {*place, "reading"} != {*kinds}:
            continue
        numbers = [value for key, value in place.items() if kinds[key] == "int"]
        path = place["path"]
        if (
            place["digest"] == file.stem
            and all(type(number) is int and abs(number) < _MAX_INT for number in numbers)
            and isinstance(place.get("reading", {}), dict)
            and isinstance(place["is_changed"], bool)
            and isinstance(path, str)
            and len(path) <= _MAX_PATH
            and "\0" not in path
            and os.path.isabs(path)  # noqa: PTH117
            and place["first_us"] <= place["last_us"]
        ):
            found.append(Sighting(**place))
    return found


def _keep(places: list[Sighting]) -> None:
    if places:
        plain = [asdict(place) for place in places[:_MAX_PLACES]]
        for place in plain:
            if not place["reading"]:
                del place["reading"]  # an older evosearch reads what it knows
        _write(registry_folder() / f"{places[0].digest}.json", {"places": plain})


def _limit(folder: Path) -> None:
    """Forget what was seen longest ago, and what a process left that was killed meanwhile."""
    files = [*folder.iterdir()]
    if len(files) > _MAX_FILES:
        files.sort(key=lambda file: file.stat().st_mtime)
        for file in files[:-_MAX_FILES]:
            file.unlink(missing_ok=True)


def _parse(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, plain: dict[str, Any]) -> None:
    """Write a small file whole or not at all, also beside others that do so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        # ASCII: a path may hold bytes that are not text.
        part.write_text(json.dumps(plain, ensure_ascii=True) + "\n", encoding="ascii")
        part.replace(path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
