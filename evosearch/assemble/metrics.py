"""What problems declare of their metrics and rows: names, labels, and which come first."""

# ruff: noqa: PLC0414 (a name imported as itself is one that a type checker hands on)
from collections.abc import Sequence

from evosearch.problems.metric import TWIN as TWIN
from evosearch.problems.words import find_built_in as find_built_in
from evosearch.problems.words import find_metric as find_metric
from evosearch.problems.words import list_leading as list_leading
from evosearch.report import sentences


def choose_metrics(objective: str, names: Sequence[str]) -> tuple[str, list[str]]:
    """What a table shows of rows: the metric that stands first, and those after it.

    Parameters
    ----------
    objective : str
    names : sequence of str
        Metrics that may be shown. Those that lead by their problem are; if none does, some of
        the others are.
    """
    shown = find_metric(objective).shown_as
    first = shown if shown in names and not objective.endswith(TWIN) else objective
    leading = [each.name for each in list_leading("in_table") if each.name in names]
    others = [name for name in names if name not in (first, first + TWIN)]
    # The hold-out of the first takes the room of one.
    n_others = 2 if first + TWIN in names else 3
    return first, [name for name in leading if name != first] or others[:n_others]


def name_metric(name: str, language: str) -> str:
    """The word for a metric, or the label that its problem gives it, or its name."""
    return sentences.name_metric(name, language, find_metric(name).label)
