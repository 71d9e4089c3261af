"""How fast this machine searches, and what that leaves on its disk: measured, by a short search."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evosearch.assemble.searching.search import run
from evosearch.assemble.searching.warming import note_compiling
from evosearch.assemble.settings.loading import check_draft
from evosearch.loop.events import EvaluationsFinished, Event, RunStarted, SearchStarted
from evosearch.profiles.files import Draft

_POPULATION, _MANY_GENERATIONS = 1000, 100_000


@dataclass(frozen=True)
class Speed:
    """What a short search of the bundled prices gave.

    Attributes
    ----------
    n_rows : int
        Measured, in `elapsed_s` seconds of searching.
    elapsed_s : float
    per_s : float
        Once the search was under way.
    bytes_per_row : float
    n_workers : int
    n_bars : int
        Of the prices.
    """

    n_rows: int
    elapsed_s: float
    per_s: float
    bytes_per_row: float
    n_workers: int
    n_bars: int


def measure_speed(seconds: float = 1.0, tell: Callable[[str], None] = lambda text: None) -> Speed:
    """Search the bundled prices with default settings and all cores, in a temporary folder.

    Parameters
    ----------
    seconds : float
        Of searching; compiling and starting come before.
    tell : callable
        Told in words when code must be compiled first.

    Raises
    ------
    EvosearchError, OSError
        No search is possible here.
    """
    facts: dict[str, int] = {}

    marks: list[tuple[float, int]] = []

    def listen(event: Event) -> None:
        if isinstance(event, SearchStarted | EvaluationsFinished):
            marks.append((time.monotonic(), event.n_evaluated))
        if isinstance(event, RunStarted):
            facts["n_workers"] = event.facts.n_workers
            facts["n_bars"] = (event.facts.data or {})["n_bars"]

    with tempfile.TemporaryDirectory(
        prefix="evosearch-doctor-", ignore_cleanup_errors=True
    ) as folder:
        values = {
            "name": "doctor",
            "seed": 1,
            "search": {"population": _POPULATION, "generations": _MANY_GENERATIONS},
            "problem": {"name": "trading", "data": "sample:ibm-daily"},
            "run": {"results": str(Path(folder) / "results"), "budget": f"{seconds}s"},
        }
        profile = check_draft(Draft("doctor", values))
        compiling = note_compiling(profile)
        if compiling:
            tell(compiling)
        result = run(profile, listen=listen)
        n_bytes = sum(path.stat().st_size for path in result.paths)
    return Speed(
        n_rows=result.n_evaluated,
        elapsed_s=result.elapsed_s,
        per_s=_compute_rate(marks),
        bytes_per_row=n_bytes / max(1, result.n_evaluated),
        **facts,
    )


def _compute_rate(marks: list[tuple[float, int]]) -> float:
    """Evaluations a second in the second half: in the first, rules are met for the first time."""
    if len(marks) < 2:
        return 0.0
    middle_s = (marks[0][0] + marks[-1][0]) / 2
    late = [mark for mark in marks if mark[0] >= middle_s]
    (began, n_before), (ended, n_after) = late[0] if len(late) > 1 else marks[0], marks[-1]
    return (n_after - n_before) / max(1e-9, ended - began)
