"""What an objective changes in its process is put back, wherever it is measured."""

import os
import signal
import sys

import numpy as np
import pytest

from evosearch.executors.state import ProcessState
from evosearch.population import Status
from tests.contracts.executor import gather, make_executor
from tests.misbehaviours import MISBEHAVIOURS, Misbehaving, read_state

pytestmark = pytest.mark.posix

HOWS = list(MISBEHAVIOURS)
# What can be put back, so that rows are right in the main process, too.
CHANGES = [
    "changes_the_folder",
    "changes_the_environment",
    "changes_signals",
    "changes_what_python_does",
    "changes_how_numbers_are_read_and_written",
    "leaves_another_time_zone_behind",
    "changes_where_modules_come_from_and_what_warns",
    "changes_what_it_may_use",
    "becomes_somebody_else_for_a_while",
    "reseeds_the_generators",
]
# What cannot, so that a process has to be replaced.
LOSSES = [
    "becomes_somebody_else",
    "changes_the_root_folder",
    "changes_how_the_processor_rounds",
    "gives_up_what_it_may_use_for_good",
    "closes_its_output",
    "closes_all_descriptors_and_output",
]


def measure_in_order(hows):
    genomes = np.zeros((2 * len(hows), 2))
    genomes[:, 0] = np.arange(len(genomes))
    genomes[::2, 1] = [1 + HOWS.index(how) for how in hows]
    return genomes


@pytest.mark.parametrize("backend", ["serial", "processes"])
def test_no_row_can_tell_what_those_before_it_changed(backend):
    outside = read_state()
    with make_executor(backend, Misbehaving(), 1) as executor:
        found, _ = gather(executor, measure_in_order(CHANGES))
    assert found.error.tolist() == [None] * len(found)
    assert read_state() == outside


def test_changes_are_put_back_and_losses_told():
    for how in CHANGES + LOSSES:
        child = os.fork()
        if not child:  # a process of its own to change
            state, before = ProcessState(), read_state()
            MISBEHAVIOURS[how]()
            is_as_before = state.restore()
            is_right = read_state() == before if is_as_before else how in LOSSES
            os._exit(0 if is_right else 1)
        assert os.waitpid(child, 0)[1] == 0, how


def test_what_the_user_does_between_two_chunks_stays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = signal.getsignal(signal.SIGUSR1)
    with make_executor("serial", Misbehaving()) as executor:
        gather(executor, measure_in_order(["changes_the_folder"]))
        os.mkdir("other")
        os.chdir("other")
        executor.evaluator.problem.state = read_state()
        signal.signal(signal.SIGUSR1, print_nothing)
        try:
            found, _ = gather(executor, measure_in_order(["changes_the_folder"]))
            assert signal.getsignal(signal.SIGUSR1) is print_nothing
        finally:
            signal.signal(signal.SIGUSR1, before)
    assert (found.status == Status.OK).all()
    assert os.getcwd() == str(tmp_path / "other")


def print_nothing(number, frame):
    pass


def test_a_module_may_add_to_the_search_path_and_nobody_else_may(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    state, before = ProcessState(), list(sys.path)
    sys.path.append(str(tmp_path))
    assert state.restore()
    assert sys.path == before
    sys.path.append(str(tmp_path))
    (tmp_path / "added_by_a_test.py").write_text("")
    import added_by_a_test  # noqa: F401

    state.restore()
    assert sys.path == [*before, str(tmp_path)]
    del sys.modules["added_by_a_test"]
