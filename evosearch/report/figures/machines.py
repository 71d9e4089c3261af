"""What each machine brought: rows that it alone found, and those that others found too."""

from __future__ import annotations

from evosearch.report.figures import style
from evosearch.report.page.data import PageData
from evosearch.report.page.records import SERIES, Grid, Picture
from evosearch.report.page.rows_data import Machines
from evosearch.report.rising import show_about
from evosearch.report.sentences import say

KEY = "machines"
_MOST_DRAWN = 30
_ROW_HEIGHT, _MAX_NAME = 34, 16


def draw(data: PageData, language: str) -> Picture:
    """A bar a machine, the largest first."""
    found = data.machines
    n = 0 if found is None else len(found.machines)
    title = say("title.machines", language)
    if found is None or not n:
        return Picture(KEY, title, None, "", missing=say("picture.no_rows", language))
    caption = style.join_sentences(
        say("picture.machines_told", language),
        say("picture.cut_machines", language, n=_MOST_DRAWN) if n > _MOST_DRAWN else "",
        style.tell_searched(data.facts, language),
        style.tell_seeds(data.facts, language),
    )
    table = _list_machines(data, found, language)
    # One bar tells nothing that its row in the table does not.
    figure = _make_figure(data, found, language) if n > 1 else None
    return Picture(KEY, title, figure, caption, (table,))


def _make_figure(data: PageData, found: Machines, language: str) -> style.Figure:
    drawn = sorted(found.machines, key=lambda each: -each.n_rows)[:_MOST_DRAWN]
    names = [style.clean(each.name, _MAX_NAME) for each in drawn]
    again = [max(0, each.n_rows - each.n_new - each.n_shared) for each in drawn]
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": say(f"drawn.{key}", language),
            "x": values,
            "y": list(range(len(drawn))),
            "customdata": names,
            "marker": {
                "color": colour,
                "pattern": {"shape": pattern, "solidity": 0.3, "fillmode": "overlay"},
            },
            "hovertemplate": "%{customdata}: %{x}",
        }
        for key, values, colour, pattern in (
            ("found_alone", [each.n_new for each in drawn], SERIES[0], ""),
            ("found_also", [each.n_shared for each in drawn], SERIES[1], "/"),
            ("found_again", again, SERIES[5], "."),
        )
    ]
    layout = style.make_layout(
        language,
        130 + _ROW_HEIGHT * len(drawn),
        barmode="stack",
        bargap=0.4,
        legend={"traceorder": "normal"},
        xaxis=style.axis(
            say(f"drawn.count_{data.facts.noun}", language), rangemode="tozero", tickformat=",d"
        ),
        yaxis={
            "tickmode": "array",
            "tickvals": list(range(len(drawn))),
            "ticktext": names,
            "autorange": "reversed",
        },
    )
    return {"data": traces, "layout": layout}


def _list_machines(data: PageData, found: Machines, language: str) -> Grid:
    unit, value = style.name_objective(data.facts, language), style.name_kind(data.facts)
    names = (
        "machine", "profiles", "runs", "measured", "found_alone", "found_also", "took", "per_s",
        "best", "best_rank",
    )  # fmt: skip
    rows = tuple(
        (
            each.name,
            ", ".join(each.profiles),
            each.n_runs,
            each.n_rows,
            each.n_new,
            each.n_shared,
            show_about(3600 * each.hours, language),
            each.per_s,
            each.best,
            each.best_rank,
        )
        for each in found.machines
    )
    kinds = (
        "text", "text", "integer", "integer", "integer", "integer", "text", "integer", value,
        "integer",
    )  # fmt: skip
    headers = tuple(say(f"drawn.{name}", language) for name in names)
    return Grid(headers, rows, kinds, say("title.machines_table", language, unit=unit))
