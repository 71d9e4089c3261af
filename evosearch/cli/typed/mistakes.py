"""Mistakes in a command line, printed as all other errors are, on a terminal of any size."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import Any

import typer
from typer.core import TyperGroup

from evosearch.cli.typed.help import HelpedGroup

# A terminal that states a narrower or an absurd width does not know its size.
_NARROWEST, _WIDEST = 20, 10_000
# Typer takes these classes from click, or has its own. Both have this base.
_UsageError: Any = typer.BadParameter.__bases__[0]


class Group(HelpedGroup, TyperGroup):
    """All commands. Mistakes in a command line are printed in our form."""

    def main(self, *args: object, **more: object) -> object:
        """Run a command line."""
        forget_wrong_size()
        is_ours = more.pop("standalone_mode", True)
        run: Any = partial(super().main, standalone_mode=False)
        if not is_ours:
            return run(*args, **more)
        try:
            code = run(*args, **more)
        except _UsageError as error:
            _print(error)
            sys.exit(error.exit_code)
        except typer.Abort:
            sys.exit(130)
        sys.exit(code if isinstance(code, int) else 0)


def forget_wrong_size() -> None:
    """Unset a terminal size that cannot be true, such as 0, before a library reads it."""
    for name, least in (("COLUMNS", _NARROWEST), ("LINES", 1)):
        text = os.environ.get(name, "80")
        is_size = text.isascii() and text.isdigit() and len(text) < 9
        if not (is_size and least <= int(text) <= _WIDEST):
            del os.environ[name]


def _print(error: typer.BadParameter) -> None:
    from evosearch.cli.console import print_error

    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return
    lines = [error.format_message()]
    param = getattr(error, "param", None)
    if "--profile" in getattr(param, "opts", ()) and lines[0].startswith("Missing"):
        lines.append(_list_profiles())
    if error.ctx is not None:
        lines.append(f"All options: {error.ctx.command_path} --help")
    print_error("\n".join(filter(None, lines)))


def _list_profiles() -> str:
    from evosearch.errors import EvosearchError
    from evosearch.profiles.files import list_profiles

    try:
        return f"Profiles: {', '.join(sorted(list_profiles()))}."
    except EvosearchError:
        return ""
