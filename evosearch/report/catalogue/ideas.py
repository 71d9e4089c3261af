"""Words about strategies that trade differently."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {}
