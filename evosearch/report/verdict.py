"""What the evidence for one row supports, in words: the box under a ranking.

`BoxFacts` holds numbers and states only. The words stand in the catalogue, one whole sentence for
each case and language, and are filled in by `box_lines`.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from evosearch.report.box_facts import STATES, BoxFacts
from evosearch.report.box_lines import Lines, Writer

__all__ = ["STATES", "BoxFacts", "describe_box", "describe_verdict", "wrap_box"]

# A box is at most so many lines of so many columns. What does not fit is left out in this order.
_MAX_LINES, _WIDTH = 8, 80
_COMMAND = re.compile(r"(^|  )evosearch ")
_FIRM = "\N{NO-BREAK SPACE}"
_SPARE = ("", "profiles", "history", "hold", "behaviours", "older", "counts", "audit", "luck")


def describe_box(facts: BoxFacts, language: str = "en") -> Lines:
    """The lines of the box as (label, text), not wrapped.

    Parameters
    ----------
    facts : BoxFacts
    language : {"en", "es"}
    """
    lines: Lines = []
    for n_left_out in range(1, len(_SPARE) + 1):
        lines = Writer(facts, language, _SPARE[:n_left_out]).list_lines()
        if len(wrap_box(lines, _WIDTH)) <= _MAX_LINES:
            break
    return lines


def describe_verdict(facts: BoxFacts, language: str = "en") -> str:
    """The verdict alone in words, as `--json` has it."""
    return Writer(facts, language).describe_verdict()


def wrap_box(lines: Sequence[tuple[str, str]], width: int) -> list[str]:
    """Lines of text, broken between words. A command stays on one line, so that it can be pasted.

    Parameters
    ----------
    lines : sequence of (str, str)
        From `describe_box`. The last one is the next command.
    width : int
        Columns.
    """
    margin = max((len(label) for label, _ in lines), default=0) + 1
    indent = " " * (margin if width >= 4 * margin else 2)
    wrapped = []
    for place, (label, text) in enumerate(lines):
        line = f"{label:<{margin}}{text}"
        is_command = (
            place == len(lines) - 1 or text.startswith("evosearch ") or "  evosearch " in text
        )
        # A number stays with its unit: textwrap does not break at this blank.
        wrapped += [line] if is_command else textwrap.wrap(
            line.replace(" %", f"{_FIRM}%"), max(width, margin + 1), subsequent_indent=indent,
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
    return [line.replace(_FIRM, " ") for line in wrapped]
