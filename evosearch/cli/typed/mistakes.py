"""Mistakes in a command line, printed as all other errors are, on a terminal of any size."""

from __future__ import annotations

import difflib
import os
import re
import sys
from functools import partial
from typing import Any

import typer
from typer.core import TyperGroup

from evosearch.cli.typed.help import HelpedGroup, UsageMistake

# A terminal that states a narrower or an absurd width does not know its size.
_NARROWEST, _WIDEST = 20, 10_000
# What other programs call our commands.
_SYNONYMS = {
    **dict.fromkeys(("plot", "chart", "graph", "html", "picture", "draw"), "report"),
    **dict.fromkeys(("search", "start", "optimize", "optimise"), "run"),
    **dict.fromkeys(("best", "rank", "ranking", "leaderboard"), "top"),
    **dict.fromkeys(("continue", "restart"), "resume"),
    **dict.fromkeys(("ls", "ps", "runs"), "status"),
    **dict.fromkeys(("diff",), "compare"),
    **dict.fromkeys(("combine", "collect"), "merge"),
    **dict.fromkeys(("prices", "download"), "data fetch"),
    **dict.fromkeys(("verify",), "check"),
}
# What pydantic and click say of a value that is none, and what a person reads.
_VALUES = (
    (re.compile(r".*(valid integer|valid int\b).*"), "expected a whole number"),
    (re.compile(r".*(valid number|valid float\b).*"), "expected a number"),
    (re.compile(r".*greater than or equal to (\S+?)\.?$"), r"expected \1 or more"),
    (re.compile(r".*less than or equal to (\S+?)\.?$"), r"expected \1 or less"),
)


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
        except UsageMistake as error:
            _print(error)
            sys.exit(error.exit_code)
        except typer.Abort:
            sys.exit(130)
        sys.exit(code if isinstance(code, int) else 0)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that is typed; of an unknown one, say which is meant."""
        try:
            return super().resolve_command(ctx, args)
        except UsageMistake as error:
            # The name of an option is a mistake of another kind.
            if args and not args[0].startswith("-"):
                error.message = f"There is no command {args[0]!r}.{self._suggest(ctx, args[0])}"
            raise

    def _suggest(self, ctx: Any, typed: str) -> str:
        inner = [
            f"{name} {other}"
            for name, group in self.commands.items()
            for other in getattr(group, "commands", ())
        ]
        known = [*self.commands, *inner]
        meant = [name for name in inner if name.split()[-1] == typed]
        meant += [name for name in [_SYNONYMS.get(typed, "")] if name in known]
        found = meant or difflib.get_close_matches(typed, self.commands)
        names = " or ".join(f"`{ctx.command_path} {name}`" for name in found)
        return f" Did you mean {names}?" if found else ""


def forget_wrong_size() -> None:
    """Unset a terminal size that cannot be true, such as 0, before a library reads it."""
    for name, least in (("COLUMNS", _NARROWEST), ("LINES", 1)):
        text = os.environ.get(name, "80")
        is_size = text.isascii() and text.isdigit() and len(text) < 9
        if not (is_size and least <= int(text) <= _WIDEST):
            del os.environ[name]


def _print(error: Any) -> None:
    from evosearch.cli.console import print_error

    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return
    context = error.ctx
    path = context.command_path if context is not None else "evosearch"
    lines = _explain(error, path)
    print_error("\n".join([*filter(None, lines), f"All options: {path} --help"]))


def _explain(error: Any, path: str) -> list[str]:
    """What is wrong, and how to mend it where that is known."""
    kind, param = type(error).__name__, getattr(error, "param", None)
    if kind == "MissingParameter" and param is not None:
        is_profile = "--profile" in param.opts
        how = _list_profiles() if is_profile else f"{_name_value(param)}: {param.help or ''}"
        return [f"`{path}` needs {_name(param)}.", how.rstrip(": ")]
    if kind == "BadParameter" and param is not None:
        named = (
            _name_value(param) if param.param_type_name == "argument" else max(param.opts, key=len)
        )
        return [f"{named}: {_reword(error.message)}"]
    if kind == "NoSuchOption":
        near = " or ".join(sorted(error.possibilities or ()))
        return [f"There is no option {error.option_name}." + f" Did you mean {near}?" * bool(near)]
    if kind == "BadOptionUsage" and "requires an argument" in error.message:
        params = error.ctx.command.params if error.ctx is not None else ()
        (named,) = [_name(each) for each in params if error.option_name in each.opts] or [""]
        return [f"{error.option_name} needs a value" + f": {named}." * bool(named)]
    extra = re.match(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", error.format_message())
    return [f"Too many words: {extra[1]}." if extra else error.format_message()]


def _name(param: Any) -> str:
    """An option with what stands for its value, or an argument."""
    if param.param_type_name == "argument":
        return _name_value(param)
    longest = max(param.opts, key=len)
    return str(longest) if param.is_flag else f"{longest} {_name_value(param)}"


def _name_value(param: Any) -> str:
    return str(param.metavar or "VALUE")


def _reword(message: str) -> str:
    for pattern, words in _VALUES:
        if pattern.match(message):
            return f"{pattern.sub(words, message)}."
    return message


def _list_profiles() -> str:
    from evosearch.errors import EvosearchError
    from evosearch.profiles.files import list_profiles

    try:
        return f"Profiles: {', '.join(sorted(list_profiles()))}."
    except EvosearchError:
        return ""
