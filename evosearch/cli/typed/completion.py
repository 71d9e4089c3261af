"""What a shell's Tab key fills in: names of profiles, runs, columns, machines and choices.

Where nothing is known the shell completes names of files. A mistake leaves nothing to fill in and
is not said: a person is still typing.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable
from typing import Any

import typer

Completion = Callable[[typer.Context, str], list[str]]


def complete(find: Callable[[typer.Context], Iterable[str]]) -> Completion:
    """Make a completion of one word of what `find` lists."""

    def fill(context: typer.Context, incomplete: str) -> list[str]:
        try:
            found = [name for name in find(context) if name.startswith(incomplete)]
            # A shell reads what is filled in. Names from files of strangers may hold commands.
            return [name for name in found if shlex.quote(name) == name]
        except Exception:  # any file may be damaged, and a terminal must not be written to
            return []

    return fill


def complete_list(find: Callable[[typer.Context], Iterable[str]]) -> Completion:
    """Make a completion of the last of several words with commas between them."""
    one = complete(find)

    def fill(context: typer.Context, incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        used = set(before.split(","))
        return [f"{before}{comma}{name}" for name in one(context, last) if name not in used]

    return fill


def among(*choices: str) -> Completion:
    """Make a completion of a few words."""
    return complete(lambda _: choices)


def _profiles(_: typer.Context) -> Iterable[str]:
    from evosearch.profiles.files import list_profiles

    return list_profiles()


def _backends(_: typer.Context) -> Iterable[str]:
    from evosearch.assemble.settings.checking import list_backends

    return list_backends()


def _runs(context: typer.Context) -> Iterable[str]:
    from evosearch.assemble.completing import list_run_names

    return list_run_names(_find_results(context))


def _columns(context: typer.Context) -> Iterable[str]:
    from evosearch.assemble.completing import list_columns

    return list_columns(_find_results(context), _find_paths(context))


def _hosts(context: typer.Context) -> Iterable[str]:
    from evosearch.assemble.completing import list_hosts

    return list_hosts(_find_results(context), _find_paths(context))


def _find_results(context: typer.Context) -> str:
    """The results folder of the line that is being typed."""
    given: Any = context.params.get("results")
    return os.path.expanduser(given or os.environ.get("EVOSEARCH_RESULTS") or "results")  # noqa: PTH111


def _find_paths(context: typer.Context) -> list[str]:
    return [os.path.expanduser(path) for path in context.params.get("paths") or ()]  # noqa: PTH111


complete_profiles, complete_backends = complete(_profiles), complete(_backends)
complete_runs, complete_hosts = complete(_runs), complete(_hosts)
complete_column, complete_columns = complete(_columns), complete_list(_columns)
