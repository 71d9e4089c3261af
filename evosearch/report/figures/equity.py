"""Money of the row in focus over time, and under it how far it fell from its peak."""

from __future__ import annotations

from evosearch.report.figures import style
from evosearch.report.page.data import PageData
from evosearch.report.page.money_data import Curve, Fall, Money, MoneyPart
from evosearch.report.page.records import FIRST, FREE, HOLDING, LOSS, Grid, Picture
from evosearch.report.sentences import say, show_money

KEY = "equity"
_HEIGHT, _LATE = 520, 0.9
_TOP, _BOTTOM = [0.36, 1.0], [0.0, 0.27]


def draw(data: PageData, language: str) -> Picture:
    """Money, holding and money without costs on a logarithmic axis; the falls below."""
    title = say("title.equity", language, rank=data.facts.rank)
    if data.equity is None:
        return Picture(KEY, title, None, "", missing=style.tell_lack(data, KEY, language))
    caption = style.join_sentences(
        say(
            "picture.equity_told",
            language,
            rank=data.facts.rank,
            money=show_money(data.equity.parts[0].first, language),
        ),
        style.tell_spans(data.facts, language),
        style.tell_seed(data.facts, language),
        say("picture.anew", language) if len(data.equity.parts) > 1 else "",
        say("picture.reduced", language, n=_count_most(data.equity))
        if _is_reduced(data.equity)
        else "",
    )
    figure = _make_figure(data.equity, data.facts.rank, language)
    tables = (_list_parts(data.equity, language), _list_falls(data.equity, language))
    return Picture(KEY, title, figure, caption, tables)


def _is_reduced(money: Money) -> bool:
    return any(len(part.own.times) < part.own.n_behind for part in money.parts)


def _count_most(money: Money) -> int:
    return max(len(part.own.times) for part in money.parts)


def _make_figure(money: Money, rank: int, language: str) -> style.Figure:
    traces: list[style.Figure] = []
    # A logarithm needs money: a strategy that owes some is drawn on a plain axis.
    lowest = min(min(part.own.values.min(), part.hold.values.min()) for part in money.parts)
    is_log = bool(lowest > 0)
    for place, part in enumerate(money.parts):
        is_told = place == 0
        lines = (
            (part.hold, say("drawn.holding", language), HOLDING, "dot", 1.5),
            (part.free, say("drawn.free", language), FREE, "dash", 1),
            (part.own, style.name_rank(rank, language), FIRST, "solid", 2),
        )
        traces += [
            _line(curve, name, is_told, color=colour, dash=dash, width=width)
            | {"legendrank": 1 if colour == FIRST else 2}
            for curve, name, colour, dash, width in lines
            if curve is not None
        ]
        below = _line(part.below, say("drawn.fall", language), False, color=LOSS, width=1)
        traces.append(below | {"yaxis": "y2", "fill": "tozeroy", "fillcolor": f"{LOSS}/55"})
    traces.append(_mark_falls(money, language))
    layout = style.make_layout(
        language,
        _HEIGHT,
        xaxis=style.time_axis(
            anchor="y2", range=[money.parts[0].span.begin, money.parts[-1].span.end]
        ),
        yaxis=style.axis(
            say("drawn.money_log" if is_log else "drawn.money", language),
            type="log" if is_log else "linear",
            domain=_TOP,
            tickformat=style.PLAIN,
        ),
        yaxis2=style.axis(
            say("drawn.fall", language), domain=_BOTTOM, tickformat=".0%", rangemode="tozero"
        ),
        hovermode="x",
    )
    unseen = [part for part in money.parts if part.name == "oos"]
    if unseen:
        span = unseen[0].span
        layout |= style.mark_unseen(span.begin, span.end, language)
    return {"data": traces, "layout": layout}


def _line(curve: Curve, name: str, is_told: bool, **line: object) -> style.Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "legendgroup": name,
        "showlegend": is_told,
        "x": style.to_list(curve.times),
        "y": style.to_list(curve.values),
        "line": line,
        "hovertemplate": "%{y}",
    }


def _mark_falls(money: Money, language: str) -> style.Figure:
    falls = _order_falls(money)
    begin, end = money.parts[0].span.begin, money.parts[-1].span.end
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": say("drawn.deepest", language),
        "showlegend": False,
        "x": [fall.bottom for _, fall in falls],
        "y": style.to_list([-fall.depth for _, fall in falls]),
        "text": [str(place + 1) for place in range(len(falls))],
        # Near the right end a number would be cut off.
        "textposition": [
            "middle left" if fall.bottom > begin + _LATE * (end - begin) else "middle right"
            for _, fall in falls
        ],
        "textfont": {"size": 13},
        "marker": {"symbol": "triangle-up", "size": 9, "color": LOSS},
        "yaxis": "y2",
        "hovertemplate": "%{y:.1%}",
        "cliponaxis": False,
    }


def _order_falls(money: Money) -> list[tuple[MoneyPart, Fall]]:
    found = [(part, fall) for part in money.parts for fall in part.falls]
    return sorted(found, key=lambda each: -each[1].depth)[:3]


def _list_parts(money: Money, language: str) -> Grid:
    names = ("part", "from", "until", "begin", "end", "returned", "holding", "free", "deepest")
    rows = tuple(
        (
            say(f"drawn.part_{part.name}", language),
            style.write_day(part.span.begin),
            style.write_day(part.span.end),
            part.first,
            part.last,
            part.last / part.first - 1.0,
            part.last_hold / part.first - 1.0,
            None if part.last_free is None else part.last_free / part.first - 1.0,
            -part.depth,
        )
        for part in money.parts
    )
    kinds = ("text", "time", "time") + ("money",) * 2 + ("percent",) * 4
    headers = tuple(say(f"drawn.{name}", language) for name in names)
    return Grid(headers, rows, kinds, say("title.equity_table", language))


def _list_falls(money: Money, language: str) -> Grid:
    names = ("number", "part", "fall", "peak_on", "bottom_on", "back_on")
    rows = tuple(
        (
            place + 1,
            say(f"drawn.part_{part.name}", language),
            -fall.depth,
            style.write_time(fall.begin),
            style.write_time(fall.bottom),
            None if fall.end is None else style.write_time(fall.end),
        )
        for place, (part, fall) in enumerate(_order_falls(money))
    )
    kinds = ("integer", "text", "percent", "time", "time", "time")
    headers = tuple(say(f"drawn.{name}", language) for name in names)
    return Grid(headers, rows, kinds, say("title.falls_table", language))
