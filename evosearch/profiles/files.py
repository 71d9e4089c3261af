"""Profiles on disk: find them, read them, inherit, override, and say where each value is written.

A `Draft` is what was written, merged but not yet checked. It has the origin of every value, so
that a mistake is shown with its file and line or its command-line flag.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evosearch.errors import ProfileError, UsageError, did_you_mean
from evosearch.profiles.tables import check_name
from evosearch.profiles.toml_source import (
    explain_escapes,
    find_line,
    has_escapes,
    is_assigned,
    parse_value,
    read_toml,
)
from evosearch.system.typed_paths import expand_path, expand_target, find_current_folder

_HERE = Path(__file__).parent


@dataclass
class Draft:
    """A profile before it is checked.

    Attributes
    ----------
    name : str
    values : dict
        Nested, as in the file.
    origins : dict
        Dotted key to where its value was written.
    folders : tuple of Path
        Where relative files named in the profile are looked for.
    """

    name: str
    values: dict[str, Any]
    origins: dict[str, str] = field(default_factory=dict)
    folders: tuple[Path, ...] = (Path(),)

    def set(self, key: str | Sequence[str], value: Any, origin: str, is_value: bool = True) -> None:
        """Set one key, dotted or in parts, of which each may hold dots.

        An empty table changes nothing where a table is already: ``[genetic]`` with no line under
        it inherits. Only an option of the problem can be emptied, by ``option = {}``.

        Parameters
        ----------
        key, value, origin
        is_value : bool
            An empty table is written as a value, after an equals sign.
        """
        table = self.values
        *parents, last = key.split(".") if isinstance(key, str) else key
        key = ".".join([*parents, last])
        for parent in parents:
            table = table.setdefault(parent, {})
            if not isinstance(table, dict):
                raise ProfileError([f"{origin}: {parent!r} is a value, not a table."])
        if isinstance(table.get(last), dict) and not isinstance(value, dict):
            raise ProfileError([f"{origin}: {key!r} is a table; name a key in it."])
        can_be_emptied = is_value and key.startswith("problem.")
        if value == {} and isinstance(table.get(last), dict) and not can_be_emptied:
            return
        table[last] = value
        for below in [name for name in self.origins if name.startswith(f"{key}.")]:
            del self.origins[below]
        self.origins[key] = origin

    def refuse(self, faults: Iterable[tuple[str, str]]) -> ProfileError:
        """The error that names every mistake, each with its place."""
        return ProfileError([f"{self.locate(key)} {text}" for key, text in faults])

    def locate(self, key: str) -> str:
        """Where a key was written, or what is in it, or what it is in, to begin a message with."""
        below = next((name for name in self.origins if name.startswith(f"{key}.")), "")
        known = below if below and key not in self.origins else key
        while known and known not in self.origins:
            known = known.rpartition(".")[0]
        origin = self.origins.get(known, self.origins.get("", self.name))
        table, _, last = key.rpartition(".")
        # An option, a variable or an argument from Python names the value by itself.
        if origin.startswith(("--", "EVOSEARCH_")) or origin.endswith("="):
            return f"{origin}:"
        return f"{origin}, [{table}] {last}:" if table else f"{origin}, {last}:"


def find_profile(reference: str) -> Path:
    """The file of a profile, given by name or path.

    Raises
    ------
    ProfileError
        There is none; the nearest existing names are offered.
    """
    # A name that no system accepts (too long, NUL bytes, an unknown home) is not a file either.
    # pathlib raises for some of these.
    path = Path(expand_path(reference))
    if path.suffix == ".toml" or len(path.parts) > 1:
        if os.path.isfile(path):  # noqa: PTH113
            return path
        if os.path.isdir(path):  # noqa: PTH112
            raise ProfileError([f"{path.absolute()} is a folder, not a profile file."])
        has_folder = os.path.isdir(path.parent)  # noqa: PTH112
        near = map(str, path.parent.glob("*.toml")) if has_folder else ()
        hint = did_you_mean(str(path), near)
        raise ProfileError([f"No profile file {path.absolute()}. {hint}".strip()])
    found = list_profiles()
    if reference in found:
        return found[reference]
    folders = ", ".join(map(str, profile_folders())) or Path("profiles").absolute()
    hint = did_you_mean(reference, found)
    raise ProfileError([f"No profile {reference!r} in {folders}. {hint}".strip()])


def profile_folders() -> list[Path]:
    """Where profiles are looked for: ``profiles`` here or above, then those of the package."""
    here = Path(find_current_folder())
    candidates = [folder / "profiles" for folder in (here, *here.parents)]
    nearest = [folder for folder in candidates if folder.is_dir()][:1]
    own = [_HERE / "bundled", _HERE.parents[1] / "profiles"]
    return list(dict.fromkeys([*nearest, *[folder for folder in own if folder.is_dir()][:1]]))


def list_profiles() -> dict[str, Path]:
    """Every profile that can be named, first folder first."""
    found: dict[str, Path] = {}
    for folder in profile_folders():
        for path in sorted(folder.glob("*.toml")):
            found.setdefault(path.stem, path)
    return found


def read_draft(reference: str, overrides: Iterable[tuple[str, Any, str]] = ()) -> Draft:
    """Read a profile, what it extends, and what overrides it.

    Parameters
    ----------
    reference : str
        A name or a path.
    overrides : iterable of (dotted key, value, origin)

    Raises
    ------
    ProfileError
        A file is missing, no TOML, or extends itself.
    """
    path = find_profile(reference)
    draft = Draft(path.stem, {}, {"": str(path)}, _folders_of(path))
    if fault := check_name(path.stem):
        raise ProfileError([f"{path}: {fault}"])
    for file, text, values in reversed(_read_chain(path)):
        # A profile taken out of a shard states its name. It may, if the file is called so too.
        if values.get("name", file.stem) != file.stem:
            raise ProfileError([_refuse_name(str(file), values["name"])])
        for parts, value in flatten(values):
            line = find_line(text, parts)
            is_value = value != {} or is_assigned(text, parts)
            draft.set(parts, value, f"{file}:{line}" if line else str(file), is_value)
    draft.values.pop("extends", None)
    for key, value, origin in overrides:
        if key == "name" or key.startswith("name."):
            raise ProfileError([_refuse_name(origin, value)])
        for parts, item in flatten(value, tuple(key.split("."))):
            draft.set(parts, item, origin)
    draft.values["name"] = path.stem
    expand_results(draft)
    return draft


def expand_results(draft: Draft) -> None:
    """Write out the home folder and variables in where a draft's shards shall go."""
    run = draft.values.get("run")
    if isinstance(run, dict) and isinstance(run.get("results"), str):
        try:
            run["results"] = str(expand_target(run["results"]))
        except UsageError as error:
            raise ProfileError([f"{draft.locate('run.results')} {error}"]) from error


def _refuse_name(origin: str, name: Any) -> str:
    return (
        f"{origin}: a profile is called what its file is called, so {str(name)[:80]!r} would mean "
        "nothing here. Rename the file instead."
    )


def parse_assignments(assignments: Sequence[str]) -> list[tuple[str, Any, str]]:
    """Overrides from ``key=value`` texts; a value that is not TOML is a text.

    Raises
    ------
    ProfileError
        A text has no equals sign or no key, or a path with wrong escapes; all such texts at once.
    """
    parsed, mistakes = [], []
    for text in assignments:
        key, equals, raw = text.partition("=")
        key = key.strip()
        if not equals or not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", key):
            mistakes.append(f"--set {text}: expected KEY=VALUE, such as problem.last_bars=30000.")
            continue
        try:
            parsed.append((key, parse_value(raw), f"--set {key}"))
        except ValueError as error:
            mistakes.append(f"--set {key}: {error}")
    if mistakes:
        raise ProfileError(mistakes)
    return parsed


def _folders_of(path: Path) -> tuple[Path, ...]:
    folder = path.parent.resolve()
    return tuple(dict.fromkeys([Path(find_current_folder()), folder, folder.parent]))


def _read_chain(path: Path) -> list[tuple[Path, str, dict[str, Any]]]:
    """A profile and what it extends, nearest first."""
    chain: list[tuple[Path, str, dict[str, Any]]] = []
    while True:
        if any(path.resolve() == seen.resolve() for seen, _, _ in chain):
            loop = " -> ".join(str(seen) for seen, _, _ in chain)
            raise ProfileError([f"{chain[0][0]}: profiles extend each other: {loop} -> {path}."])
        text, values = read_toml(path)
        chain.append((path, text, values))
        base = values.get("extends")
        if base is None:
            return chain
        if not isinstance(base, str):
            raise ProfileError([f"{path}, extends: expected the name of a profile, got {base!r}."])
        if has_escapes(base):
            line = find_line(text, ["extends"])
            raise ProfileError([f"{path}:{line}, extends: {explain_escapes(base)}"])
        sibling = path.parent / (base if base.endswith(".toml") else f"{base}.toml")
        try:
            path = sibling if os.path.isfile(sibling) else find_profile(base)  # noqa: PTH113
        except ProfileError as error:
            raise ProfileError([f"{chain[-1][0]}, extends: {error}"]) from error


def flatten(value: object, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every value with the keys that lead to it; an empty table is a value."""
    if not isinstance(value, dict) or (above and not value):
        yield above, value
        return
    for key, item in value.items():
        yield from flatten(item, (*above, key))
