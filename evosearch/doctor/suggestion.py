"""Which of the profiles here suits a machine."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evosearch.doctor.base import FAILED, WARNING, Finding
from evosearch.profiles.files import list_profiles
from evosearch.texts import format_bytes, quote

_MANY_FAST_CORES = 6
_MANY_CORES = 6
_SOME_CORES = 4
_MUCH_MEMORY = 12 * 2**30
# A search of the profile pro, and what is soon done.
_PRO_ROWS, _SOON_S = 1_200, 10
_POPULATIONS = (1000, 100, 20, 4)
_NUMBERS: dict[float, str] = {10: "ten"}


@dataclass(frozen=True)
class Suggestion:
    """A profile, why, and what to type.

    Attributes
    ----------
    profile, why, command : str
    """

    profile: str
    why: str
    command: str


def suggest_profile(
    findings: Sequence[Finding], platform: str = sys.platform, per_s: float | None = None
) -> Suggestion | None:
    """The profile that suits the machine that was examined; None when there is none at all.

    Parameters
    ----------
    findings : sequence of Finding
        What `examine` found.
    platform : str
        As `sys.platform`.
    per_s : float, optional
        Strategies a second, if they were measured: fast cores need not be many.
    """
    there = list_profiles()
    why_first = "none of the profiles here is meant for a machine like this; it is the first"
    for name, why in (*_rank(findings, platform, per_s), *((name, why_first) for name in there)):
        if name in there:
            return Suggestion(name, why, f"evosearch run --profile {quote(name)}")
    return None


@dataclass(frozen=True)
class Length:
    """How long a search may be that takes a stated time here.

    Attributes
    ----------
    seconds : float
    per_s, bytes_per_row : float
        As measured.
    population, generations, n_rows, n_bytes : int
    why, command : str
    """

    seconds: float
    per_s: float
    bytes_per_row: float
    population: int
    generations: int
    n_rows: int
    n_bytes: int
    why: str
    command: str


def suggest_length(profile: str, per_s: float, bytes_per_row: float, seconds: float) -> Length:
    """Population and generations, in round numbers, for a search of about so many seconds.

    Parameters
    ----------
    profile : str
        For the command.
    per_s : float
        Evaluations a second.
    bytes_per_row : float
        Of a shard.
    seconds : float
    """
    n_wanted = max(4.0, per_s * seconds)
    # At least twenty generations, or selection has no time to work.
    population = next((n for n in _POPULATIONS if n_wanted >= 20 * n), _POPULATIONS[-1])
    generations = _round_down(n_wanted / population)
    n_rows = population * generations
    n_bytes = round(n_rows * bytes_per_row)
    why = (
        f"{_NUMBERS.get(seconds, f'{seconds:g}')} seconds here: {population:,} x "
        f"{generations:,}, {format_bytes(n_bytes)} of shards"
    )
    command = (
        f"evosearch run --profile {quote(profile)} --set search.population={population} "
        f"--set search.generations={generations}"
    )
    shape = population, generations, n_rows, n_bytes
    return Length(seconds, per_s, bytes_per_row, *shape, why, command)


def _round_down(number: float) -> int:
    """A whole number of one digit and zeros, no more than `number` but at least 1."""
    unit = int("1" + "0" * (len(str(int(number))) - 1))
    return max(1, int(number) // unit * unit)


def _rank(findings: Sequence[Finding], platform: str, per_s: float | None) -> list[tuple[str, str]]:
    """Profiles from the most fitting to the one that runs anywhere, each with its reason."""
    facts: dict[str, dict[str, Any]] = {finding.name: finding.facts for finding in findings}
    states = {finding.name: finding.state for finding in findings}
    cores = facts.get("cores", {})
    n_fast = cores.get("performance", cores.get("physical", 1))
    memory = facts.get("memory", {}).get("total_bytes", 0)
    last = ("demo", "300 strategies on bundled prices, a matter of seconds anywhere")
    if FAILED in states.values():
        return [("demo", "something above failed; the smallest search shows when it is mended")]
    if states.get("power") == WARNING:
        return [("friend", "it runs on its battery: 600 strategies are soon done"), last]
    if platform == "win32":
        return [("gamer", f"Windows with {n_fast} cores: 2,400 strategies"), ("pro", ""), last]
    if platform == "darwin":
        if n_fast >= _MANY_FAST_CORES:
            return [("pro", f"a Mac with {n_fast} fast cores: 1,200 strategies"), last]
        return [("air", f"a Mac with {n_fast} fast cores: 1,250 strategies, low risk"), last]
    if n_fast >= _MANY_CORES and memory >= _MUCH_MEMORY:
        why = f"{n_fast} cores and {memory / 2**30:.0f} GiB of memory: 2,400 strategies"
        return [("gamer", why), last]
    if n_fast >= _SOME_CORES:
        return [("pro", f"{n_fast} cores: 1,200 strategies"), last]
    if per_s is not None and per_s * _SOON_S >= _PRO_ROWS:
        seconds = max(1, round(_PRO_ROWS / per_s))
        return [
            ("pro", f"1,200 strategies take about {seconds} s here, {per_s:,.0f} a second"),
            last,
        ]
    return [("friend", "few cores: 600 strategies, the smallest serious search"), last]
