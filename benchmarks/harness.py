"""What every row shares: timing in turns, the machine in words, and the form of a result.

This machine's clock is noisy, so nothing here reports a time on its own: things are run in turn
in one process (A B A B ...), and a ratio is the median of the ratios of each turn.
"""

from __future__ import annotations

import argparse
import gc
import importlib.metadata
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"
QUICK = RESULTS / "quick"  # never in the repository, never in RESULTS.md
# Beside evosearch itself; those not installed are left out.
PACKAGES = (
    *("evosearch", "numpy", "numba", "pandas", "pyarrow", "duckdb", "pydantic", "typer", "rich"),
    *("vectorbt", "backtesting", "pymoo", "deap", "pygad", "nevergrad", "evosax", "jax"),
    *("optuna", "joblib", "polars"),
)


@dataclass
class Claim:
    """One comparison: ours against one peer.

    Attributes
    ----------
    ours, peer : str
        What stood against what, each with its figure and unit.
    ratio : float or None
        How it came out, in the sense of `target`; None when the peer could not be measured.
    target : str
        What was asked for, in words.
    holds : bool or None
        None when there was nothing to compare with, or nothing was asked for.
    """

    ours: str
    peer: str
    ratio: float | None
    target: str
    holds: bool | None


@dataclass
class Row:
    """One row of the table of targets, measured.

    Attributes
    ----------
    row : str
        ``"row01"``; also the name of its file.
    title : str
    what : str
        What was measured and how, in a few sentences.
    columns, lines : list
        The table a person reads.
    claims : list of Claim
    failures : dict
        Peers that could not be measured, each with its reason.
    notes : list of str
    pictures : list of str
        Files beside RESULTS.md to show under the row.
    """

    row: str
    title: str
    what: str
    columns: list[str] = field(default_factory=list)
    lines: list[list[str]] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        """Add a line to the table."""
        self.lines.append([str(cell) for cell in cells])

    def claim(
        self,
        ours: str,
        peer: str,
        ratio: float | None,
        target: str,
        *,
        at_least: float | None = None,
        at_most: float | None = None,
    ) -> None:
        """Hold a ratio against its target."""
        holds = None
        if ratio is not None and (at_least is not None or at_most is not None):
            is_enough = at_least is None or ratio >= at_least
            holds = bool(is_enough and (at_most is None or ratio <= at_most))
        self.claims.append(Claim(ours, peer, ratio, target, holds))

    def fail(self, peer: str, error: BaseException | str) -> None:
        """Record that a peer could not be measured."""
        text = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
        self.failures[peer] = " ".join(text.split())[:300]


class Turns:
    """Seconds of several things, measured in turn.

    Attributes
    ----------
    seconds : dict of str to list of float
        One value for each turn.
    failures : dict of str to str
    """

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = {}
        self.failures: dict[str, str] = {}

    def median(self, name: str) -> float | None:
        """Median seconds; None if it failed."""
        values = self.seconds.get(name)
        return statistics.median(values) if values else None

    def ratio(self, upper: str, lower: str) -> float | None:
        """Median over the turns of upper / lower; None if either failed."""
        pairs = zip(self.seconds.get(upper, []), self.seconds.get(lower, []), strict=False)
        ratios = [a / b for a, b in pairs]
        return statistics.median(ratios) if ratios else None


def take_turns(
    things: Mapping[str, Callable[[], float | None]],
    n_turns: int,
    *,
    warm_up: bool = True,
    budget_s: float = 60.0,
) -> Turns:
    """Run things in turn, A B A B, and time each.

    Parameters
    ----------
    things : mapping of name to callable
        One that returns a float gives its own seconds (per unit, if it likes); otherwise the
        call is timed. One that raises is left out from then on and recorded as failed.
    n_turns : int
    warm_up : bool
        Run each once before, untimed: compilers and caches are not what is compared.
    budget_s : float
        No further turn is begun after this long (one is always finished).
    """
    turns = Turns()
    began = time.perf_counter()
    for turn in range(-1 if warm_up else 0, n_turns):
        if turn > 0 and time.perf_counter() - began > budget_s:
            break
        for name, thing in things.items():
            if name in turns.failures:
                continue
            gc.collect()
            started = time.perf_counter()
            try:
                told = thing()
            except Exception as error:
                turns.failures[name] = f"{type(error).__name__}: {error}"
                turns.seconds.pop(name, None)
                continue
            elapsed = time.perf_counter() - started
            if turn >= 0:
                turns.seconds.setdefault(name, []).append(elapsed if told is None else told)
    return turns


def find_btc() -> Path | None:
    """The first user's real prices, where the machine has them, as the tests find them."""
    named = os.environ.get("EVOSEARCH_BTC_CSV")
    for path in ([Path(named)] if named else []) + [
        ROOT.parent / "shared" / "data" / "BTC-USD_FIVE_MINUTE.csv"
    ]:
        if path.is_file():
            return path.resolve()
    return None


def find_python() -> str:
    """A Python that has evosearch and none of the peers, as a user's has.

    numba, for one, imports scipy where it finds it, and here only peers brought it.
    """
    for name in ("bin/python", "Scripts/python.exe"):
        path = ROOT / ".venv" / name
        if path.is_file():
            return str(path)
    return sys.executable


def describe_data() -> tuple[dict[str, Any], str]:
    """Options of the trading problem for 30,000 bars, and the data in words."""
    btc = find_btc()
    if btc is not None:
        return {"data": str(btc), "last_bars": 30_000}, "30,000 real 5-minute bars of BTC-USD"
    options = {"data": "sample:fair-5min", "last_bars": 30_000}
    return options, "30,000 bundled synthetic 5-minute bars (the real file is not here)"


def describe_machine() -> dict[str, Any]:
    """Processor, memory, system and the versions of what took part."""
    import psutil

    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "versions": versions,
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def format_s(seconds: float | None) -> str:
    """A duration as a person says it."""
    if seconds is None:
        return "failed"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}" if seconds < 1000 else f"{seconds:,.0f} s"
    return f"{seconds / 1e-9:.3g} ns"


def format_ratio(ratio: float | None) -> str:
    """A ratio to three digits."""
    if ratio is None:
        return "-"
    return f"{ratio:,.0f} x" if ratio >= 100 else f"{ratio:.3g} x"


def save(row: Row, folder: Path = RESULTS, took_s: float | None = None) -> Path:
    """Write a row where the report finds it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{row.row}.json"
    plain = asdict(row) | {
        "measured_utc": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "took_s": took_s,
        "load_before": _LOAD,
        "machine": describe_machine(),
    }
    path.write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def show(row: Row) -> None:
    """Print a row as tables."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if os.isatty(1) else 140)
    table = Table(title=f"{row.row}: {row.title}", title_justify="left")
    for place, column in enumerate(row.columns):
        table.add_column(column, justify="left" if place == 0 else "right")
    for line in row.lines:
        table.add_row(*line)
    console.print(table)
    for claim in row.claims:
        verdict = {True: "held", False: "NOT HELD", None: "not asked or not measured"}[claim.holds]
        console.print(
            f"  {claim.ours}  against  {claim.peer}:  {format_ratio(claim.ratio)}  "
            f"(target {claim.target}: {verdict})",
            highlight=False,
        )
    for peer, reason in row.failures.items():
        console.print(f"  {peer} FAILED: {reason}", highlight=False, markup=False)
    for note in row.notes:
        console.print(f"  {note}", highlight=False, markup=False)


def run_row(measure: Callable[[bool], Row], arguments: Sequence[str] | None = None) -> None:
    """The whole of a row's ``main``: measure, print, write.

    Parameters
    ----------
    measure : callable
        Given whether to be quick (small settings, to see that the script works), gives the row.
    """
    parser = argparse.ArgumentParser(description=measure.__doc__)
    parser.add_argument("--quick", action="store_true", help="small settings; no real figures")
    quick = parser.parse_args(arguments).quick or os.environ.get("BENCH_QUICK", "") not in ("", "0")
    began = time.perf_counter()
    row = measure(quick)
    if quick:
        row.notes.append("Quick settings: these figures show only that the script works.")
    show(row)
    save(row, QUICK if quick else RESULTS, round(time.perf_counter() - began, 1))


# What else the machine was doing when this process began.
_LOAD = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
