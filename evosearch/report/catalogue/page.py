"""Words of the report's page."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {}
