"""From column names, and from what a person says, to the places of prices and volume."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from evosearch.errors import DataError, did_you_mean
from evosearch.trading.reading.layout import Layout
from evosearch.trading.reading.recognition.advice import list_found, refuse, write_options
from evosearch.trading.reading.recognition.content import Values, is_turnover
from evosearch.trading.reading.recognition.grid import Grid
from evosearch.trading.reading.recognition.names import Name, is_money, normalise, read_name
from evosearch.trading.reading.recognition.symbols import refuse_several, refuse_symbol
from evosearch.trading.reading.tables import PRICES


@dataclass
class Columns:
    """Places from 0.

    Attributes
    ----------
    places : dict of str to int
        Of open, high, low, close and volume, as far as they are known.
    symbol : str
        What the names of the columns say of whom they are.
    notes : list of str
    """

    places: dict[str, int] = field(default_factory=dict)
    symbol: str = ""
    notes: list[str] = field(default_factory=list)


@dataclass
class _Group:
    """Columns that are called alike but for their role."""

    places: dict[str, list[int]] = field(default_factory=dict)

    def has_prices(self) -> bool:
        known = self.places.keys() | ({"close"} if "weak close" in self.places else set())
        return known >= set(PRICES)


def resolve(column: str | int, option: str, grid: Grid, path: Path, above: int) -> int:
    """The place of a column that a person named, from 0.

    Raises
    ------
    DataError
        There is no such column; the message says what was found.
    """
    found, said = grid.names, f"problem.layout.{option}"
    if isinstance(column, int):
        if column <= grid.n_columns:
            return column - 1
        shown = f"; found: {list_found(found)}" if found else ""
        raise refuse(
            path, above, f"{said} = {column}, but there are {grid.n_columns} columns{shown}.",
            "Positions are counted from 1.",
        )  # fmt: skip
    if not found:
        raise refuse(
            path, above,
            f"{said} = {column[:60]!r}, but the file has no header: name a position from 1, up "
            f"to {grid.n_columns}, such as",
            write_options(**{option.replace(".", "__"): 1}),
        )  # fmt: skip
    for same in (str.strip, lambda text: text.strip().casefold(), normalise):
        hits = [
            place
            for place in range(grid.n_columns)
            if any(same(row[place]) == same(column) for row in (found, *grid.headers))
        ]
        if len(hits) == 1:
            return hits[0]
        if hits:
            listed = ", ".join(str(place + 1) for place in hits[:10])
            raise refuse(
                path, above, f"{said}: several columns are called {column[:60]!r}: {listed}. "
                "Name the position:", write_options(**{option.replace(".", "__"): hits[0] + 1}),
            )  # fmt: skip
    hint = did_you_mean(column[:200], [name[:200] for name in found[:200] if name.strip()])
    raise refuse(
        path, above, f"{said}: no column is called {column[:60]!r}; found: {list_found(found)}.",
        hint if hint.startswith("Did") else "",
    )  # fmt: skip


def map_names(
    grid: Grid, taken: Collection[int], numbers: Values, layout: Layout, path: Path
) -> Columns:
    """Prices and volume by the names of their columns; without prices where none is known."""
    groups: dict[str, _Group] = {}
    volumes: list[tuple[int, Name]] = []
    adjusted: list[int] = []
    letters = {name.strip().lower() for name in grid.names if len(name.strip()) == 1}
    for place in range(grid.n_columns):
        if place in taken:
            continue
        name = _read_column(grid, place)
        if len(grid.names[place].strip()) == 1 and not letters >= {*"ohlc"}:
            name = Name()  # of columns called a, b, c the third is no close
        if name.role == "volume":
            volumes.append((place, name))
        elif name.role == "adjusted":
            adjusted.append(place)
        elif name.role:
            group = groups.setdefault(name.qualifier, _Group())
            group.places.setdefault(name.role, []).append(place)
    result = Columns()
    chosen = _choose_group(groups, layout, path)
    if chosen is None:
        return result
    qualifier, group = chosen
    result.symbol = qualifier if len(grid.headers) > 1 or len(groups) > 1 else ""
    given = layout.columns
    if "close" not in group.places and "close" not in given:
        weak = group.places.get("weak close", [])
        own = [p for p in adjusted if not qualifier or qualifier in _spell(grid, p)]
        if weak or own:
            group.places["close"] = weak[:1] or own[:1]
            result.notes.append(f"the close is taken from {_call(grid, group.places['close'][0])}")
    elif adjusted:
        result.notes.append(f"{_call(grid, adjusted[0])} is not used")
    for role in PRICES:
        hits = group.places.get(role, [])
        if len(hits) > 1 and role not in given:
            raise _refuse_twice(grid, role, hits, path)
        if hits:
            result.places[role] = hits[0]
    own_volumes = [v for v in volumes if v[1].qualifier in ("", qualifier)]
    if "volume" not in given:
        _choose_volume(grid, own_volumes or volumes, numbers, result)
    return result


def _read_column(grid: Grid, place: int) -> Name:
    """What the names of a column say together: one of them names the role, others a symbol."""
    cells = [row[place].strip() for row in grid.headers]
    if len(cells) == 1:
        return read_name(cells[0])
    for k, cell in enumerate(cells):
        name = read_name(cell)
        if name.role and not name.qualifier:
            rest = " ".join(text for n, text in enumerate(cells) if n != k and text)
            return Name(name.role, name.rank, None, False, rest)
    return Name()


def _choose_group(
    groups: dict[str, _Group], layout: Layout, path: Path
) -> tuple[str, _Group] | None:
    full = {name: group for name, group in groups.items() if group.has_prices()}
    if layout.symbol is not None and any(full):
        wanted = layout.symbol.strip().casefold()
        hits = [name for name in full if name.casefold() == wanted]
        if hits:
            return hits[0], full[hits[0]]
        if "" not in full:
            raise refuse_symbol(path, layout.symbol, full)
    if "" in full:
        return "", full[""]
    if len(full) > 1:
        raise refuse_several(path, full)
    if full:
        return next(iter(full.items()))
    # Names may be dressed differently, as in "Open", "High", "Low", "Close USD".
    merged = _Group()
    for group in groups.values():
        for role, places in group.places.items():
            merged.places.setdefault(role, []).extend(places)
    return ("", merged) if groups else None


def _choose_volume(
    grid: Grid, volumes: list[tuple[int, Name]], numbers: Values, result: Columns
) -> None:
    """The plainest name; of base and quote the base; of ticks only where nothing else counts."""
    if not volumes:
        return
    best = min(name.rank for _, name in volumes)
    hits = [place for place, name in volumes if name.rank == best]
    hits.sort(key=lambda place: is_money(grid.names[place]))
    place = hits[0]
    if len(hits) > 1 and {"high", "low"} <= result.places.keys():
        low, high = (numbers[:, result.places[role]] for role in ("low", "high"))
        for one in hits:
            if any(is_turnover(numbers[:, one], numbers[:, two], low, high) for two in hits):
                place = one
    ticks = [p for p, name in volumes if name.rank == 2]
    is_zero = best < 2 and not np.nan_to_num(numbers[:, place]).any()
    if is_zero and ticks and np.nan_to_num(numbers[:, ticks[0]]).any():
        place = ticks[0]
    result.places["volume"] = place
    if len(volumes) > 1 or read_name(grid.names[place]).rank == 2:
        result.notes.append(f"the volume is taken from {_call(grid, place)}")


def _call(grid: Grid, place: int) -> str:
    return list_found([_spell(grid, place)])


def _spell(grid: Grid, place: int) -> str:
    return grid.names[place] if grid.headers else f"column {place + 1}"


def _refuse_twice(grid: Grid, role: str, hits: list[int], path: Path) -> DataError:
    listed = ", ".join(f"{_call(grid, place)} ({place + 1})" for place in hits[:6])
    return refuse(
        path, None, f"{len(hits)} columns may be the {role}: {listed}. Name one:",
        write_options(**{f"columns__{role}": hits[0] + 1}),
    )  # fmt: skip
