"""How often a hold-out may be looked at, and how many rows of a ranking may show theirs."""

from __future__ import annotations

from collections.abc import Callable, Set

MAX_LOOKS = 1000


def alpha(look: int) -> float:
    """Level of the `look`-th test on one hold-out, from 1; all levels sum to 0.05.

    >>> [round(alpha(look), 4) for look in (1, 2, 3)]
    [0.025, 0.0083, 0.0042]
    """
    look = max(int(look), 1)
    return 0.05 / (look * (look + 1))


def count_open(
    n_rows: int,
    ids: Callable[[int], object],
    known: Set[object],
    passes: Callable[[int, int], bool],
) -> int:
    """How many rows may show their hold-out: 1, and one more as long as all above pass.

    Parameters
    ----------
    n_rows : int
        Rows that there are to open.
    ids : callable
        The genome id of a row, rows numbered from 0.
    known : set
        Genome ids whose hold-out was looked at before.
    passes : callable
        Whether row i passes as the l-th look: ``passes(i, l)``. More looks never make it pass.

    Returns
    -------
    int
        0 only if there are no rows. With the opened rows among `known` the answer is the same.
    """
    seen = set(known)
    n_open, most = 0, MAX_LOOKS  # so many looks leave all open rows passing
    while n_open < n_rows:
        wider = seen | {ids(n_open)}
        if n_open:
            most = min(most, _find_most(passes, n_open - 1, len(wider), most))
            if len(wider) > most:
                break
        seen = wider
        n_open += 1
    return n_open


def _find_most(passes: Callable[[int, int], bool], row: int, low: int, high: int) -> int:
    """Return how many looks leave a row passing, between `low` and `high`; less if none do."""
    if low > high or not passes(row, low):
        return low - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if passes(row, middle) else (low, middle - 1)
    return low
