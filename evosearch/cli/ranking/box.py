"""The verdict under a ranking, and what is said of a hold-out that is not shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.cli.options import read_language

if TYPE_CHECKING:
    from evosearch.assemble.alike import Folded
    from evosearch.assemble.judging.judge import Judgement
    from evosearch.assemble.ranking.leaderboard import Leaderboard
    from evosearch.assemble.ranking.view import View
    from evosearch.cli.tables import Printed
    from evosearch.report.box_facts import BoxFacts
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
        from evosearch.assemble.judging.looking import choose_folder

        folder = choose_folder(results or "results", paths or ())
        return cls(folder, unseen, read_language(lang), trials_before)

    def judge(
        self,
        ranked: Ranked,
        view: View,
        is_merged: bool | None = None,
        n_folded: int = 0,
        given: Folded | None = None,
    ) -> Judgement:
        """Judge a ranking of which some rows will be shown, of a merge or of files."""
        from evosearch.assemble.ranking.leaderboard import judge_view

        return judge_view(
            ranked,
            view,
            results=self.results,
            trials_before=self.trials_before,
            unseen=self.unseen,
            is_merged=is_merged,
            n_folded=n_folded,
            given=given,
        )

    def judge_row(self, ranked: Ranked, row: dict[str, Any]) -> tuple[Judgement, bool]:
        """Judge one row; also whether its hold-out stays hidden, as before a merge."""
        from evosearch.assemble.judging.judge import judge_ranking, judge_row

        before = self.trials_before
        found = judge_row(ranked, row, results=self.results, trials_before=before)
        if found.box.state != "unmerged":
            return found, False
        if self.unseen:
            found = judge_ranking(
                ranked, results=self.results, rows=[row], trials_before=before, unseen=True
            )
        return found, not self.unseen

    def say(self, key: str, **values: str | float) -> str:
        """A sentence of the catalogue in the language of this command."""
        from evosearch.report.sentences import say

        return say(key, self.language, **values)

    def plain(self, judgement: Judgement) -> dict[str, Any]:
        """The verdict for `--json`."""
        from evosearch.report.verdict import describe_verdict

        words = describe_verdict(judgement.box, self.language)
        return {**judgement.to_plain(), "words": words}

    def print_box(
        self, judgement: Judgement, following: str = "", more: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Print the box; its last line is the next command, with more lines above it."""
        from evosearch.cli.console import make_console, print_lines
        from evosearch.report.verdict import describe_box, wrap_box

        box = replace(judgement.box, next_command=following) if following else judgement.box
        *lines, last = describe_box(box, self.language)
        wrapped = wrap_box([*lines, *more, last], make_console().width)
        print_lines("", *self._paint(wrapped, box))

    def print_verdict(self, judgement: Judgement, following: str) -> None:
        """Print of the box the verdict, the looks that it costs, and the next command."""
        from evosearch.cli.console import make_console, print_lines
        from evosearch.report.sentences import name_label
        from evosearch.report.verdict import describe_box, wrap_box

        box = replace(judgement.box, next_command=following)
        labels = {name_label(key, self.language) for key in ("verdict", "holdout", "next")}
        lines = [line for line in describe_box(box, self.language) if line[0] in labels]
        print_lines("", *self._paint(wrap_box(lines, make_console().width), box))

    def _paint(self, lines: Sequence[str], box: BoxFacts) -> list[str]:
        """The lines of a box with the verdict in its colour."""
        from evosearch.cli.painting import paint_verdict
        from evosearch.report.sentences import name_label

        verdict = box.verdict if box.state == "judged" else None
        name = box.state if verdict is None else verdict.name
        return paint_verdict(lines, name_label("verdict", self.language), name)

    def make_board(
        self,
        ranked: Ranked,
        view: View,
        columns: Sequence[str],
        judgement: Judgement,
        kind: str,
        n_folded: int = 0,
        given: Folded | None = None,
    ) -> Leaderboard:
        """The rows to print, with the hold-out of those that may show it.

        Parameters
        ----------
        ranked, view, columns, n_folded, given
            As of `Leaderboard`.
        judgement : Judgement
        kind : str
            JSON is for machines and has everything, but before a merge.
        """
        from evosearch.assemble.ranking.leaderboard import Leaderboard

        is_merged = judgement.box.state != "unmerged"
        is_chosen = judgement.box.state == "chosen_by_holdout"
        shows_all = self.unseen or is_chosen or (kind == "json" and is_merged)
        n_open = None if shows_all else judgement.n_open
        return Leaderboard(ranked, view, columns, n_open, n_folded, given)

    def describe_hidden(self, board: Leaderboard, printed: Printed) -> list[str]:
        """What is said under a table about rows and figures that are not there."""
        from evosearch.assemble.holdout import list_holdout

        folded = self.say("table.alike" if printed.has_alike else "table.folded")
        notes = [folded] if board.n_alike and board.given is None else []
        if printed.left_out:
            notes.append(self.say("board.left_out", columns=", ".join(printed.left_out)))
        if printed.lacks_bars:
            notes.append(self.say("board.no_bars"))
        if printed.lacks_first and board.n_open:
            notes.append(self.say("table.lacks_first"))
        holdout = list_holdout(board.ranked.schema)
        if not holdout or (board.chosen and {*holdout}.isdisjoint(board.columns)):
            return notes
        if self.unseen:
            return [*notes, self.say("table.unseen")]
        if board.n_open == 0:
            return [*notes, self.say("table.hidden_unmerged")]
        is_cut = board.n_open is not None and board.n_open < board.ranked.n_rows
        return [*notes, self.say("table.hidden")] if is_cut and board.view.n != 1 else notes


def find_next(
    judgement: Judgement,
    paths: Sequence[str] | None,
    results: Path | None,
    is_audited: bool = False,
) -> str:
    """The command to type after one that shows a ranking: first a merge, then an audit."""
    from evosearch.texts import name_results, quote_path, quote_shards

    there = name_results(results or "results")
    if judgement.box.state == "unmerged":
        shards = " ".join(map(quote_path, paths or ())) or quote_shards(results or "results")
        return f"evosearch merge {shards}{there}"
    named = f" {' '.join(map(quote_path, paths))}" if paths else ""
    return choose_next(judgement, f"{named}{there}", is_audited)


def choose_next(judgement: Judgement, there: str, is_audited: bool = False) -> str:
    """The next command: an audit until there is one."""
    is_audited = is_audited or judgement.box.audit is not None
    if judgement.box.state == "no_rows" or is_audited:
        return f"evosearch show 1{there}"
    return f"evosearch audit{there}"
