"""Stopping and going on, as a person does it: Ctrl-C, kill, a full disk, resume, status."""

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest

from evosearch.cli.searching.sitting import StopSignals
from evosearch.loop.events import SearchStarted
from tests import runs


def start_and_wait(folder, *arguments, through=()):
    """A run in a process of its own that has committed something."""
    process = subprocess.Popen(
        [*through, sys.executable, "-m", "evosearch", *arguments],
        cwd=folder, env=runs.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    runs.wait_for_commit(folder)
    return process


@pytest.fixture
def slow(tmp_path):
    """A run that takes longer than any test waits, but for the file ``hurry``."""
    return runs.make_project(tmp_path, pause_s=0.1, generations=30)


@pytest.mark.parametrize(("sent", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
@pytest.mark.posix
def test_a_signal_publishes_what_is_measured_and_says_how_to_go_on(slow, sent, code):
    if signal.getsignal(getattr(signal, sent)) == signal.SIG_IGN:
        pytest.skip("what starts these tests, as nohup does, makes all below it deaf to it")
    process = start_and_wait(slow, "run", "-p", "made")
    process.send_signal(getattr(signal, sent))
    out, err = process.communicate(timeout=runs.PATIENCE_S)
    assert process.returncode == code
    assert "Traceback" not in err
    assert "stopped early" in out
    command = out.strip().splitlines()[-1].split()
    assert command[:3] == ["next", "evosearch", "resume"]
    assert len(list((slow / "results").glob("*.parquet"))) == 1
    listed = json.loads(runs.evosearch(slow, "status", "--json").stdout)["data"]["runs"]
    assert [(run["run_id"], run["state"]) for run in listed] == [(command[3], "interrupted")]


@pytest.mark.skipif(shutil.which("nohup") is None, reason="this machine has no nohup")
@pytest.mark.posix
def test_nohup_keeps_a_run_alive_when_its_terminal_is_closed(slow):
    process = start_and_wait(slow, "run", "-p", "made", through=["nohup"])
    os.killpg(process.pid, signal.SIGHUP)
    (slow / "hurry").touch()
    _, err = process.communicate(timeout=runs.PATIENCE_S)
    assert process.returncode == 0, err
    assert len(runs.read_rows(slow)) == 300
    assert runs.leftovers(slow) == []


@pytest.mark.posix
def test_a_second_ctrl_c_stops_at_once_with_everything_committed(slow):
    process = start_and_wait(slow, "run", "-p", "made")
    (slow / "hold").touch()  # from here on no evaluation ends
    process.send_signal(signal.SIGINT)
    while "stopping" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=runs.PATIENCE_S)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "continue with:  evosearch resume made-" in err
    assert list((slow / "results").glob(".evosearch/*/0*.parquet"))


@pytest.mark.slow
def test_status_shows_what_runs_what_was_killed_and_what_ended(slow):
    process = start_and_wait(slow, "run", "-p", "made")
    (slow / "hold").touch()
    (running,) = json.loads(runs.evosearch(slow, "status", "--json").stdout)["data"]["runs"]
    assert running["state"] == "running"
    assert 0 < running["n_committed"] < running["n_expected"] == 300
    process.kill()
    process.wait()
    process.stdout.close()
    process.stderr.close()
    (slow / "hold").rename(slow / "hurry")
    assert runs.evosearch(slow, "run", "-p", "made", "-q", "--evaluations", "5").returncode == 0
    shown = runs.evosearch(slow, "status").stdout
    table = shown[: shown.index(" rows of ")].splitlines()
    states = [line.split()[1] for line in table if line.startswith("made-")]
    assert states == ["finished", "interrupted"]
    assert "not yet published" in shown
    assert f"next     evosearch resume {running['run_id']}" in shown
    noted = runs.evosearch(slow, "run", "-p", "made", "--evaluations", "5").stderr
    assert "is unfinished" not in noted  # five evaluations are another search
    assert runs.evosearch(slow, "resume", "--evaluations", "40").returncode == 0


def test_an_objective_that_only_fails_is_stopped_with_its_error_shown_once(tmp_path):
    folder = runs.make_project(tmp_path, population=100)
    text = (folder / "made.py").read_text()
    (folder / "made.py").write_text(text.replace('if params["k"] == 7 and', "if True or"))
    done = runs.evosearch(folder, "run", "-p", "made")
    assert done.returncode == 1
    assert "Stopped: all of the first" in done.stderr
    n = len(runs.read_rows(folder))
    assert f"{n} candidates in" in done.stdout
    assert f"failed; 0 meet all conditions, {n} failed" in done.stdout
    assert done.stderr.count("ValueError: seven b") == 1
    assert "Traceback" not in done.stderr
    # The failed rows are kept as rows; nothing is left to resume.
    assert {row["status"] for row in runs.read_rows(folder).values()} == {"failed"}
    assert runs.leftovers(folder) == []


def test_status_of_an_empty_folder_says_where_to_begin(tmp_path):
    done = runs.evosearch(tmp_path, "status")
    assert done.returncode == 1
    assert "evosearch run --profile demo" in done.stdout


def test_keep_awake_holds_nothing_longer_than_the_run(slow):
    (slow / "hurry").touch()
    done = runs.evosearch(slow, "run", "-p", "made", "-q", "--keep-awake", "--evaluations", "5")
    assert done.returncode == 0, done.stderr


def needs_small_disk():
    """Whether this machine lets us mount a small file system."""
    probe = ["unshare", "--mount", "true"]
    return (
        os.name == "posix"
        and bool(shutil.which("unshare"))
        and (subprocess.run(probe, capture_output=True, check=False).returncode == 0)
    )


SMALL_DISK = pytest.mark.skipif(
    not needs_small_disk(), reason="mounting a small disk takes root on Linux"
)


def on_small_disk(folder, size, script):
    """Run a shell script with results/ on a disk of its own, seen by nobody else."""
    (folder / "results").mkdir(exist_ok=True)
    mount = f"mount -t tmpfs -o size={size} tmpfs results"
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", f"{mount} && {script}"],
        cwd=folder, env=runs.environment(E=f"{sys.executable} -m evosearch"),
        capture_output=True, text=True, timeout=runs.PATIENCE_S, check=False,
    )  # fmt: skip


@SMALL_DISK
@pytest.mark.posix
@pytest.mark.slow
def test_a_disk_that_is_really_full_stops_the_run_and_room_lets_it_go_on(tmp_path):
    folder = runs.make_project(tmp_path, pause_s=0.03, generations=12)
    done = on_small_disk(
        folder, "160k",
        "head -c 120000 /dev/zero > results/ballast; $E run -p made; echo code $?; "
        "find results -name '.tmp-*' | wc -l; $E status; rm results/ballast; "
        "$E resume -q; echo code $?; $E status; cp results/*.parquet .",
    )  # fmt: skip
    assert "code 5" in done.stdout, done.stdout + done.stderr
    assert "The disk is full: free some space" in done.stderr
    assert "continue with:  evosearch resume made-" in done.stderr
    assert "Traceback" not in done.stderr
    assert "interrupted" in done.stdout
    assert "code 0" in done.stdout
    assert "120 of 120" in done.stdout
    whole = runs.make_project(tmp_path / "whole", generations=12)
    runs.evosearch(whole, "run", "-p", "made", "-q")
    for path in folder.glob("made-*.parquet"):
        path.rename(folder / "results" / path.name)
    rows, expected = runs.read_rows(folder), runs.read_rows(whole)
    assert {key: row["genome_id"] for key, row in rows.items()} == {
        key: row["genome_id"] for key, row in expected.items()
    }


@SMALL_DISK
@pytest.mark.posix
def test_a_merge_that_fills_the_disk_leaves_its_inputs_and_no_half_file(tmp_path):
    folder = runs.make_project(tmp_path, population=400, generations=5)
    done = on_small_disk(
        folder, "400k",
        "$E run -p made -q && sha256sum results/*.parquet > before && "
        "head -c 330000 /dev/zero > results/ballast; $E merge results/*.parquet; echo code $?; "
        "ls -A results/merged 2>/dev/null | wc -l; sha256sum -c before; rm results/ballast; "
        "$E merge results/*.parquet > /dev/null; echo code $?",
    )  # fmt: skip
    assert "code 5" in done.stdout, done.stdout + done.stderr
    assert "The disk is full" in done.stderr
    assert "code 0" in done.stdout.rpartition("OK")[2]
    assert "Traceback" not in done.stderr


@pytest.mark.posix
def test_ctrl_break_of_windows_stops_as_ctrl_c_does(monkeypatch, capsys):
    monkeypatch.setattr(signal, "SIGBREAK", signal.SIGUSR1, raising=False)
    before = signal.getsignal(signal.SIGUSR1)
    with StopSignals() as stop:
        stop.take(0, SearchStarted(0))
        os.kill(os.getpid(), signal.SIGUSR1)
        assert stop.is_set()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGUSR1)
    assert signal.getsignal(signal.SIGUSR1) == before
    assert "stopping" in capsys.readouterr().err
