"""Metrics: a short word, and a line of meaning each."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {}
