"""Growth: time, memory and shard bytes from a thousand to ten million evaluations."""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.harness import QUICK, ROOT, Row, find_python, format_s, run_row

SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
REPEATS = {1_000: 3, 10_000: 3, 100_000: 3, 1_000_000: 3, 10_000_000: 1}
PICTURE = "growth.svg"


def grow(n: int, folder: Path) -> dict[str, Any]:
    """One search of n evaluations in a process of its own."""
    done = subprocess.run(
        [find_python(), "-m", "benchmarks.grow", str(n), str(folder / str(n))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{n:,}: ended with {done.returncode}: {done.stderr[-300:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def rate_between(points: list[list[float]], first: float, last: float) -> float:
    """Evaluations a second in a part of a run."""
    inside = [point for point in points if first <= point[0] <= last]
    return (inside[-1][0] - inside[0][0]) / (inside[-1][1] - inside[0][1])


def draw(found: list[dict[str, Any]], path: Path) -> None:
    """The curves, each against a line that grows as the evaluations do."""
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    # The same picture gives the same file.
    mpl.rcParams |= {"svg.hashsalt": "evosearch", "svg.fonttype": "none", "font.size": 9}
    figure, axes = plt.subplots(2, 2, figsize=(8.5, 6.2), layout="constrained")
    sizes = [item["n_evaluated"] for item in found]
    panels = [
        (axes[0, 0], "seconds", [item["search_seconds"] for item in found], True),
        (axes[0, 1], "shards, MiB", [item["shard_bytes"] / 2**20 for item in found], True),
        (axes[1, 0], "peak memory, MiB", [item["peak_mib"] for item in found], False),
    ]
    for axis, label, values, is_log in panels:
        axis.plot(sizes, values, "o-", color="#1f6f8b", label="measured")
        axis.set(xscale="log", xlabel="evaluations", ylabel=label)
        if is_log:
            axis.set_yscale("log")
            line = [values[-1] * n / sizes[-1] for n in sizes]
            axis.plot(sizes, line, "--", color="#999999", label="linear")
            axis.legend(frameon=False)
        else:
            axis.set_ylim(bottom=0)
        axis.minorticks_off()
        axis.grid(alpha=0.3)
    axis = axes[1, 1]
    points = found[-1]["points"]
    axis.plot([p[0] / 1e6 for p in points], [p[2] for p in points], color="#c8553d")
    axis.set(
        xlabel=f"million evaluations, within the run of {sizes[-1]:,}", ylabel="memory now, MiB"
    )
    axis.set_ylim(bottom=0)
    axis.grid(alpha=0.3)
    figure.savefig(path, format="svg", metadata={"Date": None})
    plt.close(figure)
    # Matplotlib leaves spaces at the ends of lines.
    text = path.read_text(encoding="utf-8")
    path.write_text("\n".join(line.rstrip() for line in text.splitlines()) + "\n", encoding="utf-8")


def measure(quick: bool) -> Row:
    """Searches of growing size."""
    sizes = SIZES[:3] if quick else SIZES
    row = Row(
        "row12",
        "Growth",
        "`evosearch.run` on the bundled 5-minute bars, default profile, populations of up to "
        "10,000, each size in a process of its own; medians of "
        + ", ".join(str(REPEATS[n]) for n in sizes)
        + " runs. Every shard is read again and its hash compared.",
        ["evaluations", "seconds", "evaluations/s", "peak memory", "shards", "readable", "a row"],
    )
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(dir=ROOT / "results") as folder:
        for n in sizes:
            try:
                runs = [grow(n, Path(folder)) for _ in range(1 if quick else REPEATS[n])]
            except Exception as error:
                row.fail(f"{n:,} evaluations", error)
                continue
            middle = sorted(runs, key=lambda item: item["search_seconds"])[len(runs) // 2]
            middle["rate"] = statistics.median(r["n_evaluated"] / r["search_seconds"] for r in runs)
            found.append(middle)
            row.add(
                f"{middle['n_evaluated']:,}",
                format_s(middle["search_seconds"]),
                f"{middle['rate']:,.0f}",
                f"{middle['peak_mib']:.0f} MiB",
                f"{middle['shard_bytes'] / 2**20:.1f} MiB in {middle['n_shards']}",
                f"{middle['n_readable']} of {middle['n_shards']}",
                f"{middle['shard_bytes'] / middle['n_evaluated']:.0f} bytes",
            )
    if not found:
        return row
    last = found[-1]
    row.claim(
        f"{last['n_readable']} of {last['n_shards']} shards readable",
        f"all, after {last['n_evaluated']:,} evaluations",
        last["n_readable"] / last["n_shards"],
        "all (1 x)",
        at_least=1.0,
    )
    if len(found) > 1:
        before = found[-2]
        row.claim(
            f"{last['rate']:,.0f}/s at {last['n_evaluated']:,}",
            f"{before['rate']:,.0f}/s at {before['n_evaluated']:,}",
            last["rate"] / before["rate"],
            "no lower (>= 1 x; 5 % is noise here)",
            at_least=0.95,
        )
        # What the run holds from its first tenth on must be all that it ever holds.
        points = last["points"]
        early = max(point[2] for point in points if point[0] <= 0.1 * last["n_evaluated"])
        late = max(point[2] for point in points)
        row.claim(
            f"{late:.0f} MiB at most in the run of {last['n_evaluated']:,}",
            f"{early:.0f} MiB at most in its first tenth",
            late / early,
            "memory flat (<= 1.25 x)",
            at_most=1.25,
        )
        half = 0.5 * last["n_evaluated"]
        row.notes.append(
            f"Within the run of {last['n_evaluated']:,}: {rate_between(points, 0, half):,.0f}/s in "
            f"its first half, {rate_between(points, half, 2 * half):,.0f}/s in its second."
        )
    target = QUICK if quick else Path(__file__).parents[1]
    target.mkdir(parents=True, exist_ok=True)
    try:
        draw(found, target / PICTURE)
        row.pictures.append(PICTURE)
    except ImportError as error:
        row.fail("the picture", error)
    return row


if __name__ == "__main__":
    run_row(measure)
