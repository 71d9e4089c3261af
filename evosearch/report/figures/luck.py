"""The picture `cloud`."""

from __future__ import annotations

from evosearch.report.page.data import PageData
from evosearch.report.page.records import Picture


def draw(data: PageData, language: str) -> Picture:
    """Draw it."""
    return Picture("cloud", "cloud", None, "", missing=data.lacking.get("cloud", "-"))
