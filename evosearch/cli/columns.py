"""The columns of the leaderboard: which ones matter most, and what stands in their cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from evosearch.assemble.judging.earned import Earned
from evosearch.assemble.metrics import TWIN, choose_metrics, find_metric, name_metric
from evosearch.cli.console import format_value, make_console, shorten_middle
from evosearch.cli.painting import paint_loss, paint_worse
from evosearch.report.sentences import say, show_integer, show_percent

if TYPE_CHECKING:
    from evosearch.assemble.ranking.leaderboard import Leaderboard
    from evosearch.trading.replay.fees import Costs

# From so many letters in a line on, a terminal is wide.
WIDE = 90
# Digits of an id, finders that are named, and letters of each: on a narrow terminal, on a wide one.
_ID_DIGITS, _MAX_FOUND, _FOUND_LETTERS, _MORE_LETTERS = 8, 2, 14, 28

Row = Mapping[str, Any]


class Column(NamedTuple):
    """One column of the table.

    Attributes
    ----------
    key : str
        Its kind, by which `_SPARE` names it.
    header : str
    show : callable
        The cell of a row.
    is_text : bool
    """

    key: str
    header: str
    show: Callable[[Row], str]
    is_text: bool = False


def name_finders(board: Leaderboard, run_ids: Iterable[str]) -> str:
    """Who found a row: ``pro@macbook``, of many the first two and how many more."""
    names = sorted({board.found_names.get(run, run) for run in run_ids})
    letters = _MORE_LETTERS if make_console().width >= WIDE else _FOUND_LETTERS
    shown = [shorten_middle(name, letters) for name in names[:_MAX_FOUND]]
    more = [str(len(names) - _MAX_FOUND)] if len(names) > _MAX_FOUND else []
    return "+".join(shown + more)


class Chooser:
    """Chooses the columns that matter most and fills them in one language."""

    def __init__(self, board: Leaderboard, costs: Mapping[int, Costs], language: str) -> None:
        self.board, self.language = board, language
        self.earned = Earned.of(board.ranked.metadata)
        # A column in which no row may show anything is left out.
        unseen = {board.behaviour, *(board.hidden_columns if board.n_open == 0 else ())}
        self.names = [name for name in board.metric_names if name not in unseen]
        self.costs = costs

    def choose(self) -> Iterable[Column]:
        """The columns from left to right."""
        objective = self.board.ranked.metadata.problem.objective
        first, leading = choose_metrics(objective, self.names)
        yield Column("rank", "#", lambda row: str(row["rank"]))
        yield self._text("genome_id", "board.id", lambda row: str(row["genome_id"])[:_ID_DIGITS])
        yield self._measure(first, "objective")
        if f"{first}{TWIN}" in self.names:
            yield self._compare(first)
        is_later = self.earned.column not in leading
        for name in leading:
            yield self._measure(name, "later" if is_later else "metrics")
            if name == self.earned.column:
                is_later = True
                yield self._part("over_hold", self._over_hold)
        if self.costs:
            yield self._part("without_costs", self._show_without)
            yield self._part("break_even", self._show_break_even)
        if self.board.n_alike:
            yield Column("alike", self._say("alike"), self._count_alike)
        yield self._text("found_by", "board.found_by", self._name_found)

    def _say(self, name: str) -> str:
        return say(f"board.{name}", self.language)

    def _text(self, key: str, header: str, show: Callable[[Row], str]) -> Column:
        return Column(key, say(header, self.language), show, is_text=True)

    def _part(self, key: str, show: Callable[[Row], str]) -> Column:
        return Column(key, self._say(key), show)

    def _measure(self, name: str, key: str) -> Column:
        header = name_metric(name, self.language)
        is_objective = key == "objective"
        return Column(key, header, lambda row: self._show(row, name, is_objective))

    def _compare(self, name: str) -> Column:
        """The hold-out of a column, beside it."""
        is_minimised = find_metric(name).is_minimised

        def show(row: Row) -> str:
            twin = f"{name}{TWIN}"
            if self.board.hides(row):
                return ""
            text = show_narrow(twin, row[twin], self.language)
            if name not in self.earned.signed:
                return text
            return paint_worse(text, row[twin], row[name], is_minimised)

        return Column("holdout", self._say("holdout"), show)

    def _show(self, row: Row, name: str, is_objective: bool) -> str:
        if is_objective and row["status"] != "ok":
            return str(row["status"])
        text = "" if self._hides(row, name) else show_narrow(name, row[name], self.language)
        if is_objective and not row["feasible"]:
            return f"({text})"
        return paint_loss(text, row[name]) if text and name in self.earned.signed else text

    def _hides(self, row: Row, name: str) -> bool:
        return name.endswith(TWIN) and self.board.hides(row)

    def _over_hold(self, row: Row) -> str:
        value, hold = row[self.earned.column], self.earned.hold
        over = None if value is None or hold is None else value - hold
        text = show_percent(over, self.language)
        # A difference has a sign, but one that rounds to zero.
        sign = "+" if over is not None and over > 0 and text.strip("0., %") else ""
        return paint_loss(sign + text, over)

    def _show_without(self, row: Row) -> str:
        value = self.costs[row["rank"]].without
        return paint_loss(show_percent(value, self.language), value)

    def _show_break_even(self, row: Row) -> str:
        return show_percent(self.costs[row["rank"]].break_even, self.language, 2)

    def _count_alike(self, row: Row) -> str:
        n = self.board.n_alike.get(row["rank"])
        return f"x{show_integer(n, self.language)}" if n else ""

    def _name_found(self, row: Row) -> str:
        return name_finders(self.board, row["found_by"])


def show_narrow(name: str, value: object, language: str) -> str:
    """A metric in a table, as narrow as tells rows apart: percent with one decimal."""
    if isinstance(value, float) and find_metric(name).is_share:
        return show_percent(value, language)
    return format_value(name, value, language)


def list_chosen(board: Leaderboard) -> list[Column]:
    """The columns that were asked for, as files call them, with all their decimals."""
    kinds = {field.name: str(field.type) for field in board.ranked.schema}
    return [
        Column(
            name,
            name,
            lambda row, name=name: _show_chosen(board, name, row),  # type: ignore[misc]
            kinds[name].startswith(("dictionary", "string", "list", "fixed")),
        )
        for name in board.columns
    ]


def _show_chosen(board: Leaderboard, name: str, row: Row) -> str:
    if name in board.hidden_columns and board.hides(row):
        return ""
    value = row[name]
    if name == "genome_id":
        return str(value)[:_ID_DIGITS]
    if name == "found_by":
        return name_finders(board, value)
    return str(value) if name in ("rank", "generation", "index") else format_value(name, value)
