"""When the main process dies, by whatever hand, nothing it started lives on."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.executors.processes import command_of, marked, wait_until
from tests.misbehaviours import LEAVING
from tests.runs import environment

pytestmark = pytest.mark.posix


def tell(process):
    """Let a search go on."""
    process.stdin.write("\n")
    process.stdin.flush()


@contextlib.contextmanager
def searching(how, timeout_s=0, is_told=True, **more):
    mark = uuid.uuid4().hex
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.executors.searching", how, str(timeout_s)],
        cwd=ROOT,
        env=os.environ | {"EVOSEARCH_MARK": mark},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )
    try:
        assert process.stdout.readline() == "ready\n"
        if how != "idle" and is_told:
            tell(process)
        yield process, mark
    finally:
        for left in marked(mark):
            left.kill()
        process.communicate()


@pytest.mark.parametrize(
    "how", ["idle", "loops", "holds_the_interpreter_lock", "stops_itself", "forks_a_sleeper"]
)
def test_kill_9_of_the_search_leaves_no_process(how):
    with searching(how) as (process, mark):
        assert len(marked(mark)) >= 3
        time.sleep(0.5)  # now the workers are at it
        process.kill()
        assert wait_until(lambda: not marked(mark)), marked(mark)


def test_without_the_sweeper_the_workers_own_guards_end_them():
    with searching("holds_the_interpreter_lock") as (process, mark):
        for found in marked(mark):
            if "sweep.py" in " ".join(found.cmdline()):
                found.kill()
        process.kill()
        is_over = wait_until(lambda: not marked(mark))
    assert is_over or sys.platform != "linux"


def test_a_hung_worker_ends_itself_when_nobody_is_left_to_end_it():
    # The parent is stopped, so it cannot act: only the worker's own timer is left.
    with searching("holds_the_interpreter_lock", timeout_s=4) as (process, mark):
        workers = [p for p in marked(mark) if p.pid != process.pid]
        idle_s = {p: p.cpu_times().user for p in workers}
        assert wait_until(lambda: any(p.cpu_times().user > idle_s[p] + 0.3 for p in workers))
        process.send_signal(signal.SIGSTOP)  # the work is handed out, and nobody is overdue yet
        assert wait_until(lambda: len(marked(mark)) < 1 + len(workers))


def test_ctrl_c_of_a_terminal_reaches_all_and_ends_all():
    # A session of its own, as a terminal would give it: the signal goes to the whole group.
    with searching("loops", start_new_session=True) as (process, mark):
        time.sleep(0.5)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(120) != 0
        assert wait_until(lambda: not marked(mark)), marked(mark)
        err = process.stderr.read()
    assert err.count("Traceback") == 1  # ours; the workers add none


PROFILE = """
[search]
algorithm = "random"
population = 40
generations = 1
[problem]
name = "tests.misbehaviours:Leaving"
[run]
backend = "processes"
workers = 2
"""
RUN = f"{sys.executable} -m evosearch run --profile leaving --seed 1"


@pytest.fixture
def leaving(tmp_path):
    """What starts a search in which every row leaves a process, in a shell; and its mark."""
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "leaving.toml").write_text(PROFILE)
    mark = uuid.uuid4().hex

    def start(command):
        return subprocess.Popen(
            ["sh", "-c", command],
            cwd=tmp_path,
            env=environment(EVOSEARCH_MARK=mark),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    yield start, mark
    for left in marked(mark):
        left.kill()


@pytest.mark.slow
def test_who_reads_the_output_of_a_run_finds_its_end_whatever_the_objective_left(leaving):
    start, mark = leaving
    with start(f"{RUN} 2>&1 | cat") as process:
        printed = process.communicate(timeout=300)[0]
    assert "40 candidates in" in printed, printed
    assert ", 0 failed" in printed, printed
    assert wait_until(lambda: not marked(mark)), [command_of(left) for left in marked(mark)]


@pytest.mark.slow
# Without an environment, a session or a living worker nothing tells where a process came from; and
# what changes its number all the time may be missed by a process that looks only then.
@pytest.mark.parametrize(
    "how", sorted({*LEAVING} - {"leaves_a_daemon_without_environment", "forks_on_and_on"})
)
def test_kill_9_of_the_search_reaches_what_an_objective_left(how):
    with searching(how, is_told=False) as (process, mark):
        n_idle = len(marked(mark))
        tell(process)
        assert wait_until(lambda: len(marked(mark)) > n_idle, 60), marked(mark)
        process.kill()
        assert wait_until(lambda: not marked(mark), 60), [command_of(left) for left in marked(mark)]


def held_by(process):
    """What the open files of a process are."""
    held = set()
    for path in Path(f"/proc/{process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            held.add(os.readlink(path))
    return held


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_only_the_search_itself_holds_its_output():
    with searching("idle") as (process, mark):
        ours = {os.readlink(f"/proc/{process.pid}/fd/{n}") for n in (0, 1, 2)}
        others = [found for found in marked(mark) if found.pid != process.pid]
        assert len(others) == 4  # two workers, the sweeper, and Python's resource tracker
        for other in others:  # a worker lets go of it before it prepares its problem
            assert wait_until(lambda other=other: not held_by(other) & ours), command_of(other)


FORGETFUL = """
import sys
import numpy as np
from tests.contracts.executor import gather, make_executor
from tests.misbehaviours import MISBEHAVIOURS, Misbehaving

if __name__ == "__main__":
    executor = make_executor("processes", Misbehaving())
    genomes = np.zeros((4, 2))
    genomes[:2, 1] = 1 + list(MISBEHAVIOURS).index("starts_a_session")
    gather(executor, genomes)
    pieces = executor.evaluate(np.array([[0.0, 1 + list(MISBEHAVIOURS).index("loops")]]))
    next(pieces)
    kept = executor, pieces
    print("done", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("closed", ["", "1>&- 2>&-", "<&- >&-"])
def test_a_script_that_closes_nothing_ends_and_leaves_nothing(tmp_path, closed):
    mark = uuid.uuid4().hex
    (tmp_path / "forgetful.py").write_text(FORGETFUL)
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} forgetful.py {closed}"],
        cwd=tmp_path,
        env=environment(EVOSEARCH_MARK=mark),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stdout.strip() == ("" if closed else "done"), done.stderr
    assert wait_until(lambda: not marked(mark)), [command_of(left) for left in marked(mark)]
