"""Columns of genes as genomes: many rows at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evosearch.errors import SpaceError
from evosearch.genome.canonical import canonicalise, make_layout
from evosearch.genome.space import Categorical, Gene, Space
from evosearch.shards.format.arrays import is_null, one_chunk, to_floats, to_numpy
from evosearch.shards.format.schema import PARAM
from evosearch.shards.viewing.exports import plain_rows
from evosearch.trading.problem import Trading


def encode_table(problem: Trading, table: pa.Table) -> tuple[Trading, NDArray[np.float64]]:
    """The canonical genomes of rows, and a problem whose space holds them.

    Parameters
    ----------
    problem : Trading
        A wider one is returned where a row lies outside.
    table : pyarrow.Table
        Rows with their columns of genes.

    Raises
    ------
    SpaceError
        Values that no such problem has.
    """
    genomes, is_outside = _read_codes(problem.space, table)
    if is_outside.any():
        outside = table.filter(pa.array(is_outside.tolist()))
        rows = [
            {key.removeprefix(PARAM): v for key, v in row.items() if v is not None}
            for row in plain_rows(outside)
        ]
        space, _ = problem.space.widened(rows)
        problem = problem.with_space(space)
        genomes, _ = _read_codes(space, table)
    layout = make_layout(problem.space)
    return problem, canonicalise(layout, genomes, np.zeros_like(genomes))


def list_genes(problem: Trading, schema: pa.Schema) -> list[str]:
    """The columns of genes that a ranking and a problem share."""
    return [PARAM + name for name in problem.space.names if PARAM + name in schema.names]


def _read_codes(space: Space, table: pa.Table) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Codes, NaN where there is no value; which rows have a value that lies outside."""
    codes = np.full((len(table), len(space)), np.nan)
    is_outside = np.zeros(len(table), np.bool_)
    for place, gene in enumerate(space.genes):
        if PARAM + gene.name not in table.column_names:
            continue
        column = one_chunk(table.column(PARAM + gene.name))
        missing = is_null(column)
        codes[:, place] = _encode(gene, column)
        there = np.isnan(codes[:, place])
        is_outside |= there if missing is None else there & ~missing
    return codes, is_outside


def _encode(gene: Gene, column: pa.Array) -> NDArray[np.float64]:
    """The codes of one gene; NaN for null, and for what lies outside."""
    if isinstance(gene, Categorical):
        listed = np.array([_try(gene.encode, text) for text in column.dictionary.to_pylist()])
        places = to_floats(column.indices)
        found = np.full(len(places), np.nan)
        is_there = ~np.isnan(places)
        found[is_there] = listed[places[is_there].astype(np.intp)]
        return found
    if pa.types.is_floating(column.type) and gene.kind == "float":
        values = to_floats(column)
        low, high = (float(getattr(gene, end)) for end in ("low", "high"))
        return np.where((values >= low) & (values <= high), values, np.nan)
    kept, inverse = np.unique(to_numpy(column), return_inverse=True)
    codes = np.array([_try(gene.encode, value) for value in kept.tolist()])[inverse]
    missing = is_null(column)
    return codes if missing is None else np.where(missing, np.nan, codes)


def _try(encode: Callable[[Any], float], value: Any) -> float:
    try:
        return encode(value)
    except SpaceError:
        return float("nan")
