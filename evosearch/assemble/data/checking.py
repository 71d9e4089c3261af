"""A look at a file of prices: all that is worth saying before anything is searched on it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evosearch.assemble.settings.reading import parse_reading
from evosearch.texts import make_visible
from evosearch.trading.loading.load import Inspection, inspect_file
from evosearch.trading.reading.tables import Finding

MAX_PLAIN = 100
# What is said of any file, and is no reason to look at it again.
SAID = frozenset(
    {
        "layout", "calendar", "order", "formed", "zone_unused", "autumn_hours", "day_order",
        "marked_numbers", "dates_as_numbers", "clock_numbers", "nanoseconds",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """Findings of one kind.

    Attributes
    ----------
    name : str
        As in `Finding`.
    n : int
        How many there are.
    findings : tuple of Finding
        The first ones, in the order of the file.
    is_fault : bool
        The file is refused for them.
    """

    name: str
    n: int
    findings: tuple[Finding, ...]
    is_fault: bool

    def to_plain(self) -> dict[str, Any]:
        """As JSON has it."""
        places = [{"line": each.line, "text": each.text} for each in self.findings[:MAX_PLAIN]]
        return {"kind": self.name, "n": self.n, "is_fault": self.is_fault, "findings": places}


@dataclass(frozen=True)
class CheckedData:
    """What a look at a file found.

    Attributes
    ----------
    path : Path
    summary : dict
        Of its bars, as `Bars.summarise` gives it; empty where the file is refused.
    said : tuple of str
        What is true of it and no finding.
    kinds : tuple of Kind
        Faults first.
    advice : tuple of str
        How to read the file in spite of its faults.
    """

    path: Path
    summary: dict[str, Any]
    said: tuple[str, ...]
    kinds: tuple[Kind, ...]
    advice: tuple[str, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether no search can use the file as it is read."""
        return any(kind.is_fault for kind in self.kinds)

    @property
    def n_findings(self) -> int:
        """How many there are, of all kinds."""
        return sum(kind.n for kind in self.kinds)

    def to_plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "path": str(self.path),
            "is_clean": not self.kinds,
            "is_refused": self.is_refused,
            "data": self.summary or None,
            "said": list(self.said),
            "counts": {kind.name: kind.n for kind in self.kinds},
            "kinds": [kind.to_plain() for kind in self.kinds],
            "advice": list(self.advice),
        }


def check_data(
    file: str, assignments: Sequence[str] = (), now_us: int | None = None
) -> CheckedData:
    """Look at a file of prices, or at a sample.

    Parameters
    ----------
    file : str
        Or ``sample:NAME``.
    assignments : sequence of str
        How it is read, as after ``--set``.
    now_us : int, optional
        The time of the look, which tells a bar that is not finished; the clock's without it.

    Raises
    ------
    DataError
        No rows can be read from it.
    UsageError
        The options are wrong.
    """
    now_us = time.time_ns() // 1000 if now_us is None else now_us
    found = inspect_file(file, (Path(),), parse_reading(assignments), now_us)
    said = [each.text for each in found.findings if each.kind in SAID and not each.is_fault]
    return CheckedData(
        found.path,
        {} if found.bars is None else found.bars.summarise(),
        tuple(dict.fromkeys(map(make_visible, said))),
        _group(found),
        found.advice,
    )


def _group(found: Inspection) -> tuple[Kind, ...]:
    groups: dict[str, list[Finding]] = {}
    for each in found.findings:
        if each.is_fault or each.kind not in SAID:
            groups.setdefault(each.kind, []).append(each)
    kinds = [
        Kind(
            name,
            max(found.counts.get(name, 0), sum(each.n for each in group)),
            tuple(sorted(group, key=lambda each: each.line or 0)),
            any(each.is_fault for each in group),
        )
        for name, group in groups.items()
    ]
    return tuple(sorted(kinds, key=lambda kind: not kind.is_fault))
