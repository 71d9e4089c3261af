"""Who becomes a parent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def select_by_tournament(
    n_parents: int, shape: tuple[int, ...], tournament: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Winners of tournaments among parents that are ranked best first.

    Parameters
    ----------
    n_parents : int, >= 1
    shape : tuple of int
        Shape of the result.
    tournament : int, >= 1
        Entrants each; 1 selects uniformly.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of intp
        Ranks in [0, n_parents), the better ones more often.

    References
    ----------
    Goldberg and Deb 1991, "A comparative analysis of selection schemes used in genetic
    algorithms".
    """
    # Ranked parents make a tournament the smallest of its draws.
    best = rng.random((tournament, *shape)).min(axis=0)
    winners: NDArray[np.intp] = (best * n_parents).astype(np.intp)
    return winners
