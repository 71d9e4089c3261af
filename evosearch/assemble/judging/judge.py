"""Judge the first row of a ranking, or a single one, and say which rows may show their hold-out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.evidence.verdict import Verdict
from evosearch.report.verdict import BoxFacts

if TYPE_CHECKING:
    from evosearch.shards.reading.ranked import Ranked


@dataclass(frozen=True)
class Judgement:
    """The verdict on the first row that is shown, with the facts of the box under it.

    Attributes
    ----------
    box : BoxFacts
    verdicts : tuple of Verdict
        Of rows 1 to `n_open`, each tested with the same number of looks.
    n_open : int
        So many of the first rows may show their hold-out.
    looks : tuple of str
        Genome ids whose hold-out is counted by this: hexadecimal, sorted.
    """

    box: BoxFacts
    verdicts: tuple[Verdict, ...] = ()
    n_open: int = 0
    looks: tuple[str, ...] = ()

    def to_plain(self) -> dict[str, Any]:
        """As ``verdict`` of ``--json``: finite numbers only."""
        return {}


def judge_ranking(
    ranked: Ranked,
    *,
    results: str | Path = "results",
    n_shown: int = 1,
    rows: Sequence[Mapping[str, Any]] | None = None,
    trials_before: int = 0,
    unseen: bool = False,
    chosen_by_holdout: bool = False,
    is_recorded: bool = True,
    merged_paths: Sequence[Path] = (),
) -> Judgement:
    """Judge the first row that is shown.

    Parameters
    ----------
    ranked : Ranked
    results : path
        Its folder: trials on the same bars there count, and looks are recorded there.
    n_shown : int
        How many rows are shown.
    rows : sequence of mapping, optional
        These rows, if they are not the first ones of the ranking.
    trials_before : int
        What was tried elsewhere.
    unseen : bool
        All rows show their hold-out: each is a look.
    chosen_by_holdout : bool
        Rows were filtered or sorted by the hold-out: each is a look, and there is no verdict.
    is_recorded : bool
        Record the looks; otherwise they are only counted.
    merged_paths : sequence of Path
        Files whose rows are in the ranking, known without reading them.
    """
    return Judgement(BoxFacts(state="no_rows"))


def judge_row(
    ranked: Ranked,
    row: Mapping[str, Any],
    *,
    results: str | Path = "results",
    trials_before: int = 0,
    is_recorded: bool = True,
    merged_paths: Sequence[Path] = (),
) -> Judgement:
    """Judge one row by its rank; not tested if a row above does not pass.

    Parameters
    ----------
    ranked : Ranked
    row : mapping
        As `evosearch.report.rows.find_row` gives it.
    others
        As in `judge_ranking`.
    """
    return Judgement(BoxFacts(state="no_rows"))
