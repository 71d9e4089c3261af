"""The picture `plateau`."""

from __future__ import annotations

from evosearch.report.page.data import PageData
from evosearch.report.page.records import Picture


def draw(data: PageData, language: str) -> Picture:
    """Draw it."""
    return Picture("plateau", "plateau", None, "", missing=data.lacking.get("plateau", "-"))
