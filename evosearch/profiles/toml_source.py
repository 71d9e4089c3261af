r"""TOML as people write it: read it, say which line a key stands on, show how to repair it.

On Windows the commonest mistake is a path in double quotes, where a backslash begins an escape:
``"C:\Users\ana"`` is not valid TOML, and ``"C:\new\table.csv"`` is valid and means something else.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from evosearch.errors import ProfileError
from evosearch.texts import make_visible

_BASIC = re.compile(r'"([^"\n]*)"')
_PART = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*([.=]|$)""")
_ESCAPED = frozenset("\b\t\n\f\r")
_MAX_LINE = 200


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """The text of a file and what it says.

    Raises
    ------
    ProfileError
        It cannot be read, or is not UTF-8 or TOML; the line is shown.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProfileError(
            [f"{path}: no UTF-8 text at byte {error.start}. Save it as UTF-8."]
        ) from error
    except OSError as error:
        raise ProfileError([f"{path} cannot be read: {error.strerror}."]) from error
    text = text.replace("\r\n", "\n")
    try:
        return text, tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProfileError([_explain(path, text, error)]) from error


def parse_value(raw: str) -> Any:
    r"""A value as it is typed after ``--set KEY=``; what is not TOML is a text.

    Raises
    ------
    ValueError
        It is in double quotes and has escapes that TOML does not know, as ``"C:\Users"`` has; the
        message says how to write it.
    """
    try:
        parsed = tomllib.loads(f"value = {raw}")
        if [*parsed] == ["value"]:
            return parsed["value"]
    except (ValueError, RecursionError):
        mended = mend_backslashes(f"value = {raw.strip()}")
        if mended:
            raise ValueError(_advise([line.removeprefix("value = ") for line in mended])) from None
    return raw.strip()


def find_line(text: str, key: Sequence[str]) -> int | None:
    """The line on which a key, given in its parts, gets a value, counted from 1.

    Of a key inside an inline table, the line of that table; None when it is not plain.
    """
    return _look(text, key)[0]


def is_assigned(text: str, key: Sequence[str]) -> bool:
    """Whether a key has an equals sign after it: an empty ``[table]`` header has none."""
    return _look(text, key)[1]


def _look(text: str, key: Sequence[str]) -> tuple[int | None, bool]:
    table: list[str] = []
    wanted, around = [*key], None
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[(?!\[)([^\[\]]+)\]\s*(?:#.*)?$", line)
        if header:
            table = [*_parts(header[1] + "=")]
            if table == wanted:
                around = number
            continue
        parts = [*_parts(line)]
        if not parts:
            continue
        place = [*table, *parts]
        if place == wanted:
            return number, True
        if place == wanted[: len(place)]:
            around = number
    return around, False


def _parts(line: str) -> Iterator[str]:
    """The parts of the dotted key that a line begins with; none where no equals sign follows."""
    parts, place = [], 0
    while found := _PART.match(line, place):
        parts.append(next(part for part in found.groups()[:3] if part is not None))
        place = found.end()
        if found[4] == "=":
            yield from parts
            return
        if not found[4]:
            return


def _explain(path: Path, text: str, error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return f"{path}: no valid TOML: it is nested too deeply."
    if not isinstance(error, tomllib.TOMLDecodeError):  # a number of thousands of digits
        return f"{path}: no valid TOML: a number has too many digits."
    place = re.search(r"line (\d+), column (\d+)", str(error))
    where, lines = str(path), text.splitlines()
    line = ""
    if place:
        where = f"{path}:{place[1]}:{place[2]}"
        line = "".join(lines[int(place[1]) - 1 : int(place[1])])
    mended = mend_backslashes(line)
    if mended:
        return f"{where}: no valid TOML. {_advise(mended)}"
    shown = f"\n    {make_visible(line)[:_MAX_LINE]}" if line else ""
    return f"{where}: no valid TOML: {str(error).split(' (at')[0]}.{shown}"


def mend_backslashes(line: str) -> list[str]:
    r"""Two repairs of a line that is not TOML because of backslashes in double quotes.

    Returns
    -------
    list of str
        With single quotes, and with ``/``; empty when that is not what is wrong with it.
    """
    if "\\" not in line or len(line) > _MAX_LINE or _is_toml(line):
        return []

    def with_single(found: re.Match[str]) -> str:
        return f"'{found[1]}'" if "\\" in found[1] else found[0]

    def with_slash(found: re.Match[str]) -> str:
        return f'"{found[1].replace(chr(92), "/")}"'

    mended = [_BASIC.sub(with_single, line), _BASIC.sub(with_slash, line)]
    return [other.strip() for other in mended if _is_toml(other)]


def _is_toml(line: str) -> bool:
    try:
        tomllib.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _advise(mended: list[str]) -> str:
    shown = "".join(f"\n    {make_visible(line)}" for line in mended)
    return (
        "In double quotes a \\ begins an escape. Write the text in single quotes, or a Windows "
        f"path with /:{shown}"
    )


def has_escapes(text: str) -> bool:
    r"""Whether a text holds what short escapes stand for, such as the line break of ``\n``."""
    return not _ESCAPED.isdisjoint(text)


def explain_escapes(text: str) -> str:
    r"""What to say of a path that holds control characters, on one line."""
    typed = show_escapes(text)
    return (
        f'"{typed}" holds control characters: in double quotes a \\ begins an escape, such as \\n '
        f"for a line break. Write a Windows path in single quotes, '{typed}', or with /, "
        f'"{typed.replace(chr(92), "/")}".'
    )


def show_escapes(text: str) -> str:
    r"""A text on one line, its control characters as they are typed: ``\n``, ``\t``."""
    return "".join(
        json.dumps(char)[1:-1] if has_escapes(char) else make_visible(char) for char in text
    )[:_MAX_LINE]
