"""Did the search finish? The best so far and the middle of each generation, a line a run."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from evosearch.report.figures import style
from evosearch.report.page.data import PageData
from evosearch.report.page.records import Grid, Picture
from evosearch.report.page.rows_data import Progress, RunCurve
from evosearch.report.sentences import say

KEY = "search"
# With more runs the lines of one profile and machine look alike, and medians are left out.
_MOST_APART, _MOST_POINTS, _FAR = 6, 60, 1e3


def draw(data: PageData, language: str) -> Picture:
    """The best so far of each run; with few runs also the middle of each generation."""
    title, found = say("title.search", language), data.search
    if found is None:
        return Picture(KEY, title, None, "", missing=say("picture.no_rows", language))
    n_rising = sum(run.is_rising for run in found.runs)
    about = {"n": n_rising, "of": len(found.runs)}
    caption = style.join_sentences(
        say("picture.search_told" if _is_apart(found) else "picture.search_many", language),
        say("picture.cut_runs", language, n=len(found.runs), whole=found.n_runs)
        if len(found.runs) < found.n_runs
        else "",
        style.tell_rows(data.facts, language) if data.facts.n_drawn < data.facts.n_rows else "",
        style.tell_searched(data.facts, language),
        style.tell_seeds(data.facts, language),
        say("picture.kept_copies", language) if found.n_runs > 1 else "",
    )
    sentence = say("picture.rising" if n_rising else "picture.settled", language, **about)
    tables = (_list_runs(data, found, language), _list_spread(data, found, language))
    figure = _make_figure(data, found, language)
    return Picture(KEY, title, figure, caption, tables, sentences=(sentence,))


def _is_apart(found: Progress) -> bool:
    return found.n_runs <= _MOST_APART


def _make_figure(data: PageData, found: Progress, language: str) -> style.Figure:
    names = sorted({run.name for run in found.runs})
    is_apart, told = _is_apart(found), set[str]()
    traces: list[style.Figure] = []
    for place, run in enumerate(found.runs):
        series = place if is_apart else names.index(run.name)
        colour, dash, symbol = style.get_series(series)
        name = style.clean(run.name)
        if is_apart and len(names) < len(found.runs):
            name = say("drawn.run_seed", language, name=name, seed=str(run.seed))
        best = _line(run, name, run.best)
        best["line"] = {"color": colour, "width": 2 if is_apart else 1.2, "shape": "hv"}
        # Points tell runs apart as long as they can be seen one by one.
        has_points = is_apart and len(run.generations) <= _MOST_POINTS
        best["line"]["dash"] = "solid" if has_points else dash
        best["showlegend"] = is_apart or name not in told
        told.add(name)
        if has_points:
            best |= {"mode": "lines+markers", "marker": {"symbol": symbol, "size": 5}}
        if is_apart:
            middle = _line(run, say("drawn.median_of", language, name=name), run.median)
            middle["line"] = {"color": colour, "width": 1, "dash": "dot"}
            traces.append(middle | {"showlegend": False})
        traces.append(best)
    layout = style.make_layout(
        language,
        420,
        xaxis=style.axis(say("drawn.generation", language), rangemode="tozero"),
        yaxis=style.value_axis(data.facts, language, type=_choose_axis(found)),
    )
    return {"data": traces, "layout": layout}


def _choose_axis(found: Progress) -> str:
    """Logarithmic where the values go down over several powers of ten."""
    values = np.concatenate([part for run in found.runs for part in (run.best, run.median)])
    values = values[np.isfinite(values)]
    is_far = len(values) and values.min() > 0 and values.max() > _FAR * values.min()
    return "log" if is_far else "linear"


def _line(run: RunCurve, name: str, values: ArrayLike) -> style.Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        # As people count: the first generation is 1.
        "x": style.to_list(run.generations + 1),
        "y": style.to_list(values),
        "connectgaps": False,
        "hovertemplate": "%{x}: %{y:.4~g}",
    }


def _list_runs(data: PageData, found: Progress, language: str) -> Grid:
    unit, value = style.name_objective(data.facts, language), style.name_kind(data.facts)
    names = ("run", "best", "found_in", "generations", "still_rising", "measured", "seed")
    rows = tuple(
        (
            run.name,
            None if math.isnan(run.best[-1]) else float(run.best[-1]),
            None if run.found_in is None else run.found_in + 1,
            run.last + 1,
            say("common.yes" if run.is_rising else "common.no", language),
            run.n_rows,
            str(run.seed),
        )
        for run in found.runs
    )
    kinds = ("text", value, "integer", "integer", "text", "integer", "text")
    headers = tuple(say(f"drawn.{name}", language) for name in names)
    return Grid(headers, rows, kinds, say("title.runs_table", language, unit=unit))


def _list_spread(data: PageData, found: Progress, language: str) -> Grid:
    unit, value = style.name_objective(data.facts, language), style.name_kind(data.facts)
    headers = tuple(
        say(f"drawn.{name}", language) for name in ("profile", "runs", "worst", "median", "best")
    )
    kinds = ("text", "integer", value, value, value)
    caption = say("title.spread_table", language, unit=unit)
    return Grid(headers, found.spread, kinds, caption)
