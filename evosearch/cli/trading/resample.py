"""``evosearch data resample``: longer bars."""

from __future__ import annotations

from typing import Annotated

import typer

from evosearch.cli import options
from evosearch.cli.app import command
from evosearch.cli.trading.data import ReadingOptions, data_app
from evosearch.cli.typed import completion


@command(data_app, example="evosearch data resample btc.csv 1h --output btc-1h.parquet")
def resample(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file of prices, or sample:NAME.")],
    timeframe: Annotated[
        str, typer.Argument(metavar="TIMEFRAME", help="Such as 15m, 1h, 4h, 1d or 1w.")
    ],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where to: .parquet or .csv.")
    ],
    incomplete: Annotated[
        str,
        typer.Option(
            "--incomplete",
            metavar="keep|drop",
            autocompletion=completion.among("keep", "drop"),
            help="What becomes of bars with missing pieces.",
        ),
    ] = "keep",
    *,
    assignments: ReadingOptions = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    as_json: options.Json = False,
) -> None:
    """Form longer bars from a file of prices: 1 hour from 5 minutes.

    Bars begin on the clock in UTC, weeks on Monday. Nothing is filled in, and an unfinished last
    bar is left out. A search of the new file gives what a search of the old one gives with --set
    problem.timeframe=1h.
    """
    from evosearch.assemble.data.resampling import resample as form
    from evosearch.cli import console
    from evosearch.report.data import list_data
    from evosearch.texts import quote_path

    done = form(
        file, timeframe, output, incomplete=incomplete, assignments=assignments or (), force=force
    )
    if as_json:
        console.print_json("data resample", done.to_plain(), list(done.notes))
        return
    pieces = [f"{done.summary['n_bars']:,} bars of {done.timeframe}"]
    if done.n_incomplete:
        became = "kept" if done.is_kept else "dropped"
        pieces.append(f"{done.n_incomplete:,} with missing pieces {became}")
    if done.n_over:
        pieces.append(
            f"{done.n_over:,} that reach into the next, as the bars read begin off the clock"
        )
    pieces += ["an unfinished last one dropped"] * done.n_dropped
    first, *others = list_data(done.summary)
    console.print_lines(
        f"read     {done.n_read:,} bars of {done.length}",
        f"formed   {', '.join(pieces)}",
        f"data     {first}",
        *(f"         {line}" for line in others),
        f"written  {done.path}",
        f"next     evosearch run -p pro --data {quote_path(done.path)}",
    )
    console.print_skipped([], done.notes)
