"""How things look: messages, tables that fit 80 columns, and JSON for machines.

Text that comes from data - names, errors, categories - is never read as markup and never
reaches the terminal with control characters in it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def make_console(stderr: bool = False) -> Console:
    """A console that treats data as data."""
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False)


def plain(value: Any) -> str:
    r"""Text with control and direction characters made visible as ``\xNN``."""
    return "".join(
        f"\\x{ord(char):02x}"
        if (ord(char) < 32 and char not in "\t\n") or 127 <= ord(char) < 160 or char in _BIDI
        else char
        for char in str(value)
    )


def print_error(message: str) -> None:
    """A message for a person, on stderr."""
    console = make_console(stderr=True)
    lines = plain(message).splitlines() or [""]
    console.print(Text.assemble(("error: ", "bold red"), lines[0]), soft_wrap=True)
    for line in lines[1:]:
        console.print(Text(f"  {line}"), soft_wrap=True)


def print_warning(message: str) -> None:
    """Something a person should know, on stderr."""
    console = make_console(stderr=True)
    console.print(Text.assemble(("note: ", "bold yellow"), plain(message)), soft_wrap=True)


def print_lines(lines: Iterable[str]) -> None:
    """Plain lines on stdout."""
    console = make_console()
    for line in lines:
        console.print(Text(plain(line)), soft_wrap=True)


def print_marked(mark: str, style: str, text: str) -> None:
    """A line on stdout that begins with a mark in colour."""
    make_console().print(Text.assemble((mark, style), " ", plain(text)), soft_wrap=True)


def print_json(command: str, data: Any, warnings: Sequence[str] = ()) -> None:
    """One object on one line of stdout."""
    whole = {"schema_version": 1, "command": command, "data": data, "warnings": list(warnings)}
    sys.stdout.write(json.dumps(whole, ensure_ascii=True, allow_nan=False, default=str) + "\n")
    sys.stdout.flush()


def print_table(
    headers: Sequence[str], rows: Iterable[Sequence[str]], texts: Iterable[str] = ()
) -> None:
    """A table; the columns named in `texts` stand to the left, numbers to the right."""
    table = Table(box=None, pad_edge=False)
    listed = [list(row) for row in rows]
    on_left = set(texts)
    for header in headers:
        is_text = header in on_left
        table.add_column(
            Text(header),
            justify="left" if is_text else "right",
            overflow="fold",
            header_style="bold",
        )
    for row in listed:
        table.add_row(*(Text(plain(cell)) for cell in row))
    make_console().print(table)


def print_facts(facts: Mapping[str, Any]) -> None:
    """Two columns: what, and its value."""
    width = max((len(key) for key in facts), default=0)
    print_lines(f"{key:<{width}}  {value}" for key, value in facts.items())


def format_value(name: str, value: Any) -> str:
    """A recorded value as a person reads it: fractions as percent, undefined as a dash."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        base = name.removesuffix("_oos")
        if base.endswith("_frac"):
            return f"{100 * value:.2f} %"
        if base == "net_profit":
            return f"{value:,.2f}"
        return f"{value:,.4g}" if abs(value) >= 1e5 else f"{value:.4f}"
    return str(value)
