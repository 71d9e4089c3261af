"""Plain values against all tables of a profile: its own, and that of the chosen algorithm.

The tables of `profiles` know neither which algorithms and backends there are nor what an algorithm
can be told. Here the registries say so, and a model is made in which pydantic finds every mistake.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ValidationError, create_model

from evosearch.algorithms import ALGORITHMS, find_settings
from evosearch.executors import EXECUTORS
from evosearch.profiles.explain import explain_validation, shorten
from evosearch.profiles.tables import Profile, RunTable, SearchTable, Table


def check_values(values: Mapping[str, Any]) -> tuple[Profile | None, list[tuple[str, str]]]:
    """A profile from plain values, or what is wrong with them.

    Tables of other algorithms than the chosen one are checked and left out.

    Returns
    -------
    profile : Profile or None
    faults : list of (str, str)
        Dotted key and message of each mistake.
    """
    search = values.get("search")
    chosen = search.get("algorithm") if isinstance(search, Mapping) else None
    if not isinstance(chosen, str) or chosen not in ALGORITHMS:
        chosen = SearchTable().algorithm
    used = [name for name in ALGORITHMS if name == chosen or name in values]
    used = [name for name in used if find_settings(name).model_fields]
    model = _make_model(tuple(used), tuple(ALGORITHMS), tuple(EXECUTORS))
    try:
        checked = model.model_validate({**{name: {} for name in used}, **values})
    except ValidationError as error:
        return None, explain_validation(error, model)
    plain = checked.model_dump()
    tables = {name: plain.pop(name) for name in used}
    profile = Profile.model_validate(plain | {"settings": tables.get(chosen, {})})
    faults = []
    if "name" not in profile.problem:
        faults.append(("problem.name", 'missing. Write name = "trading", or module:attribute.'))
    elif not isinstance(profile.problem["name"], str):
        faults.append(("problem.name", f"expected a text, got {shorten(profile.problem['name'])}."))
    if chosen in tables:
        found = getattr(checked, chosen).find_faults(profile.search.population)
        faults += [(f"{chosen}.{key}", text) for key, text in found]
    return (None if faults else profile), faults


def list_backends() -> list[str]:
    """Names that ``[run] backend`` may have."""
    return [*EXECUTORS]


@functools.cache
def _make_model(
    used: tuple[str, ...], algorithms: tuple[str, ...], backends: tuple[str, ...]
) -> type[BaseModel]:
    """A profile's tables in their order, with those of some algorithms in place of `settings`."""
    fields: dict[str, Any] = {}
    for key, field in Profile.model_fields.items():
        if key == "settings":
            fields |= {name: (find_settings(name), ...) for name in used}
        else:
            fields[key] = (field.annotation, field)
    fields["search"] = _name_choices(SearchTable, "algorithm", algorithms)
    fields["run"] = _name_choices(RunTable, "backend", backends)
    return create_model("Profile", __base__=Table, **fields)


def _name_choices(table: type[Table], key: str, names: tuple[str, ...]) -> tuple[object, Table]:
    """A table and its default, with all names that one of its keys may have."""
    choice = (Literal[names], table.model_fields[key].default)
    named: type[Table] = create_model(table.__name__, __base__=table, **{key: choice})  # type: ignore[call-overload]
    return named, named()
