"""What a problem says of the rows of a shard, from what the shard alone states.

No data are loaded for it and no user's code is run: only built-in problems are asked. For any other
problem the answers here stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from evosearch.problems.metric import Metric
from evosearch.statements import Statement


class Worded:
    """The words of a problem; all options, data and rows given here are not checked.

    Whatever is raised because of them is no error.

    Attributes
    ----------
    noun : str
        What a search measures many of, a key of the catalogue's counted nouns.
    metric_records : tuple of Metric
        How the metrics of a built-in problem are shown.
    option_words : mapping of str to (str, str)
        What the options of a built-in problem mean, each with an example in TOML.
    """

    noun: ClassVar[str] = "candidate"
    metric_records: ClassVar[tuple[Metric, ...]] = ()
    option_words: ClassVar[Mapping[str, tuple[str, str]]] = MappingProxyType({})

    @classmethod
    def state_row(
        cls, params: Mapping[str, Any], options: Mapping[str, Any], data: Mapping[str, Any]
    ) -> list[Statement]:
        """A genome as statements, from what a shard states alone; asked of built-in problems.

        Parameters
        ----------
        params : mapping
        options, data : mapping
            Of the problem, and its `data_summary`; not checked. Whatever is raised because of
            them is no error.
        """
        return [
            Statement("strategy.gene", {"name": name, "value": str(value)})
            for name, value in params.items()
            if value is not None
        ]

    @classmethod
    def describe_feasible(cls, options: Mapping[str, Any]) -> Statement | None:
        """What a feasible genome is, said of ``n``; None if there is no word for it.

        Its sentence takes the shown number of feasible ones as ``n`` besides its own values.
        Asked of built-in problems with the options of a shard, not checked.
        """
        return None

    @classmethod
    def describe_options(cls, options: Mapping[str, Any]) -> list[Statement]:
        """What decides the figures of a search, such as costs, from options that are checked."""
        return []

    @classmethod
    def list_doubts(cls, row: Mapping[str, Any]) -> list[Statement]:
        """What speaks against a row, from its metrics alone; asked of built-in problems."""
        return []

    @classmethod
    def explain_infeasible(
        cls, most: Mapping[str, Any], options: Mapping[str, Any], data: Mapping[str, Any]
    ) -> list[str]:
        """Why no row of many is feasible, a sentence each with its remedy.

        Parameters
        ----------
        most : mapping
            The greatest value of each metric; none where undefined in all rows, or of a hold-out.
        options, data : mapping
            Of the problem, and its `data_summary`; of a shard not checked.
        """
        return []

    @classmethod
    def explain_row(
        cls, row: Mapping[str, Any], options: Mapping[str, Any], data: Mapping[str, Any]
    ) -> list[Statement] | list[str]:
        """Which constraints one row breaks: its value and what is needed; as above.

        A problem of one's own answers with sentences.
        """
        return []
