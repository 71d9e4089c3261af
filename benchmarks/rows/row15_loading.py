"""Row 15: loading two million bars, in layouts and zones as people have them."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from benchmarks.harness import Row, format_s, run_row
from benchmarks.loading import LAYOUTS, READERS, Loaded, measure_apart, write_file

N_BARS, N_TURNS = 2_000_000, 5
MOST_TIME, MOST_MEMORY = 2.0, 1.5


def measure(quick: bool) -> Row:
    """Time and peak memory of each reader for each layout, in turn, each in a fresh process."""
    n_bars, n_turns = (50_000, 1) if quick else (N_BARS, N_TURNS)
    row = Row(
        "row15",
        "Loading prices",
        f"{n_bars:,} bars of one minute, each file read in a fresh process, in turn, without "
        "imports: evosearch with its checks, the hash of the bars not included; pandas by "
        "`read_csv` and `to_datetime` of the same columns; pyarrow on one thread, times that it "
        "does not know left as text. Memory is the peak of the process.",
        columns=["", *(f"{reader}: CPU s, peak" for reader in READERS), "time", "memory"],
    )
    with tempfile.TemporaryDirectory(prefix="evosearch-row15-") as folder:
        for name, layout in LAYOUTS.items():
            path = write_file(name, n_bars, Path(folder))
            found: dict[str, list[Loaded]] = {reader: [] for reader in READERS}
            for _ in range(n_turns):
                for reader in READERS:
                    try:
                        found[reader].append(measure_apart(reader, name, path))
                    except RuntimeError as error:
                        row.fail(f"{reader}: {layout.words}", error)
            path.unlink()
            _compare(row, layout.words, found)
    return row


def _compare(row: Row, words: str, found: dict[str, list[Loaded]]) -> None:
    cells = []
    for turns in found.values():
        seconds = statistics.median(each.cpu_s for each in turns) if turns else None
        peak = statistics.median(each.peak_bytes for each in turns) if turns else 0
        cells.append(f"{format_s(seconds)}, {peak / 2**20:.0f} MiB")
    pairs = list(zip(found["evosearch"], found["pandas"], strict=False))
    if not pairs:
        row.add(words, *cells, "-", "-")
        return
    if any(ours.facts != theirs.facts for ours, theirs in pairs):
        row.fail(f"pandas: {words}", "it read other bars")
    time = statistics.median(ours.cpu_s / theirs.cpu_s for ours, theirs in pairs)
    memory = statistics.median(ours.peak_bytes / theirs.peak_bytes for ours, theirs in pairs)
    row.add(words, *cells, f"{time:.2f}", f"{memory:.2f}")
    row.claim(f"{words}: time", "pandas", time, f"<= {MOST_TIME:g} x", at_most=MOST_TIME)
    row.claim(f"{words}: memory", "pandas", memory, f"<= {MOST_MEMORY:g} x", at_most=MOST_MEMORY)


if __name__ == "__main__":
    run_row(measure)
