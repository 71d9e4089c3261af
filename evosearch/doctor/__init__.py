"""Whether this machine can search, and which profile suits it.

`examine` carries out every check and never raises: each fault is a finding with its remedy.
Nothing here prints or leaves files behind.
"""

from __future__ import annotations

from pathlib import Path

from evosearch.doctor import machine, software
from evosearch.doctor.base import FAILED, GOOD, WARNING, Finding, carefully
from evosearch.doctor.kept import Kept, list_kept
from evosearch.doctor.places import check_disk, check_results, check_tools
from evosearch.doctor.suggestion import Length, Suggestion, suggest_length, suggest_profile

__all__ = [
    "FAILED",
    "GOOD",
    "WARNING",
    "Finding",
    "Kept",
    "Length",
    "Suggestion",
    "examine",
    "list_kept",
    "suggest_length",
    "suggest_profile",
]


def examine(results: Path) -> list[Finding]:
    """Everything that a search needs, checked by doing it where that is quick.

    Parameters
    ----------
    results : Path
        The folder that shards would go to; it need not exist.

    Returns
    -------
    list of Finding
        In the order in which a person would look.
    """
    findings = []
    for check in software.CHECKS + machine.CHECKS:
        findings += carefully(check)
    for place_check in (check_results, check_disk):
        findings += carefully(place_check, results)
    findings += carefully(check_tools)
    return findings
