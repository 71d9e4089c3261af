"""The picture `prices`."""

from __future__ import annotations

from evosearch.report.page.data import PageData
from evosearch.report.page.records import Picture


def draw(data: PageData, language: str) -> Picture:
    """Draw it."""
    return Picture("prices", "prices", None, "", missing=data.lacking.get("prices", "-"))
