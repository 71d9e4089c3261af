"""What shards declare of their search: read with care, since a stranger may have written it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

RANGES = ("float", "int")
LISTS = ("ordinal", "categorical", "boolean")

Genes = dict[str, Mapping[str, Any]]


def read_spaces(metadata: Mapping[str, Any]) -> dict[str, Genes]:
    """The genes of every search space behind a ranking, by space and by name.

    What is not a gene of a known kind is passed over: it is shown nowhere, and hides nothing.
    """
    spaces = metadata.get("spaces")
    found: dict[str, Genes] = {}
    for space_id, space in (spaces if isinstance(spaces, Mapping) else {}).items():
        genes = space.get("genes") if isinstance(space, Mapping) else None
        if isinstance(genes, list):
            found[str(space_id)] = {gene["name"]: gene for gene in genes if _is_gene(gene)}
    return found


def read_text(values: Mapping[str, Any], key: str) -> str:
    """A text of a mapping; empty when it is something else."""
    value = values.get(key)
    return value if isinstance(value, str) else ""


def read_number(values: Mapping[str, Any], key: str) -> float:
    """A finite number of a mapping; 0 when it is something else."""
    value = values.get(key)
    is_number = isinstance(value, (int, float)) and math.isfinite(value)
    return float(value) if is_number and value is not None else 0.0


def read_host(run: Mapping[str, Any]) -> str:
    """The machine a run was on."""
    machine = run.get("machine")
    return read_text(machine, "host") if isinstance(machine, Mapping) else ""


def _is_gene(gene: Any) -> bool:
    if not isinstance(gene, Mapping) or not isinstance(gene.get("name"), str):
        return False
    if gene.get("kind") in RANGES:
        bounds = (gene.get("low"), gene.get("high"))
        is_number = all(isinstance(b, (int, float)) and math.isfinite(b) for b in bounds)
        is_log = gene.get("log", False)
        return (
            is_number
            and gene["low"] <= gene["high"]
            and isinstance(is_log, bool)
            and not (is_log and gene["low"] <= 0)
        )
    values = gene.get("values")
    return (
        gene.get("kind") in LISTS
        and isinstance(values, list)
        and bool(values)
        and len({type(value) in (int, float) for value in values}) == 1
        and all(isinstance(value, (str, int, float)) for value in values)
    )
