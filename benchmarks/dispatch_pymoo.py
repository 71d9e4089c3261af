"""The dispatch objective as a pymoo problem; apart, because workers must import it by name."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pymoo.core.problem import ElementwiseProblem

from benchmarks.spin import N_GENES, load, work


class PymooSpin(ElementwiseProblem):  # type: ignore[misc]
    """One genome at a time, wherever pymoo sends it.

    Parameters
    ----------
    table : ndarray or None
        None for one that each worker loads from `path`.
    path : str
    seconds : float
    runner : callable
    """

    def __init__(
        self, table: NDArray[np.float64] | None, path: str, seconds: float, runner: Any
    ) -> None:
        super().__init__(n_var=N_GENES, n_obj=1, xl=-1.0, xu=1.0, elementwise_runner=runner)
        self.table, self.path, self.seconds = table, path, seconds

    def _evaluate(self, x: Any, out: dict[str, Any], *args: Any, **more: Any) -> None:
        table = load(self.path) if self.table is None else self.table
        out["F"] = work(table, float(x[0]), self.seconds)
