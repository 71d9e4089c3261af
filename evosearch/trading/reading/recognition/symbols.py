"""Several symbols in one file: which column names them, and what is said of too many."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from evosearch.errors import DataError
from evosearch.trading.reading.recognition.advice import list_found, refuse, write_options
from evosearch.trading.reading.recognition.cells import is_number
from evosearch.trading.reading.recognition.grid import Grid
from evosearch.trading.reading.recognition.names import normalise, read_name

N_NAMED = 10
_CODES = frozenset({"code", "ticker", "symbol", "sym", "tic", "stock", "security", "wkn"})
_TICKER = re.compile(r"(?=.*[A-Z])[A-Z0-9./:_^=&-]{2,30}", re.ASCII)


def refuse_several(path: Path, symbols: Iterable[str]) -> DataError:
    """The error for a file of several symbols, given in its order, of which none is chosen."""
    found = list(dict.fromkeys(symbol.strip() for symbol in symbols))
    more = f" and {len(found) - N_NAMED:,} more" if len(found) > N_NAMED else ""
    return refuse(
        path, None,
        f"the file holds {len(found):,} symbols; found: {list_found(found[:N_NAMED])}{more}. "
        "Choose one of them, for example:",
        write_options(symbol=found[0]),
    )  # fmt: skip


def refuse_symbol(path: Path, wanted: str, symbols: Iterable[str]) -> DataError:
    """The error for a symbol that the file does not hold."""
    found = list(dict.fromkeys(symbol.strip() for symbol in symbols))
    shown = f"found: {list_found(found[:N_NAMED])}" if found else "no column names a symbol"
    remedies = [write_options(symbol=found[0])] if found else ["Leave problem.layout.symbol out."]
    return refuse(path, None, f"symbol = {wanted!r} is not in the file; {shown}.", *remedies)


def find_symbol_column(grid: Grid, taken: Collection[int], times: tuple[int, ...]) -> int | None:
    """The column that names a symbol in each row.

    Without names it is a column of tickers: always the same, or several for one time.
    """
    free = [place for place in range(grid.n_columns) if place not in taken]
    if grid.headers:
        named = [
            place
            for place in free
            if any(read_name(row[place]).is_symbol for row in grid.headers) and grid.columns[place]
        ]
        texts = [place for place in named if not all(map(is_number, grid.columns[place]))]
        # Stocks of some exchanges are numbers; an id may be anything.
        codes = [place for place in named if _is_code(grid, place)]
        return next(iter(texts or codes), None)
    for place in free:
        cells = grid.columns[place]
        if not cells or not all(_TICKER.fullmatch(cell.strip()) for cell in cells):
            continue
        if all(map(is_number, cells)) or len(cells) < len(grid.rows):
            continue
        names = {cell.strip() for cell in cells}
        if len(names) == 1 or (len(names) < len(cells) and _repeats_times(grid, place, times)):
            return place
    return None


def _is_code(grid: Grid, place: int) -> bool:
    """Whether numbers are called a code or a ticker, and are written as such."""
    words = {word for row in grid.headers for word in normalise(row[place]).split()}
    is_whole = all(cell.strip().isdigit() for cell in grid.columns[place])
    return is_whole and bool(words & _CODES) and not words & {"id", "unique"}


def _repeats_times(grid: Grid, place: int, times: tuple[int, ...]) -> bool:
    """Whether one time stands beside several names."""
    seen: dict[tuple[str, ...], set[str]] = {}
    for row in grid.rows:
        seen.setdefault(tuple(row[each] for each in times), set()).add(row[place].strip())
    return any(len(names) > 1 for names in seen.values())
