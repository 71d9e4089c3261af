"""Genomes of built-in problems in words, from plain data alone.

A shard names its problem and options; that is enough to describe a row without loading data or
running anyone's code. A user's own problem is described by its parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def describe_row(
    problem: Mapping[str, Any], params: Mapping[str, Any], row: Mapping[str, Any]
) -> tuple[list[str], list[str]]:
    """Sentences and doubts about one row of a shard.

    Parameters
    ----------
    problem : mapping
        The ``problem`` entry of a shard's metadata.
    params, row : mapping
        Genes and metrics by name.

    Returns
    -------
    sentences, doubts : list of str
    """
    if problem["name"] == "trading":
        from evosearch.errors import OptionError
        from evosearch.trading.describe import describe_strategy, judge_strategy
        from evosearch.trading.options import TradingOptions

        try:
            options = TradingOptions.model_validate(dict(problem.get("options", {})))
            return describe_strategy(params, options), judge_strategy(row)
        except (OptionError, ValueError, KeyError, TypeError):
            pass  # written by another version: its parameters still speak for themselves
    plain = [f"{name} = {value}" for name, value in params.items() if value is not None]
    return plain, []
