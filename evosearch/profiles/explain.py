"""Pydantic's findings in words: what was expected, what was found, and what to try."""

from __future__ import annotations

from datetime import date, time
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from evosearch.errors import did_you_mean
from evosearch.plain import write_value

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


def explain_validation(error: ValidationError, model: type[BaseModel]) -> list[tuple[str, str]]:
    """Pydantic's findings as (dotted key, sentence): what was expected and what was found."""
    faults: list[tuple[str, str]] = []
    expected: dict[str, list[str]] = {}  # the arms of a union are one expectation together
    inputs: dict[str, Any] = {}
    for item in error.errors():
        place = tuple(str(part) for part in item["loc"])
        text = item["msg"].removeprefix("Value error, ")
        key = ".".join(place[: len(_follow(model, place))])
        if item["type"] == "extra_forbidden":
            fields = _follow(model, place[:-1])
            table: Any = fields[-1].annotation if fields else model
            hint = did_you_mean(place[-1], table.model_fields)
            faults.append((".".join(place), f"unknown key. {hint}".strip()))
        elif item["type"] == "missing" and key == ".".join(place):
            faults.append((key, "missing."))
        elif item["type"] == "value_error":
            if not place:  # of the whole table: it begins with its key
                key, _, text = text.partition(": ")
            faults.append((key, text))
        else:
            wanted = text.replace("Input should be ", "").replace("Field required", "more values")
            expected.setdefault(key, []).append(_PLAIN.get(item["type"], wanted))
            inputs[key] = item["input"]
    for key, arms in expected.items():
        advice = _advise(_follow(model, tuple(key.split("."))), inputs[key])
        got = shorten(inputs[key])
        faults.append((key, f"expected {' or '.join(arms)}, got {got}.{advice}"))
    return faults


def _advise(fields: list[FieldInfo], value: Any) -> str:
    if not fields:
        return ""
    names = [name for name in get_args(fields[-1].annotation) if isinstance(name, str)]
    if isinstance(value, str) and (hint := did_you_mean(value, names)).startswith("Did"):
        return f" {hint}"
    default = fields[-1].get_default()
    if default in (None, "", PydanticUndefined) or isinstance(default, (BaseModel, tuple)):
        return ""
    return f" Try {write_value(default)}."


def _follow(model: type[BaseModel], place: tuple[str, ...]) -> list[FieldInfo]:
    """The fields that a location leads through: its parts that are keys, not arms of a union."""
    fields: list[FieldInfo] = []
    inner: Any = model
    for part in place:
        is_table = isinstance(inner, type) and issubclass(inner, BaseModel)
        if not is_table or part not in inner.model_fields:
            break
        fields.append(inner.model_fields[part])
        inner = fields[-1].annotation
    return fields


def shorten(value: Any) -> str:
    """A value as it is written in a profile, cut to 60 characters."""
    is_toml = isinstance(value, (date, time, list, tuple, dict))
    text = write_value(value) if is_toml else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
