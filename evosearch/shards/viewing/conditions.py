"""The names in a condition: each is the column that it names, exactly as it is written.

Names come from shards of any origin, and SQL has reserved words and ignores case. So the database
sees numbers in place of the names of a ranking.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa

from evosearch.errors import UsageError, did_you_mean
from evosearch.shards.format.schema import PARAM
from evosearch.texts import make_visible

# A condition looks at one row; what looks at others would depend on how rows are batched.
_REFUSED = (
    "select", "from", "with", "pivot", "unpivot", "describe", "show", "summarize", "columns",
)  # fmt: skip
# Words that a condition is built with: they keep their meaning, whatever columns are called.
_WORDS = (
    "and", "or", "not", "in", "is", "between", "like", "ilike", "glob", "similar", "escape",
    "collate", "isnull", "notnull", "case", "when", "then", "else", "end", "as",
)  # fmt: skip
EMPTY = "--where is empty."
_VALUES = ("true", "false", "null")
_OURS = "evosearch_"
_PLACEHOLDER = f"{_OURS}column_"


class _Token(NamedTuple):
    text: str
    kind: str
    space: str  # behind it

    @property
    def is_name(self) -> bool:
        return self.kind in ("identifier", "keyword")

    @property
    def is_quoted(self) -> bool:
        return self.text.startswith('"')

    @property
    def word(self) -> str:
        """In lower case if it is a bare word, else as it is written."""
        return self.text if self.is_quoted or "const" in self.kind else self.text.lower()


@dataclass(frozen=True)
class Condition:
    """A condition with placeholders instead of names.

    Attributes
    ----------
    sql : str
    columns : dict of str to str
        The column behind each placeholder.
    words : tuple of str
        Words of SQL that are names of columns too, and were left as words.
    """

    sql: str
    columns: dict[str, str]
    words: tuple[str, ...]

    def explain(self, text: str, schema: pa.Schema) -> str:
        """A message of the database with the names put back, and what else to write."""
        missing = re.search(r'column "([^"]*)" not found|table "([^"]*)" not found', text)
        if missing:
            name = missing[1] or missing[2]
            lines = [] if name in self.words else [explain_missing(name, schema)]
        else:
            text = text.partition(": ")[2] or text
            for placeholder in sorted(self.columns, key=len, reverse=True):
                text = text.replace(placeholder, self.columns[placeholder])
            lines = [text.replace('error at or near ")"', "error: it ends too early")]
        lines += [_advise(word, find_columns(word, schema)[0]) for word in self.words]
        return "\n".join(lines)


def read_condition(where: str, schema: pa.Schema) -> Condition:
    """Find the names of columns in a condition.

    Raises
    ------
    UsageError
        It is empty, or no condition on one row; a name may mean several columns, or a value.
    """
    pieces = _tokenize(where)
    tokens = [token for token in pieces if token.kind != "comment"]
    if not tokens:
        raise UsageError(EMPTY)
    blank = _Token("", "", "")
    padded = [blank, blank, *tokens, blank]
    start = f"--where {where!r}: "
    columns: dict[str, str] = {}
    words, sql = [], []
    bound: list[tuple[str, int]] = []  # parameters of lambdas, with the depth of their brackets
    depth = place = 0
    for piece in pieces:
        sql.append(piece.text + piece.space)
        if piece.kind == "comment":
            continue
        before, last, token, following = padded[place : place + 4]
        place += 1
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        bound = [(name, inside) for name, inside in bound if depth >= inside]
        if token.word == "lambda" and following.kind == "identifier":
            texts = [each.text for each in tokens[place:]]
            bound += [(name, depth) for name in texts[: texts.index(":") if ":" in texts else 0]]
            continue
        is_bound = not token.is_name or token.text in dict(bound)
        found = [] if is_bound else find_columns(_unquote(token.text), schema)
        if found and _is_value(before, last, token, following):
            if len(found) > 1:
                both = " or ".join(make_visible(column) for column in found)
                raise UsageError(
                    f"{start}{token.text} may be {both}. Write the name exactly as it is."
                )
            if token.word in _VALUES:
                raise UsageError(start + _advise(token.text, found[0]))
            placeholder = f"{_PLACEHOLDER}{schema.names.index(found[0])}"
            columns[placeholder] = found[0]
            sql[-1] = f" {placeholder} {piece.space}"
        elif token.word in _REFUSED or token.text == ";" or token.word.startswith(_OURS):
            more = f" {_advise(token.text, found[0])}" if found else ""
            raise UsageError(
                f"{start}{token.word!r} does not belong in a condition on one row.{more}"
            )
        elif found and (token.kind == "keyword" or token.word in _WORDS):
            words.append(token.text)
    return Condition("".join(sql), columns, tuple(dict.fromkeys(words)))


def find_columns(name: str, schema: pa.Schema) -> list[str]:
    """The columns that a name may mean: the one so written, else all that differ in case alone.

    A gene may be named with or without ``param_``; another column of such a name comes first.

    Examples
    --------
    >>> schema = pa.schema([("n_steps", pa.int64()), ("param_rate", pa.float64())])
    >>> find_columns("rate", schema), find_columns("N_Steps", schema)
    (['param_rate'], ['n_steps'])
    """
    spellings = {column.removeprefix(PARAM): column for column in schema.names}
    spellings |= {column: column for column in schema.names}
    if name in spellings:
        return [spellings[name]]
    folded = name.lower()
    return [*dict.fromkeys(spellings[text] for text in spellings if text.lower() == folded)]


def explain_missing(name: str, schema: pa.Schema) -> str:
    """The message about a column that does not exist."""
    names = [make_visible(item) for item in schema.names]
    bare = [n.removeprefix(PARAM) for n in names if n.startswith(PARAM)]
    plain = [n for n in names if not n.startswith(PARAM)]
    nearest = did_you_mean(name, [*plain, *bare])
    lines = [f"there is no column {make_visible(name)!r}. " + nearest * nearest.startswith("Did")]
    inside = [n for n in plain if not (n.endswith("_oos") and n.removesuffix("_oos") in plain)]
    also = " (and of the hold-out, ending in _oos)" if len(inside) < len(plain) else ""
    lines.append(f"Columns{also}: {', '.join(inside)}")
    lines.append(f"Genes: {', '.join(bare)}")
    return "\n".join(line.rstrip() for line in lines)


def resolve_column(name: str, schema: pa.Schema, option: str) -> str:
    """A column by its name, a gene also without ``param_``.

    Raises
    ------
    UsageError
        There is none.
    """
    for spelled in (name, PARAM + name):
        if spelled in schema.names:
            return spelled
    raise UsageError(f"{option}: {explain_missing(name, schema)}")


def _is_value(before: _Token, last: _Token, token: _Token, following: _Token) -> bool:
    """Whether a word is where a value can be, and is no part of something else."""
    if following.text in ("(", ".") or last.text in (".", "::") or last.word == "as":
        return False  # a function, a type
    if token.is_quoted:
        return True
    if token.word in _WORDS or "const" in last.kind or following.kind == "string_const":
        return False  # date '2026-01-01'
    if token.word in _VALUES:
        return (last.word, before.word) != ("not", "is") and last.word != "is"
    if token.kind == "identifier":
        return True
    # Next to a word that is no operator it is part of a phrase: interval 5 day, at time zone.
    is_after = not last.is_name or last.word in _WORDS
    is_before = not following.is_name or following.word in _WORDS
    return is_after and is_before and "const" not in following.kind


def _tokenize(where: str) -> list[_Token]:
    import duckdb

    try:
        raw = where.encode()  # places of tokens are counted in bytes
    except UnicodeEncodeError as error:
        raise UsageError(f"--where {where!r}: it is no text.") from error
    found = duckdb.tokenize(where)
    tokens = []
    for place, (start, kind) in enumerate(found):
        end = found[place + 1][0] if place + 1 < len(found) else len(raw)
        piece = raw[start:end].decode(errors="replace")
        text = piece.rstrip()
        tokens.append(_Token(text, str(kind).rpartition(".")[2], piece[len(text) :]))
    return tokens


def _unquote(text: str) -> str:
    return text[1:-1].replace('""', '"') if re.fullmatch(r'".*"', text, re.DOTALL) else text


def _advise(word: str, column: str) -> str:
    quoted = '"' + word.strip('"') + '"'
    either = f"{make_visible(column)} or {quoted}" if column.startswith(PARAM) else quoted
    return f"{word} is a word of SQL: for the column, write {either}."
