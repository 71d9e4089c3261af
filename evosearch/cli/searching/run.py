"""``evosearch run``: search and leave shards."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from evosearch.cli import options
from evosearch.cli.app import command
from evosearch.cli.searching.sitting import carry_out, while_preparing
from evosearch.cli.typed.help import SEARCH
from evosearch.profiles.flags import RESUMABLE
from evosearch.system.one_thread import limit_threads
from evosearch.texts import describe_resume


@command(section=SEARCH, example="evosearch run --profile pro --data btc.csv")
@options.with_settings("run", seeds="generations")
def run(
    context: typer.Context,
    profiles: options.Profiles,
    assignments: options.Assignments = None,
    *,
    seeds: options.Seeds = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue an unfinished run of this profile, if any.")
    ] = False,
    keep_awake: options.KeepAwake = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    **settings: Any,
) -> None:
    """Search on this machine, or on a Ray cluster, as a profile says.

    Every strategy evaluated goes into Parquet files in results/. Copy the files of several
    machines into one folder and merge them: evosearch merge results/*.parquet
    """
    limit_threads()
    from evosearch.assemble.searching import continuation, search
    from evosearch.assemble.searching.folder import find_unfinished
    from evosearch.assemble.searching.many import plan_searches
    from evosearch.assemble.settings.loading import load_profile

    with while_preparing(as_json):  # a problem's own module may take long to load
        given = (assignments or (), options.name_variables(context))
        loads = [load_profile(profile, *given, **settings) for profile in profiles]
        searches = plan_searches(loads, seeds)
    if len(searches) > 1:
        from evosearch.cli.searching.many import run_many

        raise typer.Exit(run_many(searches, resume, keep_awake, quiet, as_json))
    (loaded,) = searches
    folder = loaded.run.results
    unfinished = find_unfinished(loaded)
    if resume and unfinished:
        last, still = unfinished[0], {name: settings[name] for name in RESUMABLE}
        carry_out(
            lambda **how: continuation.resume(last, folder, profile=loaded, **still, **how),
            folder, keep_awake, as_json, quiet,
        )  # fmt: skip
        return
    note = ""
    if unfinished:
        command = describe_resume(unfinished[0], folder)
        note = f"{unfinished[0]} is unfinished, to continue it:  {command}"
    carry_out(lambda **how: search.run(loaded, **how), folder, keep_awake, as_json, quiet, note)
