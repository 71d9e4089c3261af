"""Which columns of a problem say whether a result is more than luck."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SharpeEvidence:
    """Names of the columns that describe the returns of a genome, a return a day.

    The same columns over what the search never sees have the ending ``_oos``.

    Attributes
    ----------
    sharpe : str
        Mean over standard deviation of the returns, not annual.
    skew, kurtosis : str
        Population moments; the kurtosis of a normal distribution is 3.
    n_days : str
        How many returns there are.
    return_frac : str
        The return over all of them.
    exposure : str
        The share of the time in which the genome holds what it trades.
    behaviour : str
        A whole number in [0, 2**53), uniform, equal for genomes that behave alike; empty if there
        is none.
    """

    sharpe: str
    skew: str
    kurtosis: str
    n_days: str
    return_frac: str
    exposure: str
    behaviour: str = ""

    def to_plain(self) -> dict[str, str]:
        """As shards state it."""
        return dict(vars(self))
