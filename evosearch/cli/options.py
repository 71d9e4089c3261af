"""Options that several commands share, so that they read alike everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evosearch.errors import UsageError, did_you_mean
from evosearch.system.typed_paths import expand_target


def read_target(text: str) -> Path:
    """A folder or file that may be written to, as a person typed it."""
    try:
        return expand_target(text)
    except UsageError as error:
        raise typer.BadParameter(str(error)) from None


def complete_profiles(incomplete: str) -> list[str]:
    """Names of profiles for a shell's Tab key."""
    from evosearch.profiles.files import list_profiles

    return [name for name in list_profiles() if name.startswith(incomplete)]


def complete_backends(incomplete: str) -> list[str]:
    """Names of backends for a shell's Tab key."""
    from evosearch.executors import EXECUTORS

    return [name for name in EXECUTORS if name.startswith(incomplete)]


Profile = Annotated[
    str,
    typer.Option(
        "--profile",
        "-p",
        help="Name of a profile in profiles/, or the path of its file.",
        autocompletion=complete_profiles,
    ),
]
Profiles = Annotated[
    list[str],
    typer.Option(
        "--profile",
        "-p",
        help="Name of a profile in profiles/, or the path of its file. Repeatable.",
        autocompletion=complete_profiles,
    ),
]
Seeds = Annotated[
    int | None,
    typer.Option(
        "--seeds",
        min=1,
        max=100_000,
        metavar="N",
        help="Search N times, with consecutive seeds.",
    ),
]
Address = Annotated[
    str | None,
    typer.Option(
        "--address",
        metavar="HOST:PORT",
        help="Head of the Ray cluster, for --backend ray. Default: RAY_ADDRESS.",
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
Data = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="FILE",
        help="CSV or Parquet file of bars, or sample:NAME. Default: the profile's, "
        "EVOSEARCH_DATA, what `evosearch data use` set, or a sample.",
        show_default=False,
    ),
]
Results = Annotated[
    Path | None,
    typer.Option(
        "--results",
        envvar="EVOSEARCH_RESULTS",
        metavar="DIR",
        help="Folder of shards.",
        parser=read_target,
    ),
]
Generations = Annotated[
    int | None, typer.Option("--generations", "-g", help="Generations to breed in all.")
]
Evaluations = Annotated[
    int | None, typer.Option("--evaluations", help="Genomes to evaluate in all.")
]
Budget = Annotated[
    str | None, typer.Option("--budget", help="Time to spend, such as 90s, 45m or 2h.")
]
Target = Annotated[
    float | None, typer.Option("--target", help="Stop when the objective is as good as this.")
]
Stagnation = Annotated[
    int | None,
    typer.Option("--stagnation", help="Stop after so many generations without a better one."),
]
Backend = Annotated[
    str | None,
    typer.Option(
        "--backend",
        help="auto, serial, threads, processes or ray.",
        autocompletion=complete_backends,
    ),
]
KeepAwake = Annotated[
    bool, typer.Option("--keep-awake", help="Keep the machine from sleeping meanwhile.")
]
Seed = Annotated[str | None, typer.Option("--seed", help="Seed of the run; drawn if not given.")]
Workers = Annotated[
    str | None,
    typer.Option("--workers", "-w", envvar="EVOSEARCH_WORKERS", help="Number of workers, or auto."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON for machines.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only the result, no progress.")]
Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATHS]...",
        help="Shards, merged files, folders or patterns. Default: the results folder.",
        show_default=False,
    ),
]
Number = Annotated[int, typer.Option("--number", "-n", help="How many rows; -1 for all.")]

FoundByProfile = Annotated[
    list[str] | None,
    typer.Option(
        "--profile", metavar="NAME", help="Only rows that this profile found. Repeatable."
    ),
]
FoundByHost = Annotated[
    list[str] | None,
    typer.Option("--host", metavar="NAME", help="Only rows that this machine found. Repeatable."),
]
Sort = Annotated[
    str | None,
    typer.Option("--sort", metavar="COLUMN", help="Largest first; COLUMN:asc for smallest first."),
]
Columns = Annotated[
    str | None,
    typer.Option("--columns", metavar="A,B,...", help="Only these columns, in this order."),
]
Format = Annotated[
    str, typer.Option("--format", "-f", metavar="table|csv|json|md", help="How to print the rows.")
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


def name_variables(context: typer.Context) -> dict[str, str]:
    """Options of a command that an environment variable gave, and that variable's name."""
    sources = {
        option.name: (context.get_parameter_source(option.name), option.envvar)
        for option in context.command.params
        if option.name
    }
    return {
        name: str(variable)
        for name, (source, variable) in sources.items()
        if source is not None and source.name == "ENVIRONMENT"
    }


def split_names(text: str | None) -> list[str]:
    """Names separated by commas."""
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def number_or_text(text: str | None) -> int | str | None:
    """A flag that is a number or a word such as auto; what is neither, the profile refuses."""
    try:
        return None if text is None else int(text)
    except ValueError:
        return text
