"""What the row in focus returns at other fees, and at which it earns nothing."""

from __future__ import annotations

from evosearch.report.figures import style
from evosearch.report.page.data import PageData
from evosearch.report.page.money_data import Fees
from evosearch.report.page.records import FIRST, FREE, HOLDING, QUIET, Cell, Grid, Picture
from evosearch.report.sentences import say, show_percent

KEY = "costs"
_PARTS = ("in", "oos")


def draw(data: PageData, language: str) -> Picture:
    """Returns by fee, of each part, with holding as the reference."""
    title, fees = say("title.costs", language, rank=data.facts.rank), data.costs
    if fees is None:
        return Picture(KEY, title, None, "", missing=style.tell_lack(data, KEY, language))
    own = show_percent(fees.own, language, 2)
    caption = style.join_sentences(
        say(
            "picture.costs_told",
            language,
            rank=data.facts.rank,
            own=own,
            slippage=show_percent(fees.slippage, language, 2),
        ),
        style.tell_spans(data.facts, language),
        style.tell_seed(data.facts, language),
    )
    if fees.even is None:
        sentence = say("picture.never_earns", language, rank=data.facts.rank)
    else:
        even = show_percent(fees.even, language, 3)
        sentence = say("picture.breaks_even", language, fee=even, own=own)
    figure = _make_figure(data, fees, language)
    tables = (_list_fees(fees, language),)
    return Picture(KEY, title, figure, caption, tables, sentences=(sentence,))


def _make_figure(data: PageData, fees: Fees, language: str) -> style.Figure:
    traces: list[style.Figure] = []
    ends = [float(fees.fees[0]), float(fees.fees[-1])]
    for place, returns in enumerate(fees.returns):
        colour, dash, symbol = ((FIRST, "solid", "circle"), (FREE, "dash", "square"))[place]
        part = say(f"drawn.part_{_PARTS[place]}", language)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": say("drawn.rank_part", language, rank=data.facts.rank, part=part),
                "x": style.to_list(fees.fees),
                "y": style.to_list(returns),
                "line": {"color": colour, "width": 2, "dash": dash},
                "marker": {"symbol": symbol, "size": 8, "color": colour},
                "hovertemplate": "%{x:.2%}: %{y:.2%}",
            }
        )
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": say("drawn.holding_part", language, part=part),
                "x": style.to_list(ends),
                "y": style.to_list([fees.hold[place]] * 2),
                "line": {"color": HOLDING, "width": 1.5, "dash": ("dot", "longdashdot")[place]},
                "hovertemplate": "%{y:.2%}",
            }
        )
    shapes = [_stand(fees.own, "solid")]
    notes = [_name_fee(fees.own, say("drawn.own_fee", language), 1.0)]
    if fees.even is not None and fees.even <= ends[1]:
        shapes.append(_stand(fees.even, "dash"))
        notes.append(_name_fee(fees.even, say("drawn.even_fee", language), 0.0))
    layout = style.make_layout(
        language,
        400,
        xaxis=style.axis(say("drawn.fee_side", language), tickformat=".2~%"),
        yaxis=style.axis(say("drawn.returned", language), tickformat=".0%", zeroline=True),
        shapes=shapes,
        annotations=notes,
    )
    return {"data": traces, "layout": layout}


def _stand(fee: float, dash: str) -> style.Figure:
    line = {"color": QUIET, "width": 1, "dash": dash}
    place = style.round_number(fee)
    return {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": place,
        "x1": place,
        "y0": 0,
        "y1": 1,
        "line": line,
    }


def _name_fee(fee: float, text: str, y: float) -> style.Figure:
    """The name of a fee along its line, from above or from below."""
    return style.note(
        text,
        style.round_number(fee),
        y,
        yref="paper",
        textangle=-90,
        xanchor="right",
        yanchor="top" if y else "bottom",
    )


def _list_fees(fees: Fees, language: str) -> Grid:
    rows: list[tuple[Cell, ...]] = [
        (say("drawn.no_costs", language), *map(float, fees.free)),
    ]
    for place, fee in enumerate(fees.fees.tolist()):
        text = show_percent(fee, language, 2)
        if fee == fees.own:
            text = say("drawn.fee_own", language, fee=text)
        rows.append((text, *map(float, fees.returns[:, place])))
    rows.append((say("drawn.holding", language), *map(float, fees.hold)))
    n_parts = len(fees.returns)
    parts = (say(f"drawn.part_{name}", language) for name in _PARTS[:n_parts])
    headers = (say("drawn.fee_side", language), *parts)
    kinds = ("text", *["percent"] * n_parts)
    return Grid(headers, tuple(rows), kinds, say("title.costs_table", language))
