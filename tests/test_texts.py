"""Text from data is harmless where it is shown, and nothing else is changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evosearch.texts import make_visible, neutralise_formula


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b2J", "\\x9b2J"),
        ("a\u202eb", "a\\x202eb"),
        ("two\nlines\r", "two\\x0alines\\x0d"),
        ("\udce9", "\\xdce9"),
        ("señal ÷ 数", "señal ÷ 数"),
    ],
)
def test_controls_and_direction_marks_become_visible(text, shown):
    assert make_visible(text) == shown


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_left(text):
    shown = make_visible(text)
    assert all(
        char.isprintable() or not (ord(char) < 32 or 127 <= ord(char) < 160) for char in shown
    )
    assert make_visible(shown) == shown
    shown.encode()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\0"])
def test_what_a_spreadsheet_takes_for_a_formula_is_quoted(start):
    assert neutralise_formula(start + "1") == "'" + start + "1"


def test_other_text_stays_as_it_is():
    for text in ("", "a=1", "1-2", " =1", "'=1"):
        assert neutralise_formula(text) == text
