"""What the pictures of all rows show: numbers alone, drawn from the columns of a ranking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evosearch.report.page.money_data import Curve, Floats, Ints
from evosearch.statements import Statement


@dataclass(frozen=True)
class Cloud:
    """Searched against unseen, one dot for rows that behave alike, without ids.

    Attributes
    ----------
    names : tuple of str
        Who found the dots: ``profile@machine``; at most six. An empty one at the end
        stands for the rest.
    finders : ndarray of int64, shape (n,)
        Places in `names`, of the best of the rows behind a dot.
    x, y : ndarray of float64, shape (n,)
        Ratio of a year, searched and unseen, no more exact than a picture shows; sorted by value.
    focus : tuple of float, optional
        Of the row in focus, exact.
    n_rows, n_dots : int
        Rows with both ratios, and how many of them behave differently: what the figures below are
        of. Fewer dots may be drawn.
    correlation : float
        Of the ranks; nan if not defined.
    quadrants : tuple of int
        Above zero in both, searched alone, unseen alone, in neither.
    hold : tuple of float, optional
        The ratio of holding, searched and unseen.
    """

    names: tuple[str, ...]
    finders: Ints
    x: Floats
    y: Floats
    focus: tuple[float, float] | None
    n_rows: int
    n_dots: int
    correlation: float
    quadrants: tuple[int, int, int, int]
    hold: tuple[float, float] | None = None


@dataclass(frozen=True)
class Histogram:
    """All rows, where the row in focus stands, and where the best of as many lucky ones would.

    Attributes
    ----------
    edges : ndarray of float64, shape (n + 1,)
    counts : ndarray of int64, shape (n,)
    is_ratio : bool
        The values are ratios of a year; otherwise the objective.
    is_log : bool
        The edges are far apart: their steps are factors.
    focus : float, optional
    lucky : tuple of float, optional
        The best of as many lucky ones: 5 % lie below the first, the second is expected, 95 % lie
        below the third.
    hold : float, optional
        Of holding.
    median, best : float
        Of the rows that are counted.
    n_without : int
        Rows without a value, which are not counted.
    """

    edges: Floats
    counts: Ints
    is_ratio: bool
    is_log: bool
    focus: float | None
    lucky: tuple[float, float, float] | None
    hold: float | None
    median: float
    best: float
    n_without: int


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
    found_in : int, optional
        The generation in which its best was found.
    last : int
        Its last generation.
    is_rising : bool
        It was still getting better when it ended.
    """

    name: str
    run_id: str
    seed: int
    generations: Ints
    best: Floats
    median: Floats
    n_rows: int
    found_in: int | None
    last: int
    is_rising: bool = False


@dataclass(frozen=True)
class Progress:
    """How the runs got on.

    Attributes
    ----------
    runs : tuple of RunCurve
        The first ones by their best.
    n_runs : int
        All of them.
    spread : tuple of (str, int, float, float, float)
        By profile: its name, how many runs, and the worst, middle and best of what they reached.
    """

    runs: tuple[RunCurve, ...]
    n_runs: int
    spread: tuple[tuple[str, int, float, float, float], ...]


@dataclass(frozen=True)
class Idea:
    """One of the different ones.

    Attributes
    ----------
    rank : int
    genome_id : str
    n_alike : int
        Rows that it stands for, itself included.
    value : float
        The objective; a ratio as that of a year.
    returned : float, optional
        The return over the searched part.
    found_by : tuple of str
        ``profile@machine``.
    curve : Curve, optional
        Money over the searched part; None without bars.
    words : tuple of Statement
        What it does.
    """

    rank: int
    genome_id: str
    n_alike: int
    value: float
    returned: float | None
    found_by: tuple[str, ...]
    curve: Curve | None = None
    words: Sequence[Statement] = ()


@dataclass(frozen=True)
class Ideas:
    """The different ones.

    Attributes
    ----------
    ideas : tuple of Idea
    n_compared : int
        The best feasible rows, among which they were found.
    below : float, optional
        Their daily returns correlate below this; None: they differ in what they do.
    is_by_genes : bool
        They differ in their genes: what they do is not known.
    n_ideas : int, optional
        How many there are in all among the rows compared; None where that was not counted.
    is_at_least : bool
        There are more than these.
    """

    ideas: tuple[Idea, ...]
    n_compared: int
    below: float | None = None
    is_by_genes: bool = False
    n_ideas: int | None = None
    is_at_least: bool = False


@dataclass(frozen=True)
class Machine:
    """What one machine brought.

    Attributes
    ----------
    name : str
    profiles : tuple of str
    n_runs, n_rows : int
        Its runs, and what they measured, duplicates included.
    n_new, n_shared : int
        Distinct rows that it alone found, and those that others found too.
    hours : float
    per_s : float, optional
        Rows a second; None for a time too short to tell.
    best : float, optional
    best_rank : int, optional
    """

    name: str
    profiles: tuple[str, ...]
    n_runs: int
    n_rows: int
    n_new: int
    n_shared: int
    hours: float
    per_s: float | None
    best: float | None
    best_rank: int | None


@dataclass(frozen=True)
class Machines:
    """What the machines brought, in the order of their names."""

    machines: tuple[Machine, ...]
