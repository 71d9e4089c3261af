"""Text from data is harmless where it is shown, and nothing else is changed."""

import unicodedata

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


def of_names(*parts):
    """Characters whose names in Unicode hold one of these."""
    named = [(chr(code), unicodedata.name(chr(code), "")) for code in range(0x10000)]
    return {char for char, name in named if any(part in name for part in parts)}


def of_classes(read, *wanted):
    return {chr(code) for code in range(0x10000) if read(chr(code)) in wanted}


HARMFUL = {
    "controls, of which C1 are escapes of one character": of_classes(unicodedata.category, "Cc"),
    "bytes that are no text": of_classes(unicodedata.category, "Cs"),
    "breaks of lines and paragraphs": of_classes(unicodedata.category, "Zl", "Zp"),
    "embeddings, overrides and isolates, and their ends": of_classes(
        unicodedata.bidirectional, "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"
    ),
    "marks of direction": of_names("-TO-LEFT MARK", "-TO-RIGHT MARK", "ARABIC LETTER MARK"),
    "spaces of no width": of_names("ZERO WIDTH SPACE", "ZERO WIDTH NO-BREAK", "WORD JOINER"),
}


@pytest.mark.parametrize("kind", HARMFUL)
def test_no_character_that_turns_hides_or_breaks_a_line_is_shown_as_it_is(kind):
    assert HARMFUL[kind]
    for char in HARMFUL[kind]:
        assert make_visible(f"a{char}b") == f"a\\x{ord(char):02x}b"


def test_what_can_be_printed_stays_as_it_is_and_so_do_the_joiners_that_letters_need():
    text = "".join(chr(code) for code in range(0x10000) if chr(code).isprintable())
    text += "\u200c\u200d\U0001f600"  # as in Persian, in Hindi and in pictures of families
    assert make_visible(text) == text


def test_only_the_characters_that_are_ours_are_kept():
    assert make_visible("a\nb\x1bc\u2067", keep="\n") == "a\nb\\x1bc\\x2067"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\0"])
def test_what_a_spreadsheet_takes_for_a_formula_is_quoted(start):
    assert neutralise_formula(start + "1") == "'" + start + "1"


def test_other_text_stays_as_it_is():
    for text in ("", "a=1", "1-2", " =1", "'=1"):
        assert neutralise_formula(text) == text
