"""Texts of one length as a matrix of bytes, a row for each place, read in few steps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.reading.instants.forms import MONTHS, Form

Bytes = NDArray[np.uint8]

# The first three letters of a month, five bits each, to its number.
_MONTHS = np.zeros(1 << 15, np.uint8)
for _name, _month in MONTHS.items():
    _MONTHS[(_name[0] & 31) << 10 | (_name[1] & 31) << 5 | _name[2] & 31] = _month


def read_months(matrix: Bytes) -> Bytes:
    """Months from the first three letters of their names; 0 for any other name."""
    first, second, third = (matrix[place].astype(np.uint16) & 31 for place in range(3))
    months: Bytes = _MONTHS[first << 10 | second << 5 | third]
    return months


def find_alike(matrix: Bytes, sample: bytes, form: Form | None) -> NDArray[np.bool_]:
    """Which texts have digits where the sample has, and the same marks and words.

    Parameters
    ----------
    matrix : ndarray of uint8, shape (n_bytes, n)
    sample : bytes
        One of the texts.
    form : Form or None
        Where letters may differ; None: nowhere.
    """
    fits = np.ones(matrix.shape[1], np.bool_)
    free = form.free if form is not None else frozenset[int]()
    marks = {form.parts[name][0] for name in "ps" if name in form.parts} if form else set()
    for place, byte in enumerate(sample):
        row = matrix[place]
        if 48 <= byte <= 57:
            fits &= (row - np.uint8(48)) <= 9
        elif place in free:
            fits &= (((row | 32) - np.uint8(97)) < 26) | (row >= 128)
        elif place in marks:
            first, second = (b"+", b"-") if byte in b"+-" else (b"a", b"p")
            plain = row if byte in b"+-" else row | 32
            fits &= (plain == first[0]) | (plain == second[0])
        elif chr(byte).isalpha() and byte < 128:
            fits &= (row | 32) == byte | 32
        else:
            fits &= row == byte
    return fits


def join_digits(digits: Bytes) -> NDArray[Any]:
    """Numbers from their digits.

    Parameters
    ----------
    digits : ndarray of uint8, shape (n_digits, n)
        From 0 to 9; at most nine of them.
    """
    n = len(digits)
    whole: NDArray[Any] = digits[0]
    if n > 2:
        whole = whole.astype(np.uint16 if n <= 4 else np.uint32)
    for row in digits[1:]:
        whole = whole * whole.dtype.type(10) + row
    return whole
