"""``evosearch doctor``: whether this machine can search, and with which profile to begin."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import typer

from evosearch.cli import options
from evosearch.cli.app import app, command
from evosearch.texts import name_results

_MARKS = {"good": ("ok  ", "green"), "warning": ("note", "yellow"), "failed": ("FAIL", "bold red")}


@app.command()
@command
def doctor(results: options.Results = None, as_json: options.Json = False) -> None:
    """Examine this machine and suggest a profile.

    Ends with a profile that suits it and the command to type. Exit code 1 when something that a
    search needs is broken.
    """
    from evosearch import doctor as library
    from evosearch.cli import console

    findings = library.examine(results or Path("results"))
    suggestion = library.suggest_profile(findings)
    if suggestion is not None and results is not None:
        command_there = f"{suggestion.command}{name_results(results)}"
        suggestion = replace(suggestion, command=command_there)
    has_failed = any(finding.state == library.FAILED for finding in findings)
    if as_json:
        data = {
            "findings": [asdict(finding) for finding in findings],
            "suggestion": None if suggestion is None else asdict(suggestion),
        }
        console.print_json("doctor", data)
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            mark, style = _MARKS[finding.state]
            console.print_marked(mark, style, f"{finding.name:<{width}}  {finding.text}")
            if finding.advice:
                console.print_lines([f"{'':<{len(mark) + width + 3}}{finding.advice}"])
        if suggestion is not None:
            console.print_lines(
                [
                    "",
                    f"profile  {suggestion.profile}: {suggestion.why}",
                    f"next     {suggestion.command}",
                ]
            )
    if has_failed:
        raise typer.Exit(1)
