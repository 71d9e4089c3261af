"""``evosearch run``: search on this machine and leave a shard."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from evosearch.cli import options
from evosearch.cli.app import app, command


@app.command()
@command
def run(
    profile: options.Profile,
    assignments: options.Assignments = None,
    seed: options.Seed = None,
    workers: options.Workers = None,
    data: options.Data = None,
    results: options.Results = None,
    backend: Annotated[
        str | None, typer.Option("--backend", help="auto, serial, threads or processes.")
    ] = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Search on this machine, as a profile says.

    Every strategy evaluated goes into one Parquet file in results/. Copy the files of several
    machines into one folder and merge them: evosearch merge results/*.parquet
    """
    from evosearch import assemble
    from evosearch.cli import console
    from evosearch.cli.progress import RunProgress

    loaded = assemble.load_profile(
        profile,
        assignments or (),
        seed=options.number_or_text(seed),
        workers=options.number_or_text(workers),
        data=data,
        results=results,
        backend=backend,
    )
    progress = RunProgress(is_quiet=quiet or as_json)
    stop = StopSignals()
    try:
        with stop:
            result = assemble.run(loaded, listen=progress, should_stop=stop.is_set)
    finally:
        progress.close()
    if as_json:
        console.print_json("run", _plain(result))
    else:
        _print_summary(result, loaded)
    if stop.number:
        raise typer.Exit(128 + stop.number)


class StopSignals:
    """The first Ctrl-C or SIGTERM asks the run to end cleanly; a second one ends it at once."""

    def __init__(self) -> None:
        self.number = 0
        self._before: dict[int, Any] = {}

    def is_set(self) -> bool:
        """Whether somebody asked to stop."""
        return self.number != 0

    def __enter__(self) -> StopSignals:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None:
                self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: object) -> None:
        if self.number:
            raise KeyboardInterrupt
        self.number = number
        sys.stderr.write("\nstopping: keeping what is evaluated (again to stop at once)\n")


def _plain(result: Any) -> dict[str, Any]:
    return {
        "run_id": result.run_id,
        "reason": result.reason,
        "paths": [str(path) for path in result.paths],
        "n_evaluated": result.n_evaluated,
        "n_not_ok": result.n_not_ok,
        "n_feasible": result.n_feasible,
        "n_duplicates": result.n_duplicates,
        "elapsed_s": result.elapsed_s,
        "best": result.best,
    }


def _print_summary(result: Any, profile: Any) -> None:
    from evosearch.cli import console

    rate = result.n_evaluated / max(result.elapsed_s, 1e-9)
    ended = {
        "budget": "",
        "exhausted": ", the whole space",
        "stopped": ", stopped early",
    }.get(result.reason, f", {result.reason}")
    lines = [
        f"{result.n_evaluated:,} genomes in {result.elapsed_s:.2f} s ({rate:,.0f}/s){ended}; "
        f"{result.n_feasible:,} feasible, {result.n_not_ok:,} not ok"
    ]
    lines += [f"shard    {path}" for path in result.paths]
    if result.best:
        lines.append(f"best     {describe_best(result.best)}")
    folder = profile.run.results
    lines.append(f"next     evosearch top {folder}   or   evosearch merge {folder}/*.parquet")
    console.print_lines(lines)


def describe_best(best: dict[str, Any]) -> str:
    """The best row in one line: id, objective in and out of sample, what else tells most."""
    from evosearch.cli.console import format_value

    hidden = ("genome_id", "status", "feasible", "fitness", "violation", "generation")
    names = [name for name in best if name not in hidden]
    wanted = [name for name in LEADING if name in names] or names[:4]
    shown = []
    for name in wanted:
        text = f"{name} {format_value(name, best[name])}"
        if best.get(f"{name}_oos") is not None:
            text += f" (oos {format_value(name, best[f'{name}_oos'])})"
        shown.append(text)
    state = "" if best["feasible"] else "infeasible, "
    return f"{best['genome_id'][:8]}  {state}{', '.join(shown)}"


# What a person looks at first, where a problem records it.
LEADING: tuple[str, ...] = ("sharpe_daily", "return_frac", "max_drawdown_frac", "n_trades")

Stop = Callable[[], bool]
