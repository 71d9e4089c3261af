"""The tables that several commands show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evosearch.cli.console import format_value, print_lines, print_table

_SHORT = {
    "sharpe_daily": "sharpe/day",
    "n_trades": "trades",
    "return_frac": "return",
    "max_drawdown_frac": "max dd",
    "net_profit": "profit",
}
_LEADING = ("n_trades", "return_frac", "max_drawdown_frac")


def print_leaderboard(result: Any, n: int) -> None:
    """The best rows, one line each."""
    from evosearch import report

    rows = report.list_rows(result, None if n < 0 else n)
    if not rows:
        print_lines(["No rows."])
        return
    objective = result.metadata["problem"]["objective"]
    names = report.names_of_metrics(result)
    outside = f"{objective}_oos"
    shown = [name for name in (objective, outside, *_LEADING) if name in names]
    if len(shown) < 3:
        shown += [name for name in names if name not in shown][: 4 - len(shown)]
    headers = ["#", "id", *(_header(name) for name in shown), "found by"]
    profiles = {
        run_id: run.get("profile_name") or run_id
        for run_id, run in result.metadata["sources"].items()
    }
    cells = []
    for row in rows:
        values = [format_value(name, row[name]) for name in shown]
        if row["status"] != "ok":
            values[0] = row["status"]
        elif not row["feasible"]:
            values[0] = f"({values[0]})"
        finders = sorted({profiles.get(run_id, run_id) for run_id in row["found_by"]})
        cells.append([str(row["rank"]), row["genome_id"][:8], *values, "+".join(finders)])
    print_table(headers, cells, texts=("id", "found by"))
    if any(row["status"] == "ok" and not row["feasible"] for row in rows):
        print_lines(["(in brackets: infeasible, ranked by how far it is off)"])


def print_doubts(result: Any) -> None:
    """What speaks against the best row; a ranking always has a first, good or not."""
    from evosearch import report
    from evosearch.problems.words import describe_row

    rows = report.list_rows(result, 1)
    if rows:
        metrics, params = report.split_row(rows[0], report.names_of_metrics(result))
        _, doubts = describe_row(result.metadata["problem"], params, metrics)
        print_lines(f"doubt    #1: {text}" for text in doubts)


def print_contributions(runs: Sequence[dict[str, Any]]) -> None:
    """What each run brought, one line each."""
    headers = ["profile", "host", "rows", "only here", "shared", "best #", "per s", "run"]
    print_table(
        headers,
        [
            [
                run["profile"],
                run["host"],
                f"{run['rows']:,}",
                f"{run['only_here']:,}",
                f"{run['shared']:,}",
                format_value("", run["best_rank"]),
                "-" if run["evaluations_per_s"] is None else f"{run['evaluations_per_s']:,.0f}",
                run["run_id"][-6:],
            ]
            for run in runs
        ],
        texts=("profile", "host", "run"),
    )


def _header(name: str) -> str:
    base = name.removesuffix("_oos")
    return _SHORT.get(base, base) + (" oos" if name != base else "")
