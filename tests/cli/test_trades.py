"""`trades` writes what its row states, and shows of the hold-out what `show` does."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet

from evosearch.assemble.settings.prices import remember_bars
from evosearch.trading.loading.load import load_bars
from evosearch.trading.problem import Trading
from tests.assemble.auditing.rankings import merge, search
from tests.assemble.auditing.test_forged_rows import forge_best
from tests.cli.test_commands import invoke, run_json


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A folder with a merged file of two small searches, and a copy of their bars."""
    folder = tmp_path_factory.mktemp("trades")
    prices = load_bars("sample:fair-5min", (Path(),)).choose(None, None, 4000)
    times = pd.to_datetime(prices.timestamp_us, unit="us", utc=True)
    columns = dict(zip(("open", "high", "low", "close", "volume"), prices.columns, strict=True))
    pd.DataFrame({"timestamp": times} | columns).to_csv(folder / "bars.csv", index=False)
    more = {"data": str(folder / "bars.csv"), "more": "", "fee": 0.001, "min_trades": 5}
    for seed in (1, 2):
        search(folder, f"p{seed}", seed, generations=2, **more)
    merge(folder, sorted((folder / "results").glob("*.parquet")))
    return folder


@pytest.fixture
def there(recorded, workspace, monkeypatch):
    """The same as the working folder, in which nothing was looked at."""
    shutil.copytree(recorded, workspace, dirs_exist_ok=True)
    monkeypatch.setenv("LANG", "C")
    # From now on this machine knows where these bars are.
    remember_bars(Trading(data="bars.csv"))
    shutil.rmtree("results/.evosearch", ignore_errors=True)
    return workspace


def check_files(trades, equity, row, n_bars, ends=("", "_oos")):
    names = dict(zip(ends, ("searched", "hold-out"), strict=False))
    assert set(trades.part) <= {*names.values()} and len(equity) == n_bars
    for end, name in names.items():
        mine, money = trades[trades.part == name], equity[equity.part == name]
        assert len(mine) == row[f"n_trades{end}"]
        assert (mine.profit > 0).sum() == row[f"n_wins{end}"]
        assert (mine.reason == "end").sum() <= 1
        np.testing.assert_allclose(mine.profit.sum(), row[f"net_profit{end}"], 1e-9, 1e-6)
        np.testing.assert_allclose(10_000 + np.cumsum(mine.profit), mine.cash, 1e-9)
        np.testing.assert_allclose(money.equity.iloc[-1] - 10_000, row[f"net_profit{end}"], 1e-9)
        days = pd.to_datetime(money.at_utc).dt.floor("D")
        closes = money.groupby(days.to_numpy()).equity.last().to_numpy()
        assert len(closes) == row[f"n_days{end}"]
        returns = closes / np.append(10_000, closes[:-1]) - 1
        if row[f"sharpe_daily{end}"] is not None:
            sharpe = returns.mean() / returns.std(ddof=1)
            np.testing.assert_allclose(sharpe, row[f"sharpe_daily{end}"], 1e-9)


@pytest.mark.slow
def test_files_hold_what_the_row_states(there):
    done = invoke("trades", 1, "merged.parquet", "-o", "t.csv", "--equity", "e.csv")
    assert done.exit_code == 0, done.output
    assert "t.csv" in done.stdout and "e.csv" in done.stdout and "verdict " in done.stdout
    row = run_json("top", "merged.parquet", "-n", 1)[0]
    trades, equity = pd.read_csv("t.csv"), pd.read_csv("e.csv")
    check_files(trades, equity, row, 4000)
    bars = pd.read_csv("bars.csv")
    np.testing.assert_array_equal(pd.to_datetime(equity.at_utc), pd.to_datetime(bars.timestamp))
    assert trades.entry_at_utc.str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").all()
    for name, part in equity.groupby("part", sort=False):
        first = bars.open[part.index[0]]
        hold = 10_000 * bars.close[part.index].to_numpy() / first
        np.testing.assert_allclose(part.holding, hold, 1e-12, err_msg=name)
    listed = run_json("trades", 1, "merged.parquet")["trades"]
    pd.testing.assert_frame_equal(pd.DataFrame(listed), trades, check_exact=True)
    # The same strategy as `show` shows: one look, the same for both.
    assert {*_list_looks()} == {row["genome_id"]}


def _list_looks():
    for line in Path("results/.evosearch/looks.jsonl").read_text().splitlines():
        if "genome" in json.loads(line):
            yield json.loads(line)["genome"]


@pytest.mark.slow
def test_before_a_merge_only_the_searched_part_is_told(there):
    Path("merged.parquet").unlink()
    row = run_json("top", "-n", 1)[0]
    done = invoke("trades", row["genome_id"][:12], "-o", "t.csv", "--equity", "e.csv")
    assert done.exit_code == 0 and "not before the merge" in done.stdout
    n = load_bars("bars.csv", (Path(),)).choose(None, None, 2800)
    assert len(n) == 2800
    check_files(pd.read_csv("t.csv"), pd.read_csv("e.csv"), row, 2800, ("",))
    plain = run_json("trades", row["genome_id"][:12])
    assert {each["part"] for each in plain["trades"]} == {"searched"}
    assert "hold-out," not in invoke("trades", 1).stdout
    assert not os.path.exists("results/.evosearch/looks.jsonl")
    assert "hold-out, " in invoke("trades", 1, "--unseen").stdout
    assert len({*_list_looks()}) == 1


@pytest.mark.slow
def test_a_table_has_a_line_for_each_trade(there):
    row = run_json("top", "merged.parquet", "-n", 1)[0]
    n = row["n_trades"] + row["n_trades_oos"]
    for columns, language, word in ((60, "en", "bought"), (120, "es", "compra")):
        done = invoke_wide(columns, "trades", 1, "merged.parquet", "--lang", language)
        lines = done.stdout.splitlines()
        assert len([line for line in lines if line[:4].isdigit()]) == n
        assert any(line.lstrip().startswith(word) for line in lines)
        table = [line for line in lines if line[:4].isdigit()]
        assert all(len(line) <= columns and line == line.rstrip() for line in table)
    assert "10.000 al empezar" in done.stdout


def invoke_wide(columns, *args):
    from typer import testing

    from evosearch.cli.commands import app

    env = {"COLUMNS": str(columns)}
    return testing.CliRunner().invoke(app, [str(arg) for arg in args], env=env)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["-o", "t.txt"], "end in .csv"),
        (["-o", "taken.csv"], "taken.csv exists already"),
        (["-o", "bars.csv", "--force"], "one of the inputs"),
        (["-o", "x.csv", "--equity", "x.csv"], "named for both"),
        (["--data", "other.csv"], "does not hold the bars"),
        (["--data", "nowhere.csv"], "nowhere.csv"),
    ],
)
def test_what_cannot_be_written_or_read_is_refused(there, given, said):
    Path("taken.csv").write_text("mine")
    lines = Path("bars.csv").read_text().splitlines(keepends=True)
    Path("other.csv").write_text("".join(lines[:2000]))
    before = {path: path.read_bytes() for path in Path().glob("*.csv")}
    done = invoke("trades", 1, "merged.parquet", *given)
    assert done.exit_code == 2 and said in done.output.replace("\n", " "), done.output
    assert {path: path.read_bytes() for path in Path().glob("*.csv")} == before
    assert not os.path.exists("results/.evosearch/looks.jsonl")


@pytest.mark.slow
def test_bars_that_are_lost_are_named_and_then_known(there):
    Path("moved").mkdir()
    Path("bars.csv").rename("moved/bars.csv")
    done = invoke("trades", 1, "merged.parquet")
    assert done.exit_code == 2 and "--data FILE" in done.output.replace("\n", " "), done.output
    assert invoke("trades", 1, "merged.parquet", "--data", "moved/bars.csv").exit_code == 0
    assert invoke("trades", 1, "merged.parquet").exit_code == 0


@pytest.mark.slow
def test_a_row_that_states_more_than_it_earns_is_told(there):
    forge_best(Path("merged.parquet"), Path("forged.parquet"), 0.9)
    done = invoke("trades", 1, "forged.parquet", "-o", "t.csv")
    assert done.exit_code == 1 and "sharpe_daily" in done.output, done.output
    honest = parquet.read_table("merged.parquet").slice(0, 1).to_pylist()[0]
    assert len(pd.read_csv("t.csv")) == honest["n_trades"] + honest["n_trades_oos"]


def test_other_problems_have_no_trades(workspace):
    text = '[search]\npopulation = 4\ngenerations = 2\n[problem]\nname = "sphere"\n'
    Path("made.toml").write_text(text)
    assert invoke("run", "-p", "made.toml", "--seed", 1).exit_code == 0
    done = invoke("trades", 1)
    assert done.exit_code == 2 and "not of prices" in done.output.replace("\n", " ")
