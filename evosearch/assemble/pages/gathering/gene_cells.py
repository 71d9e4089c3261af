"""Which genes matter most, and what was found in each cell of the two strongest.

The strength of a gene is the share of the variance of the ranks of feasible rows that its cells
explain (epsilon squared). Neither the unit of the objective nor many cells make a gene strong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evosearch.assemble.pages.gathering.all_rows import rank_values
from evosearch.assemble.pages.gathering.columns import Columns, GeneColumn
from evosearch.report.page.genes_data import Axis, Gene, Genes, Plateau

if TYPE_CHECKING:
    from evosearch.shards.format.metadata import ShardMetadata

MAX_CELLS = 8
MAX_DRAWN = 2_000
MAX_GENES = 12
_MAX_CHOICES = 12
_LEAST_ROWS = 4
# Both genes of the map are used by this share of the rows that the strongest is used by.
_LEAST_SHARE = 0.25


@dataclass(frozen=True)
class _Cut:
    """A gene with its rows in cells; -1 where it is not active."""

    gene: GeneColumn
    labels: tuple[str, ...]
    edges: NDArray[np.float64]
    cells: NDArray[np.int64]
    share: float


def make_plateau(
    columns: Columns, metadata: ShardMetadata, params: Mapping[str, Any], to_value: float
) -> Plateau | None:
    """The cells of the two strongest genes; None for fewer than two that vary.

    Parameters
    ----------
    columns : Columns
    metadata : ShardMetadata
    params : mapping
        The genes of the row that is shown, by name.
    to_value : float
        What a fitness is multiplied with to be shown; negative if less is better.
    """
    rows = _find_rows(columns)
    cuts = _cut_genes(columns, metadata, rows)
    if len(cuts) < 2:
        return None
    first = cuts[0]
    is_used = first.cells >= 0
    n_first = int(np.sum(is_used))
    together = [int(np.sum(is_used & (each.cells >= 0))) for each in cuts[1:]]
    fitting = [
        n
        for n, (each, shared) in enumerate(zip(cuts[1:], together, strict=True))
        # Where the first is used, the second has to vary: often one is a condition of the other.
        if shared >= _LEAST_SHARE * n_first
        and len(np.unique(each.cells[is_used & (each.cells >= 0)])) > 1
    ]
    second = cuts[1 + (fitting[0] if fitting else int(np.argmax(together)))]
    both = np.flatnonzero((first.cells >= 0) & (second.cells >= 0))
    if not len(both):
        return None
    x, y = (_make_axis(each, params) for each in (first, second))
    cell = second.cells[both] * len(x) + first.cells[both]
    best, median, counts = _fill(cell, columns.fitness[rows][both], len(x) * len(y))
    shape = len(y), len(x)
    return Plateau(
        x=x,
        y=y,
        best=best.reshape(shape) * to_value,
        median=median.reshape(shape) * to_value,
        counts=counts.reshape(shape),
        n_rows=len(both),
    )


def make_genes(
    columns: Columns, metadata: ShardMetadata, params: Mapping[str, Any], to_value: float,
    focus: float | None,
) -> Genes | None:  # fmt: skip
    """Each gene against the value, the strongest first; None if none varies.

    Parameters
    ----------
    focus : float, optional
        The value of the row that is shown; the others as in `make_plateau`.
    """
    rows = _find_rows(columns)
    cuts = _cut_genes(columns, metadata, rows)
    if not cuts:
        return None
    values = columns.fitness[rows] * to_value
    found = []
    for cut in cuts[:MAX_GENES]:
        used = np.flatnonzero(np.isfinite(cut.gene.values[rows]))
        drawn = used[np.argsort(columns.ids[rows][used], kind="stable")[:MAX_DRAWN]]
        drawn.sort()
        place = _place(cut.gene, params)
        if place is not None and cut.gene.labels:
            place = min(place, len(cut.labels) - 1.0)
        found.append(
            Gene(
                name=cut.gene.name,
                labels=cut.labels if cut.gene.labels else (),
                x=cut.cells[drawn].astype(np.float64)
                if cut.gene.labels
                else cut.gene.values[rows][drawn],
                y=values[drawn],
                n_rows=len(used),
                focus=None if place is None or focus is None else (place, focus),
                share=cut.share,
                is_log=_is_log(metadata, cut.gene.name),
            )
        )
    return Genes(tuple(found), len(cuts), len(rows))


def _find_rows(columns: Columns) -> NDArray[np.intp]:
    return np.flatnonzero(columns.feasible & np.isfinite(columns.fitness))


def _cut_genes(columns: Columns, metadata: ShardMetadata, rows: NDArray[np.intp]) -> list[_Cut]:
    """All genes that vary, the strongest first."""
    if len(rows) < _LEAST_ROWS:
        return []
    ranks = rank_values(columns.fitness[rows])
    found = []
    for gene in columns.genes:
        labels, edges, cells = _cut(gene, rows, _is_log(metadata, gene.name))
        if len(np.unique(cells[cells >= 0])) > 1:
            share = explain_variance(cells, ranks)
            found.append(_Cut(gene, labels, edges, cells, share))
    found.sort(key=lambda each: -each.share)  # of equal ones the first in the space
    return found


def _cut(
    gene: GeneColumn, rows: NDArray[np.intp], is_log: bool
) -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.int64]]:
    """Labels or edges of cells, and the cell of each row."""
    values = gene.values[rows]
    used = np.isfinite(values)
    cells = np.full(len(values), -1, np.int64)
    if gene.labels:
        cells[used] = np.minimum(values[used].astype(np.int64), _MAX_CHOICES - 1)
        labels = gene.labels
        if len(labels) > _MAX_CHOICES:
            labels = (*labels[: _MAX_CHOICES - 1], "...")
        return labels, np.empty(0), cells
    distinct = np.unique(values[used])
    if not len(distinct):
        return (), np.empty(0), cells
    if len(distinct) <= MAX_CELLS:
        cells[used] = np.searchsorted(distinct, values[used])
        return tuple(f"{each:.7g}" for each in distinct), np.empty(0), cells
    low, high = float(distinct[0]), float(distinct[-1])
    make = np.geomspace if is_log and low > 0 else np.linspace
    edges = make(low, high, MAX_CELLS + 1)
    edges[0], edges[-1] = low, high
    places = np.searchsorted(edges, values[used], side="right") - 1
    cells[used] = np.clip(places, 0, MAX_CELLS - 1)
    return (), edges, cells


def explain_variance(cells: NDArray[np.int64], ranks: NDArray[np.float64]) -> float:
    """The share of the variance of ranks between cells, without what chance alone explains.

    Parameters
    ----------
    cells : ndarray of int64, shape (n,)
        -1 is a cell of its own.
    ranks : ndarray of float64, shape (n,)

    Returns
    -------
    float in [0, 1]

    References
    ----------
    Kelley 1935, "An unbiased correlation ratio measure".
    """
    n, n_cells = len(cells), len(np.unique(cells))
    total = float(np.sum((ranks - ranks.mean()) ** 2))
    if n <= n_cells or total == 0:
        return 0.0
    counts = np.bincount(cells + 1)
    sums = np.bincount(cells + 1, ranks)
    means = np.divide(sums, counts, out=np.zeros(len(counts)), where=counts > 0)
    within = float(np.sum((ranks - means[cells + 1]) ** 2))
    return min(1.0, max(0.0, 1.0 - within / (n - n_cells) * (n - 1) / total))


def _fill(
    cell: NDArray[np.int64], fitness: NDArray[np.float64], n_cells: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Best, median and count of each cell."""
    order = np.lexsort((fitness, cell))
    cell, fitness = cell[order], fitness[order]
    counts = np.bincount(cell, minlength=n_cells)
    ends = np.cumsum(counts)
    full = np.flatnonzero(counts)
    starts, sizes = (ends - counts)[full], counts[full]
    best, median = np.full(n_cells, np.nan), np.full(n_cells, np.nan)
    best[full] = fitness[ends[full] - 1]
    median[full] = (fitness[starts + (sizes - 1) // 2] + fitness[starts + sizes // 2]) / 2
    return best, median, counts.astype(np.int64)


def _make_axis(cut: _Cut, params: Mapping[str, Any]) -> Axis:
    value, place = _place(cut.gene, params), -1
    if value is not None and cut.gene.labels:
        place = min(int(value), len(cut.labels) - 1)
    elif value is not None and cut.labels:
        place = cut.labels.index(f"{value:.7g}") if f"{value:.7g}" in cut.labels else -1
    elif value is not None:
        found = int(np.searchsorted(cut.edges, value, side="right")) - 1
        place = min(max(found, 0), len(cut.edges) - 2)
    return Axis(cut.gene.name, cut.labels, cut.edges, cut.gene.is_int, cut.share, place)


def _place(gene: GeneColumn, params: Mapping[str, Any]) -> float | None:
    """A number, or the place of a choice among the labels; None if the gene is not used."""
    value = params.get(gene.name)
    if value is None:
        return None
    if gene.labels:
        return float(gene.labels.index(str(value))) if str(value) in gene.labels else None
    return float(value)


def _is_log(metadata: ShardMetadata, name: str) -> bool:
    return any(bool(genes.get(name, {}).get("log")) for genes in metadata.spaces.values())
