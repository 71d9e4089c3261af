"""What problems declare of their metrics and rows: names, labels, and which come first."""

# ruff: noqa: PLC0414 (a name imported as itself is one that a type checker hands on)
from evosearch.problems.words import find_built_in as find_built_in
from evosearch.problems.words import find_metric as find_metric
from evosearch.problems.words import list_leading as list_leading
from evosearch.report import sentences


def name_metric(name: str, language: str) -> str:
    """The word for a metric, or the label that its problem gives it, or its name."""
    return sentences.name_metric(name, language, find_metric(name).label)
