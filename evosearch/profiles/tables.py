"""A profile: everything that defines one run, checked and frozen.

The models here say what a profile may hold and turn pydantic's findings into sentences. Reading
files, inheritance and command-line overrides are the business of `profile_files`; what stands
in ``[problem]`` is checked by the problem itself, where the run is put together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic.fields import FieldInfo

from evosearch.errors import did_you_mean
from evosearch.profiles.durations import parse_duration
from evosearch.seeding import MAX_SEED
from evosearch.texts import MAX_SLUG, slugify
from evosearch.toml_text import write_toml, write_value

MAX_POPULATION = 10_000_000
NAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])")

# Pydantic's words for types, said plainly.
_PLAIN = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "a text",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "too_short": "a longer list",
    "finite_number": "a finite number",
    "model_type": "a table",
    "dict_type": "a table",
}

Rate = Annotated[float, Field(ge=0, le=1)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class SearchTable(_Table):
    """``[search]``: how much is searched, and by what."""

    algorithm: Literal["genetic", "random"] = "genetic"
    population: Annotated[int, Field(ge=2, le=MAX_POPULATION)] = 40
    generations: Annotated[int, Field(ge=1, le=100_000_000)] = 30
    # Instead of generations, when given.
    evaluations: Annotated[int, Field(ge=1, le=10**12)] | None = None
    # In the objective's own units.
    target: float | None = None
    stagnation: Annotated[int, Field(ge=1)] | None = None


class GeneticSettings(_Table):
    """``[genetic]``: how the genetic algorithm breeds.

    Attributes
    ----------
    tournament : int, >= 1
        Entrants of each selection tournament.
    crossover_rate : float in [0, 1]
        Chance that a child has two parents.
    crossover_spread : float in [0, 1]
        How far beyond its parents a blended number may fall, as a share of their distance.
    mutation_rate : float in [0, 1]
        Chance that a gene of a child moves.
    mutation_eta : float, > 0
        Larger keeps the moves smaller.
    elite_frac : float in [0, 1]
        Share of the parents that may stay parents, if no child beats them.
    """

    tournament: Annotated[int, Field(ge=1, le=1000)] = 3
    crossover_rate: Rate = 0.9
    crossover_spread: Annotated[float, Field(ge=0, le=1)] = 0.25
    mutation_rate: Rate = 0.1
    mutation_eta: Annotated[float, Field(gt=0, le=1000)] = 20.0
    elite_frac: Rate = 1.0


class RunTable(_Table):
    """``[run]``: where and with what it runs; nothing here changes a result."""

    workers: Literal["auto"] | Annotated[int, Field(ge=0, le=4096)] = "auto"
    backend: Literal["auto", "serial", "threads", "processes", "ray"] = "auto"
    address: str | None = None
    timeout_s: Annotated[float, Field(gt=0)] | None = None
    memory_gib: Annotated[float, Field(gt=0)] | None = None
    results: str = "results"
    budget: str | Annotated[float, Field(gt=0)] | None = None
    # What shards call this machine, in place of its host's name.
    machine: str | None = None

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
                f"names; got {_shorten(value)}. Try {write_value(remedy)}."
            )
        return value


class Profile(_Table):
    """One run, fully specified.

    Attributes
    ----------
    name : str
        Letters, digits and dashes; part of file names.
    description : str
    seed : int or None
        None until one is drawn.
    search, genetic, run : tables
    problem : dict
        ``name`` and the problem's own options.
    """

    name: str
    description: str = ""
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None
    search: SearchTable = SearchTable()
    genetic: GeneticSettings = GeneticSettings()
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

    def to_toml(self) -> str:
        """The profile as TOML, every value written out."""
        return write_toml(self.model_dump(exclude_none=True))


def check_name(name: str) -> str | None:
    """Why a profile name cannot be part of a file name on every system, or None."""
    if not NAME_PATTERN.fullmatch(name) or _RESERVED.fullmatch(name):
        return (
            f"profile name {name[:80]!r} cannot be part of a file name everywhere: use a-z, 0-9 "
            "and '-', at most 64, beginning with a letter or digit."
        )
    return None


def check_values(values: Mapping[str, Any]) -> tuple[Profile | None, list[tuple[str, str]]]:
    """A profile from plain values, or what is wrong with them.

    Returns
    -------
    profile : Profile or None
    faults : list of (str, str)
        Dotted key and message of each mistake.
    """
    try:
        profile = Profile.model_validate(dict(values))
    except ValidationError as error:
        return None, explain_validation(error, Profile)
    faults = []
    if "name" not in profile.problem:
        faults.append(("problem.name", 'missing. Write name = "trading", or module:attribute.'))
    elif not isinstance(profile.problem["name"], str):
        faults.append(
            ("problem.name", f"expected a text, got {_shorten(profile.problem['name'])}.")
        )
    if profile.genetic.tournament > profile.search.population:
        faults.append(
            (
                "genetic.tournament",
                f"{profile.genetic.tournament} entrants are more than the population of "
                f"{profile.search.population}. Try 3.",
            )
        )
    return (None if faults else profile), faults


def explain_validation(error: ValidationError, model: type[BaseModel]) -> list[tuple[str, str]]:
    """Pydantic's findings as (dotted key, sentence): what was expected and what was found."""
    faults: list[tuple[str, str]] = []
    expected: dict[str, list[str]] = {}  # the arms of a union are one expectation together
    inputs: dict[str, Any] = {}
    for item in error.errors():
        place = tuple(str(part) for part in item["loc"])
        text = item["msg"].removeprefix("Value error, ")
        key = ".".join(place[: _depth_of_field(model, place)])
        if item["type"] == "extra_forbidden":
            hint = did_you_mean(place[-1], _keys_of(model, place[:-1]))
            faults.append((".".join(place), f"unknown key. {hint}".strip()))
        elif item["type"] == "missing" and key == ".".join(place):
            faults.append((key, "missing."))
        elif item["type"] == "value_error" and not place:
            key, _, text = text.partition(": ")
            faults.append((key, text))
        elif item["type"] == "value_error":
            faults.append((key, text))
        else:
            wanted = text.replace("Input should be ", "").replace("Field required", "more values")
            expected.setdefault(key, []).append(_PLAIN.get(item["type"], wanted))
            inputs[key] = item["input"]
    for key, arms in expected.items():
        advice = _advise(_field_of(model, tuple(key.split("."))))
        got = _shorten(inputs[key])
        faults.append((key, f"expected {' or '.join(arms)}, got {got}.{advice}"))
    return faults


def _advise(field: FieldInfo | None) -> str:
    if field is None or field.is_required() or field.default in (None, ""):
        return ""
    if isinstance(field.default, (BaseModel, tuple)):
        return ""
    return f" Try {write_value(field.default)}."


def _field_of(model: type[BaseModel], place: tuple[str, ...]) -> FieldInfo | None:
    found: FieldInfo | None = None
    for part in place:
        field = model.model_fields.get(part)
        if field is None:
            break
        found = field
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            model = field.annotation
    return found


def _depth_of_field(model: type[BaseModel], place: tuple[str, ...]) -> int:
    """How many parts of a location are keys of a file, and not arms of a union or places."""
    depth = 0
    for part in place:
        field = model.model_fields.get(part)
        if field is None:
            break
        depth += 1
        if not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)):
            break
        model = field.annotation
    return depth


def _keys_of(model: type[BaseModel], place: tuple[str, ...]) -> list[str]:
    for part in place:
        field = model.model_fields.get(part)
        if field is None or not isinstance(field.annotation, type):
            return []
        model = field.annotation
    return list(model.model_fields)


def _shorten(value: Any) -> str:
    is_toml = isinstance(value, (date, time, list, tuple, dict))
    text = write_value(value) if is_toml else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
