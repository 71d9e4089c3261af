"""``evosearch resume``: continue a run."""

from __future__ import annotations

from typing import Annotated

import typer

from evosearch.cli import options
from evosearch.cli.app import app, command
from evosearch.cli.sitting import carry_out, collect_settings


@app.command()
@command
def resume(
    run_id: Annotated[
        str | None,
        typer.Argument(
            metavar="[RUN]", help="Default: the newest interrupted run.", show_default=False
        ),
    ] = None,
    results: options.Results = None,
    workers: options.Workers = None,
    data: options.Data = None,
    backend: options.Backend = None,
    address: options.Address = None,
    generations: options.Generations = None,
    evaluations: options.Evaluations = None,
    budget: options.Budget = None,
    target: options.Target = None,
    stagnation: options.Stagnation = None,
    keep_awake: options.KeepAwake = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Continue an interrupted run, or take a finished one further.

    The rows are those of a run that was never interrupted. More generations for a finished run:
    evosearch resume RUN --generations 60
    """
    from evosearch import assemble

    folder = str(results or "results")
    settings = collect_settings(
        workers, data, backend, address, generations, evaluations, budget, target, stagnation
    )
    carry_out(
        lambda **how: assemble.resume(run_id, folder, **settings, **how),
        folder, keep_awake, as_json, quiet,
    )  # fmt: skip
