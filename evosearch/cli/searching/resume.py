"""``evosearch resume``: continue a run."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from evosearch.cli import options
from evosearch.cli.app import command
from evosearch.cli.searching.sitting import carry_out, while_preparing
from evosearch.cli.typed import completion
from evosearch.cli.typed.help import SEARCH
from evosearch.system.one_thread import limit_threads


@command(section=SEARCH, example="evosearch resume pro --generations 300")
@options.with_settings("resume")
def resume(
    run_id: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN",
            autocompletion=completion.complete_runs,
            help="Name of a run, or how it begins. Default: the newest interrupted one.",
            show_default=False,
        ),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile",
            "-p",
            metavar="NAME",
            autocompletion=completion.complete_profiles,
            help="A profile of this machine that says what is loaded and read. Default: the one "
            "that the run is called after.",
            show_default=False,
        ),
    ] = None,
    assignments: options.Assignments = None,
    results: options.Results = None,
    *,
    keep_awake: options.KeepAwake = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    **settings: Any,
) -> None:
    """Continue an interrupted run, or take a finished one further.

    The rows are those of a run that was never interrupted. A finished run goes on with more
    --generations, --evaluations or another --target.

    A run that is not yours brings its seed and its settings, never what is loaded or read: that
    comes from a profile of this machine, or from the options here.
    """
    limit_threads()
    from evosearch.assemble.searching import continuation
    from evosearch.assemble.settings.loading import load_profile
    from evosearch.errors import UsageError

    if assignments and profile is None:
        raise UsageError("--set changes a profile: name it with --profile NAME.")
    folder = str(results or "results")
    with while_preparing(as_json):
        local = None if profile is None else load_profile(profile, assignments or ())
    carry_out(
        lambda **how: continuation.resume(run_id, folder, profile=local, **settings, **how),
        folder, keep_awake, as_json, quiet,
    )  # fmt: skip
