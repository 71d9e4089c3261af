"""What one report is about: a ranking, the row that it shows, and what is known of both here."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from evosearch.problems.words import find_built_in
from evosearch.texts import make_visible

if TYPE_CHECKING:
    from evosearch.assemble.judging.judge import Judgement
    from evosearch.assemble.strategies.opened import Missing, Opened
    from evosearch.shards.reading.ranked import Ranked
    from evosearch.trading.replay.replay import Replay


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
    bars: Opened | Missing | None
    replay: Replay | None
    n_top: int = 50
    is_single: bool = False

    @property
    def opened(self) -> Opened | None:
        """The bars, if the row could be played again on them."""
        return None if self.replay is None else cast("Opened", self.bars)

    @property
    def noun(self) -> str:
        """What a row is: a counted noun of the catalogue."""
        kind = find_built_in(self.ranked.metadata.problem.name)
        return str(kind.noun)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that were read."""
        ranked = self.ranked
        return ranked.inputs or (() if ranked.path is None else (ranked.path,))

    @property
    def command(self) -> str:
        """What makes such a page, with a file that has no folder, or a pattern for several files.

        The same on every system: it stands in the page.
        """
        names = [make_visible(path.name) for path in self.files]
        place = shlex.quote(names[0]) if len(names) == 1 else "*.parquet"
        rank = f" {self.row['rank']}" if self.is_single else ""
        return f"evosearch report{rank} {place}"
