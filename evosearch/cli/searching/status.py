"""``evosearch status``: the runs of a results folder."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from evosearch.cli import options
from evosearch.cli.app import command
from evosearch.cli.searching.outcome import name_ending
from evosearch.cli.typed.help import SEARCH
from evosearch.texts import describe_resume, name_results, quote_shards

if TYPE_CHECKING:
    from evosearch.assemble.searching.folder import FolderStatus

# Lines shown; evosearch check lists all.
_MAX_DAMAGED = 10


@command(section=SEARCH)
def status(results: options.Results = None, as_json: options.Json = False) -> None:
    """Show runs: finished, running, interrupted."""
    from evosearch.assemble.searching import folder
    from evosearch.cli import console

    found = folder.status(results or Path("results"))
    damaged = [f"{item.path}: {item.reason}" for item in found.damaged]
    if as_json:
        plain = asdict(found) | {"results": str(found.results)}
        console.print_json("status", plain, damaged)
        return
    console.print_warning(*damaged[:_MAX_DAMAGED])
    if len(damaged) > _MAX_DAMAGED:
        more = len(damaged) - _MAX_DAMAGED
        check = f"evosearch check{name_results(found.results)}"
        console.print_warning(f"... and {more:,} more that cannot be read: {check}")
    if any(run.state == "unknown" for run in found.runs):
        console.print_warning(
            f"{found.results} lies on a file system without locks: nothing tells whether a run is "
            "under way there, and none can be continued. Copy the folder to a disk of this "
            "machine, and give its name with --results."
        )
    if not found.runs and damaged:
        console.print_lines(f"No run in {found.results} can be read.")
        raise typer.Exit(3)
    if not found.runs:
        begin = f"evosearch run --profile demo{name_results(found.results)}"
        console.print_lines(f"No runs in {found.results} yet: {begin}")
        raise typer.Exit(1)
    console.print_lines(*_describe(found))


def _describe(found: FolderStatus) -> list[str]:
    width = max(len(run.run_id) for run in found.runs)
    lines = []
    for run in found.runs:
        done = run.n_published + run.n_committed
        share = f"{done:,} of {run.n_expected:,}" if run.n_expected else f"{done:,}"
        pending = f", {run.n_committed:,} not yet published" if run.n_committed else ""
        ended = f", {name_ending(run.ended_by, 'en')}" if run.ended_by else ""
        lines.append(f"{run.state:<12} {run.run_id:<{width}}  {share} rows{pending}{ended}")
    free = found.free_bytes / 2**30
    lines.append(f"{found.n_merged} merged in {found.results / 'merged'}; {free:,.1f} GiB free")
    stopped = [run.run_id for run in found.runs if run.state == "interrupted"]
    place = name_results(found.results)
    if stopped:
        lines.append(f"next     {describe_resume(stopped[0], found.results)}")
    elif any(run.n_published for run in found.runs):
        apart = " --by-fingerprint" if found.is_mixed else ""
        lines.append(f"next     evosearch merge {quote_shards(found.results)}{place}{apart}")
    return lines
