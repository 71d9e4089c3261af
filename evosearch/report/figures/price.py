"""Prices around the last positions, with entries, exits, stops and targets; and all positions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.report.figures import style
from evosearch.report.page.data import PageData
from evosearch.report.page.money_data import Positions, Prices
from evosearch.report.page.records import FIRST, GAIN, HOLDING, INK, LOSS, Grid, Picture
from evosearch.report.sentences import say

KEY = "price"
_REASONS = ("stop", "target", "trailing_stop", "end")


def draw(data: PageData, language: str) -> Picture:
    """The prices as candles or as a line, and the positions on them."""
    prices = data.price
    n = 0 if prices is None else len(prices.shown)
    title = say("title.price", language, n=n, rank=data.facts.rank)
    if prices is None:
        title = say("title.price_none", language, rank=data.facts.rank)
        return Picture(KEY, title, None, "", missing=style.tell_lack(data, KEY, language))
    if prices.candles is not None:
        told = say("picture.candles", language, n=len(prices.candles.times))
    else:
        assert prices.line is not None
        behind, kept = prices.line.n_behind, len(prices.line.times)
        key = "picture.closes" if kept < behind else "picture.all_closes"
        told = say(key, language, n=behind, kept=kept)
    caption = style.join_sentences(
        told,
        say("picture.price_told", language, n=n, whole=prices.n_positions, rank=data.facts.rank),
        style.tell_spans(data.facts, language),
        style.tell_seed(data.facts, language),
    )
    table = _list_positions(prices, language)
    return Picture(KEY, title, _make_figure(prices, language), caption, (table,))


def _make_figure(prices: Prices, language: str) -> style.Figure:
    shown = prices.shown
    won = shown.outcomes > 0
    traces = [
        _draw_prices(prices, language),
        _levels(shown, shown.targets, say("drawn.target", language), GAIN, "dot"),
        _levels(shown, shown.stops, say("drawn.stop", language), LOSS, "dash"),
        _points(
            shown.entries,
            shown.entry_prices,
            say("drawn.entries", language),
            {"symbol": "triangle-up", "size": 10, "color": FIRST},
        ),
        _points(
            shown.exits[won],
            shown.exit_prices[won],
            say("drawn.exits_won", language),
            {"symbol": "circle", "size": 8, "color": GAIN},
        ),
        _points(
            shown.exits[~won],
            shown.exit_prices[~won],
            say("drawn.exits_lost", language),
            {"symbol": "x", "size": 8, "color": LOSS},
        ),
    ]
    times = prices.candles.times if prices.candles is not None else None
    if times is None:
        assert prices.line is not None
        times = prices.line.times
    layout = style.make_layout(
        language,
        480,
        xaxis=style.time_axis(
            rangeslider={"visible": False}, range=[int(times[0]), int(times[-1])]
        ),
        yaxis=style.axis(say("drawn.price", language), tickformat=style.PLAIN),
    )
    if prices.boundary is not None or bool(shown.is_unseen.all() and len(shown)):
        begin = int(times[0]) if prices.boundary is None else prices.boundary
        layout |= style.mark_unseen(begin, int(times[-1]), language)
    return {"data": [each for each in traces if each["x"]], "layout": layout}


def _draw_prices(prices: Prices, language: str) -> style.Figure:
    if prices.candles is not None:
        candles = prices.candles
        return {
            "type": "candlestick",
            "name": say("drawn.bars", language),
            "x": style.to_list(candles.times),
            **{
                name: style.to_list(getattr(candles, name))
                for name in ("open", "high", "low", "close")
            },
            "increasing": {"line": {"color": HOLDING, "width": 1}},
            "decreasing": {"line": {"color": INK, "width": 1}},
        }
    assert prices.line is not None
    return {
        "type": "scatter",
        "mode": "lines",
        "name": say("drawn.closes", language),
        "x": style.to_list(prices.line.times),
        "y": style.to_list(prices.line.values),
        "line": {"color": HOLDING, "width": 1},
        "hoverinfo": "skip",
    }


def _levels(
    shown: Positions, levels: NDArray[np.float64], name: str, colour: str, dash: str
) -> style.Figure:
    """A piece of a level from each entry to its exit."""
    x: list[Any] = []
    y: list[Any] = []
    for begin, end, level in zip(
        shown.entries.tolist(), shown.exits.tolist(), style.to_list(levels), strict=True
    ):
        x += [begin, end, None]
        y += [level, level, None]
    line = {"color": colour, "width": 1.5, "dash": dash}
    drawn = {"type": "scatter", "mode": "lines", "name": name, "x": x, "y": y, "line": line}
    return drawn | {"hoverinfo": "skip"}


def _points(
    times: NDArray[np.int64], values: NDArray[np.float64], name: str, marker: dict[str, Any]
) -> style.Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": style.to_list(times),
        "y": style.to_list(values),
        "marker": marker,
        "hovertemplate": "%{x|%Y-%m-%d %H:%M}: %{y}",
    }


def _list_positions(prices: Prices, language: str) -> Grid:
    names = (
        "number", "part", "entry", "entry_price", "stop", "target", "exit",
        "exit_price", "reason", "profit",
    )  # fmt: skip
    shown = prices.shown
    first = prices.n_positions - len(shown) + 1
    rows = tuple(
        (
            first + place,
            say("drawn.part_oos" if shown.is_unseen[place] else "drawn.part_in", language),
            style.write_time(int(shown.entries[place])),
            float(shown.entry_prices[place]),
            float(shown.stops[place]),
            float(shown.targets[place]),
            style.write_time(int(shown.exits[place])),
            float(shown.exit_prices[place]),
            say(f"sold.{_REASONS[int(shown.reasons[place])]}", language),
            float(shown.outcomes[place]),
        )
        for place in range(len(shown))
    )
    kinds = (
        "integer", "text", "time", "value", "value", "value", "time", "value", "text", "money",
    )  # fmt: skip
    headers = tuple(say(f"drawn.{name}", language) for name in names)
    return Grid(headers, rows, kinds, say("title.price_table", language, n=len(shown)))
