import pytest

from evosearch.assemble.run_names import complete_run, list_run_names
from evosearch.errors import UsageError

OLD, NEW = "pro-vm-20261101t000000z-aaaaaa", "pro-vm-20261102t000000z-bbbbbb"
AIR, OPEN = "air-vm-20261103t000000z-cccccc", "pro-mac-20261101t120000z-dddddd"


@pytest.fixture
def results(tmp_path):
    for name in (OLD, NEW, AIR):
        (tmp_path / f"{name}-0000-0123456789abcdef.parquet").touch()
    (tmp_path / "pro-vm.parquet").touch()
    (tmp_path / ".evosearch" / OPEN).mkdir(parents=True)
    (tmp_path / ".evosearch" / OPEN / "run.json").touch()
    return tmp_path


def test_the_beginning_of_a_name_is_enough_if_it_means_one_run(results):
    assert list_run_names(results) == [AIR, NEW, OPEN, OLD]
    assert complete_run("air", results, [(OPEN, False)]) == AIR
    assert complete_run(OLD, results, [(OPEN, False)]) == OLD
    assert complete_run("pro", results, [(OPEN, False)]) == OPEN  # the only interrupted one
    (results / f"{NEW}0-0000-0123456789abcdef.parquet").touch()
    assert complete_run(NEW, results, []) == NEW  # a whole name wins


@pytest.mark.parametrize("state", ["running", "unknown"])
def test_of_several_runs_none_is_guessed(results, state):
    open_runs = [(OPEN, {"running": True, "unknown": None}[state])]
    with pytest.raises(UsageError, match="3 runs begin with 'pro': type more") as told:
        complete_run("pro", results, open_runs)
    assert str(told.value).splitlines()[1:] == [
        f"  {NEW}  finished, the newest",
        f"  {OPEN}  {state}",
        f"  {OLD}  finished",
    ]
    assert "2 runs begin" in _refuse("pro-vm", results)


def test_a_name_that_is_none_says_where_names_are(results):
    for typed in ("", "nonsense", "*", "../x", "pro-vm-\x1b[31m"):
        told = _refuse(typed, results)
        assert "No run" in told and "evosearch status" in told and "\x1b" not in told


def _refuse(typed, results):
    with pytest.raises(UsageError) as told:
        complete_run(typed, results, [])
    return str(told.value)
