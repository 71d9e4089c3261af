"""What is printed of copies of one genome that differ."""

from __future__ import annotations

import itertools
from typing import Any

from evosearch.cli.console import print_warning
from evosearch.report.sentences import count
from evosearch.texts import quote_path

_MAX_GENOMES = _MAX_COLUMNS = 5


def print_conflicts(summary: dict[str, Any], noun: str) -> None:
    """Print the first genomes that were measured differently, with both runs and values."""
    from evosearch.assemble.holdout import is_holdout

    conflicts, n_all = summary["conflicts"], summary["counts"]["conflicts"]
    if not n_all:
        return
    print_warning(
        f"{n_all:,} row{'s' if n_all > 1 else ''} measured differently by "
        "different runs: the objective is not deterministic, or a machine computes differently. "
        "The copy that ranks first is kept, whole. "
        f"To list them: evosearch top {quote_path(summary['path'])} --where conflict"
    )
    genomes = [list(same) for _, same in itertools.groupby(conflicts, lambda c: c["genome_id"])]
    for first, *others in genomes[:_MAX_GENOMES]:
        for place, seen in enumerate(first["measured"]):
            start = f"{first['genome_id'][:8]}  {first['column']}"
            who = f"{seen['profile']} on {seen['host']} ({seen['run_id']})"
            more = f", and {len(others)} more columns" if others and place == 0 else ""
            shown = start if place == 0 else " " * len(start)
            # Before the verdict nothing tells of the hold-out; --json has all figures.
            value = "not shown" if is_holdout(first["column"]) else repr(seen["value"])
            print_warning(f"{shown}  {value}  by {who}{more}")
    n_shown = min(len(genomes), _MAX_GENOMES)
    if n_all > n_shown:
        print_warning(f"... and {n_all - n_shown:,} more (--json lists {len(genomes):,})")


def print_differences(differences: dict[str, Any], noun: str) -> None:
    """Print other differences: missing values, and failed evaluations of measured genomes."""
    n_not_ok, blanks = differences["not_ok"], differences["blanks"]
    if n_not_ok:
        print_warning(
            f"{_count(n_not_ok, noun)} a copy that was measured and one that failed, crashed or "
            "took too long. The measured copy is ranked."
        )
    for name, found in list(blanks.items())[:_MAX_COLUMNS]:
        text = f"{name}: {_count(found['genomes'], noun)} a value in one copy and none in another."
        if found["lost"]:
            text += f" In {found['lost']:,} of them the copy without it is ranked."
        print_warning(text)
    if len(blanks) > _MAX_COLUMNS:
        print_warning(f"... and {len(blanks) - _MAX_COLUMNS:,} more columns (--json lists all)")


def _count(n: int, noun: str) -> str:
    return f"{count(noun, n, 'en')} {'have' if n > 1 else 'has'}"
