"""Ideas of a ranking: no two go up and down together, and each row stands with one of them."""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import evosearch
from evosearch.assemble.ranking.opening import open_ranking
from evosearch.assemble.strategies.ideas import Idea, Kept, choose_ideas
from evosearch.assemble.strategies.opened import Missing, open_bars
from evosearch.trading.loading.load import load_bars
from evosearch.trading.replay.returns import daily_returns
from tests.assemble.auditing.rankings import merge, search
from tests.cli.test_commands import invoke

MORE = {"algorithm": "random", "population": 60, "generations": 2}


def keep(returns, n_most, below, sizes):
    """Ideas of rows that come in blocks of these sizes."""
    kept, first = Kept(n_most, below), 0
    for size in sizes:
        rows = np.arange(first, min(first + size, len(returns)))
        if len(rows):
            kept.add(returns[rows].copy(), rows + 1)
        first += size
    return kept


def choose_plainly(returns, below):
    """The same by comparing every pair; rank and number of look-alikes of each idea."""
    ideas, counts, is_flat = [], [], np.ptp(returns, axis=1) == 0
    with np.errstate(invalid="ignore"):
        together = np.round(np.corrcoef(returns), 12) >= below
    together[np.ix_(is_flat, is_flat)] = True
    for place in range(len(returns)):
        for k, other in enumerate(ideas):
            if together[place, other]:
                counts[k] += 1
                break
        else:
            ideas.append(place)
            counts.append(0)
    return [Idea(place + 1, n) for place, n in zip(ideas, counts, strict=True)]


@pytest.mark.parametrize("sizes", [[200], [1] * 200, [7] * 30])
@pytest.mark.parametrize("below", [0.3, 0.7, 1.0])
def test_ideas_are_those_of_comparing_every_pair(sizes, below):
    rng = np.random.default_rng(0)
    shapes = rng.standard_normal((8, 40))
    returns = shapes[rng.integers(8, size=200)] + 0.4 * rng.standard_normal((200, 40))
    returns[::17] = 0.001 * rng.integers(3, size=12)[:, None]  # never change
    returns[50] = 2 * returns[49]
    kept = keep(returns, 1000, below, sizes)
    assert list(kept.list_ideas()) == choose_plainly(returns, below)
    assert not kept.is_full
    few = keep(returns, 5, below, sizes)
    assert few.list_ideas() == kept.list_ideas()[:5]
    assert few.is_full == (len(kept.list_ideas()) > 5)


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ideas")
    return [search(folder, f"p{seed}", seed, **MORE) for seed in (1, 2)]


@pytest.fixture(scope="module")
def merged(shards):
    return merge(shards[0][0].parent.parent, [*shards[0], *shards[1]])


def read_returns(folder, merged, rank):
    """Daily returns over the searched part, from what `trades` writes and the bars."""
    path = folder / f"{rank}.csv"
    done = invoke("trades", rank, merged, "-o", path, "--results", folder)
    assert done.exit_code == 0, done.output
    trades = pd.read_csv(io.StringIO(path.read_text()))
    trades = trades[trades.part == "searched"]
    summary = open_ranking(merged).ranked.metadata.problem.plain["data"]
    bars = load_bars("sample:ibm-daily", (Path(),)).choose(None, None, summary["n_bars"])
    n = summary["n_bars"] - summary["n_holdout_bars"]
    times = pd.to_datetime(bars.timestamp_us[:n], unit="us", utc=True)
    cash, held, money = 10_000.0, 0.0, []
    entries, exits = (pd.to_datetime(trades[f"{name}_at_utc"]) for name in ("entry", "exit"))
    orders = [(time, k, "buy") for k, time in enumerate(entries)]
    orders += [(time, k, "sell") for k, time in enumerate(exits)]
    orders.sort(key=lambda order: order[:2], reverse=True)
    for time, close in zip(times, bars.close[:n], strict=True):
        while orders and orders[-1][0] == time:
            _, k, kind = orders.pop()
            trade = trades.iloc[k]
            if kind == "buy":
                cash, held = cash - trade.notional, trade.notional / trade.entry_price
            else:
                cash, held = cash + held * trade.exit_price, 0.0
        money.append(cash + held * close)
    return np.diff([10_000.0, *money]) / [10_000.0, *money[:-1]]


@pytest.mark.slow
def test_no_two_ideas_go_together_and_every_row_stands_with_one(merged, tmp_path):
    done = invoke("top", merged, "--ideas", 3, "--results", tmp_path, "--json")
    assert done.exit_code == 0, done.output
    whole = json.loads(done.stdout)
    ideas = [Idea(**each) for each in whole["ideas"]["ideas"]]
    assert [row["rank"] for row in whole["data"]] == [idea.rank for idea in ideas]
    ranked = open_ranking(merged).ranked
    opened = open_bars(ranked.metadata)
    assert not isinstance(opened, Missing)
    rows = evosearch.top(merged, None, results=tmp_path)
    rows = rows[rows.feasible]
    params = [
        {name.removeprefix("param_"): row[name] for name in row.index if name.startswith("param_")}
        for _, row in rows.iterrows()
    ]
    plain = [{k: v for k, v in each.items() if not pd.isna(v)} for each in params]
    problem, genomes = opened.encode(plain)
    everything = choose_plainly(daily_returns(problem, genomes), 0.7)
    assert choose_ideas(ranked, opened).ideas == tuple(
        Idea(int(rows["rank"].iloc[idea.rank - 1]), idea.n_alike) for idea in everything
    )
    assert choose_ideas(ranked, opened, 3).ideas == tuple(ideas)
    assert whole["ideas"]["n_rows"] == len(rows) > 20
    returns = [read_returns(tmp_path, merged, idea.rank) for idea in ideas]
    assert np.corrcoef(returns)[np.triu_indices(len(ideas), 1)].max() < 0.7


@pytest.mark.slow
def test_ideas_do_not_depend_on_the_order_of_merging(shards, merged, tmp_path):
    first, second = shards
    other = merge(tmp_path, [*second, *first], "other.parquet")
    again = merge(tmp_path, [*second, merged], "again.parquet")
    said = [
        invoke("top", path, "--ideas", 4, "--results", tmp_path, "--json").stdout
        for path in (merged, other, again)
    ]
    ranks = [json.loads(text)["ideas"] for text in said]
    assert ranks[0] == ranks[1] == ranks[2]


@pytest.mark.slow
def test_a_table_of_ideas_says_what_its_rows_stand_for(merged, tmp_path):
    there = ["--results", tmp_path]
    said = invoke("top", merged, "--ideas", 2, *there).stdout
    assert "the best 2 ideas of" in said and "there are more" in said
    assert "correlate below 0.70" in said and "same trades" not in said
    said = invoke("top", merged, "--ideas", 900, "--below", 0.9, *there, "--lang", "es").stdout
    assert "menor que 0,90" in said and "hay más" not in said
    # Rank 1 is a look; the others do not show their hold-out.
    ledger = (tmp_path / ".evosearch" / "looks.jsonl").read_text()
    best = evosearch.top(merged, 1, results=tmp_path / "elsewhere")["genome_id"].iloc[0]
    known = [json.loads(line) for line in ledger.splitlines()]
    assert {each["genome"] for each in known if "genome" in each} == {best}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--ideas", 0], "expected 1 to 1,000"),
        (["--ideas", 3, "--below", 0], "expected a number above 0"),
        (["--ideas", 3, "--where", "rank > 1"], "leave out filters"),
        (["--ideas", 3, "--all"], "leave out filters"),
        (["--ideas", 3, "--data", "nowhere.csv"], "nowhere.csv"),
    ],
)
def test_what_cannot_be_asked_is_refused(merged, tmp_path, given, said):
    done = invoke("top", merged, "--results", tmp_path, *given)
    assert done.exit_code == 2 and said in done.output
    assert not (tmp_path / ".evosearch").exists()
