"""How things look: messages, tables that fit 80 columns, and JSON for machines.

Text from data (names, errors, categories) is never read as markup. Its control characters are
written out as escapes.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evosearch.cli.painting import Painted
from evosearch.cli.wrapping import wrap_line
from evosearch.plain import make_finite
from evosearch.texts import make_visible

_NARROWEST = 20


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to `command`: rich would end with code 1, which means that nothing matched."""
        raise BrokenPipeError


def make_console(stderr: bool = False) -> Console:
    """Return a console that reads no markup in data."""
    console = _Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if console.width < _NARROWEST:
        console.width = 80 if console.width < 1 else _NARROWEST
    return console


def print_error(message: str) -> None:
    """Print an error message on stderr."""
    console = make_console(stderr=True)
    first, *others = make_visible(message, keep="\n").split("\n") or [""]
    _print_behind(console, "error:", "bold red", f" {first}")
    for line in wrap_words((f"  {line}" for line in others), console):
        console.print(Text(line), soft_wrap=True)


def print_warning(*messages: str) -> None:
    """Print notes on stderr."""
    console = make_console(stderr=True)
    for text in messages:
        _print_behind(console, "note:", "bold yellow", f" {text}")


def print_skipped(skipped: Iterable[str], notes: Iterable[str]) -> None:
    """Print which files were skipped, and further notes, on stderr."""
    print_warning(*(f"skipped {text}" for text in skipped), *notes)


def print_lines(*lines: str, stderr: bool = False) -> None:
    """Print lines on stdout, or on stderr, each broken between words where a terminal is narrow.

    A `Painted` one has its colour.
    """
    console = make_console(stderr)
    for line in wrap_words(lines, console):
        console.print(_make_text(line), soft_wrap=True)


def _make_text(text: str) -> Text:
    """A text of data, in its style where it is a `Painted` one."""
    shown = Text(make_visible(text))
    if isinstance(text, Painted):
        shown.stylize(text.style, text.start)
    return shown


def wrap_words(lines: Iterable[str], console: Console, margin: str | None = None) -> Iterator[str]:
    """Break long lines between words, as a terminal does not.

    Output that is not for a terminal is not broken. What goes on stands under the text of the
    first line, or behind a `margin`.
    """
    for line in lines:
        yield from wrap_line(line, console.width, margin) if console.is_terminal else [line]


def print_marked(mark: str, style: str, text: str) -> None:
    """Print a line on stdout that begins with a coloured mark."""
    _print_behind(make_console(), mark, style, f" {text}")


def _print_behind(console: Console, mark: str, style: str, text: str) -> None:
    """Print a line that begins with a mark in another style."""
    for place, line in enumerate(wrap_words([f"{mark}{make_visible(text)}"], console)):
        shown = Text(line)
        if place == 0:
            shown.stylize(style, 0, len(mark))
        console.print(shown, soft_wrap=True)


@contextlib.contextmanager
def hold_stdout() -> Iterator[None]:
    """Send what a user's code prints meanwhile to stderr, also from C.

    If one of the two streams does not exist, nothing changes.
    """
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    kept = None
    with contextlib.suppress(OSError):
        kept = os.dup(1)
        os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        with contextlib.suppress(OSError, TypeError, AttributeError):
            ctypes.CDLL(None).fflush(None)  # what C code has printed waits in a buffer of its own
        if kept is not None:
            with contextlib.suppress(OSError):
                os.dup2(kept, 1)
            os.close(kept)


def print_json(command: str, data: object, warnings: Sequence[str] = (), **beside: object) -> None:
    """Print one JSON object on one line of stdout. NaN and infinity become null.

    What is ``beside`` the data has a key of its own, for data that is a list.
    """
    whole = {"schema_version": 1, "command": command, "data": data, "warnings": list(warnings)}
    whole |= beside
    try:
        line = json.dumps(whole, ensure_ascii=True, allow_nan=False, default=str)
    except ValueError:
        line = json.dumps(make_finite(whole), ensure_ascii=True, allow_nan=False, default=str)
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def print_table(
    headers: Sequence[str],
    rows: Iterable[Sequence[str]],
    texts: Iterable[str] = (),
    is_wide: bool = False,
    spare: Iterable[str] = (),
) -> list[str]:
    """Print a table; return the headers that are shown.

    Columns in `texts` are aligned left, numbers right. A cell may be `Painted`.
    If a line is longer than the terminal, headers are broken between words, then the columns in
    `spare` are left out one by one. Then texts are folded, but not numbers. A table that `is_wide`
    is printed in full.
    """
    cells = [[_make_text(cell) for cell in row] for row in rows]
    width = max(make_console().width, 10**6 * is_wide)
    tops = _break_headers(headers, cells, width)
    shown = _choose_columns(headers, tops, cells, width, spare)
    headers = [headers[place] for place in shown]
    n_lines = max((tops[place].count("\n") for place in shown), default=0)
    table = Table(box=None, pad_edge=False)
    on_left = set(texts)
    for header, place in zip(headers, shown, strict=True):
        is_text = header in on_left
        table.add_column(
            # The headers stand on one line, and so do the first lines of folded cells.
            Text("\n" * (n_lines - tops[place].count("\n")) + tops[place]),
            justify="left" if is_text else "right",
            overflow="fold",
            no_wrap=is_wide or not is_text,
            header_style="bold",
        )
    for row in cells:
        table.add_row(*(row[place] for place in shown))
    console = make_console()
    if is_wide:
        console.width = max(console.width, console.measure(table).maximum)
    # Rich fills every line up with blanks.
    for line in console.render_lines(table, pad=False):
        text = Text.assemble(*((piece.text, piece.style or "") for piece in line))
        text.rstrip()
        console.print(text, soft_wrap=True)
    return [*headers]


def _break_headers(headers: Sequence[str], rows: Sequence[Sequence[Text]], width: int) -> list[str]:
    """Return headers that are no wider than their columns must be, if the line is too long."""
    shown = [make_visible(header) for header in headers]
    if _measure(_find_widths(shown, rows)) <= width:
        return shown
    least = _find_widths([max(header.split(), key=len, default="") for header in shown], rows)
    return [
        "\n".join(textwrap.wrap(header, max(n, 1), break_on_hyphens=False))
        for header, n in zip(shown, least, strict=True)
    ]


def _find_widths(headers: Sequence[str], rows: Sequence[Sequence[Text]]) -> list[int]:
    lines = [max(map(len, header.split("\n"))) for header in headers]
    columns = zip(*rows, strict=True) if rows else [()] * len(lines)
    return [max([n, *map(len, cells)]) for n, cells in zip(lines, columns, strict=True)]


def _measure(widths: Sequence[int]) -> int:
    """Return how long a line of columns is, with two blanks between them."""
    return sum(widths) + 2 * (len(widths) - 1)


def _choose_columns(
    headers: Sequence[str],
    tops: Sequence[str],
    rows: Sequence[Sequence[Text]],
    width: int,
    spare: Iterable[str],
) -> list[int]:
    """Return the places of the columns that fit in a line, with these headers as they look."""
    widths = _find_widths(tops, rows)
    shown = [*range(len(headers))]
    for name in spare:
        if _measure([widths[place] for place in shown]) <= width:
            break
        shown = [place for place in shown if headers[place] != name]
    return shown


def print_markdown(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table in Markdown."""
    for cells in (headers, ["---"] * len(headers), *rows):
        escaped = (make_visible(cell).replace("\\", "\\\\").replace("|", "\\|") for cell in cells)
        sys.stdout.write("| " + " | ".join(escaped) + " |\n")
    sys.stdout.flush()


def shorten_middle(text: str, width: int) -> str:
    """Leave out the middle of a long name. Its beginning and end tell names apart."""
    text = make_visible(text)
    if len(text) <= width:
        return text
    tail = (width - 3) // 2
    return f"{text[: width - 3 - tail]}...{text[len(text) - tail :]}"


def format_value(name: str, value: object, language: str = "en") -> str:
    """A recorded value as a person reads it: fractions as percent, undefined as a dash."""
    from evosearch.report import sentences

    if value is None:
        return "-"
    if isinstance(value, bool):
        return sentences.say("common.yes" if value else "common.no", language)
    if isinstance(value, int):  # an id is a name, to be copied
        return str(value) if name.endswith("_id") else sentences.show_integer(value, language)
    if isinstance(value, float):
        from evosearch.assemble.metrics import find_metric

        metric = find_metric(name)
        if metric.is_share:
            return sentences.show_percent(value, language, 2)
        if metric.is_money:
            return sentences.show_decimal(value, language, 2)
        if abs(value) >= 1e5:
            return sentences.show_value(float(f"{value:.4g}"), language)
        return sentences.show_decimal(value, language, metric.n_decimals)
    return str(value)


def name_row(row: dict[str, Any]) -> str:
    """The id of a row, with what it lacks to count, or how its evaluation ended."""
    if row["status"] != "ok":
        return f"{row['genome_id']}  {row['status']}: {row['error']}"
    if row["feasible"]:
        return str(row["genome_id"])
    reasons = row.get("reasons") or [f"misses the limits by {row['violation']:.4g}"]
    return f"{row['genome_id']}  {'; '.join(reasons)}"
