"""The leaderboard as a table, CSV or Markdown."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from evosearch.assemble.metrics import find_metric, list_leading
from evosearch.cli.console import format_value, print_lines, print_markdown, print_table

if TYPE_CHECKING:
    from evosearch.assemble.ranking.leaderboard import Leaderboard

_SHORT = {"genome_id": "id", "found_by": "found by", "rank": "#"}
_ID_DIGITS = 8
# What an objective's twin is called right beside it.
_TWIN, _BESIDE = "_oos", "hold-out"
# How many more rows behave as this one.
_ALIKE = "alike"


class Printed(NamedTuple):
    """How many rows were printed, with how many more behave alike, and without rank 1."""

    n_rows: int
    has_alike: bool = False
    lacks_first: bool = False


def print_leaderboard(board: Leaderboard, kind: str, headline: Sequence[str] = ()) -> Printed:
    """Print the rows of a ranking.

    Without chosen columns: those that matter most, in a CSV all of them.

    Parameters
    ----------
    board : Leaderboard
    kind : str
        ``table``, ``csv`` or ``md``.
    headline : sequence of str
        Lines above the rows. A filter that is refused leaves none behind.
    """
    if kind == "csv":
        n_rows = board.write_csv(sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return Printed(n_rows)
    rows = board.list_rows(also=("rank",))
    print_lines(*headline)
    is_chosen = bool(board.chosen)
    names = board.columns if is_chosen else _choose_columns(board)
    hidden = board.hidden_columns
    profiles = board.profile_names
    objective = None if is_chosen else board.ranked.metadata.problem.objective
    cells = [
        [
            "" if name in hidden and board.hides(row) else _cell(name, row, profiles, objective)
            for name in names
        ]
        for row in rows
    ]
    headers = [_header(name) for name in names]
    if objective is not None and f"{objective}{_TWIN}" in names:
        headers[names.index(f"{objective}{_TWIN}")] = _BESIDE
    if board.n_more and not is_chosen:
        # Behind the metrics, so that whoever found a row stays last.
        headers.insert(-1, _ALIKE)
        for row, cell in zip(rows, cells, strict=True):
            n_more = board.n_more.get(row["rank"])
            cell.insert(-1, f"+{n_more:,}" if n_more else "")
    shown: Sequence[str] = headers
    if kind == "md":
        print_markdown(headers, cells)
    elif rows:
        is_text = {name: isinstance(rows[0][name], (str, list)) for name in names} | {"error": True}
        texts = [_header(name) for name in names if is_text[name]]
        # What a narrow terminal shows without, the first one first.
        spare = [_header(metric.name) for metric in reversed(list_leading("in_table"))]
        spare.insert(-1, _ALIKE)
        shown = print_table(headers, cells, texts, is_wide=is_chosen, spare=spare)
        if not is_chosen and any(row["status"] == "ok" and not row["feasible"] for row in rows):
            print_lines("(in brackets: infeasible, ranked by how far it is off)")
    lacks_first = bool(rows) and all(row["rank"] != 1 for row in rows)
    return Printed(len(rows), _ALIKE in shown, lacks_first)


def _choose_columns(board: Leaderboard) -> list[str]:
    # A column in which no row may show anything is left out.
    unseen = {board.behaviour, *(board.hidden_columns if board.n_open == 0 else ())}
    names = [name for name in board.metric_names if name not in unseen]
    objective = board.ranked.metadata.problem.objective
    leading = [metric.name for metric in list_leading("in_table")]
    shown = [name for name in (objective, f"{objective}_oos", *leading) if name in names]
    if len(shown) < 3:
        shown += [name for name in names if name not in shown][: 4 - len(shown)]
    return ["rank", "genome_id", *shown, "found_by"]


def _cell(
    name: str, row: dict[str, Any], profiles: Mapping[str, str], objective: str | None
) -> str:
    value, is_objective = row[name], name == objective
    if is_objective and row["status"] != "ok":
        return str(row["status"])
    if is_objective and not row["feasible"]:
        return f"({format_value(name, value)})"
    if name == "genome_id":
        return str(value)[:_ID_DIGITS]
    if name == "found_by":
        return "+".join(sorted({profiles.get(run, run) for run in value}))
    if name in ("rank", "generation", "index"):
        return str(value)
    return format_value(name, value)


def _header(name: str) -> str:
    base = name.removesuffix("_oos").removeprefix("param_")
    label = _SHORT.get(base) or find_metric(base).label or base
    return label + (" oos" if name.endswith("_oos") else "")
