"""Before a verdict nothing that is printed tells anything of the hold-out."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import evosearch
from evosearch import Int, Problem, Space
from evosearch.cli.console import format_value
from tests.cli.test_commands import SMALL, invoke, run_json

NUMBER = re.compile(r"-?\d[\d,]*\.\d+(?:e-?\d+)?")
PARAMS = (
    '{"n_rules": 1, "rule1_kind": "ema_cross", "rule1_op": "above", "rule1_period": 10, '
    '"rule1_slow_period": 14, "stop_loss_frac": 0.04, "take_profit_frac": 0.06}'
)


def spell(frame, names):
    """Every way in which the figures of some columns are printed."""
    told = set()
    for name in names:
        for value in frame[name].dropna().unique().tolist():
            shown = {format_value(name, value), repr(value), json.dumps(value)}
            told |= {token for text in shown for token in NUMBER.findall(text)}
    return told


def list_secrets(results="results"):
    """Numbers of the hold-out that no figure of the searched part could be taken for."""
    frame = pd.concat([pd.read_parquet(path) for path in Path(results).glob("*.parquet")])
    unseen = [name for name in frame if name.endswith("_oos")]
    others = [
        name for name in frame if name not in unseen and pd.api.types.is_numeric_dtype(frame[name])
    ]
    return {each for each in spell(frame, unseen) - spell(frame, others) if len(each) > 5}


def find_told(text, secrets):
    return sorted(set(NUMBER.findall(text)) & secrets)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A folder with the shards of some small runs, and what these printed."""
    folder = tmp_path_factory.mktemp("runs")
    there = ["-p", "demo", "--results", folder / "results", *SMALL]
    said = [
        invoke("run", "--seed", 1, *there).output,
        invoke("run", "--seed", 3, "--json", *there).output,
        invoke("run", "--seed", 5, "--seeds", 2, *there).output,
    ]
    return folder, said


@pytest.fixture
def two_runs(workspace, recorded):
    folder, said = recorded
    shutil.copytree(folder / "results", "results")
    return said


def test_runs_status_and_unmerged_rankings_tell_nothing_of_the_hold_out(two_runs):
    secrets = list_secrets()
    assert len(secrets) > 100
    said = [*two_runs, invoke("status").output, invoke("status", "--json").output]
    for kind in ("table", "csv", "md", "json"):
        # Drawing a table of all rows takes long.
        said.append(invoke("top", "-n", "30" if kind == "table" else "-1", "-f", kind).output)
        assert said[-1].count("\n") > 20 or kind == "json"
    said += [invoke("show", 1).output, invoke("show", 2, "--json").output]
    said.append(invoke("top", "--columns", "rank,sharpe_daily_oos").output)
    assert [find_told(text, secrets) for text in said] == [[]] * len(said)
    assert not Path("results/.evosearch/looks.jsonl").exists()
    # Two decimals of a hold-out are too few to be told from others: it has no column at all.
    assert "hold-out |" not in invoke("top", "-f", "md").stdout
    assert "| hold-out |" in invoke("top", "-f", "md", "--unseen", "-n", "1").stdout
    # The same test finds what is asked for.
    shown = invoke("top", "--unseen", "-n", 3, "--columns", "rank,sharpe_daily_oos")
    assert len(find_told(shown.output, secrets)) >= 2
    assert "merge for the verdict" in shown.output


def test_a_merge_shows_the_hold_out_of_rank_1_alone_and_a_shown_row_counts(two_runs):
    secrets = list_secrets()
    text = invoke("merge").output
    first, *others = run_json("top", "-n", "-1")
    rest = spell(pd.DataFrame(others), [name for name in first if name.endswith("_oos")])
    own = spell(pd.DataFrame([first]), [name for name in first if name.endswith("_oos")])
    assert not set(find_told(text, secrets)) & (rest - own)
    assert "looked at once" in text
    assert "looked at once" in invoke("top").output  # the same winner adds no look
    assert "not tested: a row above did not pass" in invoke("show", 2).output
    assert "looked at 2 times" in invoke("merge").output


def test_rows_chosen_by_the_hold_out_have_no_verdict(two_runs):
    invoke("merge")
    for chosen in (["--sort", "sharpe_daily_oos"], ["--where", "net_profit_oos > -1e9"]):
        text = invoke("top", "-n", 2, *chosen).output
        assert "chosen by the hold-out: it is no hold-out any more" in text
    whole = json.loads(invoke("top", "-n", 2, *chosen, "--json").stdout)
    assert whole["verdict"]["name"] == "chosen_by_holdout"
    assert len(whole["verdict"]["looks"]) == 2
    whole = json.loads(invoke("top", "-n", 2, "--where", "n_trades > 0", "--json").stdout)
    assert whole["verdict"]["name"] != "chosen_by_holdout"


def test_a_filter_neither_moves_the_verdict_to_another_row_nor_hides_whose_it_is(two_runs):
    invoke("merge")
    below = ["--where", "rank > 3", "-n", 2]
    assert "rank 1 is not among these rows" in invoke("top", *below).output
    assert "rank 1 is not" not in invoke("top", "-n", 2).output
    text = invoke("top", "--unseen", *below).output
    assert "not tested: a row above did not pass" in text
    assert "rank 1 is not" not in text
    assert "looked at 3 times" in text  # two that are shown, and rank 1


def test_a_message_of_the_database_tells_nothing_of_the_hold_out(two_runs):
    where = "(sharpe_daily_oos::varchar || 'x')::int > 0"
    refused = invoke("top", "--where", where)
    assert (refused.exit_code, find_told(refused.output, list_secrets())) == (2, [])
    assert "Could not convert string" not in refused.output
    told = invoke("top", "--where", where.replace("_oos", "")).output
    assert "Could not convert string" in told


def test_evaluate_shows_the_hold_out_on_request_and_counts_it(workspace):
    ledger = Path("results/.evosearch/looks.jsonl")
    Path("results").mkdir()
    (hidden,) = run_json("evaluate", "-p", "demo", "--params", PARAMS)
    assert not [name for name in hidden["metrics"] if name.endswith("_oos")]
    assert not ledger.exists()
    shown = invoke("evaluate", "-p", "demo", "--params", PARAMS, "--unseen").output
    assert "Sharpe a day, hold-out" in shown
    assert hidden["genome_id"] in ledger.read_text(encoding="utf-8")


def test_the_box_speaks_spanish_on_request(two_runs, monkeypatch):
    assert "veredicto" in invoke("merge", "--lang", "es").output
    assert "siguiente evosearch audit" in invoke("show", 1, "--lang", "es").output
    refused = invoke("top", "--lang", "fr")
    assert (refused.exit_code, "--lang 'fr' is unknown" in refused.output) == (2, True)


@pytest.mark.posix
@pytest.mark.slow
@pytest.mark.parametrize("columns", [60, 120])
def test_the_live_view_tells_nothing_of_the_hold_out(workspace, columns):
    main, side = os.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm"}
    command = [sys.executable, "-m", "evosearch", "run", "-p", "demo", "--seed", "4"]
    command += ["--set", "search.population=40", "--set", "search.generations=60"]
    with subprocess.Popen(command, stdout=side, stderr=side, env=environment) as running:
        os.close(side)
        said = b""
        while True:
            try:
                piece = os.read(main, 65536)
            except OSError:
                break
            if not piece:
                break
            said += piece
        assert running.wait() == 0
    os.close(main)
    text = said.decode(errors="replace")
    assert "gen " in text
    assert "best " in text
    assert find_told(text, list_secrets()) == []
    assert "oos" not in text


def test_rows_with_the_same_trades_are_one_line_and_keep_their_rank(two_runs):
    invoke("merge")
    rows = run_json("top", "-n", "-1")
    best = {}
    for row in rows:
        best.setdefault(row["trades_id"], row["rank"])
    n_more = len(rows) - len(best)
    assert n_more > 0
    shown = invoke("top", "-n", "-1", "-f", "md")
    text = shown.stdout
    cells = [line.split(" | ") for line in text.splitlines()[2:]]
    assert [int(each[0].strip("| ")) for each in cells] == sorted(best.values())
    assert sum(int(each[-2].strip("x") or 1) - 1 for each in cells) == n_more
    assert "trades_id" not in text
    assert "trades_id" not in invoke("show", 1).stdout
    # What is said of left out rows is what can be seen.
    assert ("xN: N rows" in shown.stderr, "(hold-out:" in shown.stderr) == (True, True)
    text = invoke("top", "-n", "-1", "-f", "md", "--columns", "rank,return_frac").stderr
    assert ("are left out;" in text, "xN" in text, "(hold-out:" in text) == (True, False, False)
    # Whatever else is asked for, but for --all.
    for extra in (["--where", "true"], ["--sort", "rank"], ["--unseen"]):
        text = invoke("top", "-n", "-1", "-f", "md", *extra).stdout
        assert len(text.splitlines()) == 2 + len(best), extra
    text = invoke("top", "-n", "-1", "-f", "md", "--all", "--where", "true").stdout
    assert len(text.splitlines()) == 2 + len(rows)


class Unseen(Problem):
    space = Space(Int("n", 1, 60))
    direction = "maximize"
    objective = "gain_oos"
    metrics = ("gain", "gain_oos")
    version = "1"

    def evaluate(self, params):
        return {"gain": 1.0, "gain_oos": params["n"] + 0.8765}


def test_a_search_for_the_hold_out_has_none(workspace):
    settings = {"results": "results", "workers": 1, "backend": "serial", "evaluations": 30}
    for seed in (1, 2):
        best = evosearch.run(problem=Unseen(), seed=seed, **settings).best
        assert (best["fitness"], best["gain"]) == (None, 1.0)
        assert ".8765" not in str(best)
    hidden = invoke("show", 1, "--json").output
    assert ".8765" not in hidden
    assert "chosen by the hold-out" in invoke("top", "-n", 1).output
    invoke("merge")
    text = invoke("show", 2).output
    assert "chosen by the hold-out" in text
    assert ".8765" in text
