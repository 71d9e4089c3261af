"""What each setting of a profile means, in plain words with units, for a profile that is new.

Each has an example, for a setting without a value. Words for a profile's own tables are beside
the settings, in `profiles.tables` and in each algorithm.
"""

from __future__ import annotations

from evosearch.algorithms import ALGORITHMS, find_settings
from evosearch.problems.words import find_built_in
from evosearch.profiles.tables import Profile, RunTable, SearchTable, Table

_PROBLEM = (
    'What is searched: "trading", or a class of your own, "my_problem.py:MyProblem".',
    '"trading"',
)
_TABLES: dict[str, type[Table]] = {"search": SearchTable, "run": RunTable}


def find_words(key: str, problem: str) -> tuple[str, str]:
    """Words and an example for a setting; empty for an option of a person's own problem."""
    table, _, name = key.partition(".")
    if table == "problem":
        if name == "name":
            return _PROBLEM
        return find_built_in(problem).option_words.get(name, ("", ""))
    model = find_settings(table) if table in ALGORITHMS else _TABLES.get(table, Profile)
    field = model.model_fields[name or table]
    example = field.examples[0] if field.examples else ""
    return field.description or "", str(example)
