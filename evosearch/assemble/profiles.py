"""Profiles, checked to the last option: the file, its tables, and what the problem says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evosearch.assemble.prices import choose_data
from evosearch.errors import ProblemError, ProfileError
from evosearch.profile import Profile, check_values
from evosearch.profile_files import Draft, parse_assignments, read_draft

# Arguments and flags that stand for a value of the profile.
KEYS = {
    "seed": "seed",
    "workers": "run.workers",
    "results": "run.results",
    "data": "problem.data",
    "backend": "run.backend",
    "budget": "run.budget",
    "generations": "search.generations",
    "evaluations": "search.evaluations",
    "target": "search.target",
    "stagnation": "search.stagnation",
    "address": "run.address",
    "machine": "run.machine",
}


def load_profile(reference: str, assignments: Sequence[str] = (), **flags: Any) -> Profile:
    """Read and check a profile.

    Parameters
    ----------
    reference : str
        Its name, or the path of its file.
    assignments : sequence of str
        ``key=value`` texts, as after ``--set``.
    **flags
        ``seed``, ``workers``, ``data``, ``results`` and others, as on the command line; None
        changes nothing.

    Returns
    -------
    Profile

    Raises
    ------
    ProfileError
        With every mistake, each with its place and its remedy.
    """
    return check_draft(draft_profile(reference, assignments, **flags))


def draft_profile(reference: str, assignments: Sequence[str] = (), **flags: Any) -> Draft:
    """A profile with its overrides, not yet checked, that knows where each value was written."""
    unknown = [flag for flag in flags if flag not in KEYS]
    if unknown:
        raise TypeError(f"load_profile() has no argument {unknown[0]!r}; it takes {[*KEYS]}")
    overrides = [
        (KEYS[flag], str(value) if isinstance(value, Path) else value, f"--{flag}")
        for flag, value in flags.items()
        if value is not None
    ]
    draft = read_draft(reference, [*parse_assignments(assignments), *overrides])
    choose_data(draft)
    return draft


def check_draft(draft: Draft, is_given: bool = False) -> Profile:
    """Check a draft, the problem's own options included.

    Parameters
    ----------
    draft : Draft
    is_given : bool
        The problem is a Python object: the one that the draft names is not looked for.

    Raises
    ------
    ProfileError
        With every mistake.
    """
    maker, fault, values, problem = None, None, draft.values, draft.values.get("problem")
    if not is_given and isinstance(problem, dict) and isinstance(problem.get("name"), str):
        from evosearch.problems.base import Problem
        from evosearch.problems.loading import check_options, find_maker

        try:
            maker = find_maker(problem["name"], draft.folders)
        except ProblemError as error:
            fault = ("problem.name", str(error))
        else:
            if isinstance(maker, type) and issubclass(maker, Problem):
                settled = maker.settle_options(_options_of(problem))
                values = {**draft.values, "problem": {"name": problem["name"], **settled}}
    profile, faults = check_values(values, draft.folders)
    faults += [fault] if fault else []
    if maker is not None:
        found = check_options(maker, _options_of(values["problem"]))
        faults += [(f"problem.{key}", text) for key, text in found]
    if faults or profile is None:
        raise ProfileError([f"{draft.locate(key)} {text}" for key, text in faults])
    return profile


def _options_of(problem: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in problem.items() if key != "name"}
