"""Needle or plateau? The best and the middle of what was found in each cell of two genes."""

from __future__ import annotations

import numpy as np

from evosearch.report.figures import style
from evosearch.report.page.data import PageData
from evosearch.report.page.genes_data import Axis, Plateau
from evosearch.report.page.records import Cell, Grid, Picture
from evosearch.report.sentences import say, show_percent, show_value

KEY = "plateau"
_UPPER, _LOWER = [0.57, 1.0], [0.0, 0.43]


def draw(data: PageData, language: str) -> Picture:
    """Two heat maps over the same cells, with the count in each."""
    title, found = say("title.plateau", language), data.plateau
    if found is None:
        return Picture(KEY, title, None, "", missing=say("picture.no_genes", language))
    unit = style.name_objective(data.facts, language)
    caption = style.join_sentences(
        say("picture.plateau_told", language, unit=unit, n=found.n_rows),
        say(
            "picture.strongest",
            language,
            x=style.name_gene(found.x.name, language),
            y=style.name_gene(found.y.name, language),
            first=show_percent(found.x.share, language, 0),
            second=show_percent(found.y.share, language, 0),
        ),
        say("picture.ringed", language, rank=data.facts.rank) if _is_marked(found) else "",
        style.tell_rows(data.facts, language),
        style.tell_searched(data.facts, language),
        style.tell_seeds(data.facts, language),
    )
    figure = _make_figure(data, found, unit, language)
    return Picture(KEY, title, figure, caption, (_list_cells(data, found, unit, language),))


def _is_marked(found: Plateau) -> bool:
    return found.x.place >= 0 and found.y.place >= 0


def _make_figure(data: PageData, found: Plateau, unit: str, language: str) -> style.Figure:
    traces: list[style.Figure] = []
    for values, name, place in ((found.best, "best", ""), (found.median, "median", "2")):
        counts = [[str(n) if n else "" for n in row] for row in found.counts.tolist()]
        traces.append(
            {
                "type": "heatmap",
                "name": say(f"drawn.{name}", language),
                "z": [style.to_list(row) for row in values],
                "text": counts,
                "texttemplate": "%{text}",
                "textfont": {"size": 12},
                "coloraxis": "coloraxis",
                "xaxis": "x",
                "yaxis": f"y{place}",
                "xgap": 1,
                "ygap": 1,
                "hovertemplate": "%{z:.4~g} (%{text})",
                "hoverongaps": False,
            }
        )
    shared = {"showgrid": False, "zeroline": False}
    layout = style.make_layout(
        language,
        620,
        xaxis=_make_axis(found.x, language) | shared | {"anchor": "y2"},
        yaxis=_make_axis(found.y, language) | shared | {"domain": _UPPER},
        yaxis2=_make_axis(found.y, language) | shared | {"domain": _LOWER},
        annotations=[
            _head(say(f"drawn.cell_{name}", language), top)
            for name, top in (("best", _UPPER[1]), ("median", _LOWER[1]))
        ],
        coloraxis={
            "colorscale": "Cividis",
            "reversescale": data.facts.is_minimised,
            "colorbar": {
                "title": {"text": style.clean(unit), "side": "right"},
                "thickness": 12,
                "tickfont": {"size": 12},
            },
        },
        margin={"t": 30},
        # White around black is seen on every colour of the map.
        shapes=[
            _frame(found, place, colour, width)
            for place in ("y", "y2")
            for colour, width in (("#ffffff", 6), ("#000000", 3))
            if _is_marked(found)
        ],
    )
    return {"data": traces, "layout": layout}


def _head(text: str, top: float) -> style.Figure:
    return style.note(
        text, 0, top, xref="paper", yref="paper", xanchor="left", yanchor="bottom",
    )  # fmt: skip


def _frame(found: Plateau, place: str, colour: str, width: int) -> style.Figure:
    x, y = found.x.place, found.y.place
    return {
        "type": "rect",
        "xref": "x",
        "yref": place,
        "x0": x - 0.5,
        "x1": x + 0.5,
        "y0": y - 0.5,
        "y1": y + 0.5,
        "line": {"color": colour, "width": width},
    }


def _make_axis(found: Axis, language: str) -> style.Figure:
    """Ticks at the middle of cells of one value each, or at the edges between ranges."""
    title = style.name_gene(found.name, language)
    drawn = style.axis(title, tickmode="array")
    if found.labels:
        drawn["tickvals"] = list(range(len(found.labels)))
        drawn["ticktext"] = [style.clean(label) for label in found.labels]
    else:
        # Every second edge: a telephone has no room for more.
        places = np.arange(0, len(found.edges), 2)
        drawn["tickvals"] = (places - 0.5).tolist()
        drawn["ticktext"] = [_show(found, found.edges[place], language) for place in places]
    return drawn | {"range": [-0.5, len(found) - 0.5]}


def _show(found: Axis, value: float, language: str) -> str:
    if style.is_share(found.name):
        return show_percent(float(value), language, 2)
    return show_value(float(f"{value:.3g}"), language)


def _list_cells(data: PageData, found: Plateau, unit: str, language: str) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    for y, x in np.argwhere(found.counts > 0).tolist():
        rows.append(
            (
                _name_cell(found.x, x, language),
                _name_cell(found.y, y, language),
                int(found.counts[y, x]),
                float(found.best[y, x]),
                float(found.median[y, x]),
                style.name_rank(data.facts.rank, language)
                if (x, y) == (found.x.place, found.y.place)
                else "",
            )
        )
    headers = (
        style.name_gene(found.x.name, language),
        style.name_gene(found.y.name, language),
        *(say(f"drawn.{name}", language) for name in ("how_many", "best", "median", "here")),
    )
    value = style.name_kind(data.facts)
    kinds = ("text", "text", "integer", value, value, "text")
    caption = say("title.cells_table", language, unit=unit)
    return Grid(headers, tuple(rows), kinds, caption)


def _name_cell(found: Axis, place: int, language: str) -> str:
    if found.labels:
        return found.labels[place]
    ends = (_show(found, found.edges[place + side], language) for side in (0, 1))
    low, high = ends
    return say("drawn.range", language, low=low, high=high)
