"""The merge as an operation on sets of rows: one row per genome, ranked, with all who found it.

The row that stays is the minimum in the total order of `ranking`; `found_by` is a set union. A
minimum in a total order and a union are commutative, associative and idempotent, so the merge
is: any order, any grouping, any repetition of inputs gives the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evosearch.ranking import compute_rank_keys, order_best_first
from evosearch.shards.arrays import one_chunk, texts_to_arrow, to_arrow, to_floats, to_numpy
from evosearch.shards.schema import MERGED_FIELDS, MERGED_NAMES, ids_from_arrow

# Relative difference beyond which two fitness values of one genome contradict each other.
TOLERANCE = 1e-9
MAX_CONFLICTS = 1000

Conflicts = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Merged:
    """Ranked distinct rows.

    Attributes
    ----------
    table : pyarrow.Table
        A shard's columns, then `rank` and `found_by`.
    conflicts : dict
        Genome id to run id to fitness, for genomes measured differently; the first
        `MAX_CONFLICTS` by id.
    """

    table: pa.Table
    conflicts: Conflicts


def merge_tables(
    tables: Sequence[pa.Table], known_conflicts: Sequence[Mapping[str, Mapping[str, float]]] = ()
) -> Merged:
    """Merge tables of one schema.

    Parameters
    ----------
    tables : sequence of pyarrow.Table
        Shards' rows or merged rows; those of a merged file have `found_by`.
    known_conflicts : sequence of mappings
        Conflicts that merged inputs already carry.

    Returns
    -------
    Merged
    """
    found_by = [_found_by(table) for table in tables]
    plain = [
        table.drop_columns([n for n in MERGED_NAMES if n in table.column_names]) for table in tables
    ]
    rows = pa.concat_tables(plain).unify_dictionaries().combine_chunks()
    finders = pa.concat_arrays(
        [chunk for column in found_by for chunk in column.chunks] or [_none()]
    )
    ids = ids_from_arrow(one_chunk(rows.column("genome_id"))) if len(rows) else _no_ids()
    order = _order(rows, ids)
    is_first, group_of = _group(ids, order)
    kept = order[is_first]
    names, finder_rows, finder_codes = _explode(finders)
    # Groups are numbered by the rank of their best row.
    merged_finders = _union(group_of[finder_rows], finder_codes, names, len(kept))
    conflicts = _find_conflicts(rows, ids, group_of, kept, finders, known_conflicts)
    table = sort_dictionaries(rows.take(to_arrow(kept.astype(np.int64), pa.int64())))
    for field, column in zip(
        MERGED_FIELDS,
        (to_arrow(np.arange(1, len(kept) + 1), pa.int64()), merged_finders),
        strict=True,
    ):
        table = table.append_column(field, column)
    return Merged(table, conflicts)


def sort_dictionaries(table: pa.Table) -> pa.Table:
    """The same rows with every dictionary sorted and free of unused texts.

    Equal rows then are equal bytes, whatever dictionaries the inputs came with.
    """
    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            texts = table.column(place).cast(pa.string())
            values = pc.unique(texts).drop_null()
            values = values.take(pc.sort_indices(values))
            codes = pc.index_in(texts, values).cast(pa.int32())
            arrays = [pa.DictionaryArray.from_arrays(chunk, values) for chunk in codes.chunks]
            table = table.set_column(place, field, pa.chunked_array(arrays, field.type))
    return table


def _none() -> pa.Array:
    return pa.array([], MERGED_FIELDS[1].type)


def _no_ids() -> NDArray[np.uint64]:
    return np.empty((0, 2), np.uint64)


def _found_by(table: pa.Table) -> pa.ChunkedArray:
    if "found_by" in table.column_names:
        return table.column("found_by")
    run_ids = one_chunk(table.column("run_id").cast(pa.string()))
    offsets = to_arrow(np.arange(len(run_ids) + 1, dtype=np.int32), pa.int32())
    lists = pa.ListArray.from_arrays(offsets, run_ids, type=MERGED_FIELDS[1].type)
    return pa.chunked_array([lists])


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return to_floats(one_chunk(column))


def _order(rows: pa.Table, ids: NDArray[np.uint64]) -> NDArray[np.intp]:
    if not len(rows):
        return np.empty(0, np.intp)
    is_ok = to_numpy(one_chunk(pc.equal(rows.column("status").cast(pa.string()), "ok")))
    fitness = _numbers(rows.column("fitness"))
    feasible = to_numpy(one_chunk(rows.column("feasible"))) & ~np.isnan(fitness)
    tier, key = compute_rank_keys(is_ok, feasible, fitness, _numbers(rows.column("violation")))
    # The last three only decide between copies of one run that went different ways.
    numbers = ("generation", "index", "evaluated_at_utc")
    generation, index, at_us = (to_numpy(one_chunk(rows.column(name))) for name in numbers)
    run_id, status = _text_ranks(rows, "run_id"), _text_ranks(rows, "status")
    return order_best_first(tier, key, ids, run_id, generation, index, status, -fitness, at_us)


def _text_ranks(rows: pa.Table, name: str) -> NDArray[np.int64]:
    """Each row's text as its place among all texts of the column in alphabetical order."""
    column = one_chunk(rows.column(name))
    names = np.array(column.dictionary.to_pylist(), object)
    places = np.empty(len(names), np.int64)
    places[np.argsort(names)] = np.arange(len(names))
    result: NDArray[np.int64] = places[to_numpy(column.indices)]
    return result


def _group(
    ids: NDArray[np.uint64], order: NDArray[np.intp]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which places in `order` hold the best row of a genome, and each row's genome by its rank."""
    ranked = ids[order]
    # Stable: within one genome the places stay in the order of ranking.
    by_id = np.lexsort((ranked[:, 1], ranked[:, 0]))
    is_new = np.ones(len(order), np.bool_)
    is_new[1:] = (ranked[by_id][1:] != ranked[by_id][:-1]).any(axis=1)
    is_first = np.zeros(len(order), np.bool_)
    is_first[by_id[is_new]] = True
    rank_of_place = np.cumsum(is_first) - 1
    group_of_place = np.empty(len(order), np.int64)
    starts = by_id[is_new]
    group_of_place[by_id] = rank_of_place[starts][np.cumsum(is_new) - 1]
    group_of = np.empty(len(order), np.int64)
    group_of[order] = group_of_place
    return is_first, group_of


def _explode(finders: pa.Array) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """All run names in order, and for each mention of one its row and its place among them."""
    flat = finders.flatten().dictionary_encode()
    lengths = to_numpy(pc.list_value_length(finders)).astype(np.int64)
    names = flat.dictionary.to_pylist()
    places = np.empty(len(names), np.int64)
    ordered = sorted(range(len(names)), key=names.__getitem__)
    places[ordered] = np.arange(len(names))
    codes = places[to_numpy(flat.indices)] if len(names) else np.empty(0, np.int64)
    return [names[k] for k in ordered], np.repeat(np.arange(len(finders)), lengths), codes


def _union(
    groups: NDArray[np.int64], codes: NDArray[np.int64], names: list[str], n_groups: int
) -> pa.Array:
    pairs = np.unique(groups * max(1, len(names)) + codes)
    groups, codes = pairs // max(1, len(names)), pairs % max(1, len(names))
    offsets = np.searchsorted(groups, np.arange(n_groups + 1)).astype(np.int32)
    values = texts_to_arrow(names).take(to_arrow(codes, pa.int64()))
    return pa.ListArray.from_arrays(
        to_arrow(offsets, pa.int32()), values, type=MERGED_FIELDS[1].type
    )


def _find_conflicts(
    rows: pa.Table,
    ids: NDArray[np.uint64],
    group_of: NDArray[np.int64],
    kept: NDArray[np.intp],
    finders: pa.Array,
    known: Sequence[Mapping[str, Mapping[str, float]]],
) -> Conflicts:
    """Genomes whose fitness differs between rows, with every run's value."""
    conflicts: Conflicts = {}
    for item in known:
        for genome_id, values in item.items():
            conflicts.setdefault(genome_id, {}).update(values)
    if len(kept) < len(rows):
        fitness = _numbers(rows.column("fitness"))
        best = fitness[kept][group_of]
        with np.errstate(invalid="ignore"):
            differs = np.abs(fitness - best) > TOLERANCE * np.maximum(np.abs(fitness), np.abs(best))
        for group in np.unique(group_of[differs])[: 10 * MAX_CONFLICTS]:
            members = np.flatnonzero(group_of == group)
            genome_id = ids[members[0]].astype(">u8").tobytes().hex()
            values = conflicts.setdefault(genome_id, {})
            for row in members:
                for run_id in finders[int(row)].as_py():
                    if not np.isnan(fitness[row]):
                        values.setdefault(run_id, float(fitness[row]))
    return {key: dict(sorted(conflicts[key].items())) for key in sorted(conflicts)[:MAX_CONFLICTS]}
