"""A profile: everything that defines one run, checked and frozen.

The models here say what a profile may hold. `files` reads, inherits and overrides; `explain` turns
pydantic's findings into sentences. The names of algorithms and backends, the algorithm's own table
and the options of ``[problem]`` are checked where the run is put together: this room lies below
those that know them.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from evosearch.plain import write_toml, write_value
from evosearch.profiles.durations import parse_duration
from evosearch.profiles.explain import shorten
from evosearch.seeding import MAX_SEED
from evosearch.texts import MAX_SLUG, slugify

MAX_POPULATION = 10_000_000
NAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])")


class Table(BaseModel):
    """Base of all tables: strict, frozen, and without keys that it does not know."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def _setting(default: object, words: str, example: str) -> Any:
    """A setting: its default, and the plain words and the example that a new profile has."""
    return Field(default=default, description=words, examples=[example])


class SearchTable(Table):
    """``[search]``: how much is searched, and by what."""

    algorithm: str = _setting(
        "genetic",
        '"genetic" learns from what it has tried; "random" tries without learning.',
        '"genetic"',
    )
    population: Annotated[int, Field(ge=2, le=MAX_POPULATION)] = _setting(
        40, "Tries in each generation, 2 or more.", "40"
    )
    generations: Annotated[int, Field(ge=1, le=100_000_000)] = _setting(
        30, "Generations. Population x generations = tries in all.", "30"
    )
    evaluations: Annotated[int, Field(ge=1, le=10**12)] | None = _setting(
        None, "Tries in all, in place of generations.", "1200"
    )
    # In the objective's own units.
    target: float | None = _setting(None, "Stop when the objective is as good as this.", "0.1")
    stagnation: Annotated[int, Field(ge=1)] | None = _setting(
        None, "Stop after so many generations in which none was better than before.", "50"
    )


class RunTable(Table):
    """``[run]``: where and with what it runs; nothing here changes a result."""

    workers: Literal["auto"] | Annotated[int, Field(ge=0, le=4096)] = _setting(
        "auto", 'Processor cores to use: a number, or "auto" for all.', '"auto"'
    )
    backend: str = _setting(
        "auto",
        'How the work is shared: "auto" is right on one machine, "ray" joins a cluster.',
        '"auto"',
    )
    address: str | None = _setting(
        None, "The head of the Ray cluster, host and port.", '"192.168.1.10:6379"'
    )
    timeout_s: Annotated[float, Field(gt=0)] | None = _setting(
        None, "Give up on one try after so many seconds.", "60"
    )
    memory_gib: Annotated[float, Field(gt=0)] | None = _setting(
        None, "Memory that one worker may use, in GiB.", "2"
    )
    results: str = _setting(
        "results", "Folder for the results, seen from where you start.", '"results"'
    )
    budget: str | Annotated[float, Field(gt=0)] | None = _setting(
        None, 'Time for one run: "90s", "45m" or "2h".', '"45m"'
    )
    # What shards call this machine, in place of its host's name.
    machine: str | None = _setting(
        None,
        "Name of this machine in the results: a-z, 0-9 and -. Without it, its network name.",
        '"air"',
    )

    @property
    def budget_s(self) -> float | None:
        """The time for one run in seconds."""
        return None if self.budget is None else parse_duration(self.budget)

    @field_validator("budget")
    @classmethod
    def _check_budget(cls, value: str | float | None) -> str | float | None:
        try:
            _ = None if value is None else parse_duration(value)
        except ValueError:
            raise ValueError(f"expected a time such as 90s, 45m or 2h, got {value!r}.") from None
        return value

    @field_validator("machine")
    @classmethod
    def _check_machine(cls, value: str | None) -> str | None:
        # Not made into a name that fits: --host finds a machine by what its owner wrote.
        if value is not None and value != slugify(value, default=""):
            remedy = slugify(value, default="air")
            raise ValueError(
                f"expected a-z, 0-9 and '-' inside, at most {MAX_SLUG}: it becomes part of file "
                f"names; got {shorten(value)}. Try {write_value(remedy)}."
            )
        return value


class Profile(Table):
    """One run, fully specified.

    Attributes
    ----------
    name : str
        Letters, digits and dashes; part of file names.
    description : str
    seed : int or None
        None until one is drawn.
    search, run : tables
    settings : dict
        The table of the chosen algorithm, every key of it.
    problem : dict
        ``name`` and the problem's own options.
    """

    name: str
    description: str = _setting("", "One line about this profile, for lists.", '""')
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = _setting(
        None,
        "A whole number. The same seed, settings and data give the same rows again. "
        "Without one, each run draws a new seed, and says which.",
        "1",
    )
    search: SearchTable = SearchTable()
    settings: dict[str, Any] = {}
    problem: dict[str, Any]
    run: RunTable = RunTable()

    @property
    def n_generations(self) -> int:
        """Generations to breed, the last one perhaps cut short by ``evaluations``."""
        wanted = self.search.evaluations
        return -(-wanted // self.search.population) if wanted else self.search.generations

    @property
    def n_evaluations(self) -> int:
        """The budget: distinct genomes to evaluate."""
        return self.search.evaluations or self.search.population * self.search.generations

    @property
    def problem_options(self) -> dict[str, Any]:
        """``[problem]`` without its name."""
        return {key: value for key, value in self.problem.items() if key != "name"}

    def to_plain(self, **how: Any) -> dict[str, Any]:
        """The tables as a profile's file has them, the algorithm's under its name if it has any.

        Parameters
        ----------
        **how
            As of pydantic's `model_dump`.
        """
        plain: dict[str, Any] = {}
        for key, value in self.model_dump(**how).items():
            if key != "settings" or value:
                plain[self.search.algorithm if key == "settings" else key] = value
        return plain

    def to_toml(self) -> str:
        """The profile as TOML, every value written out."""
        return write_toml(self.to_plain(exclude_none=True))


def check_name(name: str) -> str | None:
    """Why a profile name cannot be part of a file name on every system, or None."""
    if not NAME_PATTERN.fullmatch(name) or _RESERVED.fullmatch(name):
        return (
            f"profile name {name[:80]!r} cannot be part of a file name everywhere: use a-z, 0-9 "
            "and '-', at most 64, beginning with a letter or digit."
        )
    return None
