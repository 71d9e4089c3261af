"""RESULTS.md from the results of all rows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.harness import format_ratio

# A load of so much of each core, before a row began, belongs to something else.
BUSY = 0.5
_VERDICTS = {True: "held", False: "**not held**", None: "-"}


def write(results: Path, folder: Path) -> Path:
    """Write RESULTS.md into a folder from every JSON file of another.

    Parameters
    ----------
    results : Path
        Where the rows' files are.
    folder : Path
        Where RESULTS.md and the pictures are.

    Returns
    -------
    Path
    """
    rows = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(results.glob("*.json"))]
    path = folder / "RESULTS.md"
    path.write_text(render(rows), encoding="utf-8")
    return path


def render(rows: list[dict[str, Any]]) -> str:
    """RESULTS.md as text."""
    parts = ["# Results", "", "Written by `make bench`; [how it is measured](README.md).", ""]
    parts += _machines(rows)
    parts += ["", "| row | ours | peer | ratio | target | |", "|---|---|---|---|---|---|"]
    for row in rows:
        for claim in row["claims"]:
            parts.append(
                _line(
                    [
                        f"[{row['row'].removeprefix('row')}](#{_anchor(row)}) {row['title']}",
                        claim["ours"],
                        claim["peer"],
                        format_ratio(claim["ratio"]),
                        claim["target"],
                        _VERDICTS[claim["holds"]],
                    ]
                )
            )
        for peer, reason in row["failures"].items():
            label = f"[{row['row'].removeprefix('row')}](#{_anchor(row)}) {row['title']}"
            parts.append(_line([label, "-", peer, "-", "-", f"**failed**: {reason}"]))
    for row in rows:
        parts += ["", f"## {_heading(row)}", "", row["what"], ""]
        if row["lines"]:
            parts += [_line(row["columns"]), _line(["---"] + ["---:"] * (len(row["columns"]) - 1))]
            parts += [_line(line) for line in row["lines"]]
        for name in row["pictures"]:
            parts += ["", f"![{row['title']}]({name})"]
        if row["failures"] or row["notes"]:
            parts.append("")
        parts += [f"- {peer} failed: {reason}" for peer, reason in row["failures"].items()]
        parts += [f"- {note}" for note in row["notes"]]
        parts += ["", f"Measured {row['measured_utc']}{_circumstances(row)}."]
    return "\n".join(parts) + "\n"


def _machines(rows: Iterable[dict[str, Any]]) -> list[str]:
    """Each machine that took part, with the rows it measured if there are several."""
    seen: dict[str, list[str]] = {}
    for row in rows:
        machine = row["machine"]
        versions = ", ".join(f"{name} {v}" for name, v in machine["versions"].items())
        text = (
            f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
            f"{machine['system']}, {machine['python']}; {versions}."
        )
        seen.setdefault(text, []).append(row["row"])
    if len(seen) == 1:
        return list(seen)
    return [f"- {', '.join(names)}: {text}" for text, names in seen.items()]


def _circumstances(row: dict[str, Any]) -> str:
    text = ""
    if row["took_s"] is not None:
        text += f" in {row['took_s']:.0f} s"
    if row["load_before"] is not None:
        text += f", load before {row['load_before']:.2f}"
        if row["load_before"] > BUSY * row["machine"]["cores"]:
            text += " (**a busy machine: measure again at rest**)"
    return text


def _heading(row: dict[str, Any]) -> str:
    return f"{row['row'].removeprefix('row').lstrip('0')} {row['title']}"


def _anchor(row: dict[str, Any]) -> str:
    """As GitHub makes anchors of headings."""
    kept = (char for char in _heading(row).lower() if char.isalnum() or char in " -_")
    return "".join(kept).replace(" ", "-")


def _line(cells: Iterable[Any]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
