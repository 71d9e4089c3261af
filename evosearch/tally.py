"""Counts and best row of a run, taken from its rows: the one place where they are added up.

Rows may come from whole generations, from a part of the last one, or from disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from evosearch.population import STATUS_NAMES, Population


class Tally:
    """Counts and best row of all rows taken in so far.

    Parameters
    ----------
    metrics : sequence of str
        Names of the metric columns.
    int_metrics : frozenset of str
        Those that are whole numbers.
    objective : str
        The metric that the fitness is.

    Attributes
    ----------
    n_evaluated, n_not_ok, n_feasible : int
    best : Population or None
        The row that ranks first, alone; None before the first row.
    """

    def __init__(
        self, metrics: Sequence[str], int_metrics: frozenset[str], objective: str = ""
    ) -> None:
        self.metrics, self._int_metrics = tuple(metrics), int_metrics
        self._is_unseen = _is_unseen(objective)
        self.n_evaluated = self.n_not_ok = self.n_feasible = 0
        self.best: Population | None = None

    def take(self, rows: Population) -> int | None:
        """Take in measured rows that were not taken in before.

        Returns
        -------
        int or None
            Which of them ranks before all rows so far; None when none does.
        """
        if not len(rows):
            return None
        found = rows.evaluations
        self.n_evaluated += len(rows)
        self.n_not_ok += int(np.count_nonzero(~found.is_ok))
        self.n_feasible += int(np.count_nonzero(found.feasible))
        place = rows.find_best()
        best = rows.take(np.array([place]))
        if self.best is not None:
            both = Population.concatenate([self.best, best])
            if both.find_best() == 0:
                return None
        self.best = best
        return place

    @property
    def best_fitness(self) -> float | None:
        """Fitness of the best row when that is feasible."""
        if self.best is None or not self.best.evaluations.feasible[0]:
            return None
        return float(self.best.evaluations.fitness[0])

    def describe_best(self) -> dict[str, Any]:
        """The best row as plain data, metrics by name; empty for no rows.

        Without the metrics of a hold-out, whose names end in ``_oos``: what is shown while a run
        searches would steer the next one.
        """
        if self.best is None:
            return {}
        found = self.best.evaluations
        plain = {
            "genome_id": self.best.genome_ids[0].astype(">u8").tobytes().hex(),
            "status": STATUS_NAMES[found.status[0]],
            "feasible": bool(found.feasible[0]),
            "fitness": None if self._is_unseen else _plain(found.fitness[0]),
            "violation": float(found.violation[0]),
            "generation": int(self.best.generation[0]),
        }
        return plain | {
            name: _plain(value, name in self._int_metrics)
            for name, value in zip(self.metrics, found.metrics[0], strict=True)
            if not _is_unseen(name)
        }


def _is_unseen(name: str) -> bool:
    return name.endswith("_oos")


def _plain(value: np.float64, is_whole: bool = False) -> float | None:
    if np.isnan(value):
        return None
    return int(value) if is_whole else float(value) + 0.0  # no -0.0
