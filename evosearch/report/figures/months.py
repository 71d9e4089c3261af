"""Returns by calendar month: bars with holding beside them, and the same as a grid of years."""

from __future__ import annotations

import numpy as np

from evosearch.report.figures import style
from evosearch.report.page.data import PageData
from evosearch.report.page.money_data import Months
from evosearch.report.page.records import GAIN, HOLDING, LOSS, Cell, Grid, Picture
from evosearch.report.sentences import say

KEY = "months"
# So many months stand one under the other; more stand as a grid of years.
_FEW, _MOST_APART = 12, 36


def draw(data: PageData, language: str) -> Picture:
    """A bar a month; the hold-out stands on the shade."""
    title, months = say("title.months", language, rank=data.facts.rank), data.months
    if months is None:
        return Picture(KEY, title, None, "", missing=style.tell_lack(data, KEY, language))
    caption = style.join_sentences(
        say("picture.months_told", language, rank=data.facts.rank, n=len(months.months)),
        style.tell_spans(data.facts, language),
        style.tell_seed(data.facts, language),
        say("picture.twice", language) if len({*months.months}) < len(months.months) else "",
    )
    figure = _make_figure(data, months, language)
    is_few = len({*months.months}) <= _FEW
    table = (_list_months if is_few else _list_years)(months, language)
    return Picture(KEY, title, figure, caption, (table,))


def _make_figure(data: PageData, months: Months, language: str) -> style.Figure:
    n = len(months.months)
    places = np.arange(n)
    names = [f"{year}-{month:02d}" for year, month in months.months]
    won = months.returns >= 0
    traces: list[style.Figure] = []
    for chosen, colour, key in ((won, GAIN, "gains"), (~won, LOSS, "losses")):
        traces.append(
            {
                "type": "bar",
                "name": say(f"drawn.{key}", language, rank=data.facts.rank),
                "x": style.to_list(places[chosen]),
                "y": style.to_list(months.returns[chosen]),
                "marker": {"color": colour},
                "customdata": [names[place] for place in places[chosen]],
                "hovertemplate": "%{customdata}: %{y:.2%}",
            }
        )
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "name": say("drawn.holding", language),
            "x": style.to_list(places),
            "y": style.to_list(months.hold),
            "marker": {
                "symbol": "diamond-open",
                "size": 8 if n <= _MOST_APART else 4,
                "color": HOLDING,
                "line": {"width": 2 if n <= _MOST_APART else 1},
            },
            "customdata": names,
            "hovertemplate": "%{customdata}: %{y:.2%}",
        }
    )
    step = max(1, -(-n // 8))
    layout = style.make_layout(
        language,
        400,
        barmode="overlay",
        xaxis=style.axis(
            say("drawn.month", language),
            tickmode="array",
            tickvals=places[::step].tolist(),
            ticktext=names[::step],
            range=[-0.6, n - 0.4],
        ),
        yaxis=style.axis(say("drawn.returned", language), tickformat=".0%", zeroline=True),
    )
    if any(months.is_unseen):
        begin = months.is_unseen.index(True) - 0.5
        layout |= style.mark_unseen(begin, n - 0.4, language)
    return {"data": [trace for trace in traces if trace["x"]], "layout": layout}


def _list_months(months: Months, language: str) -> Grid:
    """A row a month and part."""
    rows = tuple(
        (
            f"{year}-{month:02d}",
            say("drawn.part_oos" if is_unseen else "drawn.part_in", language),
            float(months.returns[place]),
            float(months.hold[place]),
        )
        for place, ((year, month), is_unseen) in enumerate(
            zip(months.months, months.is_unseen, strict=True)
        )
    )
    names = ("month", "part", "returned", "holding")
    headers = tuple(say(f"drawn.{name}", language) for name in names)
    kinds = ("time", "text", "percent", "percent")
    return Grid(headers, rows, kinds, say("title.months_table", language))


def _list_years(months: Months, language: str) -> Grid:
    """A row a year, part and kind, with a column for each month that occurs, and the whole."""
    columns = sorted({month for _, month in months.months})
    rows: list[tuple[Cell, ...]] = []
    for unseen in (False, True):
        for name, values in (("own", months.returns), ("holding", months.hold)):
            years: dict[int, list[float | None]] = {}
            for (year, month), is_unseen, value in zip(
                months.months, months.is_unseen, values.tolist(), strict=True
            ):
                if is_unseen == unseen:
                    years.setdefault(year, [None] * len(columns))[columns.index(month)] = value
            part = say("drawn.part_oos" if unseen else "drawn.part_in", language)
            for year, row in years.items():
                whole = float(np.prod([1.0 + value for value in row if value is not None]) - 1.0)
                rows.append((str(year), part, say(f"drawn.{name}", language), *row, whole))
    rows.sort(key=lambda row: str(row[0]))
    headers = (
        *(say(f"drawn.{name}", language) for name in ("year", "part", "what")),
        *(f"{month:02d}" for month in columns),
        say("drawn.whole", language),
    )
    kinds = ("text", "text", "text", *["percent"] * (len(columns) + 1))
    return Grid(headers, tuple(rows), kinds, say("title.months_table", language))
