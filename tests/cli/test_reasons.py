"""A search that finds nothing says why, before and after it; a row says which constraint it breaks."""

import json
import re

import pytest

from tests.bad_input.helpers import invoke
from tests.markets import write_bars
from tests.trading.test_reasons import write

SMALL = ["--set", "search.population=12", "--set", "search.generations=1", "--seed", "1"]
GENOME = json.dumps(
    {"n_rules": 1, "rule1_kind": "price_vs_sma", "rule1_op": "above", "rule1_period": 20,
     "stop_loss_frac": 0.03, "take_profit_frac": 0.06}
)  # fmt: skip
MANY = ["-p", "pro", "--data", "bars.csv", "--set", "problem.min_trades=200", *SMALL]
NONE = r"nothing meets the limits: none reached 200 trades; the most was (\d+): lower min_trades"


def read_json(*args, code=0):
    result = invoke(*args, "--json")
    assert result.exit_code == code, result.output + result.stderr
    return json.loads(result.stdout)


def search_none(workspace):
    """A search of which nothing is feasible; the most trades that any strategy made."""
    write(workspace / "bars.csv", 400)
    result = invoke("run", *MANY)
    assert result.exit_code == 0, result.output
    assert "nothing will meet the limits" not in result.stderr  # 280 bars allow 279 trades
    (most,) = re.findall(f"^why      {NONE}", result.stdout, re.M)
    return int(most)


def test_a_run_and_a_row_say_which_constraint_failed(workspace):
    most = search_none(workspace)
    data = read_json("show", 1)["data"]
    assert 0 < data["n_trades"] <= most
    assert data["reasons"] == [f"{data['n_trades']} trades; 200 are required"]


@pytest.mark.slow
def test_a_ranking_says_it_too(workspace):
    most = search_none(workspace)
    rows = read_json("top", "-n", -1)
    assert max(row["n_trades"] for row in rows["data"]) == most
    for warnings in (rows["warnings"], read_json("merge", "results/*.parquet")["warnings"]):
        (said,) = [found[1] for text in warnings if (found := re.match(NONE, text))]
        assert int(said) == most
    for command in (["top"], ["merge", "results/*.parquet"]):
        assert f"none reached 200 trades; the most was {most}" in invoke(*command).stderr
    shown = invoke("show", 1).stdout
    assert re.match(r"#1  \w+  \d+ trades; 200 are required\n", shown)


@pytest.mark.slow
def test_a_run_that_can_find_nothing_says_so_before_it_starts(workspace):
    write_bars(workspace / "bars.csv", n=4000)
    args = ["run", "-p", "pro", "--data", "bars.csv", "--set", "problem.last_bars=3000", *SMALL]
    result = invoke(*args)
    assert result.exit_code == 0
    header, (first, *_) = (
        result.stderr,
        [line for line in result.stderr.splitlines() if line.startswith("note ")],
    )
    said = r"8 days in sample, sharpe_daily needs 30: bring a longer file"
    assert re.match(f"note     nothing will meet the limits: {said}", first)
    assert "newest 3,000 of 4,000" in header
    assert re.search(f"^why      nothing meets the limits: {said}", result.stdout, re.M)
    whole = read_json(*args)
    assert whole["warnings"][0].startswith("data: bars.csv (")
    assert any(
        text.startswith("nothing will meet the limits: 8 days") for text in whole["warnings"]
    )
    assert any(text.startswith("8 days in sample") for text in whole["data"]["reasons"])
    several = invoke(*args, "--seeds", "2")
    assert several.stderr.count("nothing will meet the limits: 8 days") == 1  # the same for both
    assert several.stdout.count("nothing meets the limits: 8 days") == 2


def test_evaluate_says_the_data_and_what_a_row_lacks(workspace):
    write(workspace / "bars.csv", 400, volume=0)
    args = ["evaluate", "-p", "pro", "--data", "bars.csv", "--params", GENOME]
    result = invoke(*args, "--set", "problem.min_trades=200")
    assert re.search(r"^\w{32}  \d+ trades; 200 are required$", result.stdout, re.M)
    assert re.search(r"^data     bars\.csv \(\w{8}\), daily bars, all 400, ", result.stderr, re.M)
    whole = read_json(*args, "--set", "problem.min_trades=200")
    (row,) = whole["data"]
    assert row["reasons"] == [f"{row['metrics']['n_trades']} trades; 200 are required"]
    lines = [text for text in whole["warnings"] if text.startswith("data: ")]
    assert lines[0].startswith("data: bars.csv (") and lines[1].startswith("data: read as CSV")
    assert "_oos" not in json.dumps(row["reasons"])
    assert read_json(*args, "--set", "problem.min_trades=0")["data"][0]["reasons"] == []


@pytest.mark.slow
def test_a_user_says_why_in_words_of_his_own(workspace):
    (workspace / "mine.py").write_text(
        "from evosearch import Float, Problem, Space\n"
        "class Mine(Problem):\n"
        "    space, direction, version = Space(Float('x', 0.0, 1.0)), 'minimize', '1'\n"
        "    metrics = ('objective', 'weight')\n"
        "    def evaluate(self, params):\n"
        "        return {'objective': 1.0, 'weight': params['x'], 'violation': 1.0}\n"
        "    def foresee(self): return ['no x is heavy enough\\x1b[31m']\n"
        "    @classmethod\n"
        "    def explain_infeasible(cls, most, options, data):\n"
        "        return [f'the heaviest is {most[\"weight\"]:.2f}']\n"
        "    @classmethod\n"
        "    def explain_row(cls, row, options, data): raise ValueError('no idea')\n"
    )
    (workspace / "mine.toml").write_text('[problem]\nname = "mine.py:Mine"\n')
    result = invoke("run", "-p", "mine.toml", *SMALL)
    assert result.exit_code == 0, result.output
    assert "nothing will meet the limits: no x is heavy enough\\x1b[31m" in result.stderr
    assert re.search(
        r"^why      nothing meets the limits: the heaviest is 0\.9\d$", result.stdout, re.M
    )
    found = read_json("evaluate", "-p", "mine.toml", "--params", '{"x": 0.5}')["data"]
    assert found[0]["reasons"] == ["the problem cannot say why: ValueError: no idea"]
    # Of a shard nothing of a user's is asked.
    assert "the heaviest" not in invoke("top").stderr


@pytest.mark.parametrize("profile", ["mine", "pro"])
def test_validate_loads_the_prices(workspace, profile):
    write(workspace / "bars.csv", 400)
    data = ["--set", "problem.data=bars.csv"]
    (workspace / "mine.toml").write_text('[problem]\nname = "trading"\nmin_trades = 5\n')
    name = f"{profile}.toml" if profile == "mine" else profile
    found = invoke("profiles", "validate", name, *data)
    assert found.exit_code == 0, found.output
    ok, line, how = found.stdout.splitlines()[:3]
    assert ok == f"{profile}: ok"
    assert re.match(r"data     bars\.csv \(\w{8}\), daily bars, all 400, 2012-01-02 to ", line)
    assert how.startswith("         read as CSV")
    whole = read_json("profiles", "validate", name, *data)
    assert whole["data"][0]["data"]["n_bars"] == 400
    assert whole["warnings"][0].startswith(f"{profile}: data: bars.csv (")


def test_validate_calls_prices_that_no_search_can_use_a_mistake(workspace):
    (workspace / "torn.csv").write_text(
        "timestamp,open,high,low,close,volume\n2024-01-01,1,2,x,1,5\n"
    )
    for file, says in {
        "none.csv": "pro, [problem] data: No data file none.csv",
        "torn.csv": "torn.csv",
    }.items():
        found = invoke("profiles", "validate", "pro", "--set", f"problem.data={file}")
        assert found.exit_code == 2
        assert found.stdout == ""
        assert says in found.stderr and "Traceback" not in found.stderr
    rows = read_json("profiles", "validate", "pro", "--set", "problem.data=none.csv", code=2)[
        "data"
    ]
    assert "No data file" in rows[0]["mistakes"][0]


def test_validate_says_that_nothing_will_be_feasible_where_a_run_can_begin(workspace):
    write(workspace / "short.csv", 30)
    asked = ("profiles", "validate", "pro", "--set", "problem.data=short.csv")
    found = invoke(*asked)
    assert found.exit_code == 0
    said = "pro: nothing will meet the limits: 21 days in sample, sharpe_daily needs 30"
    assert found.stdout.startswith(said)
    assert ": ok" not in found.stdout
    assert "data     short.csv" in found.stdout
    whole = read_json(*asked)
    assert whole["data"][0]["mistakes"] == []
    assert whole["warnings"][0].startswith(said)


def test_several_profiles_on_one_file_load_it_once_and_no_problem_of_a_user_is_run(
    workspace, monkeypatch
):
    from evosearch.trading.loading import once

    write(workspace / "bars.csv", 400)
    (workspace / "mine.py").write_text(
        "from evosearch import Float, Problem, Space\n"
        "class Mine(Problem):\n"
        "    space, direction = Space(Float('x', 0.0, 1.0)), 'minimize'\n"
        "    def __init__(self): raise SystemExit('it was built')\n"
    )
    (workspace / "mine.toml").write_text('[problem]\nname = "mine.py:Mine"\n')
    loaded, load = [], once.load_bars
    monkeypatch.setattr(once, "load_bars", lambda *args: (loaded.append(args[0]), load(*args))[1])
    names = ["pro", "air", "gamer"]
    assert invoke("profiles", "validate", *names, "--set", "problem.data=bars.csv").exit_code == 0
    assert loaded == ["bars.csv"]
    found = invoke("profiles", "validate", "mine.toml")
    assert (found.exit_code, found.stdout) == (0, "mine: ok\n")


@pytest.mark.slow
def test_weekly_bars_are_counted_in_weeks_in_both_languages(workspace):
    write(workspace / "bars.csv", 500, "week")
    args = ["-p", "pro", "--data", "bars.csv", "--set", "problem.min_trades=2", *SMALL]
    result = invoke("run", *args)
    assert result.exit_code == 0, result.output
    assert "weekly bars, all 500" in result.stderr
    english, spanish = (
        invoke("merge", "results/*.parquet", "--lang", lang).stdout for lang in ("en", "es")
    )
    assert "350 weeks searched" in english and "350 semanas de datos" in spanish
    assert "looked at once (150 weeks)" in english and "(150 semanas)" in spanish
    assert re.search(r"^history  6\.7 years here", english, re.M)
    box = english.partition("verdict ")[2] + spanish.partition("veredicto")[2]
    assert not re.search(r"\bdays?\b|días?\b", box)
    shown = invoke("show", 1).stdout
    assert "Every bar gives one return, 52 a year." in shown
    audit = invoke("audit", "--top", "1", "--surrogates", "0")
    assert "days" not in audit.stdout


@pytest.mark.slow
def test_show_says_that_the_fee_comes_on_top_of_a_full_position(workspace):
    write(workspace / "bars.csv", 400)
    for more, clause in {
        "size_frac=1.0": "100 % of the money; its fee comes on top (up to 0.4 % borrowed).",
        "size_frac=0.9": "90 % of the money; its fee comes on top.",
        "fee_frac=0.0": "100 % of the money; its fee comes on top.",
    }.items():
        result = invoke("evaluate", "-p", "pro", "--data", "bars.csv", "--params", GENOME, "--set",
                        f"problem.{more}")  # fmt: skip
        assert re.search(rf"puts in {re.escape(clause)}$", result.stdout, re.M)
