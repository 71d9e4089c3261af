"""The ``[problem.layout]`` table: what a person says about how a file of prices is written."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from evosearch.errors import did_you_mean
from evosearch.profiles.explain import shorten
from evosearch.trading.reading.tables import COLUMNS

MAX_POSITION = 10_000
MAX_TEXT = 200

_NAMED_MARKS = {
    "comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "space": " ", "dot": ".",
    "point": ".", "apostrophe": "'", "none": "",
}  # fmt: skip
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", " ": "space"}
_MARKS = {
    "separator": ([*SEPARATORS], "comma, semicolon, tab, pipe or space"),
    "decimal": ([".", ","], "dot or comma"),
    "thousands": (
        ["", ",", ".", "'", "\u2019", " ", "\u00a0", "\u202f", "_"],
        "comma, dot, apostrophe, space or none",
    ),
}

Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
Position = Annotated[int, Field(ge=1, le=MAX_POSITION)]
Column = Text | Position  # a name, or a position counted from 1


class Layout(BaseModel):
    """What a profile says about the layout of a file; what is None is found by content.

    Attributes
    ----------
    columns : dict of str to (str or int)
        From ``open``, ``high``, ``low``, ``close`` or ``volume`` to the column: its name (in any
        case) or its position, counted from 1.
    header : bool or None
        Whether a row of column names stands above the prices.
    skip_rows : int or None
        Lines above the header, or above the prices where there is no header.
    separator, decimal, thousands : str or None
        Marks between cells, before decimals, and between thousands; an empty text is no mark.
    time_columns : tuple of (str or int) or None
        One column, or a date and a time.
    time_format : str or None
        As `strptime` takes it, or ``excel``, ``day first`` or ``month first``.
    timezone : str or None
        Of times that name no zone.
    symbol_column : str, int or None
        The column that names a symbol in each row.
    symbol : str or None
        The symbol whose rows are read.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    columns: dict[str, Column] = {}
    header: bool | None = None
    skip_rows: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    separator: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    time_columns: tuple[Column, ...] | None = None
    time_format: Text | None = None
    timezone: Text | None = None
    symbol_column: Column | None = None
    symbol: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain_from_toml(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        plain = dict(values)
        times = plain.get("time_columns")
        if isinstance(times, list):
            plain["time_columns"] = tuple(times)
        elif isinstance(times, str) and times.startswith("[") and times.endswith("]"):
            # What a shell leaves of a list whose texts stood in double quotes.
            plain["time_columns"] = tuple(_read_word(word) for word in times[1:-1].split(","))
        elif isinstance(times, (str, int)) and not isinstance(times, bool):
            plain["time_columns"] = (times,)
        if type(plain.get("symbol")) is int:
            plain["symbol"] = str(plain["symbol"])  # stocks of some exchanges are numbers
        return plain

    @field_validator("columns", mode="before")
    @classmethod
    def _check_columns(cls, columns: Any) -> Any:
        if not isinstance(columns, dict):
            return columns
        for role, column in list(columns.items())[: len(COLUMNS) + 1]:
            if role not in COLUMNS:
                if str(role).lower() in ("time", "timestamp", "date", "datetime"):
                    raise ValueError(f"the time is named apart: time_columns = {[column]}.")
                hint = did_you_mean(str(role)[:MAX_TEXT], COLUMNS)
                raise ValueError(f"{str(role)[:60]!r} is none of the five columns. {hint}")
            is_position = type(column) is int and 1 <= column <= MAX_POSITION
            if not is_position and not (isinstance(column, str) and 0 < len(column) <= MAX_TEXT):
                raise ValueError(
                    f"{role}: expected the name of a column, or its position counted from 1, "
                    f"got {shorten(column)}."
                )
        return columns

    @field_validator("time_columns", mode="before")
    @classmethod
    def _check_times(cls, times: Any) -> Any:
        if isinstance(times, tuple) and not 1 <= len(times) <= 2:
            raise ValueError(f"expected one column, or a date and a time, got {len(times)}.")
        return times

    @field_validator("separator", "decimal", "thousands")
    @classmethod
    def _check_mark(cls, text: str | None, info: ValidationInfo) -> str | None:
        marks, words = _MARKS[str(info.field_name)]
        mark = text if text is None else _NAMED_MARKS.get(text.strip().lower(), text)
        if mark is not None and mark not in marks:
            raise ValueError(f"expected {words}, got {mark[:20]!r}.")
        return mark

    @field_validator("time_format")
    @classmethod
    def _check_format(cls, text: str | None) -> str | None:
        from evosearch.trading.reading.instants.formats import parse_format

        parse_format(text)
        return text

    @field_validator("timezone")
    @classmethod
    def _check_zone(cls, text: str | None) -> str | None:
        if text is not None:
            from evosearch.trading.reading.instants.zones import parse_zone

            parse_zone(text)
        return text

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.decimal is not None and self.decimal == self.thousands:
            raise ValueError(f"thousands: {self.thousands!r} is the decimal mark, too.")
        return self

    def to_plain(self) -> dict[str, Any]:
        """Only what was said, as lists, texts and numbers."""
        plain: dict[str, Any] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if value is not None and value != {}:
                plain[name] = list(value) if isinstance(value, tuple) else value
        return plain


def _read_word(word: str) -> str | int:
    text = word.strip().strip("'\"")
    return int(text) if text.isascii() and text.isdigit() else text
