"""When the main process dies, by whatever hand, nothing it started lives on."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid

import pytest

from tests.conftest import ROOT
from tests.executors.processes import marked, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@contextlib.contextmanager
def searching(how, timeout_s=0, **more):
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
        assert process.wait(20) != 0
        assert wait_until(lambda: not marked(mark)), marked(mark)
        err = process.stderr.read()
    assert err.count("Traceback") == 1  # ours; the workers add none
