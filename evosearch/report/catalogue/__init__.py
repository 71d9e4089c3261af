"""The one catalogue of sentences, by key and language: a file for one or several prefixes.

A key is ``prefix.name``. Its sentence stands in the file called like the prefix, or in the one
that `FILES` names; a file is loaded when one of its keys is asked for. How sentences are filled in
stands in the file ``sentences`` beside this room.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping

# Where a prefix does not lie in a file of its own name.
FILES = {
    "why": "verdict",
    "trials": "verdict",
    "luck": "verdict",
    "history": "verdict",
    "hold": "verdict",
    "holdout": "verdict",
    "best": "verdict",
    "noise": "audit",
    "same_numbers": "audit",
    "costs": "audit",
    "concentration": "audit",
    "random_entries": "audit",
    "neighbourhood": "audit",
    "lookahead": "audit",
    "surrogates": "audit",
    "walk_forward": "audit",
    "untold": "audit",
    "forward": "audit",
    "table": "board",
    "gene": "board",
    "evaluate": "board",
    "metric_means": "metric",
    "rule": "strategy",
    "profile": "run",
    "bars": "strategy",
    "cell": "sheet",
    "now": "sheet",
    "sold": "sheet",
    "doubt": "strategy",
    "picture": "pictures.captions",
    "title": "pictures.titles",
    "drawn": "pictures.drawn",
    "lacks": "strategy",
}
NAMES = (
    "audit", "board", "common", "compare", "data", "ideas", "metric", "page", "pictures.captions",
    "pictures.drawn", "pictures.titles", "run", "sheet", "status", "strategy", "trades", "verdict",
)  # fmt: skip


@functools.cache
def load_sentences(name: str) -> Mapping[str, Mapping[str, str]]:
    """The sentences of one of the `NAMES`."""
    found: Mapping[str, Mapping[str, str]] = importlib.import_module(f"{__name__}.{name}").SENTENCES
    return found


def find_sentence(key: str) -> Mapping[str, str] | None:
    """The sentence of a key in each language; None if the catalogue lacks it."""
    prefix = key.partition(".")[0]
    name = FILES.get(prefix, prefix)
    return load_sentences(name).get(key) if name in NAMES else None
