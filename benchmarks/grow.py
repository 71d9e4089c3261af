"""One search of a given size in a process of its own, measured: what the growth curves are of.

``python -m benchmarks.grow EVALUATIONS FOLDER`` prints its findings as JSON.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.memory import read_peak_bytes
from evosearch import load_profile, run
from evosearch.loop.events import Event, GenerationFinished
from evosearch.shards.reading.check import check_shard


def choose_shape(n: int) -> tuple[int, int]:
    """Population and generations for n evaluations."""
    population = min(10_000, max(50, n // 10))
    return population, n // population


class Watch:
    """Keeps time and memory as generations finish, at most some hundred points of them."""

    def __init__(self, n: int) -> None:
        self._process, self._step, self._next = psutil.Process(), max(1, n // 300), 0
        self.points: list[tuple[int, float, float]] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, GenerationFinished) and event.n_evaluated >= self._next:
            mib = self._process.memory_info().rss / 2**20
            self.points.append((event.n_evaluated, event.elapsed_s, mib))
            self._next += self._step


def main() -> None:
    """As the module says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("evaluations", type=int)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    population, generations = choose_shape(options.evaluations)
    wanted = population * generations
    profile = load_profile(
        "pro",
        [f"search.population={population}", f"search.generations={generations}"],
        data="sample:fair-5min",
        results=str(options.folder),
        seed=1,
    )
    watch = Watch(wanted)
    began = time.perf_counter()
    result = run(profile, listen=watch)
    elapsed = time.perf_counter() - began
    # Before the shards are read again, which is no part of the run.
    peak_mib = read_peak_bytes() / 2**20
    checked = [check_shard(path, deep=True) for path in result.paths]
    found: dict[str, Any] = {
        "n": wanted,
        "n_evaluated": result.n_evaluated,
        "seconds": elapsed,
        "search_seconds": result.elapsed_s,
        "peak_mib": peak_mib,
        "shard_bytes": sum(path.stat().st_size for path in result.paths),
        "n_shards": len(result.paths),
        "n_readable": sum(item.is_usable for item in checked),
        "points": watch.points,
    }
    shutil.rmtree(options.folder, ignore_errors=True)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
