"""Columns of Arrow as times: texts, numbers, timestamps and dates, alone or as date and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.reading.buffers import (
    as_numbers,
    find_valid,
    make_texts,
    parse_numbers,
    take_rows,
)
from evosearch.trading.reading.instants.calendar import DAY_US, bound_times
from evosearch.trading.reading.instants.texts import (
    BAD,
    EXACT,
    NAIVE,
    NAIVE_DATE,
    OPEN_DATE,
    TextReader,
    make_empty,
)

_A_DAY = "2000-01-01"  # put before times of day, and taken away again
_MOST_DIGITS = 9


@dataclass
class TimeBatch:
    """The times of one batch.

    Attributes
    ----------
    us : ndarray of int64, shape (n,)
    kinds : ndarray of uint8, shape (n,)
        As in `texts`.
    forms : ndarray of uint8, shape (n,)
        Of numbers, as in `epochs.FORMS`; 0 for others.
    shown : pyarrow.Array
        What stands in each row, castable to texts.
    digits : (int, int, int) or None
        If the times of day are numbers, still added as such: fewest and most digits, largest.
    """

    us: NDArray[np.int64]
    kinds: NDArray[np.uint8]
    forms: NDArray[np.uint8]
    shown: Any
    digits: tuple[int, int, int] | None = None


def read_arrays(columns: Sequence[Any], reader: TextReader) -> TimeBatch:
    """Read one column of times, or one of dates and one of times of day."""
    arrays = [_unwrap(column) for column in columns]
    if len(arrays) == 1:
        return _read_one(arrays[0], reader)
    return _read_two(arrays[0], arrays[1], reader)


def write_rows(shown: Any, rows: NDArray[np.intp]) -> list[str]:
    """What stands in some rows, as texts."""
    import pyarrow as pa

    found = take_rows(shown, rows)
    if pa.types.is_timestamp(found.type):
        # As numbers of nanoseconds, Python's own objects would need pandas.
        found = found.cast(pa.timestamp("us"), safe=False)
    return [text or "" for text in found.cast(pa.string()).to_pylist()]


def _unwrap(array: Any) -> Any:
    import pyarrow as pa

    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    kind = array.type
    if pa.types.is_null(kind) or pa.types.is_boolean(kind) or pa.types.is_nested(kind):
        return array.cast(pa.string()) if not pa.types.is_nested(kind) else _as_blanks(array)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return array.cast(pa.string())
    if str(kind) in {"string_view", "binary_view"}:
        return array.cast(pa.large_string())
    return array


def _as_blanks(array: Any) -> Any:
    import pyarrow as pa

    return pa.nulls(len(array), pa.string())


def _is_text(array: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(array.type) or pa.types.is_large_string(array.type))


def _read_one(array: Any, reader: TextReader) -> TimeBatch:
    import pyarrow as pa

    if _is_text(array):
        return TimeBatch(*reader.read(array), shown=array)
    kind = array.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _read_typed(array, reader)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _read_numbers(array, reader)
    return TimeBatch(*make_empty(len(array)), shown=_as_blanks(array))


def _read_typed(array: Any, reader: TextReader) -> TimeBatch:
    import pyarrow as pa

    kind = array.type
    zone = getattr(kind, "tz", None)
    is_known = find_valid(array)
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        fine = as_numbers(array.view(pa.int64()), np.int64)
        reader.n_cut += int(np.count_nonzero((fine % 1000 != 0) & is_known))
        us = fine // 1000
    else:
        cast = array.cast(pa.timestamp("us", zone), safe=False)
        us = as_numbers(cast.view(pa.int64()), np.int64).copy()
    first, end = bound_times()
    fits = is_known & (us >= first) & (us < end)
    name = EXACT if zone else NAIVE if pa.types.is_timestamp(kind) else NAIVE_DATE
    if zone:
        reader.offsets_s.add(0)  # Arrow keeps instants in UTC beside a zone's name
    kinds = np.where(fits, np.uint8(name), np.uint8(BAD))
    us[~fits] = 0
    return TimeBatch(us, kinds, np.zeros(len(us), np.uint8), array)


def _read_numbers(array: Any, reader: TextReader) -> TimeBatch:
    import pyarrow as pa

    kind = array.type
    if reader.format.pattern is not None:
        whole = array.cast(pa.int64(), safe=False) if not pa.types.is_integer(kind) else array
        texts = whole.cast(pa.string())
        return TimeBatch(*reader.read(texts), shown=texts)
    is_whole = pa.types.is_integer(kind)
    plain = array.cast(pa.int64() if is_whole else pa.float64(), safe=False)
    values = as_numbers(plain, np.int64 if is_whole else np.float64)
    us, kinds, forms = reader.take_numbers(values)
    if kind in (pa.float32(), pa.float16()):
        # Too few digits for seconds: whole minutes alone may have survived.
        kinds[us % 60_000_000 != 0] = BAD
    if array.null_count:
        is_known = find_valid(array)
        kinds[~is_known] = BAD
        forms[~is_known] = 0
    return TimeBatch(us, kinds, np.where(kinds > 0, forms, 0).astype(np.uint8), array)


def _read_two(dates: Any, times: Any, reader: TextReader) -> TimeBatch:
    import pyarrow as pa
    import pyarrow.compute as pc

    is_number = pa.types.is_integer(times.type)
    if reader.format.serials and not _is_text(dates) and not _is_text(times):
        return _read_numbers(pc.add(dates.cast(pa.float64()), times.cast(pa.float64())), reader)
    shown = _join(dates, times)
    if reader.format.pattern is None and (is_number or _is_text(times)):
        digits = times.cast(pa.string()) if is_number else times
        numbers = _read_digits(digits)
        if numbers is not None:
            return _add_numbers(dates, digits, numbers, shown, reader)
    if _is_text(dates) or reader.format.pattern is not None:
        return TimeBatch(*reader.read(shown), shown=shown)
    batch = _read_one(dates, reader)
    if pa.types.is_time(times.type):
        clock = as_numbers(times.cast(pa.time64("us"), safe=False).view(pa.int64()), np.int64)
        kinds = np.where(find_valid(times), np.uint8(NAIVE), np.uint8(BAD))
    else:
        joined = _join(pa.repeat(make_texts([_A_DAY])[0], len(times)), times)
        clock, kinds, _ = reader.read(joined)
        clock = clock - int(np.datetime64(_A_DAY, "us").astype(np.int64))
    fits = ((batch.kinds == NAIVE_DATE) | (batch.kinds == NAIVE)) & (kinds != BAD)
    us = np.where(fits, batch.us + clock, 0)
    return TimeBatch(us, np.where(fits, kinds, np.uint8(BAD)), batch.forms, shown)


def _join(dates: Any, times: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = [each if pa.types.is_string(each.type) else each.cast(pa.string()) for each in
             (dates, times)]  # fmt: skip
    return pc.binary_join_element_wise(*texts, make_texts([" "])[0], null_handling="replace")


def _read_digits(texts: Any) -> tuple[NDArray[np.int64], tuple[int, int, int]] | None:
    """Numbers, with their fewest and most digits and the largest; None if a text is no number."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not len(texts) or texts.null_count:
        return None
    texts = pc.utf8_trim_whitespace(texts)
    sizes = pc.min_max(pc.binary_length(texts)).as_py()
    if not 1 <= sizes["min"] <= sizes["max"] <= _MOST_DIGITS:
        return None
    found = parse_numbers(texts, pa.int64())
    if found is None:
        return None
    values = as_numbers(found, np.int64)
    if (values < 0).any():
        return None
    return values, (sizes["min"], sizes["max"], int(values.max()))


def _add_numbers(
    dates: Any, texts: Any, numbers: tuple[NDArray[np.int64], tuple[int, int, int]], shown: Any,
    reader: TextReader,
) -> TimeBatch:  # fmt: skip
    batch = _read_one(dates, reader)
    # A date in front of a time of day names no instant of its own.
    fits = (batch.kinds >= NAIVE) & (batch.kinds <= OPEN_DATE) & (batch.us % DAY_US == 0)
    is_day = (batch.kinds == NAIVE_DATE) | (batch.kinds == OPEN_DATE)
    kinds = batch.kinds - is_day.astype(np.uint8)
    us = np.where(fits, batch.us + numbers[0], 0)
    return TimeBatch(us, np.where(fits, kinds, np.uint8(BAD)), batch.forms, shown, numbers[1])
