"""What the pictures of genes show: numbers alone."""

from __future__ import annotations

from dataclasses import dataclass

from evosearch.report.page.money_data import Floats, Ints


@dataclass(frozen=True)
class Axis:
    """One gene as an axis of cells.

    Attributes
    ----------
    name : str
    labels : tuple of str
        Of the cells, in order, when the gene has choices; else empty.
    edges : ndarray of float64, shape (n + 1,)
        Of the cells, when it has numbers; else empty.
    is_int : bool
    share : float
        How much of the variance of the ranks the cells explain.
    place : int
        The cell of the row in focus; -1 if the gene is not used there.
    """

    name: str
    labels: tuple[str, ...]
    edges: Floats
    is_int: bool
    share: float
    place: int

    def __len__(self) -> int:
        return len(self.labels) or max(len(self.edges) - 1, 0)


@dataclass(frozen=True)
class Plateau:
    """The two genes that explain most, each cell with its best and its middle.

    Attributes
    ----------
    x, y : Axis
    best, median : ndarray of float64, shape (len(y), len(x))
        nan where nothing was tried.
    counts : ndarray of int64, shape (len(y), len(x))
    n_rows : int
        Feasible rows that use both genes.
    """

    x: Axis
    y: Axis
    best: Floats
    median: Floats
    counts: Ints
    n_rows: int


@dataclass(frozen=True)
class Gene:
    """One gene against the value.

    Attributes
    ----------
    name : str
    labels : tuple of str
        Of its choices; else empty.
    x, y : ndarray of float64, shape (n,)
        Values, or places among the labels, and the objective.
    n_rows : int
        Rows that use it: fewer may be drawn.
    focus : tuple of float, optional
    share : float
        How much of the variance of the ranks its cells explain.
    is_log : bool
    """

    name: str
    labels: tuple[str, ...]
    x: Floats
    y: Floats
    n_rows: int
    focus: tuple[float, float] | None
    share: float
    is_log: bool


@dataclass(frozen=True)
class Genes:
    """For a problem without prices: each gene against the value, the strongest first."""

    genes: tuple[Gene, ...]
    n_genes: int
    n_rows: int
