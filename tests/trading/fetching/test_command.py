"""The command itself, in processes of their own: killed anywhere, the same command goes on."""

import json
import os
import signal
import subprocess
import sys
import threading

import pytest

from evosearch.trading.fetching.tables import read_table
from evosearch.trading.window import us_to_instant
from tests.runs import PATIENCE_S, ROOT
from tests.trading.fetching.exchange import Coinbase, make_candles, to_candles
from tests.trading.fetching.vision import Vision

pytestmark = pytest.mark.slow

# Over the night in which New York's clocks go forward: nothing may move.
STEP_S, N = 3600, 900
BEGIN_S = 1_740_787_200  # 2025-03-01
END_S = BEGIN_S + N * STEP_S
ROWS = make_candles(BEGIN_S, N, STEP_S, seed=8)
WHOLE = to_candles(ROWS, BEGIN_S, END_S).compute_hash()
SINCE, UNTIL = (us_to_instant(each * 10**6) for each in (BEGIN_S, END_S))
COMMANDS = {
    "coinbase": ["coinbase:BTC/USD", "1h", "--since", SINCE, "--until", UNTIL],
    "archive": ["binance-archive:BTCUSDT", "1h", "--since", SINCE, "--until", UNTIL],
}


def serve(kind):
    return Coinbase(ROWS) if kind == "coinbase" else Vision(ROWS, "1h", STEP_S)


def start(server, folder, *words, **more):
    environment = {name: each for name, each in os.environ.items() if "EVOSEARCH" not in name}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.trading.fetching.local", server.url, "data", "fetch", *words],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**environment, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(folder / "cache"),
             "TZ": "America/New_York", "COLUMNS": "200", **more},
    )  # fmt: skip


def finish(process):
    out, err = process.communicate(timeout=PATIENCE_S)
    return process.returncode, out, err


def run(server, folder, *words, **more):
    folder.mkdir(exist_ok=True)
    return finish(start(server, folder, *words, **more))


def run_until(server, folder, path, kind, number):
    """Run, and send a signal when a path is asked for, before it is answered."""
    folder.mkdir(exist_ok=True)
    has_started, running = threading.Event(), []

    def end(place):
        if server.asked[place][0] == path:
            has_started.wait(PATIENCE_S)
            running[0].send_signal(number)
            if number == signal.SIGKILL:
                running[0].wait(PATIENCE_S)

    server.on_request = end
    running.append(start(server, folder, *COMMANDS[kind], "-o", "a.parquet"))
    has_started.set()
    found = finish(running[0])
    server.on_request = None
    return found


@pytest.mark.posix
@pytest.mark.parametrize("kind", list(COMMANDS))
def test_killed_at_every_request_the_same_command_gives_the_same_file(tmp_path, kind):
    """One after another: each goes on with what the one before left, to the next request."""
    with serve(kind) as server:
        code, _, err = run(server, tmp_path / "calm", *COMMANDS[kind], "-o", "a.parquet")
        assert code == 0, err
        assert read_table(tmp_path / "calm" / "a.parquet")[0].compute_hash() == WHOLE
        calm, folder = [path for path, _ in server.asked], tmp_path / "a"
        assert len(set(calm)) == len(calm) == (2 + 4 + 2 if kind == "coinbase" else 4)
        for place, path in enumerate(calm):
            n_before = len(server.asked)
            assert run_until(server, folder, path, kind, signal.SIGKILL)[0] == -signal.SIGKILL
            assert not (folder / "a.parquet").exists()
            kept = list((folder / "cache").rglob("*.parquet"))
            if kind == "coinbase":  # a window is asked for once, and kept before the next one
                assert len(kept) == min(3, max(0, place - 3))
                assert len(server.asked) - n_before == (1, 2, 3, 4, 5, 4, 4, 4)[place]
            else:
                assert len(kept) == place // 2
        code, _, err = run(server, folder, *COMMANDS[kind], "-o", "a.parquet")
        assert code == 0, err
        assert read_table(folder / "a.parquet")[0].compute_hash() == WHOLE


@pytest.mark.posix
def test_killed_at_every_write_the_same_command_gives_the_same_file(tmp_path):
    points = ("open", "write", "flush", "rename", "flush-folder", "done")
    with serve("coinbase") as server:
        folder, words = tmp_path / "a", [*COMMANDS["coinbase"], "-o", "a.parquet"]
        folder.mkdir()
        for point in points:  # one after another: each begins with what the one before left
            code, _, _ = run(server, folder, *words, EVOSEARCH_FAILPOINT=f"{point}:1")
            assert code == -signal.SIGKILL
            for path in folder.rglob("*.parquet"):
                assert read_table(path) is not None
        code, _, err = run(server, folder, *words)
        assert code == 0, err
    assert read_table(folder / "a.parquet")[0].compute_hash() == WHOLE


@pytest.mark.posix
def test_ctrl_c_says_what_is_kept_and_how_to_go_on(tmp_path):
    with serve("coinbase") as server:
        path = (
            "/products/BTC-USD/candles?granularity=3600&start=2025-03-15T12%3A00%3A00.000Z"
            "&end=2025-03-27T23%3A00%3A00.000Z"
        )
        code, out, err = run_until(server, tmp_path / "a", path, "coinbase", signal.SIGINT)
        assert code == 130 and not out
        assert "2 of 4 windows were done; finished ones are kept." in err
        line = next(line for line in err.splitlines() if line.startswith("Go on with:  "))
        assert "Traceback" not in err and err.endswith("stopped\n")
        n_before = len(server.asked)
        words = line.removeprefix("Go on with:  evosearch data fetch ").split()
        code, _, err = run(server, tmp_path / "a", *words)
        assert code == 0, err
        assert len(server.asked) - n_before == 2 + 2 + 1
    assert read_table(tmp_path / "a" / "a.parquet")[0].compute_hash() == WHOLE


def test_the_exit_codes_and_what_is_printed(tmp_path):
    with serve("coinbase") as server:
        code, out, err = run(server, tmp_path / "a", *COMMANDS["coinbase"])
        assert code == 0, err
        name = "coinbase-BTC-USD-1h.parquet"
        lines = out.splitlines()
        assert lines[0] == f"file     {name}"
        assert lines[1].startswith(f"data     {name} ({WHOLE[:8]}), 1-hour bars, all {len(ROWS)}, ")
        assert any("candles are missing at the source, in" in line for line in lines)
        assert any("for your own use; see the exchange's terms" in line for line in lines)
        assert lines[-1] == f"next     evosearch run -p pro --data {name}"
        assert (tmp_path / "a" / name).is_file()

        code, out, err = run(server, tmp_path / "a", *COMMANDS["coinbase"], "--json", "-q")
        told = json.loads(out)
        assert code == 0 and not err and told["command"] == "data fetch"
        assert told["data"]["rows_sha256"] == WHOLE and told["data"]["n_bars"] == len(ROWS)

        for place in range(len(server.asked), len(server.asked) + 8):
            server.plan[place] = "500"
        code, out, err = run(server, tmp_path / "b", *COMMANDS["coinbase"])
        assert code == 5 and not out and "did not answer in 8 tries" in err
        assert "try 8 of 8" in err and "Go on with:  evosearch data fetch coinbase:" in err
        server.plan[len(server.asked) + 2] = "403"
        code, out, err = run(server, tmp_path / "b", *COMMANDS["coinbase"])
        assert code == 2 and not out and "HTTP 403" in err and "\x1b" not in err
        assert len(err.splitlines()) <= 20


def test_what_was_fetched_is_searched_at_once(tmp_path):
    with serve("coinbase") as server:
        code, _, err = run(server, tmp_path / "a", *COMMANDS["coinbase"], "-o", "a.parquet")
    assert code == 0, err
    found = subprocess.run(
        [sys.executable, "-m", "evosearch", "data", "use", "a.parquet"],
        check=True, cwd=tmp_path / "a", capture_output=True, text=True, timeout=PATIENCE_S,
        env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(tmp_path / "home")},
    )  # fmt: skip
    assert f"a.parquet ({WHOLE[:8]}), 1-hour bars, all {len(ROWS)}, 2025-03-01" in found.stdout
