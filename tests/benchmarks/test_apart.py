import os
import time
from functools import partial

import pytest

from benchmarks.apart import Apart
from benchmarks.harness import take_turns


def fail():
    raise OSError("no such peer")


def test_work_is_timed_where_it_is_done():
    with Apart(partial(time.sleep, 0.2)) as work:
        assert [work() >= 0.2 for _ in range(2)] == [True, True]


def test_work_that_fails_or_ends_its_process_says_so():
    with Apart(fail) as failing, Apart(partial(os._exit, 3)) as ending:
        turns = take_turns({"failing": failing, "ending": ending}, 1, warm_up=False)
        assert "OSError: no such peer" in turns.failures["failing"]
        assert "its process ended: 3" in turns.failures["ending"]
    with pytest.raises(OSError, match=r"closed|Broken"):
        failing()
