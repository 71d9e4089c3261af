"""The best of N: all rows, where the one in focus stands, and where the luckiest would."""

from __future__ import annotations

from evosearch.report.figures import style
from evosearch.report.page.data import PageData
from evosearch.report.page.records import FIRST, FREE, HOLDING, SERIES, Cell, Grid, Picture
from evosearch.report.page.rows_data import Histogram
from evosearch.report.sentences import say

KEY = "best-of-n"


def draw(data: PageData, language: str) -> Picture:
    """The histogram with the row in focus, holding, and the band of the luckiest of N."""
    facts, histogram = data.facts, data.best_of_n
    key = "title.best_of_n_bound" if facts.n_is_bound else "title.best_of_n"
    title = say(key, language, n=facts.n_trials)
    if histogram is None:
        return Picture(KEY, title, None, "", missing=say("picture.no_rows", language))
    told = "picture.lucky_told" if histogram.lucky else "picture.not_lucky"
    n_counted = int(histogram.counts.sum())
    caption = style.join_sentences(
        say("picture.histogram_told", language, n=n_counted, bins=len(histogram.counts)),
        say("picture.without_value", language, n=histogram.n_without)
        if histogram.n_without
        else "",
        say(told if histogram.is_ratio else "picture.no_luck", language, n=facts.n_trials),
        style.tell_rows(facts, language),
        style.tell_spans(facts, language),
        style.tell_seeds(facts, language),
    )
    unit = _name_unit(data, language)
    kind = "decimal" if histogram.is_ratio else style.name_kind(facts)
    tables = (
        _list_marks(data, histogram, unit, kind, language),
        _list_bins(histogram, unit, kind, language),
    )
    return Picture(KEY, title, _make_figure(data, histogram, unit, language), caption, tables)


def _name_unit(data: PageData, language: str) -> str:
    if data.best_of_n is not None and data.best_of_n.is_ratio:
        return say("drawn.ratio_searched", language)
    return style.name_objective(data.facts, language)


def _make_figure(data: PageData, histogram: Histogram, unit: str, language: str) -> style.Figure:
    edges, top = histogram.edges, float(histogram.counts.max()) * 1.05
    traces: list[style.Figure] = []
    if histogram.lucky is not None:
        low, expected, high = histogram.lucky
        name = say("drawn.lucky", language, n=data.facts.n_trials)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": name,
                "legendgroup": "lucky",
                "showlegend": False,
                "x": style.to_list([low, low, high, high]),
                "y": style.to_list([0, top, top, 0]),
                "fill": "toself",
                "fillcolor": f"{FREE}/40",
                "line": {"width": 0},
                "hoverinfo": "skip",
            }
        )
        traces.append(style.upright(expected, top, name, color=FREE, dash="dash"))
    traces.append(
        {
            "type": "bar",
            "name": say(f"drawn.all_{data.facts.noun}", language),
            "x": style.to_list((edges[1:] + edges[:-1]) / 2),
            "y": style.to_list(histogram.counts),
            "width": style.to_list(edges[1:] - edges[:-1]),
            "marker": {"color": SERIES[5], "line": {"width": 0}},
            "hovertemplate": "%{x:.4~g}: %{y}<extra></extra>",
        }
    )
    if histogram.hold is not None:
        held = say("drawn.holding", language)
        traces.append(style.upright(histogram.hold, top, held, color=HOLDING, dash="dot"))
    if histogram.focus is not None:
        name = style.name_rank(data.facts.rank, language)
        traces.append(style.upright(histogram.focus, top, name, color=FIRST, width=3))
    kind = "log" if histogram.is_log else "linear"
    layout = style.make_layout(
        language,
        440,
        xaxis=style.axis(unit, type=kind, exponentformat="e"),
        yaxis=style.axis(
            say(f"drawn.count_{data.facts.noun}", language), rangemode="tozero", tickformat=",d"
        ),
        bargap=0,
    )
    return {"data": traces, "layout": layout}


def _list_marks(data: PageData, histogram: Histogram, unit: str, kind: str, language: str) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    if histogram.focus is not None:
        rows.append((style.name_rank(data.facts.rank, language), histogram.focus))
    if histogram.lucky is not None:
        names = ("lucky_low", "lucky_expected", "lucky_high")
        rows += [
            (say(f"drawn.{name}", language, n=data.facts.n_trials), value)
            for name, value in zip(names, histogram.lucky, strict=True)
        ]
    if histogram.hold is not None:
        rows.append((say("drawn.holding", language), histogram.hold))
    rows += [
        (say("drawn.best", language), histogram.best),
        (say("drawn.median", language), histogram.median),
    ]
    headers = (say("drawn.what", language), unit)
    return Grid(headers, tuple(rows), ("text", kind), say("title.best_of_n_table", language))


def _list_bins(histogram: Histogram, unit: str, kind: str, language: str) -> Grid:
    edges = histogram.edges.tolist()
    rows = tuple(zip(edges[:-1], edges[1:], histogram.counts.tolist(), strict=True))
    headers = tuple(say(f"drawn.{name}", language) for name in ("at_least", "below", "how_many"))
    caption = say("title.bins_table", language, unit=unit)
    return Grid(headers, rows, (kind, kind, "integer"), caption)
