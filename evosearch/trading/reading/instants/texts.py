"""Read whole columns of texts as times: one form at a time, thousands of texts in one step.

Texts of one length that have digits and letters in the same places are turned into a matrix of
bytes, one row a place; a `Form` then says which rows are the year, the hour and so on.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.reading.buffers import as_numbers, take_rows
from evosearch.trading.reading.instants.calendar import DAY_US, bound_times, bound_years, count_days
from evosearch.trading.reading.instants.epochs import is_date, read_epochs, read_serials
from evosearch.trading.reading.instants.formats import Format
from evosearch.trading.reading.instants.forms import Form, match_form
from evosearch.trading.reading.instants.matrix import Bytes, find_alike, join_digits, read_months

# What a row is, and so what is still to be done with it.
BAD, EXACT, NAIVE, NAIVE_DATE, OPEN, OPEN_DATE, OPEN_EXACT, ROUNDED = range(8)
# Rows of an `OPEN` kind hold (year * 10,000 + a * 100 + b) such spans and a day, then the time of
# day less its offset.
OPEN_SPAN_US = 4 * DAY_US
_CHUNK = 32_768  # texts at a time: their bytes stay in the processor's cache
_LONGEST = 80  # bytes
_MOST_FORMS = 400  # in one chunk; a column of times has a handful, free text has thousands
_MOST_KNOWN = 3000  # with names of days and months there are some hundred
_NUMBER = re.compile(rb"[-+]?\d+(?:[.,]\d*)?(?:[eE][-+]?\d+)?")
_TO_KEY = bytes.maketrans(b"123456789" + bytes(range(65, 91)), b"0" * 9 + bytes(range(97, 123)))


class TextReader:
    """Reads texts; remembers forms, offsets and what was noticed.

    Parameters
    ----------
    time_format : Format
    abbreviations : dict of str to int
        Offsets in seconds of the names that the zone gives its times.

    Attributes
    ----------
    offsets_s : set of int
        Offsets found beside times.
    n_cut : int
        Times with nanoseconds beyond the last microsecond.
    is_dotted : bool
        Whether a time without a zone was written as MetaTrader writes it, 2024.01.02 00:00.
    resolution_s : float
        Of numbers written as 1.7E12: the finest last digit, in seconds.
    has_names : bool
        Whether a name such as EST, which the zone explains, stood beside a time.
    """

    def __init__(self, time_format: Format, abbreviations: dict[str, int]) -> None:
        self.format = time_format
        self.abbreviations = abbreviations
        self.offsets_s: set[int] = set()
        self.n_cut = 0
        self.is_dotted = False
        self.has_names = False
        self.resolution_s = np.inf
        self._forms: dict[bytes, Form | bool | None] = {}

    def find_form(self, text: bytes) -> Form | bool | None:
        """The form of a text, True for a number, None if it is no time."""
        if self.format.pattern is not None:
            return self.format.match(text, self.abbreviations)
        if _NUMBER.fullmatch(text):
            return True
        return match_form(text, self.format.day_first, self.abbreviations)

    def read(self, texts: Any) -> tuple[NDArray[np.int64], Bytes, Bytes]:
        """Times in microseconds, what each row is, and the form of those that are numbers.

        Parameters
        ----------
        texts : pyarrow.Array of string or large_string
            Null is no time.
        """
        import pyarrow.compute as pc

        if self.format.width:
            texts = pc.utf8_lpad(texts, self.format.width, "0")
        n = len(texts)
        us, kinds, forms = make_empty(n)
        for start in range(0, n, _CHUNK):
            cut = slice(start, min(start + _CHUNK, n))
            piece = texts.slice(start, _CHUNK)
            self._read_chunk(piece, us[cut], kinds[cut], forms[cut])
            bad = np.flatnonzero(kinds[cut] == BAD)
            if len(bad):
                found = take_rows(piece, bad)
                plain = pc.utf8_trim_whitespace(found)
                if not plain.equals(found):
                    again = make_empty(len(bad))
                    self._read_chunk(plain, *again)
                    us[cut][bad], kinds[cut][bad], forms[cut][bad] = again
        return us, kinds, forms

    def _read_chunk(self, texts: Any, us: NDArray[np.int64], kinds: Bytes, forms: Bytes) -> None:
        import pyarrow as pa

        n = len(texts)
        if not n or texts.null_count == n:
            return
        dtype = np.int64 if pa.types.is_large_string(texts.type) else np.int32
        _, places, data = texts.buffers()
        if data is None:
            return
        starts = np.frombuffer(places, dtype)[texts.offset : texts.offset + n + 1]
        source = np.frombuffer(data, np.uint8)
        lengths = np.diff(starts)
        first = int(lengths[0])
        if first and (lengths == first).all() and not texts.null_count:
            matrix = source[starts[0] : starts[-1]].reshape(n, first).T
            rows = np.arange(n)
            if first <= _LONGEST:
                self._read_group(texts, np.ascontiguousarray(matrix), rows, us, kinds, forms)
            return
        counts = np.bincount(np.minimum(lengths, _LONGEST + 1), minlength=_LONGEST + 2)
        for length in np.flatnonzero(counts[1 : _LONGEST + 1]) + 1:
            rows = np.flatnonzero(lengths == length)
            begins = starts[rows].astype(np.intp)
            matrix = source[begins + np.arange(length)[:, None]]
            self._read_group(texts, matrix, rows, us, kinds, forms)

    def _read_group(
        self, texts: Any, matrix: Bytes, rows: NDArray[np.intp], us: NDArray[np.int64],
        kinds: Bytes, forms: Bytes,
    ) -> None:  # fmt: skip
        for _ in range(_MOST_FORMS):
            sample = matrix[:, 0].tobytes()
            key = sample.translate(_TO_KEY)
            if key not in self._forms:
                if len(self._forms) >= _MOST_KNOWN:
                    return  # no column of times: its first texts have been refused already
                self._forms[key] = self.find_form(sample)
            form = self._forms[key]
            fits = find_alike(matrix, sample, form if isinstance(form, Form) else None)
            is_whole = bool(fits.all())
            chosen = rows if is_whole else rows[fits]
            if form is True:
                us[chosen], kinds[chosen], forms[chosen] = self._read_numbers(texts, chosen, sample)
            elif isinstance(form, Form):
                part = matrix if is_whole else matrix[:, fits]
                us[chosen], kinds[chosen] = self._read_form(part, form, sample)
            if is_whole:
                return
            rows, matrix = rows[~fits], matrix[:, ~fits]

    def _read_numbers(
        self, texts: Any, rows: NDArray[np.intp], sample: bytes
    ) -> tuple[NDArray[np.int64], Bytes, Bytes]:
        import pyarrow as pa
        import pyarrow.compute as pc

        found = texts if len(rows) == len(texts) else take_rows(texts, rows)
        if b"," in sample:
            found = pc.replace_substring(found, ",", ".")
        if sample.isdigit() and len(sample) <= 19 and not self.format.serials:
            # Of 19 digits, some are beyond int64: they become negative, and so no time.
            values: NDArray[Any] = as_numbers(found.cast(pa.uint64()), np.int64)
        else:
            values = as_numbers(found.cast(pa.float64()), np.float64)
        us, kinds, forms = self.take_numbers(values)
        mantissa = re.match(rb"[-+]?\d(?:[.,](\d*))?[eE]", sample)
        if mantissa and us.any() and not self.format.serials:
            largest = float(values[us != 0].max())
            step = 10.0 ** float(np.floor(np.log10(max(largest, 1.0))))
            step /= 10.0 ** len(mantissa[1] or b"")
            scale = max(largest / max(float(us.max()) / 1e6, 1.0), 1e-3)
            self.resolution_s = min(self.resolution_s, step / scale)
            kinds[kinds == EXACT] = ROUNDED
        return us, kinds, forms

    def take_numbers(self, values: NDArray[Any]) -> tuple[NDArray[np.int64], Bytes, Bytes]:
        """Read numbers, of a text or of a column of numbers: as `read`."""
        if self.format.serials:
            numbers = read_serials(values.astype(np.float64), self.format.serials)
            return (
                numbers.us,
                np.where(numbers.forms > 0, NAIVE, BAD).astype(np.uint8),
                np.zeros(len(values), np.uint8),
            )
        numbers = read_epochs(values)
        self.n_cut += numbers.n_cut
        kind_of = [BAD] + [
            EXACT if not is_date(form) else NAIVE if form > 1 else NAIVE_DATE
            for form in range(1, 9)
        ]
        return numbers.us, np.array(kind_of, np.uint8)[numbers.forms], numbers.forms

    def _read_form(
        self, matrix: Bytes, form: Form, sample: bytes
    ) -> tuple[NDArray[np.int64], Bytes]:
        parts = form.parts
        digits = matrix - np.uint8(48)
        n = matrix.shape[1]

        def read(name: str, default: int = 0) -> NDArray[Any]:
            begin, end = parts.get(name, (0, 0))
            return join_digits(digits[begin:end]) if end else np.full(n, default, np.uint8)

        years = read("Y")
        if "y" in parts:
            short = read("y").astype(np.uint16)
            years = short + np.where(short < 69, np.uint16(2000), np.uint16(1900))
        days, months = read("d", 1), read("m")
        if "n" in parts:
            months = read_months(matrix[parts["n"][0] :])
        if form.day_first is not None and "a" in parts:
            days, months = (read("a"), read("b")) if form.day_first else (read("b"), read("a"))
        hours, minutes, seconds = read("H"), read("M"), read("S")
        fits = (hours < 24) & (minutes < 60) & (seconds < 60)
        if "p" in parts:
            fits &= hours <= 12
            afternoon = (matrix[parts["p"][0]] | 32) == ord("p")
            hours = hours % 12 + afternoon.astype(np.uint8) * np.uint8(12)
        if form.is_open:
            low, high = bound_years()
            packed = (years.astype(np.int64) * 100 + read("a")) * 100 + read("b")
            fits &= (years >= low) & (years < high)
            us = packed * 4 + 1
        else:
            us, exists = count_days(years, months, days)
            fits &= exists
        clock = hours.astype(np.int32) * 3600 + minutes.astype(np.int32) * 60 + seconds
        us *= 86_400
        us += clock
        if "oh" in parts:
            us -= self._read_offsets(matrix, read, parts["s"][0], fits)
        elif form.fixed_offset_s is not None:
            self.offsets_s.add(form.fixed_offset_s)
            self.has_names |= form.fixed_offset_s != 0
            us -= form.fixed_offset_s
        us *= 1_000_000
        if "f" in parts:
            begin, end = parts["f"]
            fraction = join_digits(digits[begin:end]).astype(np.int64)
            if end - begin > 6:
                scale = 10 ** (end - begin - 6)
                self.n_cut += int(np.count_nonzero(fraction % scale))
                fraction //= scale
            else:
                fraction *= 10 ** (6 - end + begin)
            us += fraction
        if not form.is_open:
            first, end = bound_times()
            fits &= (us >= first) & (us < end)
            is_dotted = parts.get("Y") == (0, 4) and sample[4:5] == b"."
            self.is_dotted |= is_dotted and not form.is_exact and not form.is_date
        if form.is_exact:
            kind = OPEN_EXACT if form.is_open else EXACT
        else:
            kind = (OPEN if form.is_open else NAIVE) + form.is_date
        return np.where(fits, us, 0), np.where(fits, np.uint8(kind), np.uint8(BAD))

    def _read_offsets(
        self, matrix: Bytes, read: Any, sign: int, fits: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        hours, minutes, seconds = (read(name).astype(np.int64) for name in ("oh", "om", "os"))
        fits &= (hours <= 15) & (minutes < 60) & (seconds < 60)
        offsets: NDArray[np.int64] = hours * 3600 + minutes * 60 + seconds
        offsets[matrix[sign] == ord("-")] *= -1
        if len(offsets) and len(self.offsets_s) < 100:
            known = offsets[fits]
            while len(known):
                # Seldom more than two: each pass takes one offset out.
                self.offsets_s.add(int(known[0]))
                known = known[known != known[0]]
        return offsets


def make_empty(n: int) -> tuple[NDArray[np.int64], Bytes, Bytes]:
    """What `TextReader.read` returns of rows that are no times."""
    return np.zeros(n, np.int64), np.zeros(n, np.uint8), np.zeros(n, np.uint8)
