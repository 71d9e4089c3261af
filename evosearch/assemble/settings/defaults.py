"""Whose prices a run is measured on.

--data  >  the profile  >  EVOSEARCH_DATA  >  `evosearch data use FILE`  >  the bundled sample
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evosearch.assemble.settings.reading import fill_reading, parse_reading
from evosearch.errors import DataError, EvosearchError, UsageError
from evosearch.problems.base import Problem
from evosearch.problems.loading import BUILT_IN, check_options, find_maker
from evosearch.profiles import known_data
from evosearch.profiles.files import Draft
from evosearch.profiles.loaded import LoadedProfile
from evosearch.system.typed_paths import write_out
from evosearch.trading.loading.find import is_sample
from evosearch.trading.loading.load import load_bars
from evosearch.trading.reading.settings import Reading

VARIABLE, SETTING = "EVOSEARCH_DATA", "evosearch data use"
_ADVICE = (
    f"`{SETTING}` has set this file for this machine. Set another:  {known_data.SET_COMMAND}   "
    f"or none:  {known_data.REMOVE_COMMAND}"
)


@dataclass(frozen=True)
class Default:
    """The prices of a profile that names none.

    Attributes
    ----------
    data : str
    origin : str
        What says so.
    reading : dict
        The options it is kept with.
    """

    data: str
    origin: str
    reading: dict[str, Any] = field(default_factory=dict)


def choose_data(draft: Draft) -> None:
    """Give a problem that reads prices what the environment or this machine says, if nothing does.

    The options that this machine keeps with its file come along. What a profile says itself counts.

    Raises
    ------
    UsageError
        The machine's own setting cannot be read.
    """
    problem = draft.values.get("problem")
    if not isinstance(problem, dict) or "data" in problem:
        return
    default = find_default()
    if default is not None and reads_prices(problem.get("name"), draft.folders):
        draft.set("problem.data", default.data, default.origin)
        fill_reading(draft, default.reading, default.origin)


def find_default() -> Default | None:
    """The prices of a profile that names none.

    Raises
    ------
    UsageError
        The machine's own setting cannot be read.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Default(named if is_sample(named) else write_out(named), VARIABLE)
    found = known_data.read_setting()
    if found is None:
        return None
    if Reading.parse(found.reading) is None:
        raise known_data.refuse_setting()
    return Default(found.data, SETTING, found.reading)


def use_data(
    file: str | None, assignments: Sequence[str] = ()
) -> tuple[Default | None, dict[str, Any]]:
    """Set the file of prices of this machine, or look at what is set.

    Parameters
    ----------
    file : str or None
        None looks at what is set.
    assignments : sequence of str
        How it is read, as after ``--set``; kept with the file.

    Returns
    -------
    default : Default or None
        What is set now.
    summary : dict
        What it holds.

    Raises
    ------
    DataError
        The file cannot be used.
    UsageError, EnvironmentFailed
        The setting cannot be read, or not be written.
    """
    if file is None:
        if assignments:
            raise UsageError(f"--set: name the file, too:  {SETTING} FILE --set ...")
        found = known_data.read_setting()
        if found is None:
            return None, {}
        reading = Reading.parse(found.reading)
        if reading is None:
            raise known_data.refuse_setting()
        data = found.data
    else:
        data, reading = file, parse_reading(assignments)
    data = data if is_sample(data) else write_out(data)
    try:
        summary = load_bars(data, (Path(),), reading).summarise()
    except DataError as error:
        raise error if file is not None else DataError(f"{error}\n{_ADVICE}") from error
    if file is not None:
        known_data.write_setting(data, reading.to_plain())
    return Default(data, SETTING, reading.to_plain()), summary


def reads_prices(name: object, folders: tuple[Path, ...]) -> bool:
    """Whether the problem of this name takes a file of prices as its option ``data``."""
    if not isinstance(name, str) or name in BUILT_IN:
        return name == "trading"  # without its code, which takes long to load
    try:
        maker = find_maker(name, folders)
    except EvosearchError:
        return False  # reported where the profile is checked
    if not (isinstance(maker, type) and issubclass(maker, Problem) and maker.reads_prices):
        return False
    return all(key != "data" for key, _ in check_options(maker, {"data": "sample:ibm-daily"}))


def explain_origin(profile: LoadedProfile) -> str:
    """What named the prices, if neither the profile nor the command did; else empty."""
    with contextlib.suppress(EvosearchError):
        default = find_default()
        if default is not None and default.data == profile.problem.get("data"):
            return _ADVICE if default.origin == SETTING else f"The variable {VARIABLE} names it."
    return ""
