"""The columns of a ranking that its pictures need, read batch by batch.

Above `MAX_ROWS` rows only those with the smallest genome ids are kept. Ids are hashes, so these are
a uniform sample, the same whatever the order of merging. The best of each generation comes from
all rows, whatever their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evosearch.shards.format.arrays import is_null, one_chunk, to_floats, to_numpy
from evosearch.shards.format.keys import read_ids, read_texts
from evosearch.shards.format.schema import PARAM

if TYPE_CHECKING:
    from evosearch.shards.reading.ranked import Ranked

MAX_ROWS = 100_000
_LARGEST = 1e150


@dataclass(frozen=True)
class GeneColumn:
    """The values of one gene.

    Attributes
    ----------
    name : str
    labels : tuple of str
        Of its choices; empty for numbers.
    values : ndarray of float64, shape (n,)
        Numbers, or places among the labels; nan where the gene is not active.
    is_int : bool
    """

    name: str
    labels: tuple[str, ...]
    values: NDArray[np.float64]
    is_int: bool


@dataclass(frozen=True)
class BestOf:
    """The best feasible row of each generation of each run, of all rows; shape (n,).

    Attributes
    ----------
    runs, generations : ndarray of int64
        Sorted by both.
    best : ndarray of float64
        nan where no row is feasible.
    counts : ndarray of int64
        Rows.
    """

    runs: NDArray[np.int64]
    generations: NDArray[np.int64]
    best: NDArray[np.float64]
    counts: NDArray[np.int64]


@dataclass(frozen=True)
class Columns:
    """Rows of a ranking in order of rank, as arrays of shape (n,).

    Attributes
    ----------
    run_ids : tuple of str
    ranks, runs, generations : ndarray of int64
        `runs` are places in `run_ids`.
    ids : ndarray of uint64
        The first half of the genome id.
    fitness : ndarray of float64
        nan where undefined.
    feasible : ndarray of bool
    figures : mapping of str to ndarray of float64
        Metrics by column, nan where undefined.
    genes : tuple of GeneColumn
    best : BestOf
        Of all rows.
    n_rows : int
        Of the ranking.
    """

    run_ids: tuple[str, ...]
    ranks: NDArray[np.int64]
    runs: NDArray[np.int64]
    generations: NDArray[np.int64]
    ids: NDArray[np.uint64]
    fitness: NDArray[np.float64]
    feasible: NDArray[np.bool_]
    figures: dict[str, NDArray[np.float64]]
    genes: tuple[GeneColumn, ...]
    best: BestOf
    n_rows: int

    def __len__(self) -> int:
        return len(self.ranks)


def read_columns(ranked: Ranked, metrics: Sequence[str], max_rows: int = MAX_ROWS) -> Columns:
    """Read what pictures need of a ranking.

    Parameters
    ----------
    ranked : Ranked
    metrics : sequence of str
        Columns that a metric may lack, such as those of a hold-out, are left out.
    max_rows : int
        More rows are sampled.
    """
    figures = [name for name in metrics if name in ranked.schema.names]
    genes = [name for name in ranked.schema.names if name.startswith(PARAM)]
    run_ids = tuple(sorted(ranked.metadata.sources))
    limit = _find_limit(ranked, max_rows) if ranked.n_rows > max_rows else None
    pieces, bests, start = [], [], 0
    names = ("genome_id", "fitness", "feasible", "run_id", "generation")
    for batch in ranked.batches([*dict.fromkeys([*names, *figures, *genes])]):
        piece = _read_batch(batch, run_ids, start)
        bests.append(_find_best(piece))
        kept = slice(None) if limit is None else np.flatnonzero(piece["ids"] <= limit)
        piece = {name: values[kept] for name, values in piece.items()}
        for name in (*figures, *genes):
            piece[name] = _read_values(batch.column(name), kept)
        pieces.append(piece)
        start += len(batch)
    return _join(ranked, run_ids, pieces, bests, figures, genes)


def _find_limit(ranked: Ranked, k: int) -> np.uint64:
    """The k-th smallest id: its first half, which hardly ever stands twice."""
    held = np.empty(0, np.uint64)
    for batch in ranked.batches(["genome_id"]):
        held = np.concatenate([held, read_ids(batch)[:, 0]])
        if len(held) > 4 * k:
            held = np.partition(held, k - 1)[:k]
    return np.uint64(np.partition(held, k - 1)[k - 1])


def _read_batch(batch: Any, run_ids: tuple[str, ...], start: int) -> dict[str, Any]:
    runs = read_texts(batch.column("run_id"))
    places = {name: place for place, name in enumerate(run_ids)}
    codes = np.array([places.get(name, -1) for name in runs.names] or [-1], np.int64)
    generations = to_numpy(one_chunk(batch.column("generation"))).astype(np.int64)
    return {
        "ranks": np.arange(start + 1, start + len(batch) + 1),
        "runs": codes[runs.codes] if len(batch) else np.empty(0, np.int64),
        "generations": generations,
        "ids": np.ascontiguousarray(read_ids(batch)[:, 0]),
        "fitness": _read_numbers(one_chunk(batch.column("fitness"))),
        "feasible": to_numpy(one_chunk(batch.column("feasible"))).astype(np.bool_),
    }


def _read_values(column: Any, kept: Any) -> Any:
    """Numbers as floats; of a text column the names and a place for each row."""
    array = one_chunk(column)
    if not hasattr(array, "dictionary"):
        return _read_numbers(array)[kept]
    texts = read_texts(column)
    codes, missing = texts.codes.astype(np.float64), is_null(array)
    if missing is not None:
        codes[missing] = np.nan
    return texts.names, codes[kept]


def _read_numbers(array: Any) -> NDArray[np.float64]:
    """Finite numbers whose squares are finite too; nan for all others. Files come from anywhere."""
    values = to_floats(array)
    values[~np.isfinite(values)] = np.nan
    found: NDArray[np.float64] = np.clip(values, -_LARGEST, _LARGEST)
    return found


def _find_best(piece: dict[str, Any]) -> NDArray[np.float64]:
    """Run, generation, best and count of each generation in some rows; shape (n, 4)."""
    fitness = np.where(piece["feasible"], piece["fitness"], np.nan)
    return _group(piece["runs"], piece["generations"], fitness, np.ones(len(fitness)))


def _group(runs: Any, generations: Any, best: Any, counts: Any) -> NDArray[np.float64]:
    if not len(runs):
        return np.empty((0, 4))
    order = np.lexsort((generations, runs))
    runs, generations = runs[order], generations[order]
    is_new = (runs[1:] != runs[:-1]) | (generations[1:] != generations[:-1])
    starts = np.flatnonzero(np.append(True, is_new))
    return np.column_stack(
        [
            runs[starts],
            generations[starts],
            np.fmax.reduceat(best[order], starts),
            np.add.reduceat(counts[order], starts),
        ]
    )


def _join(
    ranked: Ranked,
    run_ids: tuple[str, ...],
    pieces: list[dict[str, Any]],
    bests: list[NDArray[np.float64]],
    figures: list[str],
    genes: list[str],
) -> Columns:
    if not pieces:
        pieces = [_read_batch(ranked.schema.empty_table(), run_ids, 0)]
        pieces[0] |= {name: np.empty(0) for name in (*figures, *genes)}
    whole = np.concatenate([*bests, np.empty((0, 4))])
    best = _group(*whole.T)
    plain = ("ranks", "runs", "generations", "ids", "fitness", "feasible")
    joined = {name: np.concatenate([piece[name] for piece in pieces]) for name in plain}
    return Columns(
        run_ids,
        **joined,
        figures={name: np.concatenate([piece[name] for piece in pieces]) for name in figures},
        genes=tuple(_join_gene(ranked, name, [p[name] for p in pieces]) for name in genes),
        best=BestOf(
            best[:, 0].astype(np.int64),
            best[:, 1].astype(np.int64),
            best[:, 2],
            best[:, 3].astype(np.int64),
        ),
        n_rows=ranked.n_rows,
    )


def _join_gene(ranked: Ranked, name: str, parts: list[Any]) -> GeneColumn:
    plain, spaces = name.removeprefix(PARAM), ranked.metadata.spaces.values()
    if not any(isinstance(part, tuple) for part in parts):
        values = np.concatenate(parts)
        if any(each.get(plain, {}).get("kind") == "boolean" for each in spaces):
            return GeneColumn(plain, ("False", "True"), values, False)
        defined = values[np.isfinite(values)]
        return GeneColumn(plain, (), values, bool((defined == np.floor(defined)).all()))
    # Choices stand in the order of their space, so that neighbours stay neighbours.
    seen = {label for labels, _ in parts for label in labels}
    known = [str(value) for genes in spaces for value in genes.get(plain, {}).get("values", ())]
    labels = [*dict.fromkeys([label for label in known if label in seen] + sorted(seen))]
    places = {label: float(place) for place, label in enumerate(labels)}
    found = []
    for names, codes in parts:
        lookup = np.array([places[each] for each in names] or [np.nan])
        whole = np.nan_to_num(codes, nan=0).astype(np.int64)
        found.append(np.where(np.isnan(codes), np.nan, lookup[whole]))
    return GeneColumn(plain, tuple(labels), np.concatenate(found), False)
