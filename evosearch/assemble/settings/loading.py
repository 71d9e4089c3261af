"""Profiles, checked to the last option: the file, its tables, and what the problem says of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evosearch.assemble.settings.checking import check_values
from evosearch.assemble.settings.defaults import choose_data
from evosearch.errors import ProblemError, did_you_mean
from evosearch.problems.base import Problem
from evosearch.problems.loading import check_options, find_maker
from evosearch.problems.settings import check_plain
from evosearch.profiles.files import Draft, parse_assignments, read_draft
from evosearch.profiles.flags import KEYS, LABELS
from evosearch.profiles.loaded import LoadedProfile
from evosearch.profiles.toml_source import explain_escapes, has_escapes

# Values that name a file, a folder or a machine.
_PLACES = ("problem.name", "problem.data", "run.results", "run.address")


def load_profile(
    reference: str,
    assignments: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
    **flags: Any,
) -> LoadedProfile:
    """Read and check a profile.

    Parameters
    ----------
    reference : str
        Its name, or the path of its file.
    assignments : sequence of str
        ``key=value`` texts, as after ``--set``.
    labels : mapping of str to str, optional
        Flags that were given in another way than by an option, and how, for messages.
    **flags
        ``seed``, ``population``, ``generations``, ``workers``, ``data``, ``results`` and others,
        each for the value of the profile that is called so; None changes nothing.

    Returns
    -------
    LoadedProfile

    Raises
    ------
    ProfileError
        With every mistake, each with its place and its remedy.

    Examples
    --------
    >>> load_profile("pro", ["problem.fee_frac=0.001"], population=50).search.population
    50
    """
    return check_draft(draft_profile(reference, assignments, labels, **flags))


def draft_profile(
    reference: str,
    assignments: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
    **flags: Any,
) -> Draft:
    """A profile with its overrides, not yet checked, that knows where each value was written.

    Parameters and errors as in `load_profile`.
    """
    refuse_unknown("load_profile", flags, KEYS)
    said = LABELS | dict(labels or {})
    overrides = [
        (KEYS[flag], plain_argument(value), said[flag])
        for flag, value in flags.items()
        if value is not None
    ]
    draft = read_draft(reference, [*parse_assignments(assignments), *overrides])
    choose_data(draft)
    return draft


def refuse_unknown(function: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise when a function of ours is called with an argument that it does not have.

    Raises
    ------
    TypeError
        Naming all of them, each with the nearest one that there is.
    """
    allowed = [*known]
    unknown = [name for name in given if name not in allowed]
    if unknown:
        listed = "; ".join(f"{name!r}: {did_you_mean(name, allowed)}" for name in unknown)
        raise TypeError(f"{function}() has no argument {listed}")


def plain_argument(value: object) -> object:
    """An argument from Python as a profile holds it: paths are texts, NumPy's numbers numbers."""
    if isinstance(value, Path):
        return str(value)
    return value.item() if type(value).__module__ == "numpy" and hasattr(value, "item") else value


def check_draft(draft: Draft, is_given: bool = False) -> LoadedProfile:
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
    maker, values, faults = None, draft.values, _list_escaped(draft)
    problem = draft.values.get("problem")
    is_looked_for = not is_given and "problem.name" not in dict(faults)
    if is_looked_for and isinstance(problem, dict) and isinstance(problem.get("name"), str):
        try:
            maker = find_maker(problem["name"], draft.folders)
        except ProblemError as error:
            faults.append(("problem.name", str(error)))
        else:
            if isinstance(maker, type) and issubclass(maker, Problem):
                settled = maker.settle_options(_options_of(problem))
                values = {**draft.values, "problem": {"name": problem["name"], **settled}}
    profile, found = check_values(values)
    faults = [*found, *faults]
    if maker is not None:
        options = _options_of(values["problem"])
        wrong = check_options(maker, options)
        told = {key for key, _ in wrong}
        wrong += [fault for fault in check_plain(options) if fault[0] not in told]
        faults += [(f"problem.{key}", text) for key, text in wrong]
    if faults or profile is None:
        raise draft.refuse(faults)
    return LoadedProfile.of(profile, draft)


def _list_escaped(draft: Draft) -> list[tuple[str, str]]:
    r"""Faults of paths and names that hold control characters: ``"C:\new"`` has a line break."""
    found = []
    for key in _PLACES:
        table, _, name = key.partition(".")
        values = draft.values.get(table)
        text = values.get(name) if isinstance(values, dict) else None
        if isinstance(text, str) and has_escapes(text):
            # A file may be called so, however seldom; then it is meant.
            is_file = key == "problem.data" and any(
                os.path.isfile(folder / text)  # noqa: PTH113 (False for what can be no name)
                for folder in draft.folders
            )
            found += [] if is_file else [(key, explain_escapes(text))]
    return found


def _options_of(problem: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in problem.items() if key != "name"}
