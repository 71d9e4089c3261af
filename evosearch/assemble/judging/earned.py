"""Which columns of a ranking say what was earned, and what buy and hold earned beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evosearch.problems.words import find_evidence, find_metric

if TYPE_CHECKING:
    from evosearch.shards.format.metadata import ShardMetadata


@dataclass(frozen=True)
class Earned:
    """What tables say of gains and losses.

    Attributes
    ----------
    column : str
        What was earned, as a fraction; empty if no column says it.
    signed : frozenset of str
        Columns in which a number below 0 is a loss.
    hold : float or None
        What buy and hold earned over the same bars; None if unknown.
    """

    column: str = ""
    signed: frozenset[str] = frozenset()
    hold: float | None = None

    @classmethod
    def of(cls, metadata: ShardMetadata) -> Earned:
        """As a ranking states it."""
        evidence, hold = find_evidence(metadata.problem.plain), metadata.problem.hold
        if evidence is None:
            return cls()
        names = (evidence.sharpe, find_metric(evidence.sharpe).shown_as, evidence.return_frac)
        signed = frozenset(filter(None, names))
        searched = None if hold is None else hold.searched
        return cls(evidence.return_frac, signed, searched and searched.return_frac)
