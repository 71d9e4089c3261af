"""How things look: messages, tables that fit 80 columns, and JSON for machines.

Text that comes from data - names, errors, categories - is never read as markup and never
reaches the terminal with control characters in it.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import math
import os
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evosearch.texts import make_visible

_NARROWEST = 20
_PASTED = re.compile(r"(next|shard|profile|printed|merged|export) |.*\bevosearch ")
# Beside the words with which lines begin: run, search, best, next.
_INDENT = " " * 9


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to `command`: rich would end with code 1, which means that nothing matched."""
        raise BrokenPipeError


def make_console(stderr: bool = False) -> Console:
    """A console that treats data as data."""
    console = _Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if console.width < _NARROWEST:
        console.width = 80 if console.width < 1 else _NARROWEST
    return console


def print_error(message: str) -> None:
    """A message for a person, on stderr."""
    console = make_console(stderr=True)
    lines = make_visible(message, keep="\n").split("\n") or [""]
    console.print(Text.assemble(("error: ", "bold red"), lines[0]), soft_wrap=True)
    for line in lines[1:]:
        console.print(Text(f"  {line}"), soft_wrap=True)


def print_warning(message: str) -> None:
    """Something a person should know, on stderr."""
    console = make_console(stderr=True)
    console.print(Text.assemble(("note: ", "bold yellow"), make_visible(message)), soft_wrap=True)


def print_skipped(skipped: Iterable[str], notes: Iterable[str]) -> None:
    """Files that could not be used, and what is known beside what was shown."""
    for text in (*(f"skipped {text}" for text in skipped), *notes):
        print_warning(text)


def print_lines(lines: Iterable[str], stderr: bool = False) -> None:
    """Plain lines on stdout, or on stderr."""
    console = make_console(stderr)
    for line in lines:
        console.print(Text(make_visible(line)), soft_wrap=True)


def wrap_words(lines: Iterable[str], console: Console) -> Iterator[str]:
    """Lines for people, broken between words where a terminal would break them anywhere.

    What may be pasted stays in one piece, and so does everything that is no terminal's.
    """
    for line in lines:
        if not console.is_terminal or len(line) <= console.width or _PASTED.match(line):
            yield line
        else:
            indent = _INDENT if line[len(_INDENT) - 1 : len(_INDENT)] == " " else ""
            yield from textwrap.wrap(
                line, console.width, subsequent_indent=indent,
                break_long_words=False, break_on_hyphens=False,
            )  # fmt: skip


def print_marked(mark: str, style: str, text: str) -> None:
    """A line on stdout that begins with a mark in colour."""
    make_console().print(Text.assemble((mark, style), " ", make_visible(text)), soft_wrap=True)


@contextlib.contextmanager
def hold_stdout() -> Iterator[None]:
    """Keep stdout for what we say: a user's code that prints meanwhile, in C too, prints to stderr.

    Without one of the two streams nothing changes.
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


def print_json(command: str, data: object, warnings: Sequence[str] = ()) -> None:
    """One object on one line of stdout; numbers that JSON does not know become null."""
    whole = {"schema_version": 1, "command": command, "data": data, "warnings": list(warnings)}
    try:
        line = json.dumps(whole, ensure_ascii=True, allow_nan=False, default=str)
    except ValueError:
        line = json.dumps(_finite(whole), ensure_ascii=True, allow_nan=False, default=str)
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, (list, tuple)) else value


def print_table(
    headers: Sequence[str],
    rows: Iterable[Sequence[str]],
    texts: Iterable[str] = (),
    is_wide: bool = False,
    spare: Iterable[str] = (),
) -> None:
    """A table; the columns named in `texts` stand to the left, numbers to the right.

    Where a line would be longer than the terminal, the columns in `spare` are left out one by one,
    then texts are folded, numbers never; nothing is when the table `is_wide` because somebody
    chose its columns.
    """
    rows = [[make_visible(cell) for cell in row] for row in rows]
    shown = _choose_columns(headers, rows, make_console().width, () if is_wide else spare)
    headers = [headers[place] for place in shown]
    rows = [[row[place] for place in shown] for row in rows]
    table = Table(box=None, pad_edge=False)
    on_left = set(texts)
    for header in headers:
        is_text = header in on_left
        table.add_column(
            Text(make_visible(header)),
            justify="left" if is_text else "right",
            overflow="fold",
            no_wrap=is_wide or not is_text,
            header_style="bold",
        )
    for row in rows:
        table.add_row(*map(Text, row))
    console = make_console()
    if is_wide:
        console.width = max(console.width, console.measure(table).maximum)
    # Rich fills every line up with blanks.
    for line in console.render_lines(table, pad=False):
        pieces = [(piece.text, piece.style or "") for piece in line]
        while pieces and not pieces[-1][0].rstrip():
            pieces.pop()
        if pieces:
            pieces[-1] = (pieces[-1][0].rstrip(), pieces[-1][1])
        console.print(Text.assemble(*pieces), soft_wrap=True)


def _choose_columns(
    headers: Sequence[str], rows: Sequence[Sequence[str]], width: int, spare: Iterable[str]
) -> list[int]:
    """Places of the columns that a line has room for."""
    widths = [max(map(len, cells)) for cells in zip(headers, *rows, strict=True)]
    shown = [*range(len(headers))]
    for name in spare:
        if sum(widths[place] + 2 for place in shown) - 2 <= width:
            break
        shown = [place for place in shown if headers[place] != name]
    return shown


def print_markdown(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table in Markdown."""
    for cells in (headers, ["---"] * len(headers), *rows):
        escaped = (make_visible(cell).replace("\\", "\\\\").replace("|", "\\|") for cell in cells)
        sys.stdout.write("| " + " | ".join(escaped) + " |\n")
    sys.stdout.flush()


def shorten_middle(text: str, width: int) -> str:
    """A long name with its middle left out: its beginning and its end tell names apart."""
    text = make_visible(text)
    if len(text) <= width:
        return text
    tail = (width - 3) // 2
    return f"{text[: width - 3 - tail]}...{text[len(text) - tail :]}"


def format_value(name: str, value: object) -> str:
    """A recorded value as a person reads it: fractions as percent, undefined as a dash."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        from evosearch.assemble.metrics import find_metric

        metric = find_metric(name)
        if metric.name.endswith("_frac"):
            text, unit = f"{100 * value:.2f}", " %"
        elif metric.is_money:
            text, unit = f"{value:,.2f}", ""
        else:
            text, unit = f"{value:,.4g}" if abs(value) >= 1e5 else f"{value:.4f}", ""
        # What rounds to zero has no sign.
        return (text if text.strip("-0.") else text.removeprefix("-")) + unit
    return str(value)


def name_state(best: dict[str, Any]) -> str:
    """Why the best row is no good one: infeasible, or how its evaluation ended."""
    return "infeasible" if best["status"] == "ok" else str(best["status"])
