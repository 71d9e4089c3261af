"""``evosearch audit``: measure the leaders of a ranking again, and make its searches again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from evosearch.cli import options
from evosearch.cli.app import command
from evosearch.cli.typed.help import READ

if TYPE_CHECKING:
    from evosearch.assemble.auditing.audit import Audit

# Of so many strategies every check is printed.
_FEW = 4


@command(section=READ, example="evosearch audit --top 3")
def audit(
    paths: options.Paths = None,
    top: Annotated[
        int | None,
        typer.Option(
            "--top", metavar="N", help="How many strategies; then every check of each. Default: 10."
        ),
    ] = None,
    surrogates: Annotated[
        int,
        typer.Option(
            "--surrogates",
            metavar="N",
            help="How often to search bars without direction; 0 for never.",
        ),
    ] = 19,
    data: options.Prices = None,
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
    `evosearch show` from then on. At the end stands the verdict on rank 1, which is a look at its
    hold-out as in `evosearch top`. Exit code 1 when a check fails.
    """
    from evosearch.assemble.auditing.audit import N_TOP, AuditRequest
    from evosearch.assemble.ranking.view import View
    from evosearch.cli import console
    from evosearch.cli.ranking.audit_progress import AuditProgress
    from evosearch.cli.ranking.box import Asking, find_next

    asking = Asking.of(paths, results, False, lang, trials_before)
    n = N_TOP if top is None else top
    request = AuditRequest(paths, n, surrogates, data, forward, trials_before, results or "results")
    with AuditProgress(quiet, asking.language) as progress:
        found = request.run(progress)
    assert found.ranked is not None
    # After the audit: it counts in the verdict.
    judgement = asking.judge(found.ranked, View.of(1))
    warnings = [f"{item.path}: {item.reason}" for item in found.skipped]
    if as_json:
        plain = {"path": str(found.path), "is_reused": found.is_reused, **found.file.to_plain()}
        plain |= {"forward": found.forward and found.forward.to_plain()}
        plain |= {"verdict": asking.plain(judgement)}
        console.print_json("audit", plain, [*warnings, *found.notes])
    else:
        console.print_lines(*list_lines(found, asking.language, is_whole=top is not None))
        asking.print_verdict(judgement, find_next(judgement, paths, results, is_audited=True))
        console.print_skipped(warnings, found.notes)
    if found.has_failed:
        raise typer.Exit(1)
    if found.skipped:
        raise typer.Exit(3)


def list_lines(found: Audit, language: str, is_whole: bool) -> list[str]:
    """What a person reads: the searches as a whole, then each strategy.

    Every check of the first one, and of the others what they do not survive; of all of them if
    `is_whole`, or if they are few.
    """
    from evosearch.report.audits.checks import list_checks, wrap_summary
    from evosearch.report.audits.forward import list_forward
    from evosearch.report.sentences import say
    from evosearch.texts import find_unit

    file, year = found.file, found.file.days_per_year
    ranked = found.ranked
    unit = find_unit(None if ranked is None else ranked.metadata.problem.plain.get("data"))
    key = "audit.reused" if found.is_reused else "audit.kept"
    lines = []
    if file.ranking:
        lines += [say("audit.searches", language), *list_checks(file.ranking, language, year, unit)]
        lines += ["   " + say("audit.at_least", language)] * file.is_at_least + [""]
    elif year is None:
        lines += [say("audit.no_evidence", language), ""]
    elif file.settings.get("surrogates"):
        lines += [say("audit.not_repeated", language), ""]
    is_whole = is_whole or len(file.rows) <= _FEW
    for place, row in enumerate(file.rows):
        lines += wrap_summary(row, file.ranking, language)
        if is_whole or not place:
            lines += [*list_checks(row.checks, language, year, unit), ""]
    if not is_whole:
        lines += [say("audit.brief", language, n=str(len(file.rows))), ""]
    if found.forward is not None:
        lines += [*list_forward(found.forward, language), ""]
    return [*lines, say(key, language, path=str(found.path))]
