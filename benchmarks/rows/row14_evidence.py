"""Row 14: how often the verdict cries wolf, and how often it finds a planted edge."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.evidence import (
    ALL,
    EDGES,
    N_BARS,
    N_EDGE,
    N_NULL,
    NULLS,
    ROWS,
    Judged,
    count,
    find_interval,
    measure,
    predict_power,
)
from benchmarks.harness import Row, run_row

NAMES = ("loses", "luck", "too_short", "contradicted", "unknown", "paper", "consistent")
LIMIT_S = 1500.0  # for each half; what is there by then is counted
WORDS = {
    "hourly-none": "hourly, no drift",
    "hourly-hold1": "hourly, buy and hold 1",
    "5min-none": "5-minute, no drift",
    "5min-hold1": "5-minute, buy and hold 1",
}
# Shares of rankings: significant at most, consistent at most.
FALSE_ALARMS = {"significant": 0.05, "consistent": 0.01}
# Shares that must be found, by kind.
POWER = {
    "hourly-edge6": {"significant": 0.80, "consistent": 0.60},
    "hourly-edge10": {"significant": 0.95},
}


def measure_evidence(quick: bool) -> Row:
    """Count every verdict on markets of which the truth is known."""
    row = Row(
        "row14",
        "The verdict on markets of known truth",
        "Fair bars (highs and lows of the whole Brownian path, volatility clustering), "
        f"{N_BARS:,} a market, searched by the bundled profiles without costs; each ranking and "
        "the merge judged as in a fresh folder, by the product, and held against the rules "
        "retold. Without an edge `paper` and `consistent` (together: significant) are false "
        "alarms. The planted edge is drift on the bars after a volume above its 200-bar mean, "
        "zero on average, named by the annual Sharpe of holding these bars alone; `friend` "
        "searches it.",
    )
    n_null, n_edge = (1, 1) if quick else (N_NULL, N_EDGE)
    nulls = measure(list(NULLS), n_null, ROWS, LIMIT_S)
    edges = measure(list(EDGES), n_edge, ROWS, LIMIT_S)
    row.columns = ["", "markets", *NAMES, "significant", "theory: significant, consistent"]
    for kind, words in WORDS.items():
        for profile in (*ALL, "merge"):
            add_line(row, f"{words}: {profile}", choose(nulls, kind, profile), "")
    null_rows = [each for each in nulls if each.kind in NULLS]
    add_line(row, "all without an edge", null_rows, "")
    for kind in EDGES:
        chosen = choose(edges, kind, "friend")
        if chosen:
            told = predict_power(chosen)
            theory = f"{told['either']:.0%}, {told['both']:.0%} (S = {told['sharpe']:.1f})"
            add_line(row, f"edge {kind.removeprefix('hourly-edge')}: friend", chosen, theory)
    claim_false_alarms(row, null_rows)
    claim_power(row, edges)
    row.notes += [
        "In brackets: 95 % intervals by Clopper and Pearson. The rankings of one market resemble "
        "each other, so the interval over all of them is narrower than it should be; those of one "
        "kind and profile are not.",
        "Theory: S is the annual Sharpe ratio over the benchmark that the hold-outs show on "
        "average. The hold-out passes with 1 - Z(1.96 - S sqrt(years)), the searched part with the "
        "expected best of N plus 1.645 in place of 1.96. More pass in truth: the best of a search "
        "is chosen for its figures in the searched part.",
    ]
    return row


def choose(rows: Sequence[Judged], kind: str, profile: str) -> list[Judged]:
    """The lines of one kind and profile."""
    return [each for each in rows if (each.kind, each.profile) == (kind, profile)]


def add_line(row: Row, label: str, rows: Sequence[Judged], theory: str) -> None:
    """One line of the table: how often each verdict was given."""
    if rows:
        names = count(rows)
        share = format_share(names["significant"], len(rows))
        row.add(label, len(rows), *(names[name] for name in NAMES), share, theory)


def format_share(k: int, n: int) -> str:
    """A share with its interval."""
    low, high = find_interval(k, n)
    return f"{k / n:.1%} ({low:.1%} to {high:.1%})"


def claim_false_alarms(row: Row, rows: Sequence[Judged]) -> None:
    """Over all markets at most the promised share, and no kind whose interval lies above it."""
    groups = {(each.kind, each.profile) for each in rows}
    for what, limit in FALSE_ALARMS.items():
        if not rows:
            continue
        k = count(rows)[what]
        row.claim(
            f"{what} without an edge: {format_share(k, len(rows))}", f"{limit:.0%}",
            k / len(rows) / limit, "<= 1 x", at_most=1.0,
        )  # fmt: skip
        worst = max(
            find_interval(count(chosen)[what], len(chosen))[0]
            for chosen in (choose(rows, *group) for group in groups)
        )
        row.claim(
            f"{what}, the worst kind and profile: at least {worst:.1%}", f"{limit:.0%}",
            worst / limit, "<= 1 x", at_most=1.0,
        )  # fmt: skip


def claim_power(row: Row, rows: Sequence[Judged]) -> None:
    """The planted edges are found as often as promised."""
    for kind, asked in POWER.items():
        chosen = choose(rows, kind, "friend")
        for what, share in asked.items():
            if chosen:
                k = count(chosen)[what]
                row.claim(
                    f"{what} at edge {kind.removeprefix('hourly-edge')}: "
                    f"{format_share(k, len(chosen))}",
                    f"{share:.0%}", k / len(chosen) / share, ">= 1 x", at_least=1.0,
                )  # fmt: skip


if __name__ == "__main__":
    run_row(measure_evidence)
