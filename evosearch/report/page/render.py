"""A page as the text of one HTML file."""

from __future__ import annotations

import re
from typing import Any

from evosearch.report.page.cells import CLASSES, MAX_ROWS, show_rows
from evosearch.report.page.contents import Page
from evosearch.report.page.records import Grid, Picture
from evosearch.report.page.scripts import make_policy, read_bundle, read_text, write_json
from evosearch.report.page.sparkline import HEIGHT, WIDTH
from evosearch.report.sentences import count, say, show_integer

MAX_BYTES = 8_000_000
_PERCENT = re.compile(r"(?<=\d) (?=%)")
_DATE = re.compile(r"\b\d{4}-\d\d-\d\d(?: \d\d:\d\d)?\b")
# Pictures that stand side by side where there is room.
_PAIRS = (("luck", "best-of-n"), ("search", "plateau"), ("costs", "months"))
# Of these the tables are read, not looked up: they stand open.
_OPEN = frozenset({"how", "ideas"})
_HEIGHT, _MOST_OPEN_ROWS = 380, 12


def render(page: Page) -> str:
    """The text of the file.

    The same page gives the same text: nothing of this machine, no clock and no chance is in it.
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    language = page.language
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["dated"] = _keep_whole
    bundle, own = read_bundle(), read_text("script.js")
    pictures = page.list_pictures()
    keys = {picture.key for picture in pictures}
    halves = {key for pair in _PAIRS if keys.issuperset(pair) for key in pair}
    drawn = [picture for picture in pictures if picture.figure is not None]
    text = environment.from_string(read_text("page.html")).render(
        page=page,
        sections=[
            _show(picture, place + 1, language, picture.key in halves)
            for place, picture in enumerate(pictures)
        ],
        figures=[
            {"key": picture.key, "json": Markup(write_json(picture.figure or {}))}  # noqa: S704
            for picture in drawn
        ],
        # These four are files of ours or of plotly, and are not escaped.
        style=Markup(read_text("style.css")),  # noqa: S704
        bundle=Markup(bundle) if drawn else "",  # noqa: S704
        script=Markup(own),  # noqa: S704
        policy=make_policy((bundle, own) if drawn else (own,)),
        say=lambda key, **values: say(f"page.{key}", language, **values),
        spark={"width": WIDTH, "height": HEIGHT},
    )
    return str(text)


def _keep_whole(text: str) -> Any:
    """The text, escaped, with dates, times and percentages that no line breaks."""
    from markupsafe import Markup, escape

    # What was escaped holds no date of its own, and a date nothing that needs escaping.
    firm = _PERCENT.sub("\N{NO-BREAK SPACE}", str(escape(text)))
    return Markup(_DATE.sub(r'<span class="date">\g<0></span>', firm))  # noqa: S704


def _show(picture: Picture, number: int, language: str, is_half: bool) -> dict[str, Any]:
    height = (picture.figure or {}).get("layout", {}).get("height", _HEIGHT)
    return {
        "key": picture.key,
        "number": number,
        "title": picture.title,
        "caption": picture.caption,
        "missing": picture.missing,
        "sentences": picture.sentences,
        "is_drawn": picture.figure is not None,
        "is_half": is_half,
        "height": int(height),
        "grids": [
            _show_grid(grid, f"{picture.key}-{place}", language, picture.key in _OPEN)
            for place, grid in enumerate(picture.tables)
        ],
    }


def _show_grid(grid: Grid, key: str, language: str, is_open: bool) -> dict[str, Any]:
    n = len(grid.rows)
    shown = show_integer(MAX_ROWS, language)
    kinds = [CLASSES.get(kind, kind) for kind in grid.kinds]
    return {
        "key": key,
        "caption": grid.caption,
        "headers": list(zip(grid.headers, kinds, strict=True)),
        "rows": show_rows(grid, language),
        "csv_name": grid.csv_name,
        "is_open": is_open or n <= _MOST_OPEN_ROWS,
        "is_long": n > _MOST_OPEN_ROWS,
        "counted": count("row", n, language),
        "is_cut": say("page.cut", language, n=shown) if n > MAX_ROWS else "",
    }
