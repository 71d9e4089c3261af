"""Numbers with marks are, to the last bit, the numbers that Python reads without them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evosearch.trading.reading.buffers import make_texts
from evosearch.trading.reading.files.numbers import read_numbers

DIGITS = st.integers(0, 10**9), st.text("0123456789", max_size=8)


def read(*texts, decimal=".", thousands=""):
    return read_numbers(make_texts(texts), decimal, thousands)


def group(whole, mark):
    return f"{whole:,}".replace(",", mark)


@given(
    *DIGITS, st.sampled_from(["", "+", "-"]), st.sampled_from([",", "'", "\u2019", " ", "\u00a0"])
)
def test_thousands_are_taken_together(whole, digits, sign, mark):
    plain = float(f"{sign}{whole}.{digits}")
    found = read(f"{sign}{group(whole, mark)}.{digits}", thousands=mark)
    assert not len(found.bad)
    assert found.values[0].hex() == plain.hex()
    assert read(f"{sign}{group(whole, mark)}.{digits}").values[0].hex() == plain.hex()


@given(*DIGITS, st.sampled_from(["", ".", "'", " "]))
def test_decimal_commas(whole, digits, mark):
    found = read(f"{group(whole, mark)},{digits}", decimal=",", thousands=mark)
    assert found.values[0].hex() == float(f"{whole}.{digits}").hex()


@given(st.floats(0, 1e12, allow_subnormal=False), st.sampled_from("kKmMbBtT"))
def test_letters_are_powers_of_ten(value, letter):
    text = f"{value:.6f}"
    power = "e" + str({"k": 3, "m": 6, "b": 9, "t": 12}[letter.lower()])
    assert read(text + letter).values[0].hex() == float(text + power).hex()


@pytest.mark.parametrize(
    ("text", "value"),
    [("$187.15", 187.15), ("-$3.5", -3.5), ("$ -3.5", -3.5), ("187.15 \u20ac", 187.15), ("12.5%", 12.5),
     (" 5 ", 5.0), ("1e5", 1e5), ("+.5", 0.5), ("1.", 1.0), ("12,34,567.5", 1234567.5),
     ("53.68K", 53680.0), ("1,234.5M", 1234.5e6), ("USD 5", 5.0), ("inf", np.inf)],
)  # fmt: skip
def test_marks_are_taken_away(text, value):
    found = read(text)
    assert found.values.tolist() == [value]
    assert not len(found.bad)


@pytest.mark.parametrize(
    "text", ["", " ", "-", "--", "NaN", "nan", "null", "None", "N/A", "#N/A", "."]
)
def test_missing_is_not_wrong(text):
    found = read("1", text)
    assert np.isnan(found.values[1])
    assert not len(found.bad)


@pytest.mark.parametrize(
    "text",
    [
        "ten",
        "1,5",
        "1,23",
        "1_0",
        "0x10",
        "1.2.3",
        "\u0661\u0660",
        "1,2345",
        "5 KK",
        "1d5",
        "TRUE",
        "1 2",
    ],
)
def test_what_is_no_number_is_named_by_its_row(text):
    found = read("1", text, "3", "")
    assert found.bad.tolist() == [1]
    assert found.values[[0, 2]].tolist() == [1.0, 3.0]


@pytest.mark.parametrize("text", ["1.5", "1.2345", "1.50.000", "1,5,5"])
def test_a_point_where_commas_divide_is_no_number(text):
    assert read("1,5", text, decimal=",").bad.tolist() == [1]


def test_a_mark_that_was_taken_away_is_said():
    assert read("1", "1,234.5").example == ("1,234.5", 1234.5)
    assert read("1", "1234.5", "").example is None


def test_nothing_is_read():
    assert not len(read().values)
