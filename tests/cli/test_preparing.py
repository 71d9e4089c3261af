"""The first signal while a run is being prepared: the command ends, and leaves nothing."""

import signal
import subprocess
import sys

import pytest

from tests import runs

LOADING = "import time, pathlib\npathlib.Path('there').touch()\nwhile True: time.sleep(0.01)\n"
SETUP = "    def setup(self):\n        open('there', 'w').close()\n        while True: time.sleep(0.01)\n"


def stop(folder, number, *arguments):
    """Start a command, send it a signal once it has come to the file ``there``."""
    process = subprocess.Popen(
        [sys.executable, "-m", "evosearch", *arguments],
        cwd=folder, env=runs.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    runs.wait_for((folder / "there").exists)
    process.send_signal(number)
    out, err = process.communicate(timeout=runs.PATIENCE_S)
    (folder / "there").unlink()
    return process.returncode, out, err


def hold_back(folder, text, before):
    path = folder / "made.py"
    path.write_text(path.read_text().replace(before, text + before))


@pytest.mark.slow
@pytest.mark.posix
@pytest.mark.parametrize(
    ("number", "is_loading", "more"),
    [
        ("SIGINT", True, []),
        ("SIGTERM", False, []),
        ("SIGINT", False, ["--seeds", "2"]),
    ],
)
def test_a_signal_before_the_first_evaluation_ends_the_command(tmp_path, number, is_loading, more):
    folder = runs.make_project(tmp_path, backend="processes", workers=2)
    if is_loading:
        hold_back(folder, LOADING, "class Made(Problem):")
    else:
        hold_back(folder, SETUP, "    def evaluate(self, params):")
    before = sorted(path for path in folder.rglob("*") if "__pycache__" not in path.parts)
    sent = getattr(signal, number)
    code, out, err = stop(folder, sent, "run", "-p", "made", *more)
    assert code == 128 + sent, err
    assert err.splitlines()[-1] == "stopped while preparing: nothing new was measured"
    assert "Traceback" not in err
    if not more:
        assert out == ""
    after = sorted(path for path in folder.rglob("*") if "__pycache__" not in path.parts)
    assert after == before


@pytest.mark.posix
@pytest.mark.slow
@pytest.mark.posix
def test_a_resumed_run_that_is_stopped_while_preparing_is_as_it_was(tmp_path):
    folder = runs.make_project(tmp_path, backend="processes", workers=1, pause_s=0.1, generations=9)
    process = runs.start(folder, "run", "-p", "made")
    runs.wait_for_commit(folder)
    runs.kill_tree(process)
    process.wait()
    # Not a line of the class itself: the run would no longer be the same.
    profile = folder / "profiles" / "made.toml"
    text = (folder / "made.py").read_text()
    (folder / "made.py").write_text(LOADING + text)
    code, out, err = stop(folder, signal.SIGTERM, "resume", "-q")
    assert (code, out) == (143, ""), err
    assert "stopped while preparing" in err
    (folder / "made.py").write_text(text)
    profile.write_text(profile.read_text())
    (folder / "hurry").touch()
    assert runs.evosearch(folder, "resume", "-q").returncode == 0
    assert len(runs.read_rows(folder)) == 90
    assert runs.leftovers(folder) == []


@pytest.mark.slow
@pytest.mark.posix
def test_a_second_search_that_is_stopped_while_preparing_takes_nothing_from_the_first(tmp_path):
    folder = runs.make_project(tmp_path, backend="processes")
    waits = SETUP.replace("        open", "        if not os.path.exists('results'): return\n"
                          "        if not any(n.endswith('t') for n in os.listdir('results')):"
                          " return\n        open")  # fmt: skip
    hold_back(folder, waits, "    def evaluate(self, params):")
    code, out, err = stop(folder, signal.SIGINT, "run", "-p", "made", "--seeds", "2")
    assert code == 130, err
    assert err.splitlines()[-1] == "stopped at once"  # the first one has measured something
    assert ": 60 candidates in " in out and ": 0 candidates in " in out
    (shard,) = (folder / "results").iterdir()
    assert shard.suffix == ".parquet"
