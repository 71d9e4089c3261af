"""``evosearch data fetch``: candles of an exchange as a file of prices."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from evosearch.cli import options
from evosearch.cli.app import command
from evosearch.cli.trading.data import data_app


@command(data_app, example="evosearch data fetch coinbase:BTC/USD 5m --since 2025-01-01")
def fetch(
    source: Annotated[
        str,
        typer.Argument(
            metavar="EXCHANGE:PRODUCT",
            help="Such as coinbase:BTC/USD, any exchange of ccxt, or binance-archive:BTCUSDT.",
            show_default=False,
        ),
    ],
    step: Annotated[
        str,
        typer.Argument(
            metavar="STEP", help="Length of a candle, such as 5m or 1h.", show_default=False
        ),
    ],
    *,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="DATE",
            help="UTC, included. Default: where the file begins that is extended.",
        ),
    ] = None,
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="UTC, excluded.")] = "now",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Default: a name such as coinbase-BTC-USD-5m.parquet, here.",
            parser=options.read_target,
        ),
    ] = None,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Fetch candles of an exchange into a Parquet file of prices.

    Finished candles alone, with the numbers that the exchange prints; where it has none, a gap
    stays. What was fetched once is kept: ended at any time, the same command goes on, and later
    it adds what is new. An exchange needs evosearch[data]; the archive of Binance needs nothing.
    """
    from evosearch.assemble.data.fetching import Fetch, FetchRequest
    from evosearch.cli import console
    from evosearch.cli.trading.fetch_progress import FetchProgress

    request = FetchRequest(source, step, since, until, output)
    with FetchProgress(quiet) as progress:
        running = Fetch(request, progress, progress.tell)
        try:
            found = running.run()
        except KeyboardInterrupt:
            progress.close()
            console.print_lines(*running.describe_kept(), stderr=True)
            raise
    if as_json:
        notes = found.pop("notes")
        console.print_json("data fetch", found, notes)
    else:
        console.print_lines(*_describe(found))


def _describe(found: dict[str, Any]) -> list[str]:
    from evosearch.cli.progress import describe_data
    from evosearch.texts import quote_path

    fetched, n_windows = found["n_windows_fetched"], found["n_windows"]
    lines = [f"file     {found['file']}"]
    lines += describe_data(found["bars"], ()) if found["bars"] else []
    lines += [f"gaps     {each}" for each in _describe_gaps(found)]
    lines += [f"note     {each}" for each in found["notes"]]
    lines += [f"fetched  {fetched:,} windows now, {max(0, n_windows - fetched):,} were kept before"]
    lines += [f"source   {found['terms']}"]
    return [*lines, f"next     evosearch run -p pro --data {quote_path(found['file'])}"]


def _describe_gaps(found: dict[str, Any]) -> list[str]:
    n_gaps, n_missing, largest = found["n_gaps"], found["n_missing"], found["largest_gaps"]
    if not n_gaps:
        return []
    missing = "1 candle is" if n_missing == 1 else f"{n_missing:,} candles are"
    gaps = "1 gap that stays" if n_gaps == 1 else f"{n_gaps:,} gaps that stay"
    named = [f"{each['n_missing']:,} from {each['first_missing_utc']}" for each in largest]
    return [f"{missing} missing at the source, in {gaps}; the largest: {', '.join(named)}"]
