"""Every value that decides a run, and where it was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evosearch.problems.loading import find_maker
from evosearch.problems.settings import fill_options
from evosearch.problems.words import find_built_in
from evosearch.profiles.files import flatten
from evosearch.profiles.loaded import LoadedProfile
from evosearch.statements import Statement

DRAWN = "drawn at the start"


@dataclass(frozen=True)
class Setting:
    """One value of a profile.

    Attributes
    ----------
    key : str
        Dotted, as after ``--set``.
    value : object
        Plain data; None where there is none.
    origin : str
        File and line, option, variable, ``default``, or the setting that it follows from.
    note : str
        What to say in place of a value that is None; empty for "not set".
    """

    key: str
    value: Any
    origin: str
    note: str = ""


@dataclass(frozen=True)
class Settings:
    """A profile in full.

    Attributes
    ----------
    name, description : str
    values : dict
        Nested as in a profile, every key of it; None where there is no value.
    rows : tuple of Setting
        The same in one list: one for each key, and for each key of a table among the options.
    words : tuple of Statement
        What decides the figures, by a built-in problem.
    """

    name: str
    description: str
    values: dict[str, Any]
    rows: tuple[Setting, ...]
    words: tuple[Statement, ...] = ()

    @property
    def origins(self) -> dict[str, str]:
        """Dotted key to where its value comes from, for every key."""
        return {row.key: row.origin for row in self.rows}


def list_settings(profile: LoadedProfile) -> Settings:
    """What a run of a profile would use and record.

    Parameters
    ----------
    profile : LoadedProfile

    Returns
    -------
    Settings
        The values that shards record, but for what those keep for themselves: of files only the
        names, and neither ``run.results`` nor ``run.address``.
    """
    name = profile.problem["name"]
    full = fill_options(find_maker(name, profile.folders), profile.problem_options)
    problem = {"name": name, **full.values}
    values = profile.to_plain(mode="json") | {"problem": problem}
    origins = {"name": profile.origins.get("", profile.name), **profile.origins}
    rows = []
    for parts, value in flatten(values):
        key, option = ".".join(parts), parts[1] if parts[0] == "problem" else ""
        origin = _find_origin(origins, key) or "default"
        if option in full.follows:
            origin = f"follows from problem.{full.follows[option]}"
        is_drawn = key == "seed" and value is None
        note = DRAWN if is_drawn else full.opaque.get(option, "")
        rows.append(Setting(key, value, origin, note))
    words = tuple(find_built_in(name).describe_options(full.values))
    return Settings(profile.name, profile.description, values, tuple(rows), words)


def _find_origin(origins: Mapping[str, str], key: str) -> str | None:
    """Where a key, or the nearest table above it that is no table of the profile, was written."""
    if key in origins:
        return origins[key]
    above = key.rpartition(".")[0]
    return _find_origin(origins, above) if "." in above else None
