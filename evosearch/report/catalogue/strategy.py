"""One strategy in words: its rules, how it trades, and what speaks against it."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {
    "strategy.gene": {"en": "{name} = {value}", "es": "{name} = {value}"},
}
