"""The profile that a run carries, and what of it this machine trusts.

A shard, and a journal of another user, may come from anywhere. Its profile says how the run
searches: numbers and names, which are checked again. It never says what to load, read or connect
to. That comes from a profile of this machine, from the command, or from evosearch itself.

    from the run         seed, [search], the algorithm's table, what its machine is called; the
                         options of a built-in problem, not its data
    from this machine    a problem of the person's own, data, folders, backend, address, limits;
                         bars that were read here before are found by their hash
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evosearch.assemble.settings.checking import check_values
from evosearch.assemble.settings.defaults import find_default
from evosearch.assemble.settings.loading import check_draft, load_profile
from evosearch.assemble.settings.prices import WAYS, Place, describe_place, find_bars, keep_calendar
from evosearch.errors import ProblemError, UsageError
from evosearch.problems.code.importing import find_file
from evosearch.problems.loading import BUILT_IN, plain_name
from evosearch.profiles.files import Draft, find_profile, list_profiles
from evosearch.profiles.flags import HOW_FAR, KEYS
from evosearch.profiles.loaded import LoadedProfile
from evosearch.profiles.tables import Profile, RunTable
from evosearch.report.data import describe_data
from evosearch.system.typed_paths import write_out
from evosearch.texts import describe_resume, make_visible, quote
from evosearch.trading.loading.find import is_sample

_NEVER = "What comes from elsewhere may not say what is"


def parse_recorded(text: object) -> Profile | None:
    """A profile as `Profile.to_toml` wrote it; None for any other text.

    Nothing that it names is looked for.
    """
    from evosearch.shards.format.records import is_toml

    if not isinstance(text, str) or not is_toml(text):
        return None
    return check_values(tomllib.loads(text))[0]


def note_asked(manifest: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """A manifest that says how far a run was last asked to go, beside what it began with."""
    search = profile.search.model_dump(exclude_none=True)
    return {**manifest, "asked": {key: search[key] for key in HOW_FAR if key in search}}


def apply_asked(values: dict[str, Any], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a profile, to go as far as the run was last asked to; not yet checked."""
    asked = manifest.get("asked")
    if not isinstance(asked, Mapping):
        return values
    search = {key: value for key, value in values["search"].items() if key not in HOW_FAR}
    return {**values, "search": search | {key: asked[key] for key in HOW_FAR if key in asked}}


def believe(
    manifest: Mapping[str, Any],
    is_own: bool,
    results: Path,
    settings: Mapping[str, Any],
    local: LoadedProfile | str | None = None,
    is_given: bool = False,
) -> tuple[LoadedProfile, Path | None]:
    """The profile with which a run is continued.

    Parameters
    ----------
    manifest : mapping
        What the run says of itself.
    is_own : bool
        This user's evosearch wrote it on this machine: all of it is trusted.
    results : Path
    settings : mapping
        What the person gives now, as in `resume`; None changes nothing.
    local : LoadedProfile or str, optional
        A profile of this machine, in place of the one that the run is called after.
    is_given : bool
        The problem is a Python object, so that none is loaded.

    Returns
    -------
    profile : LoadedProfile
    file : Path or None
        The profile file of this machine that was used.

    Raises
    ------
    UsageError
        The run cannot be continued from what is known here; the message says what to type.
    """
    run_id, file = manifest["run"]["run_id"], None
    command = describe_resume(run_id, results)
    # The profile as this machine used it, which may differ from the one it began with.
    text = manifest.get("local_toml", manifest["profile_toml"])
    if is_own and local is None and text is not None:
        folders = _folders_of(manifest, results)
        values = _follow_move(tomllib.loads(text), folders)
        if settings.get("data") is None and not is_given:
            _find_own_bars(values["problem"], manifest)
        if not is_given:
            _require_file(values, folders, command)
    else:
        recorded = parse_recorded(manifest["profile_toml"])
        if recorded is None or recorded.seed != manifest["run"]["seed"]:
            raise UsageError(
                f"{run_id} does not state its profile as evosearch writes it, so it cannot be "
                "continued. Begin a new run: evosearch run --profile NAME"
            )
        local, file = _find_local(local, recorded)
        values = _combine(command, recorded, local, settings.get("data"), is_given, manifest)
        folders = local.folders if local else (Path.cwd(),)
    values = apply_asked(values, manifest)
    keep_calendar(values["problem"], manifest["problem"].get("data"))
    draft = Draft(values["name"], values, {"": run_id}, folders)
    draft.set("run.results", str(results), "--results")
    for flag, value in settings.items():
        if value is not None:
            # A file that is typed now lies where the person is now.
            draft.set(KEYS[flag], _place_now(value) if flag == "data" else value, f"--{flag}")
            if flag == "generations":
                draft.values["search"].pop("evaluations", None)
    return check_draft(draft, is_given), file


def _place_now(data: object) -> object:
    """A file that is typed now lies where the person is now."""
    if isinstance(data, Path):
        data = str(data)
    if not isinstance(data, str) or is_sample(data):
        return data
    path = write_out(data)
    return path if os.path.isfile(path) else data  # noqa: PTH113


def _folders_of(manifest: Mapping[str, Any], results: Path) -> tuple[Path, ...]:
    """Where files were, then where they are if everything has moved."""
    before = [Path(folder) for folder in manifest.get("folders", ["."])]
    return tuple(dict.fromkeys([*before, Path.cwd(), results.absolute().parent]))


def _follow_move(values: dict[str, Any], folders: Sequence[Path]) -> dict[str, Any]:
    """Values of a profile whose files are looked for where the project is now.

    An absolute path into a folder of the run is wrong after that folder has moved. What is found
    instead must have the same fingerprint.
    """
    problem = dict(values["problem"])
    file, colon, attribute = problem["name"].rpartition(":")
    if file.endswith(".py"):
        problem["name"] = f"{_make_relative(file, folders)}{colon}{attribute}"
    elif isinstance(problem.get("data"), str) and not colon:
        problem["data"] = _make_relative(problem["data"], folders)
    return {**values, "problem": problem}


def _make_relative(path: str, folders: Sequence[Path]) -> str:
    if not Path(path).is_absolute() or os.path.exists(path):  # noqa: PTH110
        return path
    found = [Path(path).relative_to(f) for f in folders if Path(path).is_relative_to(f)]
    # Of nested folders the innermost: it depends least on what was moved.
    shorter = sorted(found, key=lambda part: len(part.parts))
    there = (part for part in shorter if any((f / part).is_file() for f in folders))
    return str(next(there, path))


def _require_file(values: Mapping[str, Any], folders: tuple[Path, ...], command: str) -> None:
    """Raise UsageError, with what to type, for a problem whose file is nowhere."""
    file, _, attribute = values["problem"]["name"].rpartition(":")
    if not file.endswith(".py"):
        return
    try:
        find_file(file, folders)
    except ProblemError as error:
        known = values["name"] in list_profiles()
        place = f"PATH/{Path(file).name}:{attribute}"
        raise UsageError(
            f"{error} Give the command in the folder that it lies in, or say where it is:\n"
            f"  {command} --profile {quote(values['name']) if known else 'NAME'} "
            f"--set problem.name={place}"
        ) from error


def _find_local(
    local: LoadedProfile | str | None, recorded: Profile
) -> tuple[LoadedProfile | None, Path | None]:
    """The profile of this machine: the one given, else the one of the run's name, if any."""
    if isinstance(local, LoadedProfile):
        return local, None
    if local is not None:
        return load_profile(local), find_profile(local)
    file = list_profiles().get(recorded.name)
    found = load_profile(str(file)) if file else None
    name = plain_name(recorded.problem["name"])
    if found is None or plain_name(found.problem["name"]) != name:
        return None, None  # of the same name by chance; --profile says that it is meant
    return found, file


def _combine(
    command: str,
    recorded: Profile,
    local: Profile | None,
    data: object,
    is_given: bool,
    manifest: Mapping[str, Any],
) -> dict[str, Any]:
    """Values of a profile: what is loaded, read or connected to comes from `local` alone."""
    values = recorded.to_plain(exclude={"run"}, exclude_none=True)
    run = local.run if local else RunTable()
    # A run has one machine's name, which is in the name of every file of it.
    own = {"budget": recorded.run.budget, "machine": recorded.run.machine or run.machine}
    values["run"] = run.model_copy(update=own).model_dump(exclude_none=True)
    if is_given:
        return values
    is_same = local is None or local.problem["name"] == recorded.problem["name"]
    if not (is_same and recorded.problem["name"] in BUILT_IN):
        if local is None:
            from_python = (
                "\nIf a script or a notebook began it, continue it from there:\n"
                "  evosearch.resume(RUN, problem=THE_SAME_OBJECT)"
            )
            raise UsageError(
                "This run searched a problem that is not part of evosearch "
                f"({make_visible(recorded.problem['name'][:80])}). {_NEVER} loaded here. "
                f"Name a profile of this machine with that problem:\n  {command} --profile NAME\n"
                "Where it names another problem, add  --set problem.name=FILE.py:CLASS"
                f"{'' if '.py:' in recorded.problem['name'] else from_python}"
            )
        return values | {"problem": dict(local.problem)}
    options = values["problem"]
    if data is None and not is_sample(options.get("data", "sample:")):
        options.pop("data")
        summary = manifest["problem"].get("data")
        place = find_bars(summary)
        default = find_default()
        if place.is_here:
            _point(options, place)
        elif local is not None and "data" in local.problem:
            _read_as(options, local.problem)
        elif default is not None:
            _read_as(options, {"data": default.data, **default.reading})
        else:
            raise UsageError(
                f"This run was measured on {describe_data(summary) or 'a data file'}: "
                f"{describe_place(place)}. {_NEVER} read here. "
                f"Name that file on this machine:\n  {command} --data FILE"
            )
    return values


def _find_own_bars(problem: dict[str, Any], manifest: Mapping[str, Any]) -> None:
    """Let an own run find its bars again, from any folder."""
    if problem.get("name") in BUILT_IN and "data" in problem and not is_sample(problem["data"]):
        place = find_bars(manifest["problem"].get("data"))
        if place.is_here:
            _point(problem, place)


def _point(options: dict[str, Any], place: Place) -> None:
    """Point the options of a problem at bars on this machine."""
    found = place.options
    _read_as(options, found)
    options |= {key: found[key] for key in ("since", "until") if key in found}


def _read_as(options: dict[str, Any], other: Mapping[str, Any]) -> None:
    """Take a file, and how it is read, from other options."""
    for key in WAYS:
        if key != "unsorted":
            options.pop(key, None)
    options |= {key: other[key] for key in ("data", *WAYS) if key in other}
