"""Titles, captions and tables of the report's pictures."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {}
