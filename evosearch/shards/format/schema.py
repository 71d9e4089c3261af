"""The columns of a shard: their order, their types and what they mean.

A shard's columns are the same for every problem up to `evaluation_s`; then come the problem's
metrics under their own names, then its genes as ``param_<name>``. A merged file puts `conflict`
before the metrics, `rank` and `found_by` at the end. The schema version is raised when a reader of
the old version could misread the new one; older versions stay readable.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evosearch.errors import IncomparableShards
from evosearch.genome.space import Boolean, Categorical, Float, Gene, Int, Ordinal, Space
from evosearch.population import STATUS_NAMES, Population
from evosearch.shards.format.arrays import floats_to_arrow, texts_to_arrow, to_arrow

SCHEMA_VERSION = 1
# Of metadata that are compressed; what is in them is of the version above.
PACKED_VERSION = 2
# An older evosearch would take `conflict` for a metric and lose what is known of conflicts.
MERGED_SCHEMA_VERSION = 2
FORMAT = "evosearch"
METADATA_KEY = b"evosearch"
PARAM = "param_"

TEXT = pa.dictionary(pa.int32(), pa.string())
BASE_FIELDS = (
    pa.field("genome_id", pa.binary(16), nullable=False),
    pa.field("fitness", pa.float64()),
    pa.field("feasible", pa.bool_(), nullable=False),
    pa.field("violation", pa.float64(), nullable=False),
    pa.field("status", TEXT, nullable=False),
    pa.field("error", pa.string()),
    pa.field("run_id", TEXT, nullable=False),
    pa.field("generation", pa.int32(), nullable=False),
    pa.field("index", pa.int32(), nullable=False),
    pa.field("evaluated_at_utc", pa.timestamp("us", "UTC"), nullable=False),
    pa.field("evaluation_s", pa.float64(), nullable=False),
)
BASE_NAMES = tuple(field.name for field in BASE_FIELDS)
FOUND_BY = pa.field(
    "found_by", pa.list_(pa.field("element", pa.string(), nullable=False)), nullable=False
)
CONFLICT = pa.field("conflict", pa.bool_(), nullable=False)
MERGED_FIELDS = (CONFLICT, pa.field("rank", pa.int64(), nullable=False), FOUND_BY)
MERGED_NAMES = tuple(field.name for field in MERGED_FIELDS)
# What may differ between two runs of one profile and seed.
TELEMETRY = ("run_id", "evaluated_at_utc", "evaluation_s")
_NUMBERS = {pa.int64(), pa.float64()}
# What a measurement gives besides the metrics.
_MEASURED = ("feasible", "fitness", "status", "violation")


def make_schema(space: Space, metrics: Sequence[str], int_metrics: Iterable[str]) -> pa.Schema:
    """The schema of a run's shards."""
    whole = frozenset(int_metrics)
    fields = [
        *BASE_FIELDS,
        *(pa.field(name, pa.int64() if name in whole else pa.float64()) for name in metrics),
        *(pa.field(PARAM + gene.name, _type_of(gene)) for gene in space.genes),
    ]
    return pa.schema(fields)


def _type_of(gene: Gene) -> pa.DataType:
    if isinstance(gene, Categorical):
        return TEXT
    if isinstance(gene, Boolean):
        return pa.bool_()
    is_whole = isinstance(gene, Int) or (
        isinstance(gene, Ordinal) and all(isinstance(value, int) for value in gene.values)
    )
    return pa.int64() if is_whole else pa.float64()


def make_table(
    population: Population,
    schema: pa.Schema,
    space: Space,
    run_id: str,
    order: NDArray[np.intp] | None = None,
) -> pa.Table:
    """Individuals of one run as a table.

    Parameters
    ----------
    population : Population
    schema : pyarrow.Schema
        As `make_schema` made it for the same problem.
    space : Space
    run_id : str
    order : ndarray of intp, optional
        Which rows, in which order; all of them as they stand when not given.

    Returns
    -------
    pyarrow.Table
    """
    rows: Any = slice(None) if order is None else order
    found = population.evaluations
    n = len(population) if order is None else len(order)
    columns: list[pa.Array] = [
        ids_to_arrow(population.genome_ids[rows]),
        floats_to_arrow(found.fitness[rows]),
        to_arrow(found.feasible[rows], pa.bool_()),
        to_arrow(found.violation[rows], pa.float64()),
        _texts(found.status[rows].astype(np.int32), STATUS_NAMES),
        texts_to_arrow(found.error[rows]),
        _texts(np.zeros(n, np.int32), [run_id]),
        to_arrow(population.generation[rows], pa.int32()),
        to_arrow(population.index[rows], pa.int32()),
        to_arrow(found.evaluated_at_us[rows], pa.timestamp("us", "UTC")),
        to_arrow(found.evaluation_s[rows], pa.float64()),
    ]
    for place in range(found.metrics.shape[1]):
        columns.append(_metric_column(found.metrics[rows, place], schema.field(len(columns)).type))
    for place, gene in enumerate(space.genes):
        codes = population.genomes[rows, place]
        columns.append(_gene_column(gene, codes, schema.field(len(columns)).type))
    return pa.Table.from_arrays(columns, schema=schema)


def ids_to_arrow(genome_ids: NDArray[np.uint64]) -> pa.Array:
    """Ids, shape (n, 2), as 16-byte values whose byte order is the order of the ids."""
    raw = genome_ids.astype(">u8").tobytes()
    return pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(16), len(genome_ids), [None, pa.py_buffer(raw)]
    )


def ids_from_arrow(column: pa.Array) -> NDArray[np.uint64]:
    """The inverse of `ids_to_arrow`; the column has no nulls."""
    raw = np.frombuffer(column.buffers()[1], ">u8", 2 * len(column), column.offset * 16)
    return raw.reshape(-1, 2).astype(np.uint64)


def _texts(
    codes: NDArray[np.int32], texts: Sequence[str], is_missing: NDArray[np.bool_] | None = None
) -> pa.Array:
    return pa.DictionaryArray.from_arrays(
        to_arrow(codes, pa.int32(), is_missing), texts_to_arrow(texts)
    )


def _metric_column(values: NDArray[np.float64], kind: pa.DataType) -> pa.Array:
    if kind == pa.float64():
        return floats_to_arrow(values)
    missing = np.isnan(values)
    return to_arrow(np.where(missing, 0, values).astype(np.int64), kind, missing)


def _gene_column(gene: Gene, codes: NDArray[np.float64], kind: pa.DataType) -> pa.Array:
    if isinstance(gene, Float):
        return floats_to_arrow(codes)
    missing = np.isnan(codes)
    plain = np.where(missing, gene.low if isinstance(gene, Int) else 0, codes)
    if isinstance(gene, Categorical):
        return _texts(plain.astype(np.int32), gene.values, missing)
    values = gene.decode(plain)
    if kind != pa.bool_():
        values = values.astype(np.float64 if kind == pa.float64() else np.int64)
    return to_arrow(values, kind, missing)


def unify_schemas(
    schemas: Sequence[pa.Schema], spaces: Mapping[str, Collection[str]] = MappingProxyType({})
) -> pa.Schema:
    """One schema that holds the columns of all, the same whatever their order.

    Profiles that search one problem with more or fewer rules differ in their ``param_`` columns
    only; a column that one of them lacks is null there.
    """
    plain = {schema.remove_metadata() for schema in schemas}
    if len(plain) == 1 and not spaces:
        return plain.pop()
    ordered = sorted(plain, key=lambda schema: (-len(schema), str(schema)))
    fields: dict[str, pa.Field] = {}
    for schema in ordered:
        for field in schema:
            fields[field.name] = _wider(fields.get(field.name, field), field)
    first = [field for name, field in fields.items() if not name.startswith(PARAM)]
    params = [field for name, field in fields.items() if name.startswith(PARAM)]
    # The order must follow from the union of all spaces alone, or it would tell how merges were
    # grouped: genes of the largest space first, then what the next one has besides.
    largest = sorted(spaces, key=lambda space_id: (-len(spaces[space_id]), space_id))
    wanted = dict.fromkeys(PARAM + name for space_id in largest for name in spaces[space_id])
    place = {name: number for number, name in enumerate(wanted)}
    params.sort(key=lambda field: (place.get(field.name, len(place)), field.name))
    if len({tuple(metric_names(schema)) for schema in plain}) > 1:
        n_base = len(BASE_FIELDS)
        first[n_base:] = sorted(first[n_base:], key=lambda field: field.name)
    return pa.schema(first + params)


def merged_schema(plain: pa.Schema) -> pa.Schema:
    """The columns of a merged file of shards that have these together."""
    conflict, *last = MERGED_FIELDS
    fields = [*plain]
    return pa.schema([*fields[: len(BASE_FIELDS)], conflict, *fields[len(BASE_FIELDS) :], *last])


def _wider(a: pa.Field, b: pa.Field) -> pa.Field:
    if a.type == b.type:
        return a
    if {a.type, b.type} == _NUMBERS:
        return pa.field(a.name, pa.float64(), a.nullable)
    words = ["text" if field.type == TEXT else str(field.type) for field in (a, b)]
    raise IncomparableShards(
        f"Column {a.name!r} is {words[0]} in one shard and {words[1]} in another: the kind of a "
        "gene was changed without a new version of the problem. Merge them apart."
    )


def check_schema(schema: pa.Schema) -> str | None:
    """Why a schema is not that of a shard or a merged file, or None."""
    names = list(schema.names)
    if len(set(names)) != len(names):
        return "a column stands there twice"
    for place, field in enumerate(BASE_FIELDS):
        if place >= len(names) or names[place] != field.name:
            return f"column {place + 1} is not {field.name!r}"
        if schema.field(place).type != field.type:
            return f"column {field.name!r} is {schema.field(place).type}, not {field.type}"
    for field in MERGED_FIELDS:
        kind = schema.field(field.name).type if field.name in names else field.type
        if kind in _NUMBERS - {field.type}:
            return (
                f"it has a metric called {field.name!r}, as a column of merged files is called: "
                "rename that metric in the problem and search again"
            )
        if kind != field.type:
            return f"column {field.name!r} is {kind}, not {field.type}"
    for field in [*schema][len(BASE_FIELDS) :]:
        allowed = _NUMBERS | {pa.bool_(), TEXT} if field.name.startswith(PARAM) else _NUMBERS
        if field.name not in MERGED_NAMES and field.type not in allowed:
            return f"column {field.name!r} has the unknown type {field.type}"
    return None


def describe_columns(schema: pa.Schema) -> list[str]:
    """Names and types as text, for metadata that have a hash: Parquet's own have none."""
    return [f"{field.name}: {field.type}" for field in schema]


def is_metric(name: str) -> bool:
    """Whether a column of this name is a metric, of which `check_schema` demands numbers."""
    return name not in (*BASE_NAMES, *MERGED_NAMES) and not name.startswith(PARAM)


def metric_names(schema: pa.Schema) -> list[str]:
    """The metric columns of a schema, in its order."""
    return [name for name in schema.names if is_metric(name)]


def is_numbered_id(field: pa.Field) -> bool:
    """Whether a column holds whole numbers that are names: they hardly ever repeat."""
    return bool(field.type == pa.int64()) and field.name.endswith("_id")


def list_measured(schema: pa.Schema, objective: str) -> tuple[str, ...]:
    """The columns that all copies of a genome should agree in, by name.

    Not the objective's own, which repeats fitness; nor the genes, nor where, when and how long.
    A problem that declares noise will be told apart here: its copies differ by nature.
    """
    return tuple(sorted({*_MEASURED, *metric_names(schema)} - {objective}))


def metadata_of(schema: pa.Schema) -> Mapping[bytes, bytes]:
    """The key-value metadata of a schema, never None."""
    found: Mapping[bytes, Any] = schema.metadata or {}
    return found
