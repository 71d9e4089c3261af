"""Single cells of a text: whether one may be a number or a time, and what it may mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

_MAX_CELL = 64  # longer ones are neither numbers nor times
_SPACES = " \u00a0\u202f"
_QUOTES = "'\u2019"
_CORE = re.compile(
    rf"[-+]?[$\u20ac\u00a3\u00a5]?\s?([0-9.,][0-9.,_{_SPACES}{_QUOTES}]*)(?:[eE][-+]?[0-9]+)?"
    r"\s?([KMBTkmbt]?)%?\s?[$\u20ac\u00a3\u00a5]?"
)
_FLOAT = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", re.ASCII)
# Cells that differ in nothing but digits are written alike; a zero may tell more than a one.
_ONES = str.maketrans("23456789", "11111111")
_FACTORS = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}

_YEAR_FIRST = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?:[T\s]+(.*))?", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})[-./ ](\d{1,2})[-./ ](\d{2,4})(?:[T,\s]+(.*))?", re.ASCII)
_MONTH_NAME = re.compile(
    r"(?:[A-Za-z]{3,9}\.?,? )?(?:\d{1,2}[- .]+[^\W\d]{3,10}\.?[- ,]+\d{2,4}"
    r"|[^\W\d]{3,10}\.? \d{1,2},? +\d{4})(?:[T,\s]+(.*))?"
)
_PACKED = re.compile(
    r"(19[89]\d|20\d\d)(0[1-9]|1[0-2])([0-3]\d)(?:(?:[T ]|  )?(\d{4,9}|\d\d:\d\d.*))?", re.ASCII
)
_LONE = re.compile(r"\d{1,3},\d{3}", re.ASCII)
_N_PRICES = 4
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?", re.ASCII)
_DIGITS = re.compile(r"\d{1,6}", re.ASCII)
# Plausible instants since 1970: 1980 until about 2100, in s, ms, us and ns.
_FIRST_S, _LAST_S = 315_532_800, 4_102_444_800
SERIAL_DATES = (20_000.0, 80_000.0)


def is_number(text: str) -> bool:
    """Whether a cell may be a number in some country's writing."""
    return len(text) <= _MAX_CELL and _spells_number(text.strip().translate(_ONES))


@lru_cache(maxsize=4096)
def _spells_number(shape: str) -> bool:
    found = _CORE.fullmatch(shape)
    return found is not None and any(char.isdigit() for char in found[1])


@dataclass(frozen=True)
class Marks:
    """The marks of numbers."""

    decimal: str = "."
    thousands: str = ""
    is_open: bool = False  # either of two readings fits all that was seen
    example: str = ""


def parse_number(text: str, marks: Marks) -> float | None:
    """The number that a cell spells by the marks; None if it spells none."""
    if len(text) > _MAX_CELL:
        return None
    if marks.decimal == "." and _FLOAT.fullmatch(text):
        return float(text)
    found = _CORE.fullmatch(text.strip())
    if not found:
        return None
    plain = text.strip().strip("$\u20ac\u00a3\u00a5% ").replace("$", "").replace("\u20ac", "")
    suffix = found[2].lower()
    plain = plain[: len(plain) - len(suffix)].strip() if suffix else plain
    for mark in (*_SPACES, *_QUOTES, "_") if marks.thousands in (*_SPACES, *_QUOTES, "_") else ():
        plain = plain.replace(mark, "")
    if marks.thousands and marks.thousands in plain:
        plain = plain.replace(marks.thousands, "")
    if marks.decimal == ",":
        if "." in plain:
            return None
        plain = plain.replace(",", ".")
    return float(plain) * _FACTORS[suffix] if _FLOAT.fullmatch(plain) else None


def find_marks(cells: Iterable[str], separator: str) -> Marks:
    """How numbers are written, from many of them.

    A lone mark with three digits behind it may be of either kind: of that, commas in a file that
    is separated by semicolons are decimal marks, and in one separated by commas they are not.
    """
    votes = {"decimal.": 0, "decimal,": 0, "thousands,": 0, "thousands.": 0}
    spaced, lone = "", ""
    counts: dict[str, int] = {}
    examples: dict[str, str] = {}
    for cell in cells:
        shape = cell.strip().translate(_ONES)
        counts[shape] = counts.get(shape, 0) + 1
        examples.setdefault(shape, cell.strip())
    for shape, n_cells in counts.items():
        found = _CORE.fullmatch(shape)
        core = found[1].strip() if found else ""
        for mark in (*_SPACES, *_QUOTES, "_"):
            if mark in core:
                spaced, core = mark, core.replace(mark, "")
        kind = _judge(core)
        if "." in core and "," in core:
            votes["thousands." if kind == "decimal," else "thousands,"] += n_cells
        if kind == "either,":
            lone = lone or examples[shape]
        elif kind:
            votes[kind] += n_cells
    decimal = "," if votes["decimal,"] > votes["decimal."] else "."
    other, example = "." if decimal == "," else ",", ""
    if votes["decimal,"] == votes["decimal."] == 0:
        if votes["thousands."] > votes["thousands,"] or (
            lone and separator == ";" and not votes["thousands,"]
        ):
            decimal, other = ",", "."
            example = lone
        elif lone and separator != "," and not votes["thousands,"]:
            return Marks(is_open=True, example=lone)
    is_grouped = votes[f"thousands{other}"] > 0 or (other == "," and lone and decimal == ".")
    return Marks(decimal, other if is_grouped else spaced, example=example)


def doubt_marks(found: Marks, columns: Sequence[Sequence[str]]) -> Marks:
    """Marks that are open where all prices may be 150,123 and a dot stands in another column."""
    if any(cell.count(",") > 1 or {",", "."} <= set(cell) for cells in columns for cell in cells):
        return found
    lone = [
        cells for cells in columns if cells and all(map(_LONE.fullmatch, map(str.strip, cells)))
    ]
    return Marks(is_open=True, example=lone[0][0].strip()) if len(lone) >= _N_PRICES else found


def _judge(core: str) -> str:
    """What one number tells: which mark is which, or that a comma may be either."""
    n_dots, n_commas = core.count("."), core.count(",")
    if n_dots and n_commas:
        return "decimal," if core.rfind(",") > core.rfind(".") else "decimal."
    if not n_dots and not n_commas:
        return ""
    mark = "." if n_dots else ","
    head, *groups = core.split(mark)
    is_grouped = 0 < len(head) <= 3 and all(len(group) in (2, 3) for group in groups)
    is_grouped = is_grouped and len(groups[-1]) == 3 and head.strip("0") != ""
    if len(groups) > 1:
        return f"thousands{mark}" if is_grouped else ""
    if is_grouped:
        return "either," if mark == "," else ""
    return f"decimal{mark}"


def find_time_kind(text: str) -> str:
    """What time a cell may be: "epoch", "moment", "date", "clock", or nothing."""
    text = text.strip()
    if not 0 < len(text) <= _MAX_CELL or not text[0].isalnum():
        return ""
    if _CLOCK.fullmatch(text):
        return "clock"
    if found := _PACKED.fullmatch(text):
        return "moment" if found[4] else "date"
    if _FLOAT.fullmatch(text):
        return "epoch" if find_epoch_seconds(text) is not None else ""
    for pattern in (_YEAR_FIRST, _YEAR_LAST, _MONTH_NAME):
        if found := pattern.fullmatch(text):
            return "moment" if found[found.re.groups] else "date"
    return ""


def is_clock(text: str) -> bool:
    """Whether a cell may be a time of day, digits alone included."""
    text = text.strip()
    if _CLOCK.fullmatch(text):
        return True
    if not _DIGITS.fullmatch(text):
        return False
    digits = text.zfill(6 if len(text) > 4 else 4).ljust(6, "0")
    return digits[:2] < "24" and digits[2:4] < "60" and digits[4:] < "60"


def find_epoch_seconds(text: str) -> float | None:
    """The seconds of an epoch in whatever unit makes it a plausible instant."""
    try:
        number = float(text)
    except ValueError:
        return None
    for unit in (1, 1e3, 1e6, 1e9):
        if _FIRST_S <= number / unit <= _LAST_S:
            return number / unit
    return None


def find_order(cells: Sequence[str]) -> int:
    """1 where times run forwards, -1 where they run backwards, 0 where they do neither."""
    keys = [key for key in map(_make_key, cells) if key is not None]
    steps = [after >= before for before, after in pairwise(keys)]
    backs = [after <= before for before, after in pairwise(keys)]
    n_least = 0.8 * len(steps)
    if not steps or (sum(steps) >= n_least and sum(backs) >= n_least):
        return 0
    return 1 if sum(steps) >= n_least else -1 if sum(backs) >= n_least else 0


def _make_key(text: str) -> tuple[float, str] | None:
    """What sorts a time roughly among others that are written alike."""
    text = text.strip()
    if found := _PACKED.match(text):
        return (float("".join(found.groups()[:3])), text)
    if _FLOAT.fullmatch(text):
        seconds = find_epoch_seconds(text)
        return (float(text), "") if seconds is None else (seconds, "")
    if found := _YEAR_FIRST.match(text):
        year, month, day = (int(part) for part in found.groups()[:3])
    elif found := _YEAR_LAST.match(text):
        first, second, year = (int(part) for part in found.groups()[:3])
        month, day = (second, first) if first > 12 or "." in text[:3] else (first, second)
    else:
        return None
    return (year * 10_000.0 + month * 100 + day, (found[4] or "").strip().zfill(8))


def fits_format(cell: str, how: str) -> bool:
    """Whether a cell is a time in a format of `strptime`."""
    try:
        datetime.strptime(cell.strip(), how)
    except ValueError:
        return False
    return True
