"""The verdict under a ranking, and what is said of a hold-out that is not shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.cli.options import read_language

if TYPE_CHECKING:
    from evosearch.assemble.judging.judge import Judgement
    from evosearch.assemble.ranking.leaderboard import Leaderboard
    from evosearch.assemble.ranking.view import View
    from evosearch.shards.reading.ranked import Ranked


@dataclass(frozen=True)
class Asking:
    """How a command asks for a verdict.

    Attributes
    ----------
    results : Path
        The folder in which trials on the same bars count, and looks are recorded.
    unseen : bool
        Show the hold-out of every row.
    language : str
    trials_before : int
    """

    results: Path
    unseen: bool = False
    language: str = "en"
    trials_before: int = 0

    @classmethod
    def of(
        cls,
        paths: Sequence[str] | None,
        results: Path | None,
        unseen: bool,
        lang: str | None,
        trials_before: int,
    ) -> Asking:
        """As a person typed it."""
        from evosearch.assemble.ranking.inputs import choose_folder

        folder = choose_folder(paths, results or Path("results"))
        return cls(folder, unseen, read_language(lang), trials_before)

    def judge(self, ranked: Ranked, view: View, is_recorded: bool = True) -> Judgement:
        """Judge a ranking of which some rows will be shown."""
        from evosearch.assemble.judging.judge import judge_ranking
        from evosearch.assemble.ranking.holdout import is_holdout
        from evosearch.report.rows import plain_rows

        is_chosen = view.names_holdout(ranked.schema)
        is_chosen = is_chosen or is_holdout(ranked.metadata.problem.objective)
        rows: list[dict[str, Any]] | None = None
        if view.is_filtered and (is_chosen or self.unseen):
            rows = [row for table in view.rows(ranked) for row in plain_rows(table)]
        return judge_ranking(
            ranked,
            results=self.results,
            n_shown=ranked.n_rows if view.n is None else min(view.n, ranked.n_rows),
            rows=rows,
            trials_before=self.trials_before,
            unseen=self.unseen,
            chosen_by_holdout=is_chosen,
            is_recorded=is_recorded,
        )

    def say(self, key: str, **values: str) -> str:
        """A sentence of the catalogue in the language of this command."""
        from evosearch.report.sentences import say

        return say(key, self.language, **values)

    def plain(self, judgement: Judgement) -> dict[str, Any]:
        """The verdict for `--json`."""
        from evosearch.report.verdict import describe_verdict

        words = describe_verdict(judgement.box, self.language)
        return {**judgement.to_plain(), "words": words}

    def print_box(self, judgement: Judgement, following: str = "") -> None:
        """Print the box; its last line is the next command."""
        from evosearch.cli.console import make_console, print_lines
        from evosearch.report.verdict import describe_box, wrap_box

        box = replace(judgement.box, next_command=following) if following else judgement.box
        lines = wrap_box(describe_box(box, self.language), make_console().width)
        print_lines("", *lines)

    def describe_hidden(self, board: Leaderboard, judgement: Judgement) -> list[str]:
        """What is said under a table about figures that are not there, and rows that are folded."""
        from evosearch.assemble.ranking.holdout import list_holdout

        notes = []
        if list_holdout(board.ranked.schema):
            n_shown = board.ranked.n_rows if board.view.n is None else board.view.n
            if self.unseen:
                notes.append(self.say("table.unseen"))
            elif judgement.box.state == "unmerged":
                notes.append(self.say("table.hidden_unmerged"))
            elif board.n_open is not None and board.n_open < min(n_shown, board.ranked.n_rows):
                notes.append(self.say("table.hidden"))
        return notes


def find_next(judgement: Judgement, merged: str, show: str) -> str:
    """The next command: an audit until there is one."""
    if judgement.box.state == "no_rows" or judgement.box.audit is not None:
        return show
    return f"evosearch audit{merged}"
