"""The picture `luck`."""

from __future__ import annotations

from evosearch.report.page.data import PageData
from evosearch.report.page.records import Picture


def draw(data: PageData, language: str) -> Picture:
    """Draw it."""
    return Picture("luck", "luck", None, "", missing=data.lacking.get("luck", "-"))
