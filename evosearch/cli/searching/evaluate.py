"""``evosearch evaluate``: measure strategies by their parameters."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evosearch.cli import options
from evosearch.cli.app import command
from evosearch.cli.searching.sitting import take_signals
from evosearch.cli.typed.help import READ
from evosearch.system.typed_paths import expand_path

if TYPE_CHECKING:
    from evosearch.assemble.measure import Measured

_ENDING_S = 5.0


@command(section=READ, example="evosearch evaluate --profile pro --params best.json")
@options.with_settings("evaluate")
def evaluate(
    profile: options.Profile,
    params: Annotated[
        str,
        typer.Option(
            "--params",
            metavar="JSON|FILE",
            help="A JSON object of parameters, a list of them, a file of either, or - for stdin.",
        ),
    ],
    assignments: options.Assignments = None,
    *,
    unseen: Annotated[
        bool,
        typer.Option("--unseen", help="Show the hold-out too. Each is a look: it counts."),
    ] = False,
    as_json: options.Json = False,
    **settings: Any,
) -> None:
    """Measure strategies that you name by their parameters.

    They may lie outside the ranges that the profile searches; it is said where they do. Rows of a
    shard can be given as they are: genes may be called stop_loss_frac or param_stop_loss_frac.

    Your own problem is measured in worker processes of this machine, with the profile's timeout_s
    and memory_gib, as in a run: one that crashes or hangs gives a row with status and error. What
    it prints and the traceback of what it raises go to stderr, with --json into each row's
    "printed"; notes on data and ranges go to stderr, with --json into "warnings". Exit code 1 when
    a row is not ok.

    The hold-out is shown with --unseen alone: what is seen of it cannot judge a search any more.
    """
    from evosearch.assemble.holdout import hide_figures
    from evosearch.assemble.judging.looking import choose_folder, look
    from evosearch.assemble.measure import measure
    from evosearch.assemble.searching.notices import describe_sample
    from evosearch.assemble.settings.loading import load_profile
    from evosearch.cli import console
    from evosearch.cli.progress import list_data_warnings
    from evosearch.report.sentences import say

    rows = read_params(params)
    with end_by_signals(), console.hold_stdout():
        loaded = load_profile(profile, assignments or (), **settings)
        limit_s = loaded.run.timeout_s
        found = measure(loaded, rows, lambda row, spent_s: tell_slow(row, spent_s, limit_s))
    language, hint = options.read_language(None), []
    if not unseen and hide_figures(found.rows):
        hint = [say("evaluate.hidden", language)]
    if unseen and found.holdouts:
        ids = [row["genome_id"] for row in found.rows]
        _, is_recorded = look(found.holdouts, ids, choose_folder(loaded.run.results))
        hint = [] if is_recorded else [say("holdout.unrecorded", language)]
    outside = [
        f"number {number}: outside the ranges of profile {loaded.name}: {text}"
        for number, row in enumerate(found.rows, start=1)
        for text in row["outside"]
    ]
    sample = describe_sample(found.data)
    if as_json:
        notes = [sample, *list_data_warnings(found.data)]
        notes += [*found.notes, *outside, *hint]
        notes += [f"printed before the first one:\n{found.prepared}"] if found.prepared else []
        # Rows are often read without the warnings beside them.
        marked = [row | {"is_sample": True} for row in found.rows] if sample else found.rows
        console.print_json("evaluate", marked, [*filter(None, notes)])
    else:
        # First and last, on stdout: rows are often read without stderr.
        console.print_lines(*([f"note     {sample}", ""] if sample else []))
        _print_found(found, language)
        console.print_lines(*([f"note     {sample}"] if sample else []))
        console.print_warning(*outside, *hint)
    if any(row["status"] != "ok" for row in found.rows):
        raise typer.Exit(1)


def _print_found(found: Measured, language: str) -> None:
    from evosearch.assemble.metrics import find_metric, name_metric
    from evosearch.cli import console
    from evosearch.cli.progress import describe_data

    lines = describe_data(found.data, found.notes)
    console.print_lines(*lines, stderr=True)
    _print_output("before the first one", found.prepared)
    for row in found.rows:
        console.print_lines(console.name_row(row), *row["words"], "")
        if row["status"] == "ok":
            metrics = [each for each in row["metrics"].items() if not find_metric(each[0]).is_label]
            cells = [
                [name_metric(name, language), shown]
                for name, value in metrics
                for shown in [console.format_value(name, value)]
            ]
            console.print_table(["metric", "value"], cells, texts=("metric",))
            console.print_lines("", f"params   {json.dumps(row['params'])}")
        _print_output(f"by {row['genome_id'][:8]}", row["printed"])


def _print_output(by: str, text: str | None) -> None:
    """What an objective printed, on stderr."""
    from evosearch.cli import console

    if text is not None:
        lines = [f"  {line}" for line in text.replace("\t", "    ").split("\n")]
        console.print_lines(f"printed {by}:", *lines, stderr=True)


def tell_slow(row: int, elapsed_s: float, timeout_s: float | None = None) -> None:
    """Say that a genome has been measured for long."""
    from evosearch.cli.progress import describe_slow

    sys.stderr.write(describe_slow(f"number {row + 1}", elapsed_s, timeout_s) + "\n")


@contextlib.contextmanager
def end_by_signals() -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and SIGHUP end this at once, with everything that it started.

    Ignored signals stay ignored. Another signal soon after does not disturb the end of workers.
    """
    seen: list[tuple[int, float]] = []

    def end(number: int, frame: object) -> None:
        now = time.monotonic()
        if not seen or now - seen[-1][1] > _ENDING_S:
            seen.append((number, now))
            raise KeyboardInterrupt

    with take_signals(end):
        try:
            yield
        except KeyboardInterrupt:
            sys.stderr.write("stopped\n")
            raise typer.Exit(128 + seen[-1][0] if seen else 130) from None


def read_params(text: str) -> list[dict[str, Any]]:
    """Genomes from JSON, from a file of JSON, or from standard input.

    Raises
    ------
    UsageError
        No such file, no JSON, or no objects in it.
    """
    from evosearch.errors import UsageError

    origin, raw = "--params", text
    if text == "-":
        origin, raw = "standard input", sys.stdin.read()
    elif not text.lstrip().startswith(("{", "[")):
        path = Path(expand_path(text.removeprefix("@")))
        origin = str(path)
        try:
            raw = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"--params {text[:80]}: neither JSON nor a file that can be read ({error})."
            ) from error
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{origin}: no valid JSON: {error}.") from error
    rows = found if isinstance(found, list) else [found]
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise UsageError(f"{origin}: expected a JSON object of genes, or a list of such objects.")
    return rows
