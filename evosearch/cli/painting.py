"""Colours of figures and words: losses red, a hold-out worse than what was searched yellow.

A painted text is a text with a style beside it. Tables and lines that `console` prints show the
style on a terminal with colours. Everywhere else it is the same text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

LOSS, DOUBT, GAIN = "red", "yellow", "green"
# How a verdict's name, as `judging` gives it, is painted. Other names stay plain.
_VERDICTS = {
    "loses": LOSS,
    "chosen_by_holdout": LOSS,
    "luck": DOUBT,
    "fragile": DOUBT,
    "too_short": DOUBT,
    "unknown": DOUBT,
    "paper": GAIN,
    "consistent": GAIN,
}


class Painted(str):
    """A text and the style in which a terminal shows it, from one of its letters on."""

    style: str
    start: int

    def __new__(cls, text: str, style: str, start: int = 0) -> Self:
        painted = super().__new__(cls, text)
        painted.style, painted.start = style, start
        return painted


def paint_loss(text: str, value: object) -> str:
    """A figure, red where its value is below 0."""
    return Painted(text, LOSS) if isinstance(value, (int, float)) and value < 0 else text


def paint_worse(text: str, value: object, searched: object, is_minimised: bool = False) -> str:
    """A figure of the hold-out: red where it is a loss, yellow where it is worse than searched.

    Parameters
    ----------
    text : str
    value, searched : object
        The figure in the hold-out and where it was searched. Anything but numbers is not painted.
    is_minimised : bool
        Less is better, as for a fall. Such a figure is never a loss.
    """
    if not (isinstance(value, (int, float)) and isinstance(searched, (int, float))):
        return text
    if value < 0 and not is_minimised:
        return Painted(text, LOSS)
    is_worse = value > searched if is_minimised else value < searched
    return Painted(text, DOUBT) if is_worse else text


def paint_verdict(lines: Iterable[str], label: str, name: str) -> list[str]:
    """The lines of a box, with those behind a label in the colour of a verdict.

    Parameters
    ----------
    lines : iterable of str
        What goes on with a line begins with a blank.
    label : str
        With which the verdict begins.
    name : str
        Of the verdict, or the state of a ranking that has none.
    """
    style, is_verdict, found = _VERDICTS.get(name), False, []
    for line in lines:
        begin = 0 if line.startswith(" ") else len(label)
        is_verdict = is_verdict if not begin else line.startswith(f"{label} ")
        start = len(line) - len(line[begin:].lstrip())
        found.append(Painted(line, style, start) if is_verdict and style else line)
    return found
