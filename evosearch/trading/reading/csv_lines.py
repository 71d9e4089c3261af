"""Read a CSV file line by line: slower, but it can say which lines are wrong and why."""

from __future__ import annotations

import csv
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.reading.tables import CSV, Faults, Table, describe_zone, parses, scale_epoch


def read_csv_by_line(path: Path, places: list[int], n_columns: int, faults: Faults) -> Table:
    """As the fast way, noting every fault with its line.

    Raises
    ------
    DataError
        When there are faults.
    """
    times: list[float] = []
    zones: dict[str, int] = {}
    rows, lines = [], []
    with path.open(encoding="utf-8-sig", newline="", errors="backslashreplace") as file:
        reader = csv.reader(file)
        next(reader)
        try:
            for cells in reader:
                line = reader.line_num
                if not cells or cells == [""]:
                    continue
                if len(cells) != n_columns:
                    faults.add("ragged line", f"{len(cells)} columns instead of {n_columns}", line)
                    continue
                first, *others = (cells[place] for place in places)
                moment, zone = _parse_time(first)
                if moment is None:
                    faults.add("no time", f"{first[:40]!r} is no time", line)
                    continue
                zones.setdefault(zone, line)
                times.append(moment)
                lines.append(line)
                bad = [text for text in others if not parses(text)]
                for text in bad:
                    faults.add("no number", f"{text[:40]!r} is no number", line)
                rows.append([float(text) for text in others] if not bad else [])
        except csv.Error as error:
            faults.add("broken line", str(error), reader.line_num)
    if len(zones) > 1:
        places_of = ", ".join(f"{zone or 'no zone'} (line {line})" for zone, line in zones.items())
        faults.add("mixed time zones", f"time zones are mixed: {places_of}")
    stamps: NDArray[Any] = np.array(times, np.float64)
    words = describe_zone(next(iter(zones), ""))
    if "epoch" in zones:
        try:
            stamps, words = scale_epoch(stamps)
        except ValueError as error:
            faults.add("no time", str(error))
    faults.raise_if_any()
    columns = np.array(rows, np.float64).reshape(len(lines), len(places) - 1)
    values = tuple(np.ascontiguousarray(column) for column in columns.T)
    stamps = stamps.astype(np.int64)
    return Table(stamps, values, np.array(lines, np.int64), f"{CSV}, {words}")


def _parse_time(text: str) -> tuple[float | None, str]:
    """Microseconds (or an epoch number, zone "epoch") and the zone as written."""
    text = text.strip()
    if parses(text) and math.isfinite(float(text)) and not (len(text) == 8 and text.isdigit()):
        return float(text), "epoch"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None, ""
    known = moment.replace(tzinfo=moment.tzinfo or UTC)
    return round(known.timestamp() * 1_000_000), moment.strftime("%z")
