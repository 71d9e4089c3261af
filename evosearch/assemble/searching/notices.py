"""What a person must know before a run begins: which prices, and what takes long the first time."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from evosearch.assemble.searching.warming import note_compiling
from evosearch.assemble.settings.defaults import find_default, reads_prices
from evosearch.errors import EvosearchError
from evosearch.problems.base import Problem
from evosearch.profiles.known_data import SAMPLE_REMEDY, SAMPLE_WORDS, is_sample_data
from evosearch.profiles.loaded import LoadedProfile
from evosearch.trading.loading.find import is_sample
from evosearch.trading.options import TradingOptions


def list_notices(profile: LoadedProfile, problem: Problem | None = None) -> tuple[str, ...]:
    """The sentences of a run's first line, the one that ends in a command last.

    Parameters
    ----------
    profile : Profile
    problem : Problem, optional
        A Python object that is searched in place of the profile's own.
    """
    sample = _note_sample(profile) if problem is None else describe_sample(problem.data_summary())
    return tuple(text for text in (note_compiling(profile), sample) if text)


def describe_sample(data: object) -> str:
    """That these are no prices of one's own, and how to name some; empty for any other data."""
    if not is_sample_data(data) or not isinstance(data, Mapping):
        return ""
    remedy = SAMPLE_REMEDY
    with contextlib.suppress(EvosearchError):
        if find_default() is not None:  # and it was not taken: something names the sample
            remedy = "name your own: --data FILE"
    return f"{SAMPLE_WORDS} ({Path(str(data.get('source'))).stem}); {remedy}"


def _note_sample(profile: LoadedProfile) -> str:
    if not reads_prices(profile.problem["name"], profile.folders):
        return ""
    data = profile.problem.get("data", TradingOptions.model_fields["data"].default)
    if not is_sample(data):
        return ""
    return describe_sample({"source": data.removeprefix("sample:"), "is_sample": True})
