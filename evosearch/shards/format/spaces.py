"""The search spaces in metadata; every value is checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from evosearch.shards.format.fields import Fields, MetadataFault, fault, short_hash
from evosearch.shards.format.limits import MAX_COLUMNS, MAX_NAME, MAX_RUNS

RANGES = ("float", "int")
LISTS = ("ordinal", "categorical", "boolean")
# The genes of a space as plain data, by name.
Genes = dict[str, Mapping[str, Any]]
_MAX_VALUES = 1_000_000


def read_spaces(fields: Fields, key: str) -> dict[str, Genes]:
    """All search spaces of metadata, by their key: the genes of each by name.

    Genes of an unknown kind are noted as unknown and left out.
    """
    found = {}
    for space_id, value in fields.tables(key, MAX_RUNS):
        space = fields.inside(key, space_id, value)
        if space_id != short_hash(value):
            raise MetadataFault(f"{space.where}: not the space that its key names")
        found[space_id] = read_genes(space)
    return found


def read_genes(fields: Fields) -> Genes:
    """The genes of one space by name."""
    genes: Genes = {}
    for place, value in enumerate(fields.items("genes", MAX_COLUMNS)):
        gene = fields.inside("genes", str(place), value)
        name = gene.text("name", limit=MAX_NAME)
        if name in genes or not name.isidentifier():
            raise fault(gene.name("name"), "a name that no other gene has", name)
        if _read_gene(gene):
            genes[name] = gene.plain
        gene.finish()
    for item in fields.items("unordered", MAX_COLUMNS, []):
        block = fields.inside("unordered", "", item)
        block.text("count", limit=MAX_NAME)
        for names in block.items("blocks", MAX_COLUMNS):
            if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
                raise fault(block.name("blocks"), "lists of names", names)
        block.finish()
    fields.finish()
    return genes


def _read_gene(gene: Fields) -> bool:
    """Check a gene; returns whether its kind is known."""
    kind = gene.text("kind", limit=MAX_NAME)
    for _, values in gene.tables("when", MAX_COLUMNS, {}):
        if not isinstance(values, list) or not all(_is_value(value) for value in values):
            raise fault(gene.name("when"), "lists of values", values)
    if kind in RANGES:
        low, high = gene.take("low"), gene.take("high")
        is_log = gene.flag("log", False)
        is_right = _is_number if kind == "float" else _is_whole
        if not (is_right(low) and is_right(high) and low <= high and (low > 0 or not is_log)):
            raise MetadataFault(f"{gene.where}: its bounds are no range of numbers")
        return True
    if kind not in LISTS:
        gene.note("kind")
        return False
    values = gene.items("values", _MAX_VALUES)
    is_right = {"ordinal": _is_number, "categorical": _is_text, "boolean": _is_flag}[kind]
    if not values or not all(is_right(value) for value in values):
        raise MetadataFault(f"{gene.where}: its values are not those of a gene of kind {kind}")
    if kind == "ordinal" and not gene.lacks("above"):
        gene.text("above", limit=MAX_NAME)
    return True


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= 10**300 and math.isfinite(value)


def _is_whole(value: Any) -> bool:
    return type(value) is int and _is_number(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_value(value: Any) -> bool:
    return _is_number(value) or isinstance(value, (str, bool))
