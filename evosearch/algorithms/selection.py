"""Which genomes become parents."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def select_by_tournament(n_parents: int, draws: NDArray[np.float64]) -> NDArray[np.intp]:
    """Winners of tournaments among parents that are ranked best first.

    Parameters
    ----------
    n_parents : int, >= 1
    draws : ndarray of float64 in [0, 1), shape (tournament, ...)
        Uniform: one for each entrant; a tournament of one selects uniformly.

    Returns
    -------
    ndarray of intp, shape of one entrant's draws
        Ranks in [0, n_parents), the better ones more often.

    References
    ----------
    Goldberg and Deb 1991, "A comparative analysis of selection schemes used in genetic
    algorithms".

    Examples
    --------
    >>> draws = np.array([[0.9, 0.3], [0.2, 0.8]])  # two entrants of two tournaments
    >>> select_by_tournament(10, draws).tolist()
    [2, 3]
    """
    # Ranked parents make a tournament the smallest of its draws.
    winners: NDArray[np.intp] = (draws.min(axis=0) * n_parents).astype(np.intp)
    return winners
