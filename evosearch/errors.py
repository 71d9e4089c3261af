"""Every error a person can cause or meet, as one tree with one exit code each.

    EvosearchError            1   done, but a check failed or nothing matched
      UsageError              2   the command line, nothing computed
        ProfileError          2   a profile, all its mistakes at once
        SpaceError            2   a search space or a genome that is not in it
        ProblemError          2   a problem that cannot be loaded or breaks its promise
          OptionError         2   options of a problem, each fault with its key
        DataError             2   prices that cannot be trusted
      ObjectiveFails          1   nearly every evaluation fails: searching on is of no use
      ShardError              4   shards that must not be combined
        IncomparableShards    4   two evaluation fingerprints, objectives or directions
        ShardConflict         4   one genome, two measurements, under --strict
      PartialResult           3   some inputs were skipped, under --strict
      EnvironmentFailed       5   disk, permission, lock, worker or backend
        WorkerLost            5   worker processes die faster than they can be replaced

A message says what, where and how to fix. A failed evaluation is no error: it is a row with a
status. Only the command line turns these into text and an exit code.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any


class EvosearchError(Exception):
    """Base of all errors that evosearch raises on purpose.

    Attributes
    ----------
    exit_code : int
    result : RunResult or None
        What a search had measured, published or committed when this ended it.
    """

    exit_code = 1
    result: Any = None


class ObjectiveFails(EvosearchError):
    """So many evaluations fail that the fault lies in the objective, not in single genomes."""


class UsageError(EvosearchError, ValueError):
    """Something asked for cannot be done as asked; nothing was computed."""

    exit_code = 2


class ProfileError(UsageError):
    """A profile with one or more mistakes.

    Parameters
    ----------
    mistakes : sequence of str
        One finished sentence for each mistake, with its place and its remedy.
    """

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


class SpaceError(UsageError):
    """A search space that contradicts itself, or parameters outside it."""


class ProblemError(UsageError):
    """A problem that cannot be imported, built, or that breaks the promise of its base class."""


class OptionError(ProblemError):
    """Options that a problem does not accept.

    Parameters
    ----------
    faults : sequence of (str, str)
        Key and message of each fault, so that a profile can say where the key stands.
    """

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(f"{key}: {text}" for key, text in faults))


class DataError(UsageError):
    """Input data with problems, each named and located."""


class ShardError(EvosearchError):
    """Shards that cannot be combined."""

    exit_code = 4


class IncomparableShards(ShardError):
    """Shards whose fitness values do not measure the same thing."""


class ShardConflict(ShardError):
    """One genome with different fitness values under one fingerprint."""


class PartialResult(EvosearchError):
    """Some inputs could not be used, and the caller asked for all or nothing."""

    exit_code = 3


class EnvironmentFailed(EvosearchError, RuntimeError):
    """The machine refused: disk, permission, lock, process or network."""

    exit_code = 5


class WorkerLost(EnvironmentFailed):
    """Worker processes cannot be started or kept alive."""


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """A closing sentence that names the nearest allowed word, or lists them all.

    Parameters
    ----------
    word : str
        What was written.
    allowed : iterable of str
        What could have been written.

    Returns
    -------
    str
        ``"Did you mean 'population'?"``, or ``"Allowed: a, b, c."``, or an empty string.

    Examples
    --------
    >>> did_you_mean("populaton", ["population", "generations"])
    "Did you mean 'population'?"
    """
    names = [str(name) for name in allowed]
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    if near:
        return f"Did you mean '{near[0]}'?"
    return f"Allowed: {', '.join(names)}." if names else ""
