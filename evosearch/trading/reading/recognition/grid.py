"""Lines of a text as rows of cells: the separator, the names above the prices, and the first row.

A line that is above the prices and holds no four numbers is passed over, such as a title or an
address.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from evosearch.trading.reading.layout import MAX_POSITION, SEPARATORS, Layout
from evosearch.trading.reading.missing import is_missing
from evosearch.trading.reading.recognition.advice import (
    list_found,
    refuse,
    show_cell,
    write_options,
)
from evosearch.trading.reading.recognition.cells import find_time_kind, is_number
from evosearch.trading.reading.recognition.names import count_roles, read_name

_MAX_ABOVE = 60
_LEAST_ROLES = 3
_MAX_SHOWN = 80
# Of lines to find the separator by, of a line's characters, of rows and cells to know columns by.
_N_TRIED, _MAX_LINE, _LEAST_KEPT, _MAX_CELLS = 100, 1_000_000, 20, 60_000
_LABELS = frozenset(
    ("price", "ticker", "tickers", "symbol", "date", "datetime", "index", "attributes")
)


@dataclass(frozen=True)
class Grid:
    """A file as rows of cells.

    Attributes
    ----------
    rows : tuple of rows of str
        With prices, each of `n_columns` cells; those of the end of the file are among them.
    headers : tuple of rows of str
        The rows of names, none for a file without.
    n_columns : int
    separator : str
        Empty for an Arrow table.
    first_line : int
        Of the first row with prices, counted from 1.
    above : tuple of str
        Lines that were passed over.
    """

    rows: tuple[tuple[str, ...], ...]
    headers: tuple[tuple[str, ...], ...]
    n_columns: int
    separator: str = ""
    first_line: int = 1
    above: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """One name for each column: the last of its cells that is not empty."""
        columns = zip(*self.headers, strict=True) if self.headers else ()
        if len(self.headers) == 1:
            return self.headers[0]
        return tuple(
            " ".join(dict.fromkeys(c.strip() for c in cells if c.strip())) for cells in columns
        )

    @cached_property
    def columns(self) -> tuple[tuple[str, ...], ...]:
        """The cells of each column that hold a value."""
        return tuple(
            tuple(row[place] for row in self.rows if not is_missing(row[place]))
            for place in range(self.n_columns)
        )


def split_line(line: str, separator: str) -> tuple[str, ...]:
    """One line as cells; quotes are taken away."""
    if separator == " ":
        return tuple(line.split())
    try:
        found = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        return ()
    return tuple(found)


def is_data(cells: tuple[str, ...]) -> bool:
    """Whether a row looks like prices: four numbers, or a time and missing values."""
    if not 4 <= len(cells) <= MAX_POSITION:
        return False
    n_numbers = sum(islice((1 for cell in cells if is_number(cell)), 4))
    if n_numbers >= 4:
        return not _is_count(cells)
    n_missing = sum(map(is_missing, cells))
    return n_numbers + n_missing >= 5 and any(map(find_time_kind, cells))


def _is_count(cells: tuple[str, ...]) -> bool:
    """Whether these are the names 0, 1, 2, ... that tables get for want of others."""
    return cells[:1] == ("0",) and list(cells) == [str(place) for place in range(len(cells))]


def find_grid(lines: Sequence[str], tail: Sequence[str], layout: Layout, path: Path) -> Grid:
    """The rows of a text.

    Raises
    ------
    DataError
        No row of prices and no names are found, or an option contradicts the text.
    """
    if not lines:
        raise refuse(path, 1, "the first line is too long to be names or a bar.")
    n_skipped = layout.skip_rows or 0
    if n_skipped >= len(lines):
        raise refuse(
            path, len(lines), f"the file ends within the {n_skipped} lines of skip_rows.",
            write_options(skip_rows=0),
        )  # fmt: skip
    marks = [layout.separator] if layout.separator else [*SEPARATORS]
    longest = max(range(len(lines)), key=lambda k: len(lines[k]))
    if len(lines[longest]) > _MAX_LINE:
        text = f"a line of {len(lines[longest]):,} characters is no bar"
        raise refuse(path, longest + 1, f"{text}; found: {show_cell(lines[longest], _MAX_SHOWN)}.")
    scores = {}
    for mark in marks:
        rows = [split_line(line, mark) for line in lines[n_skipped : n_skipped + _N_TRIED]]
        n_roles = max(map(count_roles, rows[:_MAX_ABOVE]), default=0)
        scores[mark] = sum(map(is_data, rows)), n_roles
    mark = max(scores, key=lambda each: scores[each])
    score = scores[mark]
    rows = [split_line(line, mark) for line in lines[n_skipped:]]
    if score[0] == 0 and score[1] < _LEAST_ROLES and not layout.header:
        raise _refuse_lines(path, lines, n_skipped, layout)
    if mark == " ":
        _refuse_blanks(path, lines, n_skipped)
    return _build(path, mark, rows, lines, tail, layout)


def _refuse_blanks(path: Path, lines: Sequence[str], n_skipped: int) -> None:
    """Raise where columns are kept apart by several blanks: that is no mark."""
    for number, line in enumerate(lines[n_skipped:], start=n_skipped + 1):
        if is_data(split_line(line, " ")) and (line != line.strip() or "  " in line):
            raise refuse(
                path, number, "several blanks stand between its columns; put one mark there. "
                "On a Mac or Linux, with your own file names:",
                "sed -E 's/^ +//; s/ +$//; s/ +/,/g' in.txt > out.csv",
            )  # fmt: skip


def _build(
    path: Path,
    mark: str,
    rows: list[tuple[str, ...]],
    lines: Sequence[str],
    tail: Sequence[str],
    layout: Layout,
) -> Grid:
    n_skipped = layout.skip_rows or 0
    first = next((k for k, row in enumerate(rows) if is_data(row)), len(rows))
    begin, end = _find_header(rows, first, layout)
    if layout.header is True and begin == end:
        shown = show_cell(lines[n_skipped + first], _MAX_SHOWN)
        raise refuse(
            path, n_skipped + first + 1, f"header = true, but here are prices: {shown}.",
            write_options(header="false"),
        )  # fmt: skip
    if layout.header is False and begin < end:
        if count_roles(rows[begin]) >= 2:
            shown = show_cell(lines[n_skipped + begin], _MAX_SHOWN)
            raise refuse(
                path, n_skipped + begin + 1, f"header = false, but here are names: {shown}.",
                write_options(header="true"), "or, to pass over them:",
                write_options(header="false", skip_rows=n_skipped + end),
            )  # fmt: skip
        begin = end
    is_named = begin < end
    start = end if is_named else 0 if layout.skip_rows is not None else first
    data = [row for row in rows[start:] if is_data(row)]
    widths = Counter(map(len, data))
    n_header = len(rows[begin]) if is_named else 0
    n_columns = widths.most_common(1)[0][0] if widths else n_header
    last = [split_line(line, mark) for line in tail]
    if n_columns == n_header + 1 > 1 and all(not row[-1].strip() for row in data):
        n_columns = n_header  # each line ends in a mark: its last cell has no name
        data, last = [row[:n_columns] for row in data], [row[:n_columns] for row in last]
    n_most = max(_LEAST_KEPT, _MAX_CELLS // max(n_columns, 1))
    data = [row for row in data if len(row) == n_columns][:n_most]
    kept = [*data, *(row for row in filter(is_data, last) if len(row) == n_columns)]
    if (
        is_named
        and 1 < n_header < n_columns
        and (n_header < n_columns - 1 or _starts_in_time(rows[begin]))
    ):
        text = f"the header names {n_header} columns, the rows below have {n_columns}; found: "
        text += f"{list_found(rows[begin])}. "
        if n_columns > n_header + n_header // 2:
            text += f"Is a {SEPARATORS[mark]} also a decimal mark? Then put such numbers in quotes."
            raise refuse(path, n_skipped + begin + 1, text)
        raise refuse(
            path, n_skipped + begin + 1, f"{text}Name the others there, or pass over the names:",
            write_options(header="false", skip_rows=n_skipped + end),
        )  # fmt: skip
    if layout.skip_rows is None:
        _check_above(path, mark, lines[: begin if is_named else start])
    headers = [_fit(row, n_columns) for row in rows[begin:end]]
    return Grid(
        tuple(kept), tuple(headers), n_columns, mark, n_skipped + start + 1,
        tuple(lines[: n_skipped + (begin if is_named else start)]),
    )  # fmt: skip


def _check_above(path: Path, mark: str, above: Sequence[str]) -> None:
    """Refuse a file whose first lines hold prices or names that are not divided as the others."""
    for number, line in enumerate(above):
        plain = line.replace('"', "")
        if plain != line and count_roles(split_line(plain, mark)) >= _LEAST_ROLES:
            text = "a quote that is not closed makes one cell of the names. Remove it; found: "
            raise refuse(path, number + 1, f"{text}{show_cell(line, _MAX_SHOWN)}.")
    rows = [(k, other, split_line(line, other)) for k, line in enumerate(above)
            for other in SEPARATORS.keys() - {mark, " "}]  # fmt: skip
    holds_prices = any(is_data(cells) for _, _, cells in rows)
    for number, other, cells in rows:
        if is_data(cells) or count_roles(cells) >= _LEAST_ROLES:
            option = write_options(header="false", skip_rows=len(above))
            raise refuse(
                path, number + 1,
                f"this line is separated by {SEPARATORS[other]}s, those below by "
                f"{SEPARATORS[mark]}s; found: {show_cell(above[number], _MAX_SHOWN)}. Write all "
                "lines in one way.",
                *([] if holds_prices else ["Or pass over the lines above the prices:", option]),
            )  # fmt: skip


def _find_header(rows: list[tuple[str, ...]], first: int, layout: Layout) -> tuple[int, int]:
    """Where the rows of names begin and end, counted within the rows; equal for none."""
    n_above = min(first, _MAX_ABOVE)
    counts = [count_roles(row) for row in rows[:n_above]]
    best = max(range(n_above), key=lambda k: (counts[k], k), default=-1)
    if layout.skip_rows is not None and layout.header and n_above:
        best = 0
    elif best >= 0 and counts[best] < 2:
        # Names in a language that is not known stand right above the prices.
        above = rows[n_above - 1]
        width = len(rows[first]) if first < len(rows) else len(above)
        is_named = len(above) in (width, width - 1) and width > 1 and not any(map(is_number, above))
        is_named = is_named or (_is_count(above) and len(above) == width)
        best = n_above - 1 if is_named or layout.header else -1
    if best < 0:
        return 0, 0
    begin, end = best, best + 1
    while end - begin < 3 and end < n_above and _is_label_row(rows[end], len(rows[best])):
        end += 1
    while end - begin < 3 and begin > 0 and _is_label_row(rows[begin - 1], len(rows[best])):
        begin -= 1
    return begin, end


def _is_label_row(row: Sequence[str], width: int) -> bool:
    """One of several rows of names: its first cell says of what, as yfinance writes it."""
    if len(row) != width or any(map(is_number, row)):
        return False
    cells = [cell.strip().lower() for cell in row]
    return not _LABELS.isdisjoint(cells[:2]) or (not cells[0] and all(cells[1:]))


def _fit(row: tuple[str, ...], width: int) -> tuple[str, ...]:
    """Names for each column, also of a table whose first has none."""
    return row[:width] if len(row) >= width else (*("",) * (width - len(row)), *row)


def _starts_in_time(row: Sequence[str]) -> bool:
    return bool(row) and read_name(row[0]).time_rank in (0, 1)


def _refuse_lines(path: Path, lines: Sequence[str], n_skipped: int, layout: Layout) -> Exception:
    line = next((k for k, text in enumerate(lines) if k >= n_skipped and text.strip()), n_skipped)
    shown = show_cell(lines[line], _MAX_SHOWN)
    if layout.separator:
        word = SEPARATORS[layout.separator]
        for mark, name in SEPARATORS.items():
            if any(is_data(split_line(text, mark)) for text in lines[n_skipped:]):
                return refuse(
                    path, line + 1,
                    f"separated by {word}s, no line holds four prices; found: {shown}.",
                    write_options(separator=name),
                )  # fmt: skip
    return refuse(
        path, line + 1,
        f"no line holds a time and four prices; found: {shown}.",
        "Bars are read: a line each, with a time, open, high, low, close and, if there is one, a "
        "volume, separated by commas, semicolons, tabs or pipes.",
        "Closes alone, single trades and pages of the web hold none.",
    )  # fmt: skip
