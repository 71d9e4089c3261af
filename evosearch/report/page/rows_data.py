"""What the pictures of all rows show: numbers alone, drawn from the columns of a ranking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evosearch.report.page.money_data import Curve

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Cloud:
    """Picture 2: searched against unseen, one dot for rows that behave alike, without ids.

    Attributes
    ----------
    names : tuple of str
        Of machines.
    machines : ndarray of int64, shape (n,)
        Places in `names`: the machine of the best of the rows behind a dot.
    x, y : ndarray of float64, shape (n,)
        Ratio of a year, searched and unseen, sorted; no more exact than a picture shows.
    focus : tuple of float, optional
        Of the row in focus, exact.
    n_rows : int
        Rows behind the dots.
    correlation : float
        Of the ranks; nan if not defined.
    quadrants : tuple of int
        Dots above zero in both, searched alone, unseen alone, neither.
    """

    names: tuple[str, ...]
    machines: Ints
    x: Floats
    y: Floats
    focus: tuple[float, float] | None
    n_rows: int
    correlation: float
    quadrants: tuple[int, int, int, int]


@dataclass(frozen=True)
class Luck:
    """Picture 3: all rows as a histogram, with the best of as many lucky ones.

    Attributes
    ----------
    edges : ndarray of float64, shape (n + 1,)
    counts : ndarray of int64, shape (n,)
    is_ratio : bool
        The values are ratios of a year; otherwise the objective.
    focus : float, optional
    lucky : tuple of float, optional
        Where the best of `n_trials` lucky ones would stand: 5 %, expected, 95 %.
    hold : float, optional
        Of holding, in the same unit.
    median, highest : float
    """

    edges: Floats
    counts: Ints
    is_ratio: bool
    focus: float | None
    lucky: tuple[float, float, float] | None
    hold: float | None
    median: float
    highest: float


@dataclass(frozen=True)
class RunCurve:
    """How one run got on.

    Attributes
    ----------
    name : str
        ``profile@machine``.
    run_id : str
    seed : int
    generations : ndarray of int64, shape (n,)
    best : ndarray of float64, shape (n,)
        Best fitness so far, nan before there is one.
    median : ndarray of float64, shape (n,)
        Of the feasible rows of the generation, nan if there is none.
    n_rows : int
    is_rising : bool
        Its best was found near its end.
    found_in : int, optional
        The generation of its best.
    """

    name: str
    run_id: str
    seed: int
    generations: Ints
    best: Floats
    median: Floats
    n_rows: int
    is_rising: bool = False
    found_in: int | None = None


@dataclass(frozen=True)
class Progress:
    """Picture 5.

    Attributes
    ----------
    runs : tuple of RunCurve
        The first ones by their best; at most 40 are drawn.
    n_runs : int
    spread : tuple of (str, int, float, float, float)
        By profile: its name, how many runs, and the least, middle and greatest best.
    """

    runs: tuple[RunCurve, ...]
    n_runs: int
    spread: tuple[tuple[str, int, float, float, float], ...]


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
        How much of the variance of the fitness the cells explain.
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
    """Picture 6: the two genes that explain most, each cell with its best and its middle.

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
class Idea:
    """One of the different ones.

    Attributes
    ----------
    rank : int
    genome_id : str
    n_alike : int
        Rows that it stands for, itself included.
    fitness : float
    found_by : str
    curve : Curve, optional
        Money over the searched part; None without bars.
    params : mapping of str to text or number
    """

    rank: int
    genome_id: str
    n_alike: int
    fitness: float
    found_by: str
    curve: Curve | None = None
    params: Mapping[str, str | float] = field(default_factory=dict)


@dataclass(frozen=True)
class Ideas:
    """Picture 9.

    Attributes
    ----------
    ideas : tuple of Idea
    below : float, optional
        Their daily returns correlate below this; None: they differ in what they do.
    """

    ideas: tuple[Idea, ...]
    below: float | None = None


@dataclass(frozen=True)
class Machine:
    """What one machine brought.

    Attributes
    ----------
    name : str
    n_runs, n_rows, n_new : int
        Runs, distinct rows it found, and those that it alone found.
    hours : float
    best : float, optional
    """

    name: str
    n_runs: int
    n_rows: int
    n_new: int
    hours: float
    best: float | None


@dataclass(frozen=True)
class Machines:
    """Picture 10."""

    machines: tuple[Machine, ...]


@dataclass(frozen=True)
class Gene:
    """One gene against the value.

    Attributes
    ----------
    name : str
    labels : tuple of str
        Of its choices; else empty.
    x, y : ndarray of float64, shape (n,)
        Values, or places among the labels, and the fitness.
    focus : tuple of float, optional
    share : float
        How much of the variance of the fitness its cells explain.
    """

    name: str
    labels: tuple[str, ...]
    x: Floats
    y: Floats
    focus: tuple[float, float] | None
    share: float


@dataclass(frozen=True)
class Genes:
    """For a problem without prices: each gene against the value, the strongest first."""

    genes: tuple[Gene, ...]
    n_genes: int
    n_rows: int
