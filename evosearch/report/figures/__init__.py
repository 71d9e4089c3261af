"""The pictures of the report: one function a picture, numbers and a language in, a `Picture` out.

A figure is what plotly reads, as a plain dict; plotly itself is not needed here. Each picture says
the same in its tables and its caption, so nothing is lost without a script.
"""

from __future__ import annotations

import importlib

from evosearch.report.page.data import PageData
from evosearch.report.page.records import Picture

# In the order of the page, by the keys of its places.
WITH_PRICES = (
    "equity", "luck", "best-of-n", "price", "search", "plateau", "costs", "months", "ideas",
    "machines",
)  # fmt: skip
WITHOUT_PRICES = ("best-of-n", "search", "plateau", "genes", "ideas", "machines")


def draw(key: str, data: PageData, language: str) -> Picture:
    """One picture by its key; its `missing` says why there is nothing to draw."""
    module = importlib.import_module(f"{__name__}.{key.replace('-', '_')}")
    drawn: Picture = module.draw(data, language)
    return drawn


def draw_all(data: PageData, language: str) -> tuple[Picture, ...]:
    """All pictures of a report in their order."""
    keys = WITH_PRICES if data.facts.is_money else WITHOUT_PRICES
    return tuple(draw(key, data, language) for key in keys)
