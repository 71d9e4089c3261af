"""``evosearch doctor``: whether this machine can search, and with which profile to begin."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from evosearch.cli import options
from evosearch.cli.app import command
from evosearch.cli.typed.help import MACHINE
from evosearch.system.one_thread import limit_threads
from evosearch.texts import format_bytes, make_visible, name_results

if TYPE_CHECKING:
    from evosearch.assemble.searching.speed import Speed
    from evosearch.doctor import Kept, Length

_SECONDS = 10
_MARKS = {"good": ("ok  ", "green"), "warning": ("note", "yellow"), "failed": ("FAIL", "bold red")}


@command(section=MACHINE)
def doctor(results: options.Results = None, as_json: options.Json = False) -> None:
    """Examine this machine, measure its speed and suggest a profile.

    Lists what is kept on this machine outside of the results, with the command that removes it.
    Ends with a profile that suits it and the command to type. Exit code 1 when something that a
    search needs is broken.
    """
    limit_threads()
    import evosearch.doctor as library
    from evosearch.cli import console

    findings = library.examine(results or Path("results"))
    there = "" if results is None else name_results(results)
    has_failed = any(finding.state == library.FAILED for finding in findings)
    speed = None if has_failed else _measure_speed()
    per_s = speed.per_s if speed is not None and speed.n_rows else None
    suggestion = library.suggest_profile(findings, per_s=per_s)
    if suggestion is not None:
        suggestion = replace(suggestion, command=f"{suggestion.command}{there}")
    kept = library.list_kept()
    length = None
    if speed is not None and speed.n_rows and suggestion is not None:
        length = library.suggest_length(
            suggestion.profile, speed.per_s, speed.bytes_per_row, _SECONDS
        )
        length = replace(length, command=f"{length.command}{there}")
    if as_json:
        data = {
            "findings": [asdict(finding) for finding in findings],
            "kept": [asdict(each) for each in kept],
            "speed": None if speed is None else asdict(speed),
            "length": None if length is None else asdict(length),
            "suggestion": None if suggestion is None else asdict(suggestion),
        }
        console.print_json("doctor", data)
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            mark, style = _MARKS[finding.state]
            console.print_marked(mark, style, f"{finding.name:<{width}}  {finding.text}")
            if finding.advice:
                console.print_lines(f"{'':<{len(mark) + width + 3}}{finding.advice}")
        console.print_lines(*_describe_kept(kept))
        if speed is not None and length is not None:
            console.print_lines(*_describe_length(speed, length))
        if suggestion is not None:
            console.print_lines(
                "",
                f"profile  {suggestion.profile}: {suggestion.why}",
                f"next     {suggestion.command}",
            )
    if has_failed:
        raise typer.Exit(1)


def _measure_speed() -> Speed | None:
    """The speed of this machine; None where no search can be tried."""
    from evosearch.assemble.searching.speed import measure_speed

    def tell(text: str) -> None:
        sys.stderr.write(f"note     {text}\n")

    try:
        return measure_speed(tell=tell)
    except Exception as error:  # a doctor ends with what it found
        first, *_ = str(error).splitlines() or [type(error).__name__]
        tell(f"no speed could be measured: {make_visible(first)}")
        return None


def _describe_kept(kept: Iterable[Kept]) -> list[str]:
    lines = []
    for each in kept:
        lines.append(f"kept     {each.name}: {each.path}, {format_bytes(each.n_bytes)}")
        lines.append(f"         to remove it ({each.cost}):  {each.command}")
    return ["", *lines] if lines else []


def _describe_length(speed: Speed, length: Length) -> list[str]:
    workers = f"{speed.n_workers} worker{'s' if speed.n_workers > 1 else ''}"
    return [
        "",
        f"speed    {speed.per_s:,.0f} strategies a second with {workers}, on the bundled prices of "
        f"{speed.n_bars:,} bars",
        "         (more bars take longer); "
        f"{speed.bytes_per_row:,.0f} bytes of shards for each strategy",
        f"length   {length.why}",
        f"         {length.command}",
    ]
