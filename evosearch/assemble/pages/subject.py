"""What one report is about: a ranking, the row that it shows, and what is known of both here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evosearch.assemble.judging.judge import Judgement
    from evosearch.shards.reading.ranked import Ranked


@dataclass(frozen=True)
class Subject:
    """What a report is about.

    Attributes
    ----------
    ranked : Ranked
    row : mapping
        The row that is shown: rank 1, or the one that was asked for.
    judgement : Judgement
        The verdict on it. Its look is recorded.
    shows_holdout : bool
        False before a merge: then nothing of the hold-out is shown. Of all other rows nothing of
        it is shown in any case.
    bars : Opened, Missing or None
        The bars of the ranking on this machine; None where the problem has no bars.
    replay : Replay or None
        The row played again on these bars.
    n_top : int
        Rows in the tables.
    is_single : bool
        Only this row is wanted, not the ranking around it.
    """

    ranked: Ranked
    row: Mapping[str, Any]
    judgement: Judgement
    shows_holdout: bool
    bars: Any
    replay: Any
    n_top: int = 50
    is_single: bool = False
