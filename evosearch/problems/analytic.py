"""Problems with known optima, for tests, benchmarks and first runs.

Each is minimised and reaches zero at its optimum. `Mixed` exercises every kind of gene and a
condition; `Steps` is small enough to be searched to its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evosearch.genome.space import Boolean, Categorical, Float, Int, Ordinal, Space
from evosearch.problems.base import Batch, Problem

MAX_GENES = 10_000


class _Analytic(Problem):
    direction: Literal["maximize", "minimize"] = "minimize"
    version = "1"
    is_trusted = True


class Sphere(_Analytic):
    """Sum of squares; optimum 0 at the origin.

    Parameters
    ----------
    n_genes : int in [1, 10,000]
    """

    @classmethod
    def check_options(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """As in the base class."""
        n_genes = options.get("n_genes", 1)
        if isinstance(n_genes, int) and n_genes <= MAX_GENES:
            return []
        got = str(n_genes)[:40]
        return [("n_genes", f"expected a whole number up to {MAX_GENES:,}, got {got}.")]

    def __init__(self, n_genes: int = 10) -> None:
        self.n_genes = n_genes
        self.space = Space(*(Float(f"x{k}", -5.12, 5.12) for k in range(n_genes)))

    def evaluate_batch(self, batch: Batch) -> NDArray[Any]:
        """As in the base class."""
        return np.asarray(np.einsum("ij,ij->i", batch.genomes, batch.genomes))

    def fingerprint_options(self) -> dict[str, Any]:
        """As in the base class."""
        return {"n_genes": self.n_genes}


class Rastrigin(Sphere):
    """Many regular local minima around the origin; optimum 0.

    References
    ----------
    Rastrigin 1974, in the n-dimensional form of Muehlenbein et al. 1991.
    """

    def evaluate_batch(self, batch: Batch) -> NDArray[Any]:
        """As in the base class."""
        x = batch.genomes
        return np.asarray(np.sum(x * x - 10 * np.cos(2 * np.pi * x) + 10, axis=1))


class Mixed(_Analytic):
    """Every kind of gene and one condition; optimum 0, reached only with ``mode = "fine"``."""

    def __init__(self) -> None:
        self.space = Space(
            Float("rate", 1e-4, 1.0, log=True),
            Int("count", -10, 10),
            Ordinal("step", [1, 2, 5, 10, 20]),
            Categorical("mode", ["coarse", "fine", "off"]),
            Boolean("mirrored"),
            Float("detail", -1.0, 1.0, when={"mode": "fine"}),
        )

    def evaluate_batch(self, batch: Batch) -> NDArray[Any]:
        """As in the base class."""
        penalty = np.select([batch["mode"] == "fine", batch["mode"] == "coarse"], [0.0, 0.5], 2.0)
        detail = np.nan_to_num(batch["detail"]) ** 2
        total: NDArray[Any] = (
            np.log10(batch["rate"] / 0.01) ** 2
            + np.abs(batch["count"] - 3) / 10
            + np.abs(np.log(batch["step"] / 5))
            + np.where(batch["mirrored"], 0.0, 0.25)
            + penalty
            + detail
        )
        return total


class Steps(_Analytic):
    """A finite space of 6 x 4 x 2 genomes; optimum 0 at (3, 2, true)."""

    def __init__(self) -> None:
        self.space = Space(Int("a", 0, 5), Ordinal("b", [1, 2, 4, 8]), Boolean("c"))

    def evaluate_batch(self, batch: Batch) -> NDArray[Any]:
        """As in the base class."""
        distance: NDArray[Any] = np.abs(batch["a"] - 3) + np.abs(np.log2(batch["b"]) - 1)
        return distance + np.where(batch["c"], 0, 1)
