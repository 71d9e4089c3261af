"""What all pictures share: numbers as plotly takes them, axes of time, shading and dates."""

from __future__ import annotations

import html
import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from evosearch.report import sentences
from evosearch.report.page.data import Facts, PageData
from evosearch.report.page.money_data import Span
from evosearch.report.page.records import HOLDING, QUIET, SERIES, SHADE
from evosearch.report.sentences import say
from evosearch.texts import make_visible

Figure = dict[str, Any]
# Series differ in three ways: a reader who sees no colours has the other two.
DASHES = ("solid", "dash", "dashdot", "longdash", "dot", "longdashdot")
SYMBOLS = ("circle", "square", "triangle-up", "diamond", "cross", "x")
_DIGITS = 7
# Amounts as they are, with a separator between thousands.
PLAIN = ",.7~g"
_MAX_NAME, _MAX_TITLE = 32, 100
# Numbers alone: names of months would be English in every language.
_STOPS = [
    {"dtickrange": [None, 86_400_000], "value": "%H:%M\n%Y-%m-%d"},
    {"dtickrange": [86_400_000, "M1"], "value": "%m-%d\n%Y"},
    {"dtickrange": ["M1", None], "value": "%Y-%m"},
]


def to_list(values: ArrayLike) -> list[float | int | None]:
    """Numbers with at most seven digits that tell; None where undefined.

    Examples
    --------
    >>> to_list([1 / 3, float("nan"), 20_000.0])
    [0.3333333, None, 20000]
    """
    array = np.asarray(values)
    if array.dtype.kind in "iu":
        return [int(value) for value in array.tolist()]
    return [round_number(value) for value in array.tolist()]


def round_number(value: float | None) -> float | int | None:
    """One number as `to_list` writes it."""
    if value is None or not math.isfinite(value):
        return None
    rounded = float(f"{value:.{_DIGITS}g}")
    return int(rounded) if rounded == int(rounded) and abs(rounded) < 1e15 else rounded


def clean(name: str, most: int = _MAX_NAME) -> str:
    """A stranger's name in a figure, where plotly would read marks of HTML.

    Examples
    --------
    >>> clean("<b>pc", 4)
    '&lt;b&gt;\N{HORIZONTAL ELLIPSIS}'
    """
    shown = make_visible(name)
    shown = shown if len(shown) <= most else f"{shown[: most - 1]}\N{HORIZONTAL ELLIPSIS}"
    shown = html.escape(shown)
    # The page's script takes what begins so for a colour of its style sheet.
    return f"&#45;{shown[1:]}" if shown.startswith("--") else shown


def get_series(place: int) -> tuple[str, str, str]:
    """Colour, dash and symbol of a series."""
    return SERIES[place % 6], DASHES[place % 6], SYMBOLS[place % 6]


def make_layout(language: str, height: int = 380, **more: Any) -> Figure:
    """A layout whose numbers are written as the language does."""
    separators = ",." if language == "es" else ".,"
    return {"height": height, "separators": separators, "hovermode": "closest", **more}


def time_axis(**more: Any) -> Figure:
    """An axis of time in UTC."""
    return {
        "type": "date",
        "tickformatstops": _STOPS,
        "hoverformat": "%Y-%m-%d %H:%M",
        "title": {"text": "UTC"},
        "nticks": 6,
        **more,
    }


def axis(title: str, **more: Any) -> Figure:
    """An axis with its unit in its title, which a stranger's metric may name."""
    return {"title": {"text": clean(title, _MAX_TITLE)}, **more}


def note(text: str, x: Any, y: float, **more: Any) -> Figure:
    """A few words within a picture, placed as plotly's annotations are."""
    return {
        "text": text,
        "x": x,
        "y": y,
        "showarrow": False,
        "font": {"size": 12, "color": QUIET},
        **more,
    }


def mark_unseen(begin: Any, end: Any, language: str) -> Figure:
    """What a layout has where the hold-out is drawn: the shade behind it, and its name."""
    shade = {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "x0": begin,
        "x1": end,
        "y0": 0,
        "y1": 1,
        "layer": "below",
        "line": {"width": 0},
        "fillcolor": SHADE,
    }
    place = {"yref": "paper", "xanchor": "right", "yanchor": "top"}
    return {
        "shapes": [shade],
        "annotations": [note(say("drawn.part_oos", language), end, 1.0, **place)],
    }


def upright(x: float, top: float, name: str, **line: Any) -> Figure:
    """A vertical line as a trace, so that axes and legend know it."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": to_list([x, x]),
        "y": to_list([0, top]),
        "line": {"width": 2, "color": HOLDING, **line},
        "hoverinfo": "name+x",
    }


def name_rank(rank: int, language: str) -> str:
    """How the row in focus is called within pictures."""
    return say("drawn.rank", language, rank=rank)


def write_day(when: int) -> str:
    """The UTC day of a moment in milliseconds.

    Examples
    --------
    >>> write_day(-86_400_000)
    '1969-12-31'
    """
    # `datetime.fromtimestamp` refuses what lies before 1970 on Windows.
    return str(np.datetime_as_string(np.datetime64(int(when), "ms"), unit="D"))


def write_time(when: int) -> str:
    """The UTC minute of a moment in milliseconds."""
    return str(np.datetime_as_string(np.datetime64(int(when), "ms"), unit="m")).replace("T", " ")


def tell_spans(facts: Facts, language: str) -> str:
    """From when until when was searched, and what the hold-out is, in a sentence."""
    if facts.searched is None:
        return ""
    told: dict[str, str | int] = {"n": facts.searched.n_bars}
    told |= {"begin": write_day(facts.searched.begin), "end": write_day(facts.searched.end)}
    if facts.unseen is None:
        return say("picture.span", language, **told)
    unseen: Span = facts.unseen
    told |= {"from": write_day(unseen.begin), "until": write_day(unseen.end), "m": unseen.n_bars}
    return say("picture.spans", language, **told)


def tell_searched(facts: Facts, language: str) -> str:
    """From when until when was searched, for what says nothing of the hold-out."""
    return tell_spans(replace(facts, unseen=None), language)


def tell_lack(data: PageData, key: str, language: str) -> str:
    """Why a picture is not drawn, and the command that draws it."""
    why = data.lacking.get(key, "no_rows")
    return say(f"picture.{why}", language, command=data.facts.remedy)


def tell_seeds(facts: Facts, language: str) -> str:
    """The seeds of the runs in a sentence."""
    if not facts.seeds:
        return ""
    first, n = str(facts.seeds[0]), len(facts.seeds)
    if n == 1:
        return say("picture.seed", language, seed=first)
    return say("picture.seeds", language, n=n, seed=first, last=str(facts.seeds[-1]))


def tell_seed(facts: Facts, language: str) -> str:
    """With which seed the row in focus was found."""
    if facts.seed is None:
        return ""
    return say("picture.seed_of", language, rank=facts.rank, seed=str(facts.seed))


def tell_rows(facts: Facts, language: str) -> str:
    """How many rows stand behind a picture, and whether they are a sample."""
    noun = say(f"drawn.{facts.noun}", language, n=facts.n_rows)
    if facts.n_drawn >= facts.n_rows:
        return say("picture.rows", language, rows=noun)
    return say("picture.sample", language, rows=noun, n=facts.n_drawn)


def join_sentences(*sentences: str) -> str:
    """Whole sentences one after another; empty ones are left out."""
    return " ".join(each for each in sentences if each)


def name_objective(facts: Facts, language: str) -> str:
    """What the value of a row is called."""
    if facts.is_ratio:
        return say("drawn.ratio", language)
    return sentences.name_metric(facts.objective, language)


def name_kind(facts: Facts) -> str:
    """How a table shows the value of a row."""
    if facts.is_ratio:
        return "decimal"
    return "percent" if is_share(facts.objective) else "value"


def value_axis(facts: Facts, language: str, **more: Any) -> Figure:
    """The axis of the value of a row."""
    is_percent = name_kind(facts) == "percent"
    form = {"tickformat": ".1~%"} if is_percent else {"exponentformat": "e"}
    return axis(name_objective(facts, language), **form, **more)


def name_gene(name: str, language: str) -> str:
    """A gene in words, for a figure."""
    return clean(sentences.name_gene(name, language))


def is_share(name: str) -> bool:
    """Whether a gene or a metric is a fraction, which people read as percent."""
    return name.endswith("_frac")
