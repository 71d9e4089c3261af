"""`show`: one strategy in words, with what it did and what it does next, in both languages."""

import json
import re
import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

from evosearch.assemble.auditing.forward import Newer
from evosearch.assemble.judging.judge import judge_row
from evosearch.assemble.strategies import showing
from evosearch.assemble.strategies.figures import show_metric
from evosearch.assemble.strategies.opened import open_bars
from evosearch.assemble.strategies.origin import state_bars_used
from evosearch.assemble.strategies.played import play
from evosearch.assemble.strategies.sheet import make_sheet
from evosearch.cli.app import app
from evosearch.problems.words import state_row
from evosearch.report.catalogue import NAMES, load_sentences
from evosearch.report.sentences import word
from evosearch.trading.bars import Bars
from evosearch.trading.words.stating import is_impossible, state_bars
from tests.cli.test_commands import SMALL, invoke
from tests.markets import write_bars


@pytest.fixture(scope="module")
def ranked(tmp_path_factory):
    """A merged search of one's own prices, twelve days of them, of which all were searched twice."""
    folder = tmp_path_factory.mktemp("shown")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_bars(folder / "btc.csv", n=4000)
        lines = (folder / "btc.csv").read_text().splitlines()
        (folder / "old.csv").write_text("\n".join(lines[:3501]) + "\n")
        for seed in (1, 2):
            done = invoke("run", "-p", "pro", "--seed", seed, "--data", "old.csv", *SMALL, *NEAR)
            assert done.exit_code == 0, done.output
        assert invoke("merge").exit_code == 0
    return folder


NEAR = [
    word
    for text in ("min_trades=3", "stop_loss_range=[0.002,0.004]", "take_profit_range=[0.003,0.006]",
                 "objective=return_frac")
    for word in ("--set", f"problem.{text}")
]  # fmt: skip


@pytest.fixture
def here(ranked, monkeypatch):
    monkeypatch.chdir(ranked)
    return ranked


def read(*args, width=80):
    words = [str(each) for each in ("show", *args)]
    done = CliRunner().invoke(app, words, env={"COLUMNS": str(width)})
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.slow
def test_one_strategy_is_told_in_the_order_in_which_a_person_asks(here):
    text = read(1)
    asked = (
        "#1  ", "Buy at the open of the next bar when", "The stop lies", "The fee is",
        "Prices: old.csv (", "The search saw the first 2,450 bars", "are the hold-out",
        "Sharpe a year", "return", "worst fall", "trades", "mean holding",
        "every figure equals its row", "Its last trades", "bought", "Traded in one piece", "Next:",
        "Without fee and slippage", "Found by pro@", "params   {", "not investment advice",
        "verdict  ",
    )  # fmt: skip
    places = [text.index(words) for words in asked]
    assert places == sorted(places), dict(zip(asked, places, strict=True))
    assert not re.search(r"[{]\w+[}]|None|\bnan\b|_frac\b(?!\")|sharpe_|oos", text)


@pytest.mark.slow
def test_spanish_says_the_same_with_decimal_commas(here):
    english, spanish = (read(1, "--lang", each, width=160) for each in ("en", "es"))
    assert "no es una recomendación de inversión" in spanish.lower()
    assert "Compra en la apertura de la barra siguiente cuando" in spanish
    (params,) = {re.search(r"^params .*$", text, re.M)[0] for text in (english, spanish)}

    def numbers(text):
        told = text.replace(params, "").partition("\nverdict ")[0].partition("\nveredicto ")[0]
        return re.findall(r"\d[\d.,]*\d|\d", told)

    swap = str.maketrans(",.", ".,")
    assert [each.translate(swap) for each in numbers(spanish)] == numbers(english)
    # No English sentence is left in it.
    for name in NAMES:
        for entry in load_sentences(name).values():
            if (
                entry["en"] != entry["es"]
                and len(entry["en"].split()) > 3
                and "{" not in entry["en"]
            ):
                assert entry["en"] not in spanish


@pytest.mark.slow
def test_figures_and_trades_are_those_of_the_row(here):
    row = json.loads(read(1, "--json"))["data"]
    text = read(1)
    played = row["played"]
    assert played["differing"] == []
    lines = {line[:14].strip(): line[14:].split() for line in text.splitlines()}
    assert lines["trades"][:2] == [f"{row['n_trades']:,}", f"{row['n_trades_oos']:,}"]
    assert lines["return"][0] == f"{100 * row['return_frac']:.2f}"
    assert f"Its last trades of {row['n_trades'] + row['n_trades_oos']} " in text
    (table,) = re.findall(r"\nbought .*\n((?:20.*\n)+)", text)
    assert len(table.splitlines()) == 5
    assert f"earned {100 * played['costs']['without']:.2f} %" in text
    # What it costs to trade is what lies between both.
    assert played["costs"]["without"] > row["return_frac"]


@pytest.mark.slow
def test_all_has_every_metric_with_its_meaning(here):
    row = json.loads(read(1, "--json"))["data"]
    text = " ".join(read(1, "--all").split())
    for words in ("kurtosis", "how much a few extreme days decide", str(row["trades_id"])):
        assert words in text and words not in " ".join(read(1).split())


@pytest.mark.slow
def test_newer_bars_say_where_it_stands_now(here):
    text = read(1, "--forward", "btc.csv")
    assert "btc.csv: 500 bars more. Traded in one piece until the last one" in text
    assert len(re.findall(r"^It is (in|out of) the market.* Next: ", text, re.M)) == 1
    assert "has no bar after those of the ranking" in read(1, "--forward", "old.csv")
    refused = invoke("show", 1, "--forward", "nothing.csv")
    assert refused.exit_code == 2 and "nothing.csv" in refused.output


def test_newer_bars_that_do_not_follow_are_told_apart():
    bars = Bars(
        np.arange(6) * 60_000_000, *[np.array([10, 10.1, 10.2, 10.1, 10.2, 10.3])] * 5, "x", 365
    )
    assert not Newer(bars, 4, "x", 0, "").is_torn and not Newer(bars, 6, "x", 0, "").is_torn
    late = replace(bars, timestamp_us=bars.timestamp_us + np.repeat([0, 120_000_000], [4, 2]))
    other = replace(bars, open=bars.open * np.repeat([1, 0.03], [4, 2]))
    assert Newer(late, 4, "x", 0, "").is_torn and Newer(other, 4, "x", 0, "").is_torn


@pytest.mark.slow
def test_newer_bars_are_told_to_machines_and_of_a_hidden_hold_out_nothing(here, tmp_path):
    played = json.loads(read(1, "--forward", "btc.csv", "--json"))["data"]["played"]
    assert played["later"]["last_bar_us"] > played["now"]["last_bar_us"]
    for path in (here / "results").glob("*.parquet"):
        shutil.copy(path, tmp_path)
    told = re.compile(r"^It is (in|out of) the market|no bar after|bars more", re.M)
    for file in ("old.csv", "btc.csv"):  # the position at the end has gone through the hold-out
        text = read(1, tmp_path, "--results", tmp_path, "--forward", file)
        assert "merge for the verdict" in text and not told.search(text)
        text = read(1, tmp_path, "--results", tmp_path, "--forward", file, "--unseen")
        assert len(told.findall(text)) == 2


@pytest.mark.slow
def test_without_the_bars_it_says_what_is_missing_and_how_to_get_it(here):
    moved = here / "elsewhere.csv"
    shutil.move(here / "old.csv", moved)
    try:
        text = read(1)
        assert "this file is gone" in text
        (command,) = re.findall(r"With them: (evosearch show 1 --data FILE)$", text, re.M)
        assert "Its last trades" not in text and "Without fee" not in text
        assert "The search saw the first 2,450 bars." in text  # its dates are not known
        assert json.loads(read(1, "--json"))["data"]["played"] is None
        refused = invoke("show", 1, "--forward", "btc.csv")
        assert refused.exit_code == 2 and "--data FILE" in refused.stderr
        whole = read(*command.replace("FILE", "elsewhere.csv").split()[2:])
        assert "Its last trades" in whole and "Without fee" in whole
    finally:
        shutil.move(moved, here / "old.csv")


@pytest.mark.slow
def test_before_a_merge_nothing_of_the_hold_out_is_told(here, tmp_path):
    for path in (here / "results").glob("*.parquet"):
        shutil.copy(path, tmp_path)
    text = read(1, tmp_path)
    assert "Its last trades" in text and "Traded in one piece" not in text
    assert "hold-out  " not in text.partition("params")[0]
    played = json.loads(read(1, tmp_path, "--json"))["data"]["played"]
    assert played["now"] is None
    times = [line[:16] for line in text.splitlines() if re.match(r"20\d\d-\d\d-\d\d ", line)]
    (end,) = re.findall(r"first 2,450 bars: .* to (.*) UTC", text)
    assert times and all(time <= end for time in times)


@pytest.mark.slow
def test_a_row_that_was_changed_is_not_believed(here):
    found = showing.show(1, is_judged=False)
    found["metrics"]["net_profit"] *= 1.01
    played = play(found, open_bars(found["ranked"].metadata), False)
    assert played.differing == ("net_profit",)
    for language, words in (("en", "Do not trust this row"), ("es", "No te fíes de esta fila")):
        assert words in word(played.state_trades()[0], language)


@pytest.mark.slow
@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_width_shows_it_whole(here, width):
    text = read(1, width=width)
    tables = [line for line in text.splitlines() if re.match(r"(20\d\d-|\w.* %  )", line)]
    assert len(tables) > 8
    assert all(len(line) <= width and line == line.rstrip() for line in tables)


@pytest.mark.slow
@pytest.mark.parametrize("data", [None, ["odd"], {"n_bars": 10**400}, {"source": 3, "n_bars": True},
                                  {"n_bars": 5, "n_holdout_bars": -1, "days_per_year": "x"}])  # fmt: skip
def test_what_a_stranger_states_of_its_bars_is_told_or_left_out(here, data):
    found = showing.show(1, is_judged=False) | {"data": data}
    sheet = make_sheet(found, judge_row(found["ranked"], found["row"]))
    said = [word(each, "es") for section in sheet.sections for each in section.statements]
    assert said and not any("None" in text for text in said)
    assert sheet.find("figures").table.rows and sheet.find("trades").table is None


RULE = {"n_rules": 2, "stop_loss_frac": 0.02, "take_profit_frac": 0.04}


def rules(*rules):
    params = {**RULE, "n_rules": len(rules)}
    for k, (kind, op, period, *more) in enumerate(rules, 1):
        params |= {f"rule{k}_kind": kind, f"rule{k}_op": op, f"rule{k}_period": period}
        name = "level" if kind == "rsi_level" else "slow_period"
        params |= {f"rule{k}_{name}": value for value in more}
    return params


@pytest.mark.parametrize(
    ("listed", "is_never"),
    [
        ([("ema_cross", "above", 10, 100), ("ema_cross", "below", 10, 100)], True),
        ([("rsi_level", "above", 14, 70), ("rsi_level", "below", 14, 30)], True),
        ([("rsi_level", "above", 14, 30), ("rsi_level", "below", 14, 70)], False),
        ([("rsi_level", "above", 14, 70), ("rsi_level", "below", 20, 30)], False),
        ([("rsi_level", "above", 14, 100)], True),
        ([("rsi_level", "below", 14, 0)], True),
        ([("price_vs_sma", "above", 1)], True),
        (
            [("price_vs_sma", "above", 10), ("sma_cross", "above", 10, 50),
             ("price_vs_sma", "below", 50)],
            True,
        ),
        (
            [("price_vs_sma", "above", 10), ("sma_cross", "above", 10, 50),
             ("price_vs_ema", "below", 50)],
            False,
        ),
        ([("volume_vs_sma", "above", 10), ("volume_vs_sma", "below", 20)], False),
    ],
)  # fmt: skip
def test_rules_that_can_never_hold_at_once_are_said(listed, is_never):
    params = rules(*listed)
    assert is_impossible(params, {}) == is_never
    said = state_row({"name": "trading", "options": {}}, params)
    for language, words in (("en", "can never hold at once"), ("es", "nunca se cumplen a la vez")):
        text = " ".join(word(each, language) for each in said)
        assert (words in text) == is_never


def test_without_volume_a_rule_on_volume_never_holds():
    assert is_impossible(rules(("volume_vs_sma", "above", 10)), {"has_volume": False})
    assert not is_impossible(rules(("price_vs_sma", "above", 10)), {"has_volume": False})


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"interval_s": 300.0, "days_per_year": 365}, "14 bars (70 minutes)"),
        ({"interval_s": 3600.0, "days_per_year": 252}, "14 bars (14 hours of trading)"),
        ({"interval_s": 86_400.0, "days_per_year": 252}, "14 bars (14 trading days)"),
        ({"interval_s": 86_400.0, "days_per_year": 365}, "14 bars (14 days)"),
        ({"interval_s": 604_800.0, "days_per_year": 52}, "14 bars (14 weeks)"),
        ({"interval_s": 300.0, "interval_share": 0.5}, "14 bars"),
        ({"interval_s": "often"}, "14 bars"),
        ({"interval_s": -1.0}, "14 bars"),
        ({}, "14 bars"),
    ],
)
def test_a_count_of_bars_has_the_time_that_it_is(data, text):
    assert word(state_bars(14, data), "en") == text


SAYS = {
    "next_open": ({}, ["at the open of the next bar", "less slippage", "borrowed"]),
    "trailing": ({"trail_frac": 0.75}, ["from the bar after the purchase on it first rises to the "
                                        "last close less 75 % of its first distance"]),
    "notional": ({"notional": 2500.5}, ["Each trade puts in 2,500.5; its fee comes on top."]),
    "free": ({"slippage_frac": 0.0, "fee_frac": 0.00075}, ["The fee is 0.075 %", "Slippage is 0 %"]),
    "half": ({"size_frac": 0.5}, ["Each trade puts in 50 % of the money; its fee comes on top."]),
    "same_close": (
        {"fill": "same_close", "holdout_frac": 0.0},
        ["Buy at the close of a bar when, at that close,", "The first 200 bars give no signal.",
         "from the bar after the purchase on", "Each sells exactly at its price.",
         "that bar's own close less 80 %", "puts in 1,000;", "is left out", "begins with 10,000"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAYS)
def test_every_way_of_trading_is_said(name):
    options, says = SAYS[name]
    said = state_row({"name": "trading", "options": options}, rules(("rsi_level", "below", 14, 30)))
    text = " ".join(word(each, "en") for each in said)
    assert all(words in text for words in says), text
    assert len(said) == len({each.key for each in said})


def test_a_small_ratio_of_a_year_has_as_many_decimals_as_a_large_one():
    texts = [word(show_metric("sharpe_annual", value), "en") for value in (-0.0414096, 1.234)]
    assert texts == ["-0.04", "1.23"]
    assert word(show_metric("sharpe_daily", -0.0414096), "en") == "-0.0414096"


def test_a_hold_out_that_was_stated_but_not_kept_apart_has_no_dates():
    played = SimpleNamespace(replay=SimpleNamespace(parts=("searched",)))
    data = {"n_bars": 10, "n_holdout_bars": 3, "source": "x.csv", "hash": "0" * 64}
    data |= {f"{end}_bar_utc": "2026-01-22T19:35:00Z" for end in ("first", "last")}
    found = {"data": data, "place": SimpleNamespace(state="gone", data="x.csv")}
    keys = [each.key for each in state_bars_used(found, played)]
    assert {"sheet.searched_undated", "sheet.unseen_undated"} <= {*keys}
