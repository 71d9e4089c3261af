"""Long lines for a terminal: broken between words, under the text that they go on with.

A command that is typed again is never broken, nor is a name of a file.
"""

from __future__ import annotations

import re
import textwrap

from evosearch.cli.painting import Painted

# A line of one name behind its label, or of values to copy.
_WHOLE = re.compile(
    r"(next|shard|profile(?!  \S+: )|printed|merged|export|params|fichero|unido|perfil|impreso) "
)
_COMMAND = re.compile(r"\bevosearch [^()`]*")
# Of lines that begin with a label, then a command.
_LONGEST_LABEL = 20
# Beside the words with which lines begin: run, search, best, next.
_MARGIN = 9
# What stays in one piece has this in place of its blanks.
_FIRM = "\N{NO-BREAK SPACE}"


def wrap_line(line: str, width: int, margin: str | None = None) -> list[str]:
    """A line in as many lines as a terminal of so many columns needs.

    Parameters
    ----------
    line : str
        A `Painted` one stays painted.
    width : int
    margin : str, optional
        Before what goes on, in place of as many blanks as stand before the text of the line.
    """
    command = _COMMAND.search(line)
    is_whole = _WHOLE.match(line) or (command and command.start() <= _LONGEST_LABEL)
    if len(line) <= width or is_whole:
        return [line]
    firm = _COMMAND.sub(lambda found: found[0].replace(" ", _FIRM), line)
    # A number stays with its unit, and an option with its command.
    firm = re.sub(r"(?<=\d) (?=%)| (?=--[a-z])", _FIRM, firm)
    indent = " " * _find_indent(line, width) if margin is None else margin
    parts = textwrap.wrap(
        firm, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ) or [line]
    lines = [part.replace(_FIRM, " ").rstrip() for part in parts]
    if not isinstance(line, Painted):
        return lines
    first, *others = lines
    return [
        Painted(first, line.style, line.start),
        *(Painted(other, line.style, len(indent)) for other in others),
    ]


def _find_indent(line: str, width: int) -> int:
    """Where the text of a line begins, behind its label or its mark and its name."""
    ends = [found.end() for found in re.finditer(r"^ +| {2,}", line)]
    fitting = [end for end in ends if end <= width // 2]
    # A mark such as "ok" is followed by a name, and that by the text.
    wide = [end for end in fitting if end >= _MARGIN]
    return wide[0] if wide else fitting[-1] if fitting else 0
