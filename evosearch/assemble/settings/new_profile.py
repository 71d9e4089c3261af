"""A new profile, written out with a comment for each setting."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evosearch.assemble.settings.listing import Setting, list_settings
from evosearch.assemble.settings.loading import check_draft
from evosearch.assemble.settings.words import find_words
from evosearch.errors import UsageError
from evosearch.plain import write_key, write_readable, write_value
from evosearch.profiles.files import Draft, list_profiles, profile_folders, read_draft
from evosearch.profiles.loaded import LoadedProfile
from evosearch.profiles.tables import check_name

_WIDTH = 79
_FOLDER = "profiles"
_TITLES = {
    "search": "How much is searched.",
    "problem": "What is searched.",
    "run": "Where and with what it runs. Nothing here changes a result.",
}


_TITLE = "How the {} search works. Most people leave this as it is."


@dataclass(frozen=True)
class NewProfile:
    """A profile that was written.

    Attributes
    ----------
    name, base : str
    path : Path
    notes : tuple of str
        What the new file changes.
    """

    name: str
    base: str
    path: Path
    notes: tuple[str, ...] = ()


def new_profile(name: str, base: str = "pro") -> NewProfile:
    """Write ``profiles/NAME.toml`` in the current folder, with all values of another profile.

    Every value is written out and nothing is inherited. The file means the same when its base
    changes later, and on another machine.

    Parameters
    ----------
    name : str
    base : str
        Name of a profile, or the path of its file.

    Returns
    -------
    NewProfile

    Raises
    ------
    UsageError
        The name is not valid, or the file exists: it is never overwritten.
    ProfileError
        What is wrong with the base.
    """
    fault = check_name(name)
    if fault:
        raise UsageError(fault[0].upper() + fault[1:])
    path = Path(_FOLDER, f"{name}.toml")
    if path.exists() or path.is_symlink():
        raise UsageError(f"{path} exists already. Change it, or choose another name.")
    draft = read_draft(base)  # without what this machine adds
    _keep_files(draft)
    text = write_profile(name, check_draft(draft))
    notes = tuple(_list_notes(name))
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            try:
                file.write(text)
                file.flush()
            except OSError:
                path.unlink()
                raise
    except (FileExistsError, NotADirectoryError):
        raise UsageError(f"{_FOLDER} is a file here, so it cannot hold a profile.") from None
    return NewProfile(name, draft.name, path, notes)


def _keep_files(draft: Draft) -> None:
    """Name the files of a profile so that they are found from the new one too."""
    problem = draft.values.get("problem")
    if not isinstance(problem, dict):
        return
    folders = [Path.cwd() / _FOLDER, Path.cwd()]
    for key in ("name", "data"):
        text = problem.get(key)
        file, colon, attribute = str(text).rpartition(":") if key == "name" else (text, "", "")
        if not isinstance(file, str) or (key == "name" and not file.endswith(".py")):
            continue
        found = next((place for place in draft.folders if os.path.isfile(place / file)), None)  # noqa: PTH113
        if found is not None and not any(
            os.path.isfile(place / file) and (place / file).samefile(found / file)  # noqa: PTH113
            for place in folders
        ):
            problem[key] = f"{(found / file).resolve()}{colon}{attribute}"


def _list_notes(name: str) -> Iterator[str]:
    if name in list_profiles():
        yield f"in this folder, {name} now means this file and no longer {list_profiles()[name]}"
    above = [folder for folder in profile_folders() if folder.parent in Path.cwd().parents]
    if above and not Path(_FOLDER).is_dir():
        yield f"from this folder, the profiles of {above[0]} can now be named by their path alone"


def write_profile(name: str, profile: LoadedProfile) -> str:
    """The text of a profile with the values of another one.

    Parameters
    ----------
    name : str
        Of the new profile.
    profile : LoadedProfile
        The other one.
    """
    settings = list_settings(profile)
    problem, given = profile.problem["name"], profile.problem_options
    lines = [
        *_comment(f"{name}: a profile of evosearch, made from {settings.name}."),
        "#",
        *_comment(
            "Words behind a # explain. A line such as  # seed = 1  is not used: take the # away "
            "to use it, and change its value."
        ),
        "#",
        f"#   Search with it:           evosearch run --profile {name}",
        f"#   See what it means:        evosearch profiles show {name}",
        f"#   Look for mistakes in it:  evosearch profiles validate {name}",
        "",
    ]
    rows = {row.key: row for row in settings.rows}
    for table, value in settings.values.items():
        if table == "name":
            continue
        if not isinstance(value, dict):
            lines += [*_write(Setting(table, value, ""), table, problem, value is not None), ""]
            continue
        lines += [*_comment(_TITLES.get(table) or _TITLE.format(table)), f"[{table}]"]
        for option, item in value.items():
            row = rows.get(f"{table}.{option}", Setting(f"{table}.{option}", item, ""))
            is_used = item is not None and not row.origin.startswith("follows")
            if table == "problem" and option not in ("name", *given):
                # Its own default may be of another type, such as a tuple; sample data are meant
                # for a machine that has no other.
                is_used = is_used and ":" not in problem and option != "data"
            lines += _write(row, option, problem, is_used)
        lines.append("")
    lines += _comment("When you have saved it, search with it:")
    return "\n".join([*lines, f"#   evosearch run --profile {name}"]) + "\n"


def _write(row: Setting, name: str, problem: str, is_used: bool) -> Iterator[str]:
    words, example = find_words(row.key, problem)
    if row.note and not example:
        words = f"{words} Without it: {row.note}.".strip()
    yield from _comment(words)
    # A number of a person's own problem keeps its type.
    is_own = ":" in problem and row.key.startswith("problem.")
    write = write_value if is_own and not isinstance(row.value, str) else write_readable
    shown = write(row.value) if row.value is not None else example or "..."
    if row.key == "problem.data" and not is_used:
        shown = example or shown
    line = f"{write_key(name)} = {shown}"
    yield line if is_used else f"# {line}"


def _comment(words: str) -> list[str]:
    width = _WIDTH - len("# ")
    lines = textwrap.wrap(words, width, break_long_words=False, break_on_hyphens=False)
    return [f"# {line}" for line in lines]
