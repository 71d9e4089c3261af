"""Row 11: start-up: what `--help` costs, and what `run` loads before its first generation."""

from __future__ import annotations

import functools
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from benchmarks.harness import ROOT, Row, find_python, format_s, run_row, take_turns

HELP = ["-m", "evosearch", "--help"]
BASE = ["-c", "import typer, rich"]
# Heavy packages that a command has no use for: those that it imports all the same are at fault.
NEEDLESS = {
    "--help": "numpy numba llvmlite pandas pyarrow duckdb pydantic psutil ray scipy asyncio",
    # Not scipy: numba imports it wherever it is installed, as it is beside the peers.
    "run": "pandas duckdb ray matplotlib jax asyncio sqlite3",
}


def run_python(arguments: list[str]) -> float:
    """Seconds of a process from its start to its end."""
    began = time.perf_counter()
    done = subprocess.run(
        [find_python(), *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    elapsed = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
    return elapsed


def list_imports(arguments: list[str]) -> tuple[set[str], dict[str, float]]:
    """Modules that a process imports, and their own milliseconds by package."""
    done = subprocess.run(
        [find_python(), "-X", "importtime", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names: set[str] = set()
    own_ms: defaultdict[str, float] = defaultdict(float)
    for line in done.stderr.splitlines():
        parts = line.removeprefix("import time:").split("|")
        if line.startswith("import time:") and parts[0].strip().isdigit():
            name = parts[2].strip()
            names.add(name)
            package = name.partition(".")[0]
            if package in sys.stdlib_module_names:
                package = "standard library"
            own_ms[package] += int(parts[0]) / 1000
    return names, own_ms


def measure(quick: bool) -> Row:
    """`evosearch --help` and `evosearch run` to its first generation."""
    row = Row(
        "row11",
        "Start-up",
        'Whole processes in turn: `evosearch --help` against `python -c "import typer, rich"`, '
        "and `evosearch run` of one generation of 40 strategies on bundled bars against importing "
        "the three libraries that it cannot do without (numba with numpy, pyarrow, pydantic).",
        ["", "median", "/ import typer, rich", "packages by own import time"],
    )
    with tempfile.TemporaryDirectory() as folder:
        run = ["-m", "evosearch", "run", "--profile", "demo", "--seed", "1", "--quiet"]
        run += ["--set", "search.population=40", "--set", "search.generations=1"]
        # Every process writes where the others do not look for a run to go on with.
        commands = {
            'python -c "import typer, rich"': BASE,
            "evosearch --help": HELP,
            "import numba, pyarrow, pydantic": ["-c", "import numba, pyarrow.parquet, pydantic"],
            "evosearch run, one generation": run,
        }

        def call(name: str) -> float:
            place = ["--results", tempfile.mkdtemp(dir=folder)] if "run" in name else []
            return run_python([*commands[name], *place])

        things = {name: functools.partial(call, name) for name in commands}
        turns = take_turns(things, 3 if quick else 11, budget_s=60.0)
        row.failures |= turns.failures
        first, second, third, fourth = commands
        loaded: dict[str, set[str]] = {}
        for name, arguments in commands.items():
            if name in turns.failures:
                continue
            place = ["--results", tempfile.mkdtemp(dir=folder)] if name == fourth else []
            loaded[name], own_ms = list_imports([*arguments, *place])
            order = sorted(own_ms, key=lambda package: -own_ms[package])[:5]
            largest = ", ".join(f"{package} {own_ms[package]:.0f} ms" for package in order)
            ratio = turns.ratio(name, first)
            row.add(
                name,
                format_s(turns.median(name)),
                "-" if ratio is None else f"{ratio:.2f}",
                largest,
            )
    row.claim(
        f"evosearch --help {format_s(turns.median(second))}",
        f"import typer, rich {format_s(turns.median(first))}",
        turns.ratio(second, first),
        "<= 1.5 x",
        at_most=1.5,
    )
    row.claim(
        f"run to first generation {format_s(turns.median(fourth))}",
        f"its three libraries {format_s(turns.median(third))}",
        turns.ratio(fourth, third),
        "(not asked)",
    )
    for label, name in (("--help", second), ("run", fourth)):
        if name in loaded:
            # An import that fails is listed too; a package that was loaded has modules listed.
            packages = {module.partition(".")[0] for module in loaded[name] if "." in module}
            needless = sorted(set(NEEDLESS[label].split()) & packages)
            row.claim(
                f"{label}: {', '.join(needless) or 'none'} imported in vain",
                f"looked for: {NEEDLESS[label]}",
                float(len(needless)),
                "none (<= 0 x)",
                at_most=0.0,
            )
    row.notes.append(
        f"Python {platform.python_version()}, bytecode "
        + ("not written" if os.environ.get("PYTHONDONTWRITEBYTECODE") else "present")
        + f", environment {Path(find_python()).parents[1].name}."
    )
    return row


if __name__ == "__main__":
    run_row(measure)
