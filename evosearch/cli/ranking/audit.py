"""``evosearch audit``: measure the leaders of a ranking again, and make its searches again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from evosearch.cli import options
from evosearch.cli.app import command

if TYPE_CHECKING:
    from evosearch.assemble.auditing.audit import Audit


@command()
def audit(
    paths: options.Paths = None,
    top: Annotated[int, typer.Option("--top", help="How many strategies.")] = 50,
    surrogates: Annotated[
        int,
        typer.Option(
            "--surrogates", help="How often to search bars without direction; 0 for never."
        ),
    ] = 19,
    data: Annotated[
        str | None,
        typer.Option("--data", metavar="FILE", help="The prices, if this machine lost them."),
    ] = None,
    forward: Annotated[
        str | None,
        typer.Option("--forward", metavar="FILE", help="Newer prices: judge the best on these."),
    ] = None,
    *,
    results: options.Results = None,
    trials_before: options.TrialsBefore = 0,
    lang: options.Language = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Measure the best again, and search bars without direction.

    Each of the best strategies is measured again with other costs, other entries, neighbouring
    parameters and shaken prices. The searches are made again on the same bars without their
    direction: how often do they find something as good? What is found is kept, and shown by
    `evosearch show` from then on. Exit code 1 when a check fails.
    """
    from evosearch.assemble.auditing.audit import AuditRequest
    from evosearch.cli import console
    from evosearch.cli.ranking.audit_progress import AuditProgress

    spoken = options.read_language(lang)
    request = AuditRequest(
        paths, top, surrogates, data, forward, trials_before, results or "results"
    )
    with AuditProgress(quiet, spoken) as progress:
        found = request.run(progress)
    warnings = [f"{item.path}: {item.reason}" for item in found.skipped]
    if as_json:
        plain = {"path": str(found.path), "is_reused": found.is_reused, **found.file.to_plain()}
        plain |= {"forward": found.forward and found.forward.to_plain()}
        console.print_json("audit", plain, [*warnings, *found.notes])
    else:
        console.print_lines(*list_lines(found, spoken))
        console.print_skipped(warnings, found.notes)
    if found.has_failed:
        raise typer.Exit(1)
    if found.skipped:
        raise typer.Exit(3)


def list_lines(found: Audit, language: str) -> list[str]:
    """What a person reads: the searches as a whole, then each strategy."""
    from evosearch.report.audits.checks import list_checks, summarise
    from evosearch.report.audits.forward import list_forward
    from evosearch.report.sentences import say

    file, year = found.file, found.file.days_per_year
    key = "audit.reused" if found.is_reused else "audit.kept"
    lines = []
    if file.ranking:
        lines += [say("audit.searches", language), *list_checks(file.ranking, language, year)]
        lines += ["   " + say("audit.at_least", language)] * file.is_at_least + [""]
    elif year is None:
        lines += [say("audit.no_evidence", language), ""]
    elif file.settings.get("surrogates"):
        lines += [say("audit.not_repeated", language), ""]
    for row in file.rows:
        head = f"#{row.rank}  {row.genome_id[:8]}  {summarise(row.checks, language)}"
        lines += [head, *list_checks(row.checks, language, year), ""]
    if found.forward is not None:
        lines += [*list_forward(found.forward, language), ""]
    return [*lines, say(key, language, path=str(found.path))]
