"""Whose processes are ended with a worker, and whose are not."""

import os
import subprocess
import sys
import uuid

import psutil
import pytest

from evosearch.executors.local.launch import MARK, starting
from evosearch.executors.local.sweep import Kin, end_kin, find_kin, list_processes, read_started
from tests.executors.processes import marked, wait_until

pytestmark = pytest.mark.posix


@pytest.fixture
def start():
    """A function that starts a shell with a mark, which starts what it is told to."""
    started = []

    def start(mark, command="sleep 1000 & sleep 1000 & wait"):
        process = subprocess.Popen(
            ["sh", "-c", command], env=os.environ | {MARK: mark}, start_new_session=True
        )
        started.append((process, mark))
        return process, Kin(process.pid, read_started(process.pid), mark)

    yield start
    for process, mark in started:
        for left in marked(mark):
            left.kill()
        process.kill()
        process.wait()


def new_mark():
    return uuid.uuid4().hex


@pytest.mark.parametrize("platform", [sys.platform, "darwin"])
def test_all_that_belongs_to_a_worker_ends_and_nothing_else(start, platform, monkeypatch):
    (_, one), (_, other) = start(new_mark()), start(new_mark())
    assert wait_until(lambda: len(marked(one.mark)) == len(marked(other.mark)) == 3)
    monkeypatch.setattr(sys, "platform", platform)  # psutil tells what /proc tells elsewhere
    if platform != "linux":
        one = one._replace(started=read_started(one.pid))
    assert len(find_kin([one], list_processes())) == 3
    end_kin([one])
    monkeypatch.undo()
    assert wait_until(lambda: not marked(one.mark))
    assert len(marked(other.mark)) == 3


def test_a_stranger_who_got_the_number_of_a_worker_lives(start):
    process, kin = start(new_mark(), "exec sleep 1000")
    stranger = kin._replace(started=kin.started - 5000, mark=new_mark())
    end_kin([stranger])
    assert psutil.Process(process.pid).status() != psutil.STATUS_STOPPED
    assert process.poll() is None


def test_what_the_mark_is_set_around_carries_it_and_nothing_after_it():
    before = dict(os.environ)
    with starting("inner"):
        assert os.environ[MARK].endswith("inner")
        assert os.environ["OMP_NUM_THREADS"]
    assert dict(os.environ) == before


CLOSED = """
import os
from evosearch.executors.local.launch import _no_output, start_tracker

def is_open(number):
    try:
        return bool(os.fstat(number))
    except OSError:
        return False

os.close(0)
os.close(2)
for _ in range(2):  # a second time it runs already
    start_tracker()
with _no_output():
    os.write(1, b"heard ")  # by another thread
os.write(1, repr([is_open(number) for number in (0, 1, 2)]).encode())
"""


def test_the_standard_streams_are_as_before_when_the_tracker_runs():
    done = subprocess.run([sys.executable, "-c", CLOSED], capture_output=True, check=True)
    assert done.stdout == b"heard [False, True, False]"
