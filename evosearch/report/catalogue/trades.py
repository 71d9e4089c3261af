"""Words of `trades` and of its files."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {}
