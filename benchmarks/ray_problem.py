"""An objective that keeps one core busy for about a millisecond, in plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evosearch import Float, Problem, Space


class Busy(Problem):
    """Distance to a point, after a loop that stands for a user's simulation."""

    space = Space(*(Float(f"x{i}", -1, 1) for i in range(4)))
    direction = "minimize"
    version = "1"

    def __init__(self, n_rounds: int = 10_000) -> None:
        self.n_rounds = n_rounds

    def evaluate(self, params: Mapping[str, Any]) -> float:
        """Measure one genome."""
        total = 0.0
        for i in range(self.n_rounds):
            total += i * 1e-12
        return float(sum(params[f"x{i}"] ** 2 for i in range(4)) + total)
