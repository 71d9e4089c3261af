"""Refusals of a layout: what was found, and the option to type."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evosearch.errors import DataError
from evosearch.texts import make_visible, quote
from evosearch.trading.reading.tables import wrap_lines

_MAX_NAMES, _MAX_NAME, _WIDTH = 20, 40, 200


def write_options(**values: Any) -> str:
    """Options of a layout as they are pasted behind a command; dots are two underlines.

    Examples
    --------
    >>> write_options(columns__open=2, timezone="Europe/Athens")
    '--set problem.layout.columns.open=2 --set problem.layout.timezone=Europe/Athens'
    """
    words = []
    for key, value in values.items():
        text = f"[{','.join(map(str, value))}]" if isinstance(value, (list, tuple)) else value
        option = f"problem.layout.{key.replace('__', '.')}={text}"
        words.append(f"--set {quote(option)}")
    return " ".join(words)


def list_found(names: Sequence[str]) -> str:
    """Column names as a message shows them, each with nothing that could do harm."""
    shown = [
        make_visible(name.strip()[:_MAX_NAME])[:_MAX_NAME] or "(no name)"
        for name in names[:_MAX_NAMES]
    ]
    more = f" and {len(names) - _MAX_NAMES:,} more" if len(names) > _MAX_NAMES else ""
    return f"{', '.join(shown)}{more}"


def show_cell(text: str, most: int = _MAX_NAME) -> str:
    """A cell or a line of a stranger's file in a message."""
    return f"'{make_visible(text[:most])[:most]}'"


def refuse(path: Path, line: int | None, text: str, *remedies: str) -> DataError:
    """The error for a layout that is not decided, with what to type in lines of their own.

    Parameters
    ----------
    path, line
        Where; no line for a whole file.
    text : str
        What is wrong.
    *remedies : str
        Sentences or options; an option stands in a line of its own.
    """
    name = str(path) if len(str(path)) <= _WIDTH // 2 else path.name
    place = f"{name}:{line}:" if line else f"{name}:"
    lines = wrap_lines(f"{place} {text}")
    for each in remedies:
        lines += [f"  {each}"] if each.startswith("--") else wrap_lines(each)
    return DataError("\n".join(lines))
