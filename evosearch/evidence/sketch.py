"""How many distinct values there are, estimated from the smallest ones alone."""

from __future__ import annotations

N_BITS = 53


def estimate_distinct(n_kept: int, kth: int, k: int = 1024) -> int:
    """Number of distinct uniform hashes, from the `k` smallest of them.

    Parameters
    ----------
    n_kept : int
        Distinct values that were kept, at most `k`.
    kth : int
        The largest of those kept, of 53 bits.
    k : int
        How many are kept at most.

    Returns
    -------
    int
        Exact below `k`; else with a relative error of about 1 / sqrt(k).

    References
    ----------
    Bar-Yossef et al. 2002, "Counting distinct elements in a data stream"; the unbiased form
    (k - 1) / kth of Beyer et al. 2007.
    """
    n_kept, kth = int(n_kept), int(kth)
    if n_kept < k or kth <= 0:
        return max(n_kept, 0)
    return ((k - 1) << N_BITS) // kth
