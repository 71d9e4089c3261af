"""Which copy stands for a genome: the total order in which its copies are compared.

Rows of a ranking are ordered by tier, key and genome id (`keys.RankKeys`). Copies of one genome
are compared further, and the first one is the genome's row in the ranking:

1. tier and key: feasible before infeasible before not ok, then fitness or violation;
2. the copy with more recorded values;
3. the values themselves, smaller first, a blank last, column by column in the order of names;
4. run id, generation, index;
5. everything else that a row holds, so that only rows alike in all of it tie.

File names and the order of arrival never decide. A row is never mixed from several copies: filling
the blanks of one from the next would depend on how merges were grouped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evosearch.shards.format.arrays import is_null, one_chunk, to_arrow, to_floats, to_numpy
from evosearch.shards.format.keys import Texts, read_texts
from evosearch.shards.format.measured import read_measured

# Level 4, and the columns that begin level 5.
PLACE_COLUMNS = ("run_id", "generation", "index")
_BEFORE_THE_REST = (*PLACE_COLUMNS, "evaluated_at_utc", "evaluation_s", "error")


def order_copies(groups: NDArray[np.int64], levels: Iterable[NDArray[Any]]) -> NDArray[np.intp]:
    """Row numbers by group, and in each group in the order of the levels.

    Parameters
    ----------
    groups : ndarray of int64, shape (n,)
    levels : iterable of ndarray of numbers, shape (n,)
        The most important first, smaller is better, NaN last. The next one is computed only if
        some rows still tie.
    """
    order = np.argsort(groups, kind="stable")
    if not len(order):
        return order
    # Rows that tie with a neighbour so far, and which of them tie with each other.
    places = np.arange(len(order))
    classes = groups[order]
    for level in levels:
        is_same = classes[1:] == classes[:-1]
        is_tied = np.append(is_same, False) | np.append(False, is_same)
        places, classes = places[is_tied], classes[is_tied]
        if not len(places):
            break
        values = level[order[places]]
        differs = ~_equal(values[1:], values[:-1])
        inside = classes[1:] == classes[:-1]
        if not (differs & inside).any():
            continue
        by_value = np.lexsort((values, classes))
        order[places] = order[places][by_value]
        values = values[by_value]
        is_new = ~_equal(values[1:], values[:-1]) | (classes[1:] != classes[:-1])
        classes = np.concatenate([[0], np.cumsum(is_new)])
    return order


def compare_values(values: NDArray[np.float64]) -> Iterator[NDArray[Any]]:
    """Levels 2 and 3 of the order, from values of shape (number of columns, n)."""
    yield np.isnan(values).sum(axis=0)
    yield from values


def _equal(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.bool_]:
    if a.dtype.kind != "f":
        return np.asarray(a == b)
    return np.asarray((a == b) | (np.isnan(a) & np.isnan(b)))


def order_rows(
    rows: pa.Table, chosen: NDArray[np.intp], groups: NDArray[np.int64], measured: Sequence[str]
) -> NDArray[np.intp]:
    """Some rows by group, the row that stands for its genome first.

    Parameters
    ----------
    rows : pyarrow.Table
    chosen : ndarray of intp, shape (n,)
        Rows of one tier and key in each group.
    groups : ndarray of int64, shape (n,)
    measured : sequence of str
        Of `schema.list_measured`; none if the copies are known to be alike in all of them.

    Returns
    -------
    ndarray of intp, shape (n,)
        The chosen rows in their order.
    """
    return chosen[order_copies(groups, _levels(rows, chosen, measured))]


def _levels(
    rows: pa.Table, chosen: NDArray[np.intp], measured: Sequence[str]
) -> Iterator[NDArray[Any]]:
    places = to_arrow(chosen.astype(np.int64), pa.int64())
    here = [name for name in measured if name in rows.column_names]
    if here:
        yield from compare_values(read_measured(rows.select(here).take(places), here))
    known = {*measured, *_BEFORE_THE_REST, "genome_id"}
    rest = sorted(name for name in rows.column_names if name not in known)
    for name in (*_BEFORE_THE_REST, *rest):
        yield _as_numbers(rows.column(name).take(places))


def _as_numbers(column: pa.ChunkedArray) -> NDArray[Any]:
    """Numbers in the order of a column's values, blanks last."""
    if pa.types.is_string(column.type):
        column = column.dictionary_encode()
    array = one_chunk(column)
    if not pa.types.is_dictionary(array.type):
        is_plain = not array.null_count and not pa.types.is_floating(array.type)
        return to_numpy(array) if is_plain else to_floats(array)
    missing = is_null(array.indices)
    if missing is None:
        return read_texts(column).rank()
    codes = np.where(missing, np.int32(0), to_numpy(array.indices))
    return np.where(missing, np.inf, Texts(array.dictionary.to_pylist(), codes).rank())
