"""The trades and the equity of one strategy as plain rows and as files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from evosearch.assemble.ranking.choosing import list_files
from evosearch.assemble.ranking.inputs import Paths, as_patterns, find_inputs
from evosearch.assemble.ranking.outputs import refuse_inputs, refuse_taken
from evosearch.errors import UsageError
from evosearch.shards.disk.files import write_atomically
from evosearch.shards.disk.spill import open_spill
from evosearch.system.typed_paths import expand_path, expand_target
from evosearch.trading.trades import REASONS
from evosearch.trading.window import DAY_US, write_moment

if TYPE_CHECKING:
    from evosearch.shards.viewing.exports import Sink
    from evosearch.trading.replay.replay import Part, Replay

# As files name the parts.
PARTS = {"in": "searched", "oos": "hold-out"}
COLUMNS = (
    "part", "entry_at_utc", "entry_price", "exit_at_utc", "exit_price", "reason", "notional",
    "fee", "profit", "n_bars", "cash",
)  # fmt: skip
EQUITY = ("at_utc", "part", "equity", "holding")
_CHUNK_ROWS = 50_000


def write_times(times_us: NDArray[np.int64]) -> list[str]:
    """Instants as ISO 8601 with a Z, to the second where all are whole seconds."""
    unit: Literal["us", "s"] = "us" if (times_us % 1_000_000).any() else "s"
    texts = np.datetime_as_string(times_us.astype("datetime64[us]"), unit=unit)
    return [f"{text}Z" for text in texts.tolist()]


def list_trades(played: Replay, part: Part) -> list[dict[str, Any]]:
    """The trades of one part as plain data, by the names of `COLUMNS`.

    Times are those at which bars begin: of the bar in which was bought, and of that in which was
    sold. A position sold in the bar that bought it was held for one bar.
    """
    trades, times = part.trades, played.bars.timestamp_us
    columns = (
        [PARTS[part.name]] * len(trades),
        write_times(times[trades.entry_bar]),
        trades.entry_price.tolist(),
        write_times(times[trades.exit_bar]),
        trades.exit_price.tolist(),
        [REASONS[reason] for reason in part.reasons.tolist()],
        trades.notional.tolist(),
        part.fees.tolist(),
        trades.outcome.tolist(),
        part.n_bars.tolist(),
        trades.cash.tolist(),
    )
    return [dict(zip(COLUMNS, row, strict=True)) for row in zip(*columns, strict=True)]


@dataclass(frozen=True)
class PartSheet:
    """The trades of one part, as a person reads them.

    Attributes
    ----------
    name : str
        ``in`` or ``oos``.
    since, until : str
        Its first and its last bar.
    money : float
        With which it begins.
    profit : float
    rows : list of dict
        As `list_trades` gives them.
    entries, exits : list of str
        When each was bought and sold, as short as the bars allow.
    """

    name: str
    since: str
    until: str
    money: float
    profit: float
    rows: list[dict[str, Any]]
    entries: list[str]
    exits: list[str]


def list_parts(played: Replay, n_parts: int) -> list[PartSheet]:
    """The trades of the first parts, for a table."""
    times = played.bars.timestamp_us
    unit = "D" if not (times % DAY_US).any() else "m" if not (times % 60_000_000).any() else "s"
    found = []
    for part in played.parts[:n_parts]:
        since, until = (write_moment(times[bar], unit) for bar in (part.begin, part.end - 1))
        money = played.initial_capital
        entries, exits = (
            [write_moment(times[bar], unit) for bar in bars.tolist()]
            for bars in (part.trades.entry_bar, part.trades.exit_bar)
        )
        rows = list_trades(played, part)
        profit = sum(row["profit"] for row in rows)
        found.append(PartSheet(part.name, since, until, money, profit, rows, entries, exits))
    return found


def write_trades(played: Replay, n_parts: int, sink: Sink) -> int:
    """Write the trades of the first parts as CSV; returns how many."""
    rows = [row for part in played.parts[:n_parts] for row in list_trades(played, part)]
    lines = (",".join(map(_write, row.values())) for row in rows)
    _write_lines(sink, COLUMNS, lines)
    return len(rows)


def write_equity(played: Replay, n_parts: int, sink: Sink) -> int:
    """Write the money at the close of each bar as CSV; returns how many rows."""
    parts = played.parts[:n_parts]
    _write_lines(sink, EQUITY, (line for part in parts for line in _list_equity(played, part)))
    return sum(part.end - part.begin for part in parts)


def _list_equity(played: Replay, part: Part) -> Iterator[str]:
    name = PARTS[part.name]
    for first in range(part.begin, part.end, _CHUNK_ROWS):
        last = min(part.end, first + _CHUNK_ROWS)
        columns = [
            each[first - part.begin : last - part.begin].tolist()
            for each in (part.equity, part.hold)
        ]
        times = write_times(played.bars.timestamp_us[first:last])
        for time, equity, hold in zip(times, *columns, strict=True):
            yield f"{time},{name},{equity!r},{hold!r}"


def _write(value: object) -> str:
    return repr(value) if isinstance(value, float) else str(value)


def _write_lines(sink: Sink, names: Sequence[str], lines: Iterable[str]) -> None:
    sink.write((",".join(names) + "\n").encode())
    batch: list[str] = []
    for line in lines:
        batch.append(line)
        if len(batch) == _CHUNK_ROWS:
            sink.write(("\n".join(batch) + "\n").encode())
            batch.clear()
    if batch:
        sink.write(("\n".join(batch) + "\n").encode())


def choose_outputs(
    outputs: Sequence[str | None], paths: Paths, results: str | Path, force: bool
) -> list[Path | None]:
    """Where files may be written, before anything is measured; None where none is asked for.

    Raises
    ------
    UsageError
        A name does not end in .csv, is taken, is an input, or is named twice.
    """
    found = [None if output is None else expand_target(output) for output in outputs]
    named = [path for path in found if path is not None]
    for path in named:
        if path.suffix.lower() != ".csv":
            raise UsageError(f"{path}: what is written is CSV. Let the name end in .csv.")
        refuse_taken(path, may_replace=force)
        if path.exists():
            patterns = as_patterns(paths)
            files = find_inputs(patterns) if patterns else list_files(expand_path(results))
            refuse_inputs(path, files)
    if len({*map(str, named)}) < len(named):
        raise UsageError(f"{named[0]} is named for both files. Choose two names.")
    return found


def refuse_bars(outputs: Iterable[Path | None], place: str) -> None:
    """Raise UsageError where a file of prices would be written over."""
    bars = [Path(place)] if place and Path(place).is_file() else []
    for path in outputs:
        if path is not None:
            refuse_inputs(path, bars)


def write_file(path: Path, fill: Callable[[Sink], object]) -> Path:
    """Write a file whole or not at all.

    Raises
    ------
    EnvironmentFailed
        Its folder or disk does not take it.
    """
    with open_spill(path.parent) as scratch:
        return write_atomically(path.parent, path.name, fill, scratch)
