"""Whose prices are searched, and where bars that were measured on are found again."""

import hashlib
import json
import os
import threading
from pathlib import Path

import pytest

import evosearch
from evosearch import load_problem, load_profile
from evosearch.assemble.settings import prices
from evosearch.assemble.settings.defaults import use_data
from evosearch.assemble.settings.prices import find_bars, keep_calendar, remember_bars
from evosearch.errors import DataError, IncomparableShards, UsageError
from evosearch.profiles import known_data
from tests.bad_input.helpers import invoke
from tests.markets import write_bars

FAST = ["search.population=6", "search.generations=2", "run.backend=serial"]
OWN = """
from evosearch import Float, Problem, Space

class Own(Problem):
    space = Space(Float("x", 0, 1))
    direction = "minimize"
    def evaluate(self, params):
        return params["x"]

class WithData(Own):
    def __init__(self, data: str = "mine"):
        assert data == "mine"

class Reader(Own):
    reads_prices = True
    def __init__(self, data: str):
        assert data.endswith("variable.csv")

class NoOption(Own):
    reads_prices = True
"""


def run(**more):
    profile = load_profile("pro", FAST, seed=1, **more)
    return evosearch.run(profile)


def read(data=None):
    """What a run finds out before it searches: the summary of its bars, and notes on their file."""
    problem = load_problem(load_profile("pro", data=data))
    return problem.data_summary(), remember_bars(problem)


def data_of(*assignments, profile="pro", **flags):
    return load_profile(profile, assignments, **flags).problem.get("data")


def test_the_order_of_the_sources(workspace, monkeypatch):
    (workspace / "own.toml").write_text('problem = {name = "trading", data = "profile.csv"}')
    (workspace / "child.toml").write_text('extends = "own"')
    assert data_of() is None  # the problem's own default, the sample
    known_data.write_setting("/machine.csv")
    assert data_of() == "/machine.csv"
    monkeypatch.setenv("EVOSEARCH_DATA", "variable.csv")
    assert data_of() == str(workspace / "variable.csv")  # as it counts here, not in the profile
    assert data_of(profile="./own.toml") == data_of(profile="./child.toml") == "profile.csv"
    assert data_of("problem.data=set.csv", profile="./own.toml") == "set.csv"
    assert data_of("problem.data=set.csv") == "set.csv"
    assert data_of(data="flag.csv", profile="./own.toml") == "flag.csv"
    monkeypatch.setenv("EVOSEARCH_DATA", "sample:fair-5min")
    assert data_of() == "sample:fair-5min"
    monkeypatch.setenv("EVOSEARCH_DATA", "")
    assert data_of() == "/machine.csv"


def test_a_value_from_the_environment_says_where_it_comes_from(workspace, monkeypatch):
    from evosearch.assemble.settings.loading import draft_profile

    monkeypatch.setenv("EVOSEARCH_DATA", "x.csv")
    assert draft_profile("pro").origins["problem.data"] == "EVOSEARCH_DATA"
    with pytest.raises(DataError, match="variable EVOSEARCH_DATA names it"):
        read()
    monkeypatch.delenv("EVOSEARCH_DATA")
    known_data.write_setting(str(workspace / "gone.csv"))
    assert draft_profile("pro").origins["problem.data"] == "evosearch data use"
    with pytest.raises(DataError, match=r"has set this file .* evosearch data use --remove"):
        run()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("Own", None), ("WithData", None), ("Reader", "variable.csv"), ("NoOption", None)],
)
def test_a_problem_of_ones_own_is_given_prices_only_if_it_reads_them(
    workspace, monkeypatch, kind, expected
):
    (workspace / "own.py").write_text(OWN)
    (workspace / "own.toml").write_text(f'problem = {{name = "own.py:{kind}"}}')
    monkeypatch.setenv("EVOSEARCH_DATA", "variable.csv")
    profile = load_profile("./own.toml", FAST)
    data = profile.problem.get("data")
    assert (data and Path(data).name) == expected
    assert evosearch.run(profile).n_evaluated == 12


def test_prices_of_the_machine_that_cannot_be_read_stop_a_run(workspace):
    known_data.setting_path().mkdir(parents=True)  # cannot be read
    with pytest.raises(UsageError, match="evosearch data use FILE"):
        load_profile("pro")
    known_data.setting_path().rmdir()
    known_data.write_setting("x")
    known_data.setting_path().write_text("{broken")
    with pytest.raises(UsageError, match="evosearch data use --remove"):
        load_profile("pro")
    result = invoke("run", "-p", "pro")
    assert result.exit_code == 2
    assert "Traceback" not in result.stderr
    assert load_profile("pro", data="sample:ibm-daily").problem["data"] == "sample:ibm-daily"
    assert known_data.remove_setting()
    assert not known_data.remove_setting()


def test_bars_are_found_by_their_hash_also_after_the_file_has_grown(workspace):
    path = write_bars(workspace / "btc.csv", n=1200)
    summary, _ = read("btc.csv")
    assert find_bars(summary).data == str(path)
    write_bars(path, n=1300)
    grown = find_bars(summary)
    assert (grown.state, grown.data) == ("here", str(path))
    assert grown.since == "2025-10-10T00:00:00Z"
    assert grown.until == "2025-10-14T03:55:00.000001Z"
    write_bars(path, n=1300, scale=2)
    assert find_bars(summary).state == "changed"
    path.unlink()
    assert find_bars(summary).state == "gone"
    assert find_bars({"hash": "0" * 64}).state == "unknown"


def test_a_copy_elsewhere_is_found_when_the_first_is_gone(workspace):
    first, second = (write_bars(workspace / name) for name in ("a.csv", "b.parquet"))
    summary, _ = read("a.csv")
    assert read("b.parquet")[0]["hash"] == summary["hash"]
    assert find_bars(summary).data == str(second)
    second.unlink()
    assert find_bars(summary).data == str(first)


NO_BARS = hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize("summary", [None, 7, {}, {"hash": 7}, {"hash": "../../x"}, {"source": []},
                                     {"hash": "0" * 64, "source": "../ibm-daily.parquet"},
                                     {"hash": "0" * 64, "source": "ibm-daily.parquet", "n_bars": 10**400},
                                     {"hash": NO_BARS, "source": "ibm-daily.parquet", "n_bars": -1}])  # fmt: skip
def test_a_strangers_summary_finds_nothing(workspace, summary):
    assert find_bars(summary).state == "unknown"


def test_bars_of_the_sample_come_with_evosearch(workspace):
    summary, _ = read()
    assert summary["is_sample"] is True
    assert find_bars(summary).data == "sample:ibm-daily"
    assert not list(known_data.registry_folder().glob("*"))


@pytest.mark.slow
def test_a_finished_run_goes_on_from_another_folder_on_the_bars_it_knows(workspace, monkeypatch):
    path = write_bars(workspace / "btc.csv", n=1200)
    ran = run(data="btc.csv", results="elsewhere/results")
    write_bars(path, n=1300)
    monkeypatch.chdir(workspace / "elsewhere")
    more = evosearch.resume(ran.run_id, generations=4)
    assert more.n_evaluated == 24
    assert more.data["hash"] == ran.data["hash"]
    shown = json.loads(invoke("show", "1", "--json").stdout)["data"]
    assert shown["data_path"] == str(path)
    write_bars(path, n=1300, scale=2)
    with pytest.raises(UsageError, match=r"btc\.csv has changed since[\s\S]*--data FILE"):
        evosearch.resume(ran.run_id, generations=5)
    shown = invoke("show", "1").stdout
    assert "this file has changed since" in shown and "btc.csv" in shown
    # Named by hand it is refused, and it is said why.
    with pytest.raises(IncomparableShards, match=r"btc\.csv has changed since"):
        evosearch.resume(ran.run_id, generations=5, data=str(path))
    for shard in (workspace / "elsewhere" / "results").glob("*.parquet"):
        assert str(workspace).encode() not in shard.read_bytes()


def test_a_run_on_no_known_bars_falls_back_to_what_this_machine_says(workspace, monkeypatch):
    path = write_bars(workspace / "btc.csv")
    ran = run(data="btc.csv")
    monkeypatch.setenv("XDG_DATA_HOME", str(workspace / "new-home"))
    with pytest.raises(UsageError, match=r"5-minute bars.*not on this machine"):
        evosearch.resume(ran.run_id, generations=3)
    known_data.write_setting(str(path))
    assert evosearch.resume(ran.run_id, generations=3).n_evaluated == 18


def test_a_file_that_changed_under_its_name_is_said_once_and_one_that_grew_is_not(workspace):
    path = write_bars(workspace / "btc.csv", n=1000)
    assert read("btc.csv")[1] == ()
    write_bars(path, n=1100)
    assert read("btc.csv")[1] == ()
    write_bars(path, n=1100, scale=2)
    (note,) = read("btc.csv")[1]
    assert "btc.csv has changed since" in note
    assert str(workspace) not in note
    assert read("btc.csv")[1] == ()
    # Other bars of the same length and the same time of writing.
    about = path.stat()
    write_bars(path, n=1100, scale=3)
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert len(read("btc.csv")[1]) == 1


def test_a_file_that_grew_is_read_once_more_and_not_at_every_run(workspace, monkeypatch):
    write_bars(workspace / "btc.csv")
    read("btc.csv")
    write_bars(workspace / "btc.csv", n=1500)
    loaded = []
    load = prices._load
    monkeypatch.setattr(prices, "_load", lambda *how: loaded.append(how[0]) or load(*how))
    for _ in range(3):
        assert read("btc.csv")[1] == ()
    assert loaded == [str(workspace / "btc.csv")]


def test_another_window_of_the_same_file_is_no_change(workspace):
    path = write_bars(workspace / "btc.csv", n=1200)
    read("btc.csv")
    shorter = load_profile("pro", ["problem.last_bars=900"], data="btc.csv")
    assert remember_bars(load_problem(shorter)) == ()
    write_bars(path, n=1300)
    assert remember_bars(load_problem(shorter)) == ()


def test_a_home_that_cannot_be_written_breaks_no_run(workspace, monkeypatch):
    write_bars(workspace / "btc.csv")
    (workspace / "file").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(workspace / "file"))
    ran = run(data="btc.csv")
    assert ran.n_evaluated == 12
    assert find_bars(ran.data).state == "unknown"
    result = invoke("data", "use", "btc.csv")
    assert result.exit_code == 5
    assert "cannot be written" in result.stderr


BAD = ["", "{}", "[]", "{broken", '{"places": 7}', '{"places": [7, {"digest": 1}]}', "[" * 60_000]


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_a_broken_registry_knows_nothing_and_breaks_nothing(workspace, text):
    write_bars(workspace / "btc.csv")
    summary, _ = read("btc.csv")
    (file,) = known_data.registry_folder().glob("*.json")
    file.write_text(text)
    assert find_bars(summary).state == "unknown"
    read("btc.csv")
    assert find_bars(summary).is_here


def test_a_registry_may_name_instants_that_no_calendar_has(workspace):
    write_bars(workspace / "btc.csv")
    summary, _ = read("btc.csv")
    (file,) = known_data.registry_folder().glob("*.json")
    plain = json.loads(file.read_text())
    plain["places"][0] |= {"first_us": -(2**62), "mtime_ns": 0, "digest": "a" * 64}
    file.with_name(f"{'a' * 64}.json").write_text(json.dumps(plain))
    assert find_bars(summary | {"hash": "a" * 64}).state == "changed"
    with (workspace / "btc.csv").open("a") as opened:
        opened.write("2026-01-01T00:00:00Z,1,1,1,1,1\n")
    read("btc.csv")
    assert find_bars(summary).is_here


@pytest.mark.parametrize("typed", ["../btc.csv", "$HOME/btc.csv", "~/btc.csv"])
def test_a_file_that_is_set_is_found_when_the_folder_is_gone(workspace, monkeypatch, typed):
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(workspace))
    write_bars(workspace / "btc.csv")
    (workspace / "deeper").mkdir()
    monkeypatch.chdir(workspace / "deeper")
    expected = str(workspace / "btc.csv")
    assert use_data(typed)[0].data == expected
    monkeypatch.setenv("EVOSEARCH_DATA", typed)
    assert data_of() == expected
    summary, _ = read()
    monkeypatch.delenv("EVOSEARCH_DATA")
    monkeypatch.chdir(workspace)
    (workspace / "deeper").rmdir()
    assert read()[0]["hash"] == summary["hash"]
    assert find_bars(summary).data == expected


def change(**more):
    return {
        "digest": "a" * 64, "path": "/x", "size": 1, "mtime_ns": 1, "first_us": 1, "last_us": 2,
        "n_bars": 2, "seen_ns": 3, "is_changed": False,
    } | more  # fmt: skip


@pytest.mark.parametrize(
    "place",
    [change(path="x"), change(path="/x\0"), change(path="/" + "x" * 9000), change(size="1"),
     change(size=True), change(first_us=2**70), change(first_us=3), change(digest="b" * 64),
     change(is_changed=1), change(more=1), change(path=7), change(reading="x"),
     change(reading=[])],
)  # fmt: skip
def test_a_sighting_is_read_strictly(workspace, place):
    file = known_data.registry_folder() / f"{'a' * 64}.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"places": [place]}))
    assert known_data.recall("a" * 64) == []
    file.write_text(json.dumps({"places": [change()]}))  # of an older version
    assert [each.reading for each in known_data.recall("a" * 64)] == [{}]
    file.write_text(json.dumps({"places": [change(reading={"timeframe": "1h"})]}))
    assert [each.path for each in known_data.recall("a" * 64)] == ["/x"]


def test_the_registry_is_bounded_and_whole_beside_many_writers(workspace, monkeypatch):
    monkeypatch.setattr(known_data, "_MAX_FILES", 20)
    sightings = [known_data.Sighting(f"{k % 30:064x}", f"/f{k}", 1, 1, 1, 2, 2, k) for k in range(240)]  # fmt: skip
    threads = [
        threading.Thread(target=lambda part: [known_data.remember(s) for s in part], args=(sightings[k::4],))
        for k in range(4)
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    known_data.remember(known_data.Sighting("f" * 64, "/last", 1, 1, 1, 2, 2, 999))
    files = list(known_data.registry_folder().iterdir())
    assert len(files) <= 20
    assert all(json.loads(file.read_text())["places"] for file in files)
    assert known_data.recall("f" * 64)[0].path == "/last"


@pytest.mark.slow
def test_the_command_line_takes_no_prices_from_the_variable_before_the_profile(
    workspace, monkeypatch
):
    # Typer would: it must not know the variable at all.
    monkeypatch.setenv("EVOSEARCH_DATA", str(write_bars(workspace / "variable.csv")))
    result = invoke("run", "-p", "demo", "--set", FAST[0], "--set", FAST[1], "--json")
    assert json.loads(result.stdout)["data"]["data"]["is_sample"] is True
    result = invoke("run", "-p", "pro", "--set", FAST[0], "--set", FAST[1], "--json")
    assert json.loads(result.stdout)["data"]["data"]["source"] == "variable.csv"


@pytest.mark.parametrize(
    ("summary", "kept"),
    [
        ({"days_per_year": 365}, 365),
        ({"days_per_year": 252}, 252),
        ({"days_per_year": 313, "interval_share": 1.0}, None),  # counted: counted again
        ({"days_per_year": 1}, None),
        ({"days_per_year": "365"}, None),
        (None, None),
    ],
)
def test_a_run_from_before_calendars_were_counted_keeps_its_own(summary, kept):
    options = {"name": "trading"}
    keep_calendar(options, summary)
    assert options.get("days_per_year") == kept
    said = {"name": "trading", "days_per_year": 260}
    keep_calendar(said, summary)
    assert said["days_per_year"] == 260
    other = {"name": "sphere"}
    keep_calendar(other, summary)
    assert other == {"name": "sphere"}
