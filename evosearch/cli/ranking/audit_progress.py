"""The progress of an audit: as of a merge, with what each check counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from evosearch.cli.ranking.merge_progress import MergeProgress
from evosearch.report.sentences import name_check


class AuditProgress(MergeProgress):
    """Listens to an audit; a context manager.

    Parameters
    ----------
    is_quiet : bool
        Show nothing.
    language : {"en", "es"}
        Of the names of checks.
    """

    units: ClassVar[Mapping[str, str]] = {}
    unit = ""

    def __init__(self, is_quiet: bool, language: str = "en") -> None:
        super().__init__(is_quiet)
        self._language = language

    def __call__(self, stage: str, n_done: int, n_total: int) -> None:
        """Take in how far a check is."""
        super().__call__(name_check(stage, self._language), n_done, n_total)
