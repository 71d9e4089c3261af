"""Algorithms: which genomes to try next.

Read `base` for the promise, `random_search` for the shortest algorithm, `genetic` for the one
that people use. A new one is a file here and a line in `ALGORITHMS`: a profile calls it, and the
table of its settings, by that name.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evosearch.algorithms.base import Algorithm
    from evosearch.algorithms.settings import AlgorithmSettings


@dataclass(frozen=True)
class Entry:
    """Where an algorithm is; nothing is imported before it is asked for.

    Attributes
    ----------
    path : str
        ``module:Class``.
    settings : str
        The same of its settings, where these can be had without its kernels' compiler.
    kernels : tuple of str
        Files of compiled code that it adds to those of every search, within the package.
    """

    path: str
    settings: str = ""
    kernels: tuple[str, ...] = ()


ALGORITHMS = {
    "genetic": Entry(
        "evosearch.algorithms.genetic:Genetic",
        settings="evosearch.algorithms.settings:GeneticSettings",
        kernels=("algorithms/crossover", "algorithms/mutation"),
    ),
    "random": Entry(
        "evosearch.algorithms.random_search:RandomSearch",
        settings="evosearch.algorithms.settings:AlgorithmSettings",
    ),
}


def find_algorithm(name: str) -> type[Algorithm]:
    """The class of an algorithm."""
    kind: type[Algorithm] = pkgutil.resolve_name(ALGORITHMS[name].path)
    return kind


def find_settings(name: str) -> type[AlgorithmSettings]:
    """The model of the table that an algorithm can be told things in."""
    path = ALGORITHMS[name].settings
    kind: type[AlgorithmSettings] = (
        pkgutil.resolve_name(path) if path else find_algorithm(name).Settings
    )
    return kind


__all__ = ["ALGORITHMS", "Entry", "find_algorithm", "find_settings"]
