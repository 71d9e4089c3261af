"""Row 3: the whole command, from a cold process to the shard on disk, against the old system."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.harness import Row, find_btc, find_python, format_s, run_row, take_turns

# What the old system's author published for this search on his MacBook, and what one strategy
# of it takes on a machine like ours.
PUBLISHED_S, OLD_STRATEGY_S, N = 3459.0, 8.8, 1200


def run_command(folder: Path, **environment: str) -> float:
    """Seconds of `evosearch run --profile pro` as a process of its own."""
    btc = find_btc()
    data = str(btc) if btc is not None else "sample:fair-5min"
    shutil.rmtree(folder / "results", ignore_errors=True)
    command = [find_python(), "-m", "evosearch", "run", "--profile", "pro", "--seed", "1"]
    command += ["--data", data, "--results", str(folder / "results"), "--quiet"]
    began = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=Path(__file__).parents[2],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    elapsed = time.perf_counter() - began
    shards = list((folder / "results").glob("*.parquet"))
    if done.returncode or not shards:
        raise RuntimeError(f"evosearch run ended with {done.returncode}: {done.stderr[-300:]}")
    return elapsed


def measure(quick: bool) -> Row:
    """`evosearch run --profile pro`, cold, against the old system's published time."""
    btc = find_btc()
    data = "the real BTC-USD file" if btc else "the bundled synthetic bars (no real file here)"
    row = Row(
        "row03",
        "Whole command",
        f"`evosearch run --profile pro` (1,200 strategies, 30,000 bars) on {data} as a whole "
        "process, from its start to its end with the shard on disk. Cold: nothing loaded, "
        "compiled cache present. Very first: numba's cache empty; and in the last line Python's "
        "bytecode is missing too, of every library.",
        ["", "median", "turns", "/ published 3,459 s"],
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)

        def first(bytecode: bool) -> float:
            fresh = Path(tempfile.mkdtemp(dir=folder))
            more = {"PYTHONPYCACHEPREFIX": str(fresh / "bytecode")} if bytecode else {}
            return run_command(folder, NUMBA_CACHE_DIR=str(fresh / "numba"), **more)

        turns = take_turns({"cold": lambda: run_command(folder)}, 2 if quick else 9)
        firsts = take_turns(
            {
                "very first run": lambda: first(False),
                "very first run, no bytecode either": lambda: first(True),
            },
            1 if quick else 3,
            warm_up=False,
        )
        row.failures |= turns.failures | firsts.failures
    for name, source in (("cold", turns), *((name, firsts) for name in firsts.seconds)):
        median = source.median(name)
        if median is not None:
            n = len(source.seconds[name])
            row.add(name, format_s(median), n, f"{PUBLISHED_S / median:,.0f} x faster")
    cold = turns.median("cold")
    row.claim(
        format_s(cold),
        "the clock",
        None if cold is None else cold / 3.0,
        "under 3 s (<= 1 x 3 s)",
        at_most=1.0,
    )
    row.claim(
        format_s(cold),
        "old system, published: 3,459 s on its author's MacBook",
        None if cold is None else PUBLISHED_S / cold,
        "> 1,000 x",
        at_least=1000.0,
    )
    old_s = OLD_STRATEGY_S * N
    row.notes.append(
        f"The old system took {OLD_STRATEGY_S} s a strategy on a machine like this one, "
        f"{old_s:,.0f} s for {N:,} on one core"
        + ("." if cold is None else f": {old_s / cold:,.0f} x. That is arithmetic, no run of it.")
    )
    return row


if __name__ == "__main__":
    run_row(measure)
