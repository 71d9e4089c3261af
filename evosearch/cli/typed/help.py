"""The help of all commands: in sections, with an example, and without a programmer's words.

A command names its section and its example where it is registered. An option names what stands
for its value: NAME, N, TIME, FILE, or a choice such as ``en|es``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand

if TYPE_CHECKING:
    _Base = TyperCommand
else:
    _Base = object

# Typer takes this class from click, or has its own. Both are the base of this one.
UsageMistake: Any = typer.BadParameter.__bases__[0]
SEARCH, READ, PRICES, MACHINE = "Search", "Read results", "Prices", "This machine"
SECTIONS = (SEARCH, READ, PRICES, MACHINE)
# A command's first sentence is never cut.
_LONGEST = 200
# What typer prints behind a help text, and what a person reads there.
_BOUNDS = (
    (re.compile(r"(-?[\d.]+)<=x<=(-?[\d.]+)"), r"\1 to \2"),
    (re.compile(r"; x>=[01]\b|\bx>=[01]; "), ""),
    (re.compile(r"^\[x>=[01]\]$"), ""),
    (re.compile(r"x>=(-?[\d.]+)"), r"at least \1"),
    (re.compile(r"x<=(-?[\d.]+)"), r"at most \1"),
    (re.compile(r"env var: (\w+)"), r"or the variable \1"),
)
_EXTRA = re.compile(r"\[[^][]*\]$")
_TYPE = re.compile(r" <([^>]*)>(?:\.\.\.)?$")
_WORDS = {"int": "N", "int range": "N", "float": "NUMBER", "path": "FILE"}
# A help is wrapped at hyphens. Options and names stay whole with a hyphen that is none.
_FIRM = "\N{NON-BREAKING HYPHEN}"


class _Helped(_Base):
    """What the help of a command and of a group of commands share."""

    def get_help(self, ctx: Any) -> str:
        """The whole help."""
        return super().get_help(ctx).replace(_FIRM, "-")

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """Write what the command does."""
        kept, self.help = self.help, (self.help or "").replace("-", _FIRM)
        try:
            super().format_help_text(ctx, formatter)
        finally:
            self.help = kept

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The words behind the name of the command."""
        pieces = [self.options_metavar] if self.options_metavar else []
        for param in self.get_params(ctx):
            if param.param_type_name == "argument":
                name, several = _name_argument(param), "..." if param.nargs != 1 else ""
                pieces.append(name + several if param.required else f"[{name}]{several}")
        return pieces

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments and options."""
        found: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None:
                is_argument = param.param_type_name == "argument"
                name, text = record
                name = _name_argument(param) if is_argument else name
                found["Arguments" if is_argument else "Options"].append(_reword(name, text))
        for title, records in found.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records, col_max=formatter.width * 3 // 8)


class Command(_Helped, TyperCommand):
    """A command whose help ends with an example, which is never broken: it can be pasted."""

    example = ""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read what is typed; a mistake in it knows the command that it belongs to."""
        try:
            return super().parse_args(ctx, args)
        except UsageMistake as error:
            error.ctx = error.ctx or ctx
            raise

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the example."""
        super().format_epilog(ctx, formatter)
        if self.example:
            with formatter.section("Example"):
                formatter.write(f"{'':>{formatter.current_indent}}{self.example}\n")


def make_command(example: str) -> type[Command]:
    """The class of a command with an example."""
    return type("Command", (Command,), {"example": example})


class HelpedGroup(_Helped):
    """A group of commands, listed in the sections that they name."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The words behind the name of the group."""
        return ["COMMAND", "..."]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options, then the commands."""
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write a line for each command."""
        group: Any = self
        found = [(name, group.get_command(ctx, name)) for name in group.list_commands(ctx)]
        shown = [(name, each) for name, each in found if each is not None and not each.hidden]
        width = max((len(name) for name, _ in shown), default=0)
        for title in (*SECTIONS, None):
            rows = [
                (f"{name:<{width}}", each.get_short_help_str(_LONGEST).replace("-", _FIRM))
                for name, each in shown
                if _find_section(each) == title
            ]
            if rows:
                with formatter.section(title or "Commands"):
                    formatter.write_dl(rows)


def _name_argument(param: Any) -> str:
    return param.metavar or (param.name or "").upper()


def _find_section(command: Any) -> str | None:
    title = getattr(command, "rich_help_panel", None)
    return title if title in SECTIONS else None


def _reword(name: str, text: str) -> tuple[str, str]:
    """A line of the help without the words of typer."""
    extra = _EXTRA.search(text)
    if extra is not None:
        words = extra.group()
        for pattern, replacement in _BOUNDS:
            words = pattern.sub(replacement, words)
        text = (text[: extra.start()] + words).rstrip()
    name = _TYPE.sub(lambda kind: f" {_WORDS.get(kind[1], 'TEXT')}", name)
    return name, text.replace("-", _FIRM)
