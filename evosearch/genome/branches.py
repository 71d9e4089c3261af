"""The branches of a search space: the number of reachable genomes, and the genome at a number.

A gene that is not active multiplies nothing. So genomes are counted from the last gene to the
first in a decision diagram: each node is a gene with one set of later genes that can be active.
Read from the first gene on, the counts give the genome at a number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evosearch.genome.genes import Float, Gene

# Conditions that cross each other in more ways than this are left out of the count.
MAX_EDGES = 200_000
# A float gene with more values than this is walked over a grid of its range.
GRID = 2**32
MAX_EXACT = 2**31

# What decides about genes still to come: by parent, which of its dependents its value wakes.
_State = tuple[tuple[int, int], ...]


class _Edge(NamedTuple):
    """Values of a gene after which the same genes follow."""

    codes: NDArray[np.float64] | None  # None: all that it can take
    place: int  # of the gene that is active next, and in which of its situations
    situation: int


class Branches:
    """Genomes of a space by number: those that its conditions allow, each under one number.

    Unordered blocks and ordered pairs are not looked at: some of these genomes mean the same.

    Parameters
    ----------
    genes : sequence of Gene
    heeds_conditions : bool
        False takes every gene for active, as do conditions that are too many to follow.
    """

    def __init__(self, genes: Sequence[Gene], heeds_conditions: bool = True) -> None:
        self._genes = genes
        self._order = list(range(len(genes)))
        # By place in the order: the situations in which that gene is active, each with its edges.
        self._steps: list[list[list[_Edge]]] = []
        if not (heeds_conditions and any(gene.when for gene in genes) and self._build()):
            self._order = list(range(len(genes)))
            self._steps = [[[_Edge(None, place + 1, 0)]] for place in self._order]
        self._starts = self._count(_size)
        self.n_genomes = int(self._starts[0][0][-1])

    def count(self) -> float:
        """How many genomes there are; infinite with a float gene that has room."""
        found: float = self._count(lambda gene: gene.n_values)[0][0][-1]
        return found

    def find_codes(self, numbers: NDArray[Any]) -> NDArray[np.float64]:
        """The genomes at some numbers in [0, n_genomes); NaN where a gene is not active.

        Parameters
        ----------
        numbers : ndarray of int64, or of Python integers where those overflow, shape (n,)

        Returns
        -------
        ndarray of float64, shape (n, n_genes)

        Examples
        --------
        >>> from evosearch import Int
        >>> branches = Branches([Int("a", 0, 1), Int("b", 5, 9, when={"a": 1})])
        >>> branches.find_codes(np.array([0, 1, 5]))
        array([[ 0., nan],
               [ 1.,  5.],
               [ 1.,  9.]])
        """
        found = np.full((len(numbers), len(self._genes)), np.nan)
        waiting = {(0, 0): [(np.arange(len(numbers)), numbers)]}
        for place, column in enumerate(self._order):
            gene = self._genes[column]
            for situation, edges in enumerate(self._steps[place]):
                if (place, situation) not in waiting:
                    continue
                *begins, n = self._starts[place][situation]
                kind = np.dtype(np.int64 if n < 2**62 else object)
                starts = np.array(begins, kind)
                groups = waiting.pop((place, situation))
                rows = np.concatenate([group[0] for group in groups])
                rest = np.concatenate([group[1] for group in groups]).astype(kind)
                taken = np.searchsorted(starts, rest, side="right") - 1
                for way in np.unique(taken) if len(edges) > 1 else (0,):
                    edge, mine = edges[way], taken == way
                    size = _size(gene) if edge.codes is None else len(edge.codes)
                    inner = rest[mine] - starts[way]
                    found[rows[mine], column] = _decode(gene, edge.codes, inner % size)
                    group = rows[mine], inner // size
                    waiting.setdefault((edge.place, edge.situation), []).append(group)
        return found

    def _count(self, size_of: Callable[[Gene], Any]) -> list[list[list[Any]]]:
        """By place and situation: where the genomes of each edge begin, and how many there are."""
        found: list[list[list[Any]]] = [[[1]]]
        for column, steps in zip(reversed(self._order), reversed(self._steps), strict=True):
            whole, level = size_of(self._genes[column]), []
            for edges in steps:
                starts: list[Any] = [0]
                for codes, place, situation in edges:
                    below = found[len(self._order) - place][situation][-1]
                    starts.append(starts[-1] + (whole if codes is None else len(codes)) * below)
                level.append(starts)
            found.append(level)
        return found[::-1]

    def _build(self) -> bool:
        """Make the diagram; False where it would be too large."""
        self._order = _order_genes(self._genes)
        genes = [self._genes[column] for column in self._order]
        places = {gene.name: place for place, gene in enumerate(genes)}
        parents = [[places[name] for name in gene.when] for gene in genes]
        wakes = [_Wakes(gene) for gene in genes]
        for place, gene in enumerate(genes):
            for name, keeping in gene.when.items():
                parent = places[name]
                wakes[parent].add(place, [genes[parent].encode(value) for value in keeping])
        following = [len(genes)]  # the next gene without a condition
        for place in reversed(range(len(genes))):
            following.append(following[-1] if parents[place] else place)
        following.reverse()
        met: list[dict[_State, int]] = [{} for _ in range(len(genes) + 1)]

        def enter(start: int, masks: dict[int, int]) -> tuple[int, int]:
            """The gene from `start` on that is active next, and its situation."""
            place, bits = following[start], 0
            for mask in masks.values():
                bits |= mask
            bits = bits >> start << start
            while bits:
                other = (bits & -bits).bit_length() - 1
                if other > place:
                    break
                if all(masks.get(parent, 0) >> other & 1 for parent in parents[other]):
                    place = other
                    break
                bits &= bits - 1
            left = ((p, mask >> place + 1 << place + 1) for p, mask in masks.items())
            state = tuple(sorted(item for item in left if item[1]))
            return place, met[place].setdefault(state, len(met[place]))

        enter(0, {})
        n_edges = 0
        for place in range(len(genes)):
            steps = []
            for state in met[place]:
                parts = wakes[place].split()
                n_edges += len(parts)
                if n_edges > MAX_EDGES:
                    return False
                ways = ((codes, enter(place + 1, {**dict(state), place: m})) for m, codes in parts)
                steps.append([_Edge(codes, *child) for codes, child in ways])
            self._steps.append(steps)
        return True


class _Wakes:
    """The values of a gene by which of its dependents they wake: a mask of columns."""

    def __init__(self, gene: Gene) -> None:
        self._gene = gene
        self._masks: dict[int, int] = {}
        self._parts: list[tuple[int, NDArray[np.float64] | None]] = []

    def add(self, dependent: int, codes: Sequence[float]) -> None:
        for code in codes:
            self._masks[int(code)] = self._masks.get(int(code), 0) | 1 << dependent

    def split(self) -> list[tuple[int, NDArray[np.float64] | None]]:
        """Each mask with its values, in the order of their first; None for all values."""
        if not self._parts:
            low = int(getattr(self._gene, "low", 0)) if self._masks else 0
            grouped: dict[int, list[int]] = {}
            for code in range(low, low + int(self._gene.n_values)) if self._masks else ():
                grouped.setdefault(self._masks.get(code, 0), []).append(code)
            self._parts = [(mask, np.array(codes, float)) for mask, codes in grouped.items()]
            if len(self._parts) < 2:
                self._parts = [(next(iter(grouped), 0), None)]
        return self._parts


def _order_genes(genes: Sequence[Gene]) -> list[int]:
    """Genes with each one's dependents right after it: what is decided is then soon done with."""
    index = {gene.name: column for column, gene in enumerate(genes)}
    dependents: list[list[int]] = [[] for _ in genes]
    missing = [len(gene.when) for gene in genes]
    for column, gene in enumerate(genes):
        for name in gene.when:
            dependents[index[name]].append(column)
    order: list[int] = []
    waiting = [column for column in reversed(range(len(genes))) if not missing[column]]
    while waiting:
        column = waiting.pop()
        order.append(column)
        for other in dependents[column]:
            missing[other] -= 1
        waiting += [other for other in reversed(dependents[column]) if not missing[other]]
    return order


def _size(gene: Gene) -> int:
    """How many values a walk gives to a gene that is active."""
    if isinstance(gene, Float):
        n = _number(gene.high) - _number(gene.low) + 1
        return n if n <= MAX_EXACT else GRID
    return int(gene.n_values)


def _decode(
    gene: Gene, codes: NDArray[np.float64] | None, places: NDArray[Any]
) -> NDArray[np.float64]:
    """The codes at some places among the values of a gene."""
    if codes is not None:
        return codes[places.astype(np.intp)]
    if not isinstance(gene, Float):
        return places.astype(float) + float(getattr(gene, "low", 0.0))
    if _size(gene) < GRID:
        numbers = places.astype(np.int64) + _number(gene.low)
        floats = np.abs(numbers).view(np.float64)
        return np.where(numbers < 0, -floats, floats)
    shares = (places.astype(float) + 0.5) / GRID
    if gene.log:
        low, high = math.log(gene.low), math.log(gene.high)
        return np.asarray(np.exp(low + shares * (high - low)))
    return np.asarray(gene.low + shares * (gene.high - gene.low))


def _number(value: float) -> int:
    """The place of a float among all floats: neighbours differ by one, zero is at zero."""
    place = int(np.abs(np.float64(value)).view(np.int64))
    return -place if value < 0 else place
