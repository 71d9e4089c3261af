"""Options that several commands share, so that they read alike everywhere."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from evosearch.cli.typed import completion
from evosearch.errors import UsageError, did_you_mean
from evosearch.profiles.flags import FLAGS, Flag
from evosearch.system.typed_paths import expand_target

F = TypeVar("F", bound=Callable[..., Any])


def read_target(text: str) -> Path:
    """A folder or file that may be written to, as a person typed it."""
    try:
        return expand_target(text)
    except UsageError as error:
        raise typer.BadParameter(str(error)) from None


def number_or_text(text: str) -> int | str:
    """A number, or a word such as auto. The profile refuses any other word."""
    try:
        return int(text)
    except ValueError:
        return text


# Of settings that are typed otherwise than typer reads them.
_PARSERS: dict[object, Callable[[str], object]] = {Path: read_target, int | str: number_or_text}
_COMPLETIONS = {"backend": completion.complete_backends}


def with_settings(command: str, **before: str) -> Callable[[F], F]:
    """Give a command the settings that `flags` names for it, as options.

    The help shows them before the keyword-only parameters of the command's function, which gets
    their values as ``**settings``.

    Parameters
    ----------
    command : str
    **before : str
        A keyword-only parameter, and the setting before which the help shows it instead.
    """
    return with_options(
        {flag.name: _make_option(flag) for flag in FLAGS if command in flag.commands}, **before
    )


def with_options(kinds: Mapping[str, object], **before: str) -> Callable[[F], F]:
    """Give a command options by name and annotation, as `with_settings` does."""

    def decorate(function: F) -> F:
        signature = inspect.signature(function, eval_str=True)
        own = signature.parameters
        parameters = [each for each in own.values() if each.kind is each.POSITIONAL_OR_KEYWORD]
        for option, annotation in kinds.items():
            parameters += [own[name] for name, other in before.items() if other == option]
            kind = inspect.Parameter.KEYWORD_ONLY
            parameters.append(inspect.Parameter(option, kind, default=None, annotation=annotation))
        last = [each for each in own.values() if each.kind is each.KEYWORD_ONLY]
        parameters += [each for each in last if each.name not in before]
        vars(function)["__signature__"] = signature.replace(parameters=parameters)
        return function

    return decorate


def _make_option(flag: Flag) -> object:
    option = typer.Option(
        *filter(None, [f"--{flag.name}", flag.short]),
        help=flag.help,
        metavar=flag.metavar,
        envvar=flag.variable,
        parser=_PARSERS.get(flag.kind),
        autocompletion=_COMPLETIONS.get(flag.name),
    )
    kind: Any = str if flag.kind in _PARSERS else flag.kind
    return Annotated[kind | None, option]


_PROFILE = "Name of a profile in profiles/, or the path of its file."
_profile_option = partial(
    typer.Option, "--profile", "-p", autocompletion=completion.complete_profiles
)
Profile = Annotated[str, _profile_option(metavar="NAME", help=_PROFILE)]
Profiles = Annotated[list[str], _profile_option(metavar="NAME", help=f"{_PROFILE} Repeatable.")]
Seeds = Annotated[
    int | None,
    typer.Option(
        "--seeds", min=1, max=100_000, metavar="N", help="Search N times, with consecutive seeds."
    ),
]
Assignments = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Replace any value of the profile, such as problem.fee_frac=0.001. Repeatable.",
    ),
]
Results = Annotated[
    Path | None,
    typer.Option(
        "--results", envvar="EVOSEARCH_RESULTS", metavar="FOLDER", help="Folder of results.",
        parser=read_target,
    ),
]  # fmt: skip
KeepAwake = Annotated[
    bool, typer.Option("--keep-awake", help="Keep the machine from sleeping meanwhile.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON for machines.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only the result, no progress.")]
Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH",
        help="Shards, merged files, folders or patterns. Default: the results folder.",
        show_default=False,
    ),
]
Number = Annotated[
    int, typer.Option("--number", "-n", metavar="N", help="How many rows; -1 for all.")
]
Prices = Annotated[
    str | None,
    typer.Option("--data", metavar="FILE", help="The prices, if this machine lost them."),
]
Columns = Annotated[
    str | None,
    typer.Option(
        "--columns",
        metavar="A,B,...",
        help="Only these columns, in this order.",
        autocompletion=completion.complete_columns,
    ),
]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        "-f",
        metavar="KIND",
        help="How to print the rows: table, csv, json or md.",
        autocompletion=completion.among("table", "csv", "json", "md"),
    ),
]
Unseen = Annotated[
    bool,
    typer.Option(
        "--unseen",
        help="Show the hold-out of every row shown. Each is a look: later tests are stricter.",
    ),
]
Language = Annotated[
    str | None,
    typer.Option(
        "--lang",
        metavar="en|es",
        autocompletion=completion.among("en", "es"),
        help="Language of what is printed. Default: the environment's.",
    ),
]
TrialsBefore = Annotated[
    int,
    typer.Option(
        "--trials-before", min=0, metavar="N", help="Trials made elsewhere, which count too."
    ),
]
FORMATS = ("table", "csv", "json", "md")


def choose_format(wanted: str, as_json: bool) -> str:
    """The format asked for; --json is short for --format json.

    Raises
    ------
    UsageError
        There is no such format.
    """
    if wanted not in FORMATS:
        raise UsageError(f"--format {wanted!r} is unknown. {did_you_mean(wanted, FORMATS)}")
    return "json" if as_json else wanted


def read_language(wanted: str | None) -> str:
    """The language asked for, or that of the environment.

    Raises
    ------
    UsageError
        There is no such language.
    """
    from evosearch.report.sentences import LANGUAGES, choose_language

    if wanted is not None and wanted not in LANGUAGES:
        raise UsageError(f"--lang {wanted!r} is unknown. {did_you_mean(wanted, LANGUAGES)}")
    return choose_language(wanted, os.environ)


def name_variables(context: typer.Context) -> dict[str, str]:
    """Options of a command that an environment variable gave, and that variable's name."""
    return {
        option.name: str(option.envvar)
        for option in context.command.params
        if option.name
        and (source := context.get_parameter_source(option.name)) is not None
        and source.name == "ENVIRONMENT"
    }


def split_names(text: str | None) -> list[str]:
    """Names separated by commas."""
    return [name.strip() for name in (text or "").split(",") if name.strip()]
