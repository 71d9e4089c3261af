"""Runs on different bars: the refusal says which, and its own lines make them merge."""

import datetime
import hashlib
import random
import shlex
from pathlib import Path

import pytest

import evosearch
from evosearch.errors import IncomparableShards
from evosearch.profiles.files import list_profiles
from tests.cli.test_commands import invoke
from tests.shards.helpers import describe_problem, write_shard

PROFILE = 'name = "{name}"\nseed = 1\n[problem]\nname = "trading"\nfee_frac = 0.004\n'
OPTIONS = {"fee_frac": 0.004, "min_trades": 30, "holdout_frac": 0.3, "days_per_year": 365}


def describe(letter, first="2025-10-10T10:50", last="2026-01-22T14:45", options=None, **data):
    """The problem of a run on bars of a hash that begins with a letter."""
    summary = {
        "source": "btc.csv", "hash": letter * 64, "interval_s": 300.0, "n_bars": 30_000,
        "first_bar_utc": f"{first}:00Z", "last_bar_utc": f"{last}:00Z", "is_sample": False,
    } | data  # fmt: skip
    decided = OPTIONS | {"data_hash": summary["hash"]} | (options or {})
    return describe_problem(
        # What a run measured, not who ran it.
        hashlib.md5(str(sorted(decided.items())).encode()).hexdigest(),
        parts={"problem": "trading", "version": "1", "options": decided},
        data=summary,
        name="trading",
        options={"data": summary["source"]},
    )


def write(folder, run_id, problem, n=1, **more):
    name = run_id.split("-")[0]
    known = name in list_profiles()
    text = evosearch.load_profile(name, seed=1).to_toml() if known else PROFILE.format(name=name)
    rows = [(k, 1.0, True, 0.0, 0) for k in range(1, n + 1)]
    return write_shard(Path(folder), rows, run_id, problem=problem, profile_toml=text, **more)


def refuse(folder="r"):
    with pytest.raises(IncomparableShards) as caught:
        evosearch.merge(str(folder))
    assert caught.value.exit_code == 4
    text = str(caught.value)
    assert len(text.splitlines()) <= 20
    return text


SAMPLE = {
    "source": "ibm-daily.parquet", "is_sample": True, "interval_s": 86_400.0, "n_bars": 3270,
    "first": "2000-03-01T00:00", "last": "2013-03-01T00:00", "options": {"days_per_year": 252},
}  # fmt: skip


def test_each_says_what_it_searched_and_a_sample_is_run_again_on_the_others_file(workspace):
    shard = write("r", "pro-1", describe("a", n_bars=40_000), n=3)
    write("r", "air-1", describe("b", **SAMPLE), host="air")
    text = refuse()
    assert "  pro searched btc.csv, 5-minute bars, 2025-10-10 to 2026-01-22: pro-1" in text
    assert "air searched the bundled sample ibm-daily, daily bars, 2000-03-01 to 2013-03-01" in text
    assert "What differs" not in text
    assert "air searched sample prices: no prices of your own were named there" in text
    assert [line.strip() for line in text.splitlines() if line.startswith("  evosearch")] == [
        "evosearch run --profile air --data btc.csv --set problem.last_bars=40000 "
        "--set problem.since=2025-10-10T10:50:00Z --set problem.until=2026-01-22T14:50:00Z "
        "--results results/same-bars",
        f"evosearch merge results/same-bars {shard} --results results/same-bars",
    ]
    assert text.endswith("evosearch merge --by-fingerprint")


def test_runs_of_one_profile_are_told_apart_by_machine_and_close_ends_by_the_minute(workspace):
    for host, last, letter in (("mac", "14:45", "a"), ("pc", "14:55", "b")):
        write("r", f"pro-{host}", describe(letter, last=f"2026-01-22T{last}"), host=host)
    text = refuse()
    assert (
        "pro on mac searched btc.csv, 5-minute bars, 2025-10-10 10:50 to 2026-01-22 14:45" in text
    )
    assert "pro on pc searched btc.csv, 5-minute bars, 2025-10-10 10:50 to 2026-01-22 14:55" in text
    assert text.count("--set problem.until=2026-01-22T14:50:00Z") == 2
    assert text.index("\non mac:\n") < text.index("\non pc:\n")


def test_what_else_differs_is_said_in_words_and_set_alike(workspace):
    write("r", "pro-1", describe("a"), n=3)
    write("r", "air-1", describe("b", last="2026-01-23T00:00", options={"fee_frac": 0.001}))
    text = refuse()
    assert "  fee_frac: pro 0.004, air 0.001" in text
    assert "with fee_frac 0.004, as pro had it" in text
    assert text.count("--set problem.fee_frac=0.004") == 2


def test_how_a_run_read_its_file_is_typed_again(workspace):
    layout = '[problem.layout]\ntimezone = "Europe/Athens"\ncolumns = { open = "First Price" }\n'
    text = evosearch.load_profile("pro", seed=1).to_toml().replace("[run]", f"{layout}[run]")
    rows = [(k, 1.0, True, 0.0, 0) for k in range(1, 4)]
    write_shard(Path("r"), rows, "pro-1", problem=describe("a"), profile_toml=text)
    write("r", "air-1", describe("b", last="2026-01-23T00:00"))
    line = next(line for line in refuse().splitlines() if "--profile pro" in line)
    typed = [word for word in shlex.split(line) if word.startswith("problem.layout")]
    assert "problem.layout.timezone=Europe/Athens" in typed
    assert 'problem.layout.columns.open="First Price"' in typed
    assert "problem.incomplete" not in line


def test_the_same_bars_with_another_fee_need_no_window(workspace):
    write("r", "pro-1", describe("a"))
    write("r", "air-1", describe("a", options={"min_trades": 5}))
    text = refuse()
    assert "min_trades: " in text
    assert "pro 30" in text
    assert "air 5" in text
    assert "evosearch run" not in text
    assert "searched" not in text


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"interval_s": 3600.0}, "Bars of another length"),
        ({"first": "2026-01-22T14:50", "last": "2026-03-01T00:00"}, "dates do not overlap"),
        ({"first": "2026-01-22T14:00", "last": "2026-03-01T00:00"}, "too few for 30 trades"),
        ({}, "They cover the same dates, but the bars are not the same"),
        ({"last": "2026-01-21T00:00", "options": {"days_per_year": 252}}, "different markets"),
        ({"last": "2026-01-21T00:00", "options": {"days_per_year": [7]}}, "different markets"),
        ({"last": "9999-12-31T23:55"}, "Not all of these shards say which bars"),
        ({"last": "soon"}, "Not all of these shards say which bars"),
        ({"interval_s": "\x1b[2J"}, "Not all of these shards say which bars"),
    ],
)
def test_where_no_window_can_help_no_line_is_printed(workspace, other, words):
    write("r", "pro-1", describe("a"))
    write("r", "air-1", describe("b", **other))
    text = refuse()
    assert words in text
    assert "evosearch run" not in text
    assert "\x1b" not in text
    assert text.endswith("evosearch merge --by-fingerprint")


@pytest.mark.parametrize(
    "hostile",
    [
        {"source": "a\n  evosearch run --profile evil.csv"},
        {"source": "\x1b[2J.csv"},
        {"source": "/etc/passwd"},
        {"source": "--results=/"},
        {"source": "x'; touch pwned; '.csv"},
        {"source": "$(touch pwned).csv"},
        {"source": "%USERPROFILE%.csv"},
    ],
)
def test_what_a_shard_says_is_quoted_and_nothing_hidden_is_printed(workspace, hostile):
    write("r", "pro-1", describe("a", **hostile))
    write("r", "air-1", describe("b", last="2026-01-21T00:00"))
    text = refuse()
    assert not any(ord(char) < 32 for char in text.replace("\n", ""))
    for line in text.splitlines():
        if line.startswith("  evosearch run"):
            words = shlex.split(line)
            assert words[:3] == ["evosearch", "run", "--profile"]
            assert words[3] in ("pro", "air")
            assert words[4] == "--data"
            assert words[5] in ("btc.csv", "passwd", "FILE", hostile["source"])
            assert all(word.startswith("problem.") for word in words[7:-2:2])
            assert words[-2:] == ["--results", "results/same-bars"]


def test_a_profile_from_elsewhere_is_named_with_its_machine_and_never_read_as_a_path(workspace):
    (workspace / "secret.toml").write_text(PROFILE.format(name="secret"))
    write("r", "night-1", describe("a"), host="box")
    write("r", "air-1", describe("b", last="2026-01-21T00:00"))
    text = refuse()
    assert "night-1 was begun with the profile night, on box." in text
    assert "evosearch run --profile air" in text
    assert "--profile night" not in text
    assert "secret" not in list_profiles()


@pytest.mark.parametrize(("source", "is_it"), [("btc.csv", False), ("ibm-daily.parquet", True)])
def test_a_run_from_python_is_no_profiles_and_an_older_ones_file_no_sample(
    workspace, source, is_it
):
    from_python = PROFILE.replace('"trading"', '"evosearch.trading.problem:Trading"')
    older = describe("b", last="2026-01-21T00:00", source=source, is_sample=None) | {"options": {}}
    write_shard(
        Path("r"), [(1, 1.0, True, 0.0, 0)], "trading-1", problem=older,
        profile_toml=from_python.format(name="trading"),
    )  # fmt: skip
    write("r", "air-1", describe("a"))
    text = refuse()
    assert ("searched sample prices" in text) is is_it
    assert "trading-1 was begun from Python, on " in text


def test_many_sides_stay_within_twenty_lines(workspace):
    for k in range(1, 16):
        write("r", f"pro-{k}", describe(f"{k:x}", last=f"2026-01-{k:02d}T00:00"), host=f"m{k}")
    text = refuse()
    assert "more" in text
    assert "problem.until=2026-01-01T00:05:00Z" in text


def write_prices(path, first, n):
    """Five-minute bars of one market, from one bar on."""
    draws, price, lines = random.Random(1), 100.0, ["timestamp,open,high,low,close,volume"]
    start = datetime.datetime(2025, 3, 1, tzinfo=datetime.UTC)
    for k in range(first + n):
        before, price = price, price * (1 + draws.gauss(0, 0.004))
        low, high = min(before, price) * 0.999, max(before, price) * 1.001
        if k >= first:
            moment = start + datetime.timedelta(minutes=5 * k)
            lines.append(f"{moment:%Y-%m-%d %H:%M:%S},{before},{high},{low},{price},{1 + k % 7}")
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines))


@pytest.mark.slow
def test_the_lines_of_the_refusal_pasted_make_the_runs_merge(workspace):
    write_prices(workspace / "my prices" / "mac's.csv", 0, 3000)
    write_prices(workspace / "pc.csv", 40, 3000)
    small = ("--set", "search.generations=3", "-q", "--results", "r")
    runs = (
        ("pro", "--data", "my prices/mac's.csv", "--set", "problem.last_bars=2500",
         "--set", "problem.periods=[5,10,20]"),
        ("air", "--data", "pc.csv", "--set", "problem.fee_frac=0.001"),
        ("friend", "--set", "problem.data=sample:ibm-daily"),
    )  # fmt: skip
    for name, *more in runs:
        assert invoke("run", "-p", name, *more, *small).exit_code == 0
    refused = invoke("merge", "r")
    assert refused.exit_code == 4
    assert invoke("top", "--results", "r").stderr.startswith(
        "error: What was measured (prices, fees, rules) differs"
    )
    lines = [line for line in refused.stderr.splitlines() if line.strip().startswith("evosearch ")]
    assert len(lines) == 4
    for line in lines:
        done = invoke(*shlex.split(line)[1:])
        assert done.exit_code == 0, (line, done.output)
    merged = invoke("top", "--results", "results/same-bars", "-n", "-1", "--format", "csv")
    assert merged.exit_code == 0
    assert {name for name in ("pro", "air", "friend") if name in merged.stdout} == {
        "pro", "air", "friend"
    }  # fmt: skip


@pytest.mark.slow
def test_a_run_that_cannot_go_on_says_which_prices_it_had_and_which_there_are(workspace):
    write_prices(workspace / "mac.csv", 0, 1500)
    write_prices(workspace / "pc.csv", 40, 1500)
    done = evosearch.run("pro", data="mac.csv", generations=1, workers=1)
    refused = invoke("resume", done.run_id, "--generations", "2", "--data", "pc.csv")
    assert refused.exit_code == 4, refused.output
    assert "prices: mac.csv (" in refused.stderr
    assert "| pc.csv (" in refused.stderr
    assert "data_hash" not in refused.stderr
    assert "--data FILE" in refused.stderr
