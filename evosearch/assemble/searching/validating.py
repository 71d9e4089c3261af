"""Profiles checked as far as a run would need them: their values, and the prices they name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from evosearch.assemble.reasons import foresee
from evosearch.assemble.searching.search import load_problem
from evosearch.assemble.settings.loading import load_profile
from evosearch.errors import EvosearchError, ProfileError
from evosearch.profiles.files import list_profiles
from evosearch.trading.loading.once import keep_last


@dataclass(frozen=True)
class Validated:
    """What was found of a profile.

    Attributes
    ----------
    name : str
    mistakes : tuple of str
        Empty if a run can begin.
    foreseen : tuple of str
        Why a run would find nothing feasible; it can begin all the same.
    data : dict
        `Problem.data_summary` of its prices; empty for a problem without prices.
    """

    name: str
    mistakes: tuple[str, ...] = ()
    foreseen: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)


def validate_profiles(
    names: Sequence[str] = (), assignments: Sequence[str] = ()
) -> list[Validated]:
    """Check profiles; the prices of those that search strategies are loaded.

    A problem of a user is not built: only a run runs code of its own.

    Parameters
    ----------
    names : sequence of str
        All that can be named when empty.
    assignments : sequence of str
        As after ``--set``.
    """
    with keep_last():
        return [_validate(name, assignments) for name in names or list_profiles()]


def _validate(name: str, assignments: Sequence[str]) -> Validated:
    try:
        profile = load_profile(name, assignments)
        if profile.problem["name"] != "trading":
            return Validated(profile.name)
        problem = load_problem(profile)
    except ProfileError as error:
        return Validated(name, error.mistakes)
    except EvosearchError as error:  # its prices
        return Validated(name, (f"{profile.name}, [problem] data: {error}",))
    return Validated(profile.name, (), foresee(problem), problem.data_summary())
