"""``evosearch profiles``: what profiles there are and what they say."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from evosearch.cli import options
from evosearch.cli.app import add_group, command
from evosearch.cli.typed import completion
from evosearch.cli.typed.help import SEARCH

profiles_app = add_group("profiles", "List, show, write and check profiles.", SEARCH)

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="Name of a profile, or the path of its file.",
        autocompletion=completion.complete_profiles,
    ),
]


@command(profiles_app, "list")
def list_all(as_json: options.Json = False) -> None:
    """List the profiles that can be named."""
    from evosearch.assemble.settings.loading import load_profile
    from evosearch.cli import console
    from evosearch.errors import ProfileError
    from evosearch.profiles.files import list_profiles

    rows: list[dict[str, Any]] = []
    for name, path in list_profiles().items():
        row: dict[str, Any] = {"name": name, "path": str(path)}
        try:
            loaded = load_profile(str(path))
            row |= {
                "population": loaded.search.population,
                "generations": loaded.search.generations,
                "problem": loaded.problem["name"],
                "description": loaded.description,
            }
        except ProfileError as error:
            row["mistakes"] = list(error.mistakes)
        rows.append(row)
    if as_json:
        console.print_json("profiles list", rows)
        return
    cells = []
    for row in rows:
        budget = f"{row['population']} x {row['generations']}" if "population" in row else "-"
        described = row.get("description") or f"{len(row.get('mistakes', []))} mistakes"
        cells.append([row["name"], budget, described])
    headers = ["profile", "budget", "description"]
    console.print_table(headers, cells, texts=("profile", "description"))


@command(profiles_app, example="evosearch profiles show pro --data btc.csv")
@options.with_settings("profiles show")
def show(
    context: typer.Context,
    name: Name,
    assignments: options.Assignments = None,
    *,
    as_json: options.Json = False,
    **settings: Any,
) -> None:
    """Show every value that a run would use, and where it comes from.

    Give the same options as for evosearch run: the run uses, and writes into its files, what is
    shown here. Change a value with --set KEY=VALUE, with a KEY of the first column.
    """
    from evosearch.assemble.settings.listing import list_settings
    from evosearch.assemble.settings.loading import load_profile
    from evosearch.cli import console
    from evosearch.cli.searching.profile_sheet import describe_settings

    profile = load_profile(name, assignments or (), options.name_variables(context), **settings)
    shown = list_settings(profile)
    if as_json:
        console.print_json("profiles show", shown.values | {"origins": shown.origins})
        return
    language = options.read_language(None)
    console.print_lines(*describe_settings(shown, console.make_console().width, language))


@command(profiles_app, example="evosearch profiles new my-pro --from pro")
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the new profile: a-z, 0-9 and -.")
    ],
    base: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="NAME",
            help="Profile that it begins with.",
            autocompletion=completion.complete_profiles,
        ),
    ] = "pro",
    as_json: options.Json = False,
) -> None:
    """Write a profile of your own: profiles/NAME.toml.

    It has all values of the profile that it begins with, each with a comment that says what it
    means. Change it with any text editor. A file that is there already is never overwritten.
    """
    from evosearch.assemble.settings.new_profile import new_profile
    from evosearch.cli import console

    written = new_profile(name, base)
    if as_json:
        data = {"name": written.name, "path": str(written.path), "base": written.base}
        console.print_json("profiles new", data, written.notes)
        return
    console.print_lines(f"written  {written.path}, with the values of {written.base}")
    console.print_warning(*written.notes)
    console.print_lines(
        f"next     change it, then:  evosearch profiles validate {written.name}",
        f"         search with it:   evosearch run --profile {written.name}",
    )


@command(profiles_app, example="evosearch profiles validate my-pro")
def validate(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME",
            help="Profiles to check. Default: all.",
            autocompletion=completion.complete_profiles,
        ),
    ] = [],  # noqa: B006
    assignments: options.Assignments = None,
    as_json: options.Json = False,
) -> None:
    """Check profiles and list every mistake with its place.

    The prices of a trading profile are loaded: a file that is missing or unusable is a mistake. A
    file on which no strategy can be feasible, such as a short one, is none, but it is said. A
    problem of your own is not run.
    """
    from evosearch.assemble.searching.validating import validate_profiles
    from evosearch.cli import console
    from evosearch.cli.progress import describe_data, list_data_warnings

    found = validate_profiles(names, assignments or ())
    if as_json:
        rows = [
            {"name": each.name, "mistakes": list(each.mistakes), "data": each.data or None}
            for each in found
        ]
        warnings = [
            f"{each.name}: {text}"
            for each in found
            for text in (*each.foreseen, *list_data_warnings(each.data))
        ]
        console.print_json("profiles validate", rows, warnings)
    for each in found:
        if each.mistakes:
            console.print_error("\n".join(each.mistakes))
        elif not as_json:
            said = each.foreseen or ("ok",)
            lines = [*(f"{each.name}: {text}" for text in said), *describe_data(each.data, ())]
            console.print_lines(*lines)
    if any(each.mistakes for each in found):
        raise typer.Exit(2)
