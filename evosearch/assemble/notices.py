"""What a person must know before a run begins: whose prices, and what takes time the first time."""

from __future__ import annotations

from evosearch.assemble.warming import note_compiling
from evosearch.profile import Profile


def list_notices(profile: Profile) -> tuple[str, ...]:
    """The sentences of a run's first line, most important first; empty when there is nothing."""
    return tuple(text for text in (_note_sample(profile), _note_compiling(profile)) if text)


def _note_sample(profile: Profile) -> str:
    return ""


def _note_compiling(profile: Profile) -> str:
    return note_compiling(profile)
