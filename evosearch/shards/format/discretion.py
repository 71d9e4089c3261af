"""Removes local paths from the profile and problem that a shard states.

Shards are redacted when they are written and again when a merge joins them, since older versions
wrote paths. The functions are pure and idempotent, so the order and grouping of merges do not
matter.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import pyarrow as pa

from evosearch.plain import write_toml
from evosearch.redaction import is_cut_error, remove_paths
from evosearch.shards.format.arrays import one_chunk, texts_to_arrow
from evosearch.shards.format.records import is_toml
from evosearch.shards.format.trials.benchmark import DAYS, parse_days

Remove = Callable[[str], str]

# Settings that hold places of this machine.
_LOCAL = ("results", "address")
# Parts that decide the ranking.
_MEASURED = ("objective", "direction")


@lru_cache(maxsize=256)
def redact_profile(text: str) -> str:
    """The text of a profile for others.

    Without ``run.results`` and ``run.address``; the files that ``problem.name`` and
    ``problem.data`` name by their names alone; nowhere an absolute path, but in the options of
    a problem that is not part of evosearch: they are as its author wrote them.
    """
    if not is_toml(text):
        return remove_paths(text)
    try:
        return _redact_tables(text)
    except RecursionError:  # nested deeper than any profile of ours
        return remove_paths(text)


def _redact_tables(text: str) -> str:
    before = tomllib.loads(text)
    after = {key: _strip(value, remove_paths) for key, value in before.items()}
    problem, run = before.get("problem"), after.get("run")
    if isinstance(problem, dict):
        name = problem.get("name")
        is_own = isinstance(name, str) and ":" in name
        after["problem"] = _redact_options(problem, is_own, remove_paths)
        if isinstance(name, str) and is_own:
            module, _, attribute = name.rpartition(":")
            file = _last_part(module) if module.endswith(".py") else remove_paths(module)
            after["problem"]["name"] = f"{file}:{attribute}"
    if isinstance(run, dict):
        after["run"] = {key: value for key, value in run.items() if key not in _LOCAL}
    return text if after == before else write_toml(after)


def redact_problem(problem: Mapping[str, Any], remove: Remove = remove_paths) -> dict[str, Any]:
    """The ``problem`` of metadata without local paths.

    Parameters
    ----------
    problem : mapping
    remove : callable
        Returns a text without its private parts.
    """
    found = dict(problem)
    parts = problem.get("parts")
    if isinstance(parts, Mapping):
        # Older versions that did not record code named a user's own problem like this too.
        is_own = ":" in str(parts.get("problem", ":"))
        found["parts"] = {
            key: value if key in _MEASURED else _strip(value, lambda text: _mark(text, remove))
            for key, value in parts.items()
        }
        if isinstance(problem.get("options"), Mapping):
            found["options"] = _redact_options(problem["options"], is_own, remove)
    if "notes" in problem:
        found["notes"] = _strip(problem["notes"], remove)
    if "data" in problem:
        data = problem["data"]
        # Base64 of hashes, of which some part may look like a path or a name.
        kept = {DAYS: data[DAYS]} if parse_days(data) is not None else {}
        rest = {key: value for key, value in data.items() if key not in kept} if kept else data
        found["data"] = _strip(rest, remove)
        if kept:
            found["data"] |= kept
    return found


def redact_errors(table: pa.Table) -> pa.Table:
    """Rows without paths in their errors; earlier versions wrote some."""
    place = table.schema.get_field_index("error")
    if place < 0 or table.column(place).null_count == len(table):
        return table
    coded = one_chunk(table.column(place).dictionary_encode())
    before = coded.dictionary.to_pylist()
    after = [remove_paths(text, is_cut_error(text)) for text in before]
    if after == before:
        return table
    field = table.schema.field(place)
    errors = texts_to_arrow(after).take(coded.indices)
    if errors.type != field.type:  # the column was read as a dictionary
        errors = errors.dictionary_encode().cast(field.type)
    return table.set_column(place, field, errors)


def _redact_options(options: Mapping[str, Any], is_own: bool, remove: Remove) -> dict[str, Any]:
    """Options of a profile; those of a user's own problem change only in the file of the data."""
    found = dict(options) if is_own else _strip(options, remove)
    data = options.get("data")
    if isinstance(data, str):
        is_name = is_own or data.startswith("sample:")
        name = remove_paths(data) if is_name else _last_part(data)
        # That prefix is reserved for the sample data of evosearch.
        found["data"] = f"./{name}" if name.startswith("sample:") and name != data else name
    return dict(found)


def _last_part(path: str) -> str:
    parts = [part for part in re.split(r"[\\/]+", path) if part]
    return parts[-1] if parts else path


def _mark(text: str, remove: Remove) -> str:
    """A text without paths; a hash keeps texts apart that differed only in a path."""
    shown = remove(text)
    if shown == text:
        return text
    return f"{shown} #{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def _strip(value: Any, remove: Remove) -> Any:
    """Plain data with `remove` applied to every text, keys too."""
    if isinstance(value, str):
        return remove(value)
    if isinstance(value, Mapping):
        return {
            remove(key) if isinstance(key, str) else key: _strip(item, remove)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_strip(item, remove) for item in value]
    return value
