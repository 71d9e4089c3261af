"""Is it luck? What was searched against what was not, one dot for rows that behave alike."""

from __future__ import annotations

import math

from evosearch.report.figures import style
from evosearch.report.page.data import PageData
from evosearch.report.page.records import FIRST, HOLDING, QUIET, Grid, Picture
from evosearch.report.page.rows_data import Cloud
from evosearch.report.sentences import say, show_decimal

KEY = "luck"
_QUADRANTS = ("both", "searched_alone", "unseen_alone", "neither")


def draw(data: PageData, language: str) -> Picture:
    """The cloud with the line on which both are equal; the row in focus is ringed."""
    title = say("title.luck", language)
    cloud = data.luck
    if cloud is None:
        return Picture(KEY, title, None, "", missing=style.tell_lack(data, KEY, language))
    correlation = "-"
    if math.isfinite(cloud.correlation):
        correlation = show_decimal(cloud.correlation, language, 2)
    caption = style.join_sentences(
        say("picture.luck_told", language, n=cloud.n_dots, rows=cloud.n_rows, drawn=len(cloud.x)),
        say("picture.correlation", language, value=correlation),
        style.tell_rows(data.facts, language),
        style.tell_spans(data.facts, language),
        style.tell_seeds(data.facts, language),
        say("picture.no_ids", language, rank=data.facts.rank),
    )
    tables = (_list_quadrants(cloud, language), _list_marks(cloud, data.facts.rank, language))
    return Picture(KEY, title, _make_figure(cloud, data.facts.rank, language), caption, tables)


def _make_figure(cloud: Cloud, rank: int, language: str) -> style.Figure:
    ends = _find_ends(cloud)
    traces: list[style.Figure] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": say("drawn.equal", language),
            "x": style.to_list(ends),
            "y": style.to_list(ends),
            "line": {"color": QUIET, "width": 1, "dash": "dash"},
            "hoverinfo": "skip",
        }
    ]
    for place, name in enumerate(cloud.names):
        is_own = cloud.finders == place
        colour, _, symbol = style.get_series(place)
        # Dots tell nothing when they are pointed at: they have no ids.
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": style.clean(name) or say("drawn.rest", language),
                "x": style.to_list(cloud.x[is_own]),
                "y": style.to_list(cloud.y[is_own]),
                "marker": {"color": colour, "symbol": symbol, "size": 5, "opacity": 0.45},
                "hoverinfo": "skip",
            }
        )
    if cloud.hold is not None:
        star = {"symbol": "star", "size": 13, "color": HOLDING}
        traces.append(_mark(cloud.hold, say("drawn.holding", language), star))
    if cloud.focus is not None:
        ring = {"symbol": "circle-open", "size": 16, "color": FIRST, "line": {"width": 3}}
        traces.append(_mark(cloud.focus, style.name_rank(rank, language), ring))
    layout = style.make_layout(
        language,
        440,
        xaxis=style.axis(say("drawn.ratio_searched", language), zeroline=True),
        yaxis=style.axis(say("drawn.ratio_unseen", language), zeroline=True),
    )
    return {"data": traces, "layout": layout}


def _find_ends(cloud: Cloud) -> tuple[float, float]:
    """From where until where the line of equals runs: only where both axes are."""
    low = max(float(cloud.x.min()), float(cloud.y.min()))
    high = min(float(cloud.x.max()), float(cloud.y.max()))
    return (low, high) if low < high else (high, low)


def _mark(place: tuple[float, float], name: str, marker: dict[str, object]) -> style.Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": style.to_list([place[0]]),
        "y": style.to_list([place[1]]),
        "marker": marker,
        "hovertemplate": "%{x:.2f} / %{y:.2f}",
    }


def _list_quadrants(cloud: Cloud, language: str) -> Grid:
    rows = tuple(
        (say(f"drawn.{name}", language), n, n / cloud.n_dots)
        for name, n in zip(_QUADRANTS, cloud.quadrants, strict=True)
    )
    headers = tuple(say(f"drawn.{name}", language) for name in ("above_zero", "how_many", "share"))
    return Grid(
        headers, rows, ("text", "integer", "percent"), say("title.quadrants_table", language)
    )


def _list_marks(cloud: Cloud, rank: int, language: str) -> Grid:
    marks = (
        (style.name_rank(rank, language), cloud.focus),
        (say("drawn.holding", language), cloud.hold),
    )
    rows = tuple((name, *place) for name, place in marks if place is not None)
    headers = (
        say("drawn.what", language),
        say("drawn.ratio_searched", language),
        say("drawn.ratio_unseen", language),
    )
    return Grid(headers, rows, ("text", "decimal", "decimal"), say("title.marks_table", language))
