"""``evosearch report``: a ranking as one page with pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from evosearch.cli import options
from evosearch.cli.app import command
from evosearch.cli.typed.help import READ

if TYPE_CHECKING:
    from pathlib import Path


@command(section=READ, example="evosearch report --open")
def report(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RANK|PATH",
            help="A merged file, a folder of shards, or the rank of one strategy.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Where to. Default: report/ of the results."
        ),
    ] = None,
    is_opened: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    top: Annotated[
        int, typer.Option("--top", metavar="N", help="How many rows its tables show.")
    ] = 50,
    data: options.Prices = None,
    *,
    trials_before: options.TrialsBefore = 0,
    lang: options.Language = None,
    results: options.Results = None,
    as_json: options.Json = False,
) -> None:
    """Make a page with pictures of a ranking, or of one strategy.

    One file that needs no network: the verdict, what the best strategy earned, how to trade it,
    whether luck explains it, and what all this rests on. The hold-out of the best, or of the
    strategy that was named, is shown: that is a look, and is counted. Exit code 1 when a figure
    of the ranking is not what the prices give.
    """
    from evosearch.assemble.pages.build import Asked, build_report
    from evosearch.cli import console
    from evosearch.cli.ranking.box import find_next
    from evosearch.report.rows import split_wanted
    from evosearch.report.sentences import lead, say
    from evosearch.texts import format_bytes

    wanted, places = split_wanted(paths or [])
    language = options.read_language(lang)
    asked = Asked(
        paths=places or None,
        wanted=wanted,
        results=results or "results",
        output=output,
        data=data,
        n_top=top,
        language=language,
        trials_before=trials_before,
    )
    built = build_report(asked)
    warnings = [f"{item.path}: {item.reason}" for item in built.skipped]
    if as_json:
        plain = {
            "path": str(built.path), "bytes": built.n_bytes, "pictures": built.n_drawn,
            "is_equal": built.is_equal, "missing": built.missing,
            "verdict": built.judgement.to_plain(),
        }  # fmt: skip
        console.print_json("report", plain, [*warnings, *built.notes])
    else:
        size = format_bytes(built.n_bytes)
        console.print_lines(say("page.made", language, path=str(built.path), size=size))
        if built.missing:
            console.print_warning(say("page.made_missing", language, command=built.missing))
        if not built.is_equal:
            console.print_warning(say("page.made_differs", language))
        console.print_skipped(warnings, built.notes)
        following = find_next(built.judgement, places or None, results)
        console.print_lines(lead("next", following, language))
    if is_opened:
        _open_page(built.path)
    if not built.is_equal:
        raise typer.Exit(1)
    if built.skipped:
        raise typer.Exit(3)


def _open_page(path: Path) -> None:
    """Open a file in the browser that this person uses."""
    import webbrowser

    from evosearch.cli import console

    if not webbrowser.open(path.resolve().as_uri()):
        console.print_warning(f"no browser could be opened: open {path} yourself.")
