"""A file that needs options is read with them wherever its bars are needed again."""

import json
import shlex
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

import evosearch
from evosearch import load_problem, load_profile
from evosearch.assemble.auditing.forward import join_bars
from evosearch.assemble.settings.prices import find_bars, remember_bars
from evosearch.errors import DataError, UsageError
from evosearch.profiles import known_data
from evosearch.trading.loading.load import load_bars
from evosearch.trading.reading.settings import Reading
from tests.assemble.test_continuation import stop_after
from tests.bad_input.helpers import invoke

pytestmark = pytest.mark.slow

BROKER = "America/New_York+7"
ZONE = f"problem.layout.timezone={BROKER}"
N = 500  # bars
END = "2024-03-11T10:00:00Z"  # of the last of them
KEPT = {"layout": {"timezone": BROKER}}
SMALL = [
    "search.population=6",
    "search.generations=2",
    "run.backend=serial",
    "problem.min_trades=1",
]
HEAD = "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>"
NEW_YORK = ZoneInfo("America/New_York")


def list_bars(n, scale=1.0):
    """Half-hours around the clock from 2024-03-01 on, across the change to summer time."""
    start = datetime(2024, 3, 1, tzinfo=UTC)
    for k in range(n):
        open_, close = (100 + 9 * np.sin(t / 40) + 3 * np.sin(t / 5) for t in (k, k + 1))
        row = (open_, max(open_, close) + 1, min(open_, close) - 1, close)
        yield start + timedelta(minutes=30 * k), *(f"{scale * price:.5f}" for price in row), k % 50


def write_broker(path, n=N, scale=1.0):
    """As MetaTrader 5 writes it, in the time of the broker's server."""
    lines = [HEAD]
    for moment, *prices, volume in list_bars(n, scale):
        local = moment.astimezone(NEW_YORK).replace(tzinfo=None) + timedelta(hours=7)
        lines.append("\t".join([f"{local:%Y.%m.%d\t%H:%M:%S}", *prices, str(volume), "0", "1"]))
    path.write_text("\n".join([*lines, ""]))
    return path


def write_plain(path, n=N):
    lines = ["timestamp,open,high,low,close,volume"]
    lines += [f"{row[0]:%Y-%m-%dT%H:%M:%SZ},{','.join(map(str, row[1:]))}" for row in list_bars(n)]
    path.write_text("\n".join([*lines, ""]))
    return path


def read(data, *assignments):
    """What a run finds out before it searches: the summary of its bars, and notes on their file."""
    problem = load_problem(load_profile("pro", assignments, data=data))
    return problem.data_summary(), remember_bars(problem)


def test_bars_are_found_with_the_options_they_were_read_with(workspace):
    path = write_broker(workspace / "mt5.csv")
    with pytest.raises(DataError, match=r"problem\.layout\.timezone="):
        read("mt5.csv")
    summary, notes = read("mt5.csv", ZONE)
    assert notes == ()
    place = find_bars(summary)
    assert (place.state, place.reading) == ("here", KEPT)
    assert place.options["layout"] == {"timezone": BROKER}
    write_broker(path, n=N + 100)
    assert find_bars(summary).reading == KEPT  # the file has grown
    hours, _ = read("mt5.csv", ZONE, "problem.timeframe=4h", "problem.last_bars=40")
    assert find_bars(hours).reading == KEPT | {"timeframe": "4h"}
    write_broker(path, n=N + 200)
    assert find_bars(hours).is_here
    write_broker(path, n=N + 200, scale=2)
    assert {find_bars(each).state for each in (summary, hours)} == {"changed"}


@pytest.mark.slow
def test_read_in_another_way_a_file_is_no_other_file(workspace):
    path = write_broker(workspace / "mt5.csv")
    ways = [[ZONE], ["problem.layout.timezone=UTC"], [ZONE, "problem.timeframe=1h"]]
    hashes = set()
    for _ in range(2):
        for way in ways:
            summary, notes = read("mt5.csv", *way)
            hashes.add(summary["hash"])
            assert notes == ()
    assert len(hashes) == 3
    write_broker(path, n=N + 100)
    assert [read("mt5.csv", *way)[1] for way in ways] == [(), (), ()]
    write_broker(path, n=N + 100, scale=2)
    assert "mt5.csv has changed since" in read("mt5.csv", *ways[2])[1][0]


def test_the_options_of_a_registry_are_read_strictly(workspace):
    write_broker(workspace / "mt5.csv")
    summary, _ = read("mt5.csv", ZONE)
    (file,) = known_data.registry_folder().glob("*.json")
    plain = json.loads(file.read_text())
    for reading in ({"layout": {"timezone": 5}}, {"data": "/etc/passwd"}, {"timeframe": "7h"}):
        plain["places"][0]["reading"] = reading
        file.write_text(json.dumps(plain))
        assert find_bars(summary).state == "unknown"


def test_a_place_without_options_is_kept_as_older_versions_know_it(workspace):
    write_plain(workspace / "plain.csv")
    read("plain.csv")
    (file,) = known_data.registry_folder().glob("*.json")
    assert "reading" not in file.read_text()


@pytest.mark.slow
def test_data_use_keeps_them_with_the_file(workspace):
    path = write_broker(workspace / "mt5.csv")
    assert invoke("data", "use", "mt5.csv").exit_code == 2
    done = invoke("data", "use", "mt5.csv", "--set", ZONE, "--set", "problem.timeframe=1h")
    assert done.exit_code == 0, done.stderr
    assert f"options  --set {ZONE} --set problem.timeframe=1h" in done.stdout
    assert "1-hour bars, all 250" in invoke("data", "use").stdout
    plain = json.loads(invoke("data", "use", "--json").stdout)["data"]
    assert plain == {"data": str(path), "reading": KEPT | {"timeframe": "1h"}}
    problem = load_problem(load_profile("pro"))
    assert len(problem.bars) == 250
    shown = invoke("profiles", "show", "pro").stdout
    assert BROKER in shown
    assert "evosearch data use" in shown


@pytest.mark.slow
def test_options_of_another_file_are_never_taken_along(workspace, monkeypatch):
    write_broker(workspace / "mt5.csv")
    plain = write_plain(workspace / "plain.csv")
    ran = evosearch.run(load_profile("pro", [*SMALL, ZONE], data="mt5.csv"), **stop_after(1))
    assert read("plain.csv")[0]["hash"] == ran.data["hash"]
    (workspace / "mt5.csv").unlink()
    assert find_bars(ran.data).data == str(plain)
    more = evosearch.resume(ran.run_id)
    assert (more.reason, more.data["hash"]) == ("generations", ran.data["hash"])


@pytest.mark.slow
@pytest.mark.parametrize("is_own", [True, False])
@pytest.mark.parametrize("more", [[], ["problem.timeframe=1h"]])
def test_a_run_is_continued_from_elsewhere(workspace, monkeypatch, tmp_path_factory, is_own, more):
    write_broker(workspace / "mt5.csv")
    ran = evosearch.run(
        load_profile("pro", [*SMALL, ZONE, *more], data="mt5.csv", results="there/results"),
        **stop_after(1),
    )
    write_broker(workspace / "mt5.csv", n=N + 100)
    monkeypatch.chdir(workspace / "there")
    if not is_own:
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("other")))
    done = evosearch.resume(ran.run_id)
    assert (done.reason, done.data["hash"]) == ("generations", ran.data["hash"])
    shown = json.loads(invoke("show", "1", "--json").stdout)["data"]
    assert shown["data_path"] == str(workspace / "mt5.csv")
    row = evosearch.show(1, list(done.paths))
    profile = load_profile("pro", [*SMALL, ZONE, *more], data=str(workspace / "mt5.csv"))
    summary = done.data
    window = {"since": summary["first_bar_utc"], "until": END}
    profile = profile.replace(problem=dict(profile.problem) | window)
    (again,) = evosearch.evaluate(profile, [row["params"]])
    assert again["genome_id"] == row["row"]["genome_id"]
    assert again["fitness"] == row["row"]["fitness"]


@pytest.mark.slow
@pytest.mark.parametrize("is_set", [True, False])
def test_the_lines_that_make_runs_agree_read_the_file_as_it_needs(workspace, is_set):
    for n, folder in ((N, "one"), (N + 100, "two")):
        write_broker(workspace / "mt5.csv", n=n)
        evosearch.run(
            load_profile("pro", [*SMALL, ZONE], data="mt5.csv", results=f"results/{folder}")
        )
    if is_set:  # what this machine keeps with a file is no part of a line that names one
        assert (
            invoke("data", "use", "mt5.csv", "--set", "problem.layout.timezone=UTC").exit_code == 0
        )
    refused = invoke("merge", "results/one", "results/two")
    lines = [line.strip() for line in refused.stderr.splitlines() if "evosearch run" in line]
    assert lines, refused.stderr
    for line in lines:
        assert f"--set {ZONE}" in line
        done = invoke(*shlex.split(line)[1:])
        assert done.exit_code == 0, done.stderr
    (merge,) = [line for line in refused.stderr.splitlines() if "evosearch merge --results" in line]
    assert invoke(*shlex.split(merge)[1:]).exit_code == 0


@pytest.mark.slow
def test_a_foreign_run_takes_the_options_of_this_machine(workspace, monkeypatch):
    write_broker(workspace / "mt5.csv")
    ran = evosearch.run(load_profile("pro", [*SMALL, ZONE], data="mt5.csv"), **stop_after(1))
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(workspace / name))
    shutil.move("mt5.csv", "moved.csv")
    with pytest.raises(UsageError, match="--data FILE"):
        evosearch.resume(ran.run_id)
    invoke("data", "use", "moved.csv", "--set", ZONE)
    done = evosearch.resume(ran.run_id)
    assert (done.reason, done.data["hash"]) == ("generations", ran.data["hash"])


@pytest.mark.slow
@pytest.mark.parametrize("more", [[], ["problem.timeframe=1h"]])
def test_a_ranking_is_audited_on_them(workspace, monkeypatch, more):
    write_broker(workspace / "mt5.csv")
    ran = evosearch.run(load_profile("pro", [*SMALL, ZONE, *more], data="mt5.csv"))
    merged = workspace / "merged.parquet"
    evosearch.merge(ran.paths, output=merged)
    few = {"top": 2, "surrogates": 0}
    assert not _is_other(evosearch.audit(merged, results="one", **few))
    # Where nothing is known of the file, the ranking itself says how it was read.
    monkeypatch.setenv("XDG_DATA_HOME", str(workspace / "new"))
    with pytest.raises(DataError, match="--data FILE"):
        evosearch.audit(merged, results="two", **few)
    assert not _is_other(evosearch.audit(merged, results="two", data="mt5.csv", **few))
    write_broker(workspace / "other.csv", scale=2)
    with pytest.raises(DataError, match="does not hold the bars"):
        evosearch.audit(merged, results="three", data="other.csv", **few)
    # Newer bars come from the same broker.
    write_broker(workspace / "newer.csv", n=3600)
    found = evosearch.audit(
        merged, results="one", data="mt5.csv", forward="newer.csv", **few
    ).forward
    assert BROKER in found.reading
    assert found.n_changed == 0
    assert found.n_days >= 30


def _is_other(audit):
    """Whether a strategy is not what its row says on the bars that were found."""
    same = [
        check for row in audit.file.rows for check in row.checks if check.name == "same_numbers"
    ]
    assert same
    return any(check.passed is False for check in same)


@pytest.mark.parametrize("timeframe", [None, pytest.param("1h", marks=pytest.mark.slow)])
def test_newer_bars_are_read_so_that_they_go_on(workspace, timeframe):
    write_broker(workspace / "mt5.csv")
    write_broker(workspace / "newer.csv", n=N + 200)
    plain = write_plain(workspace / "plain.csv", n=N + 200)
    reading = Reading.parse(KEPT | ({"timeframe": timeframe} if timeframe else {}))
    old = load_bars("mt5.csv", (Path(),), reading)
    n_new = 200 if timeframe is None else 100
    newer = join_bars(old, "newer.csv", reading)
    assert (newer.n_changed, len(newer.bars) - newer.n_old) == (0, n_new)
    assert BROKER in newer.reading
    if timeframe is None:
        # Times in UTC need no zone, and are not moved by one.
        newer = join_bars(old, str(plain), reading)
        assert (newer.n_changed, len(newer.bars) - newer.n_old) == (0, n_new)
    with pytest.raises(DataError, match=r"problem\.layout\.timezone="):
        join_bars(old, "newer.csv")
