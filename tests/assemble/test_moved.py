"""A project that was moved or copied goes on from where it is now."""

import json
import shlex
import shutil

import pytest

import evosearch
from evosearch.errors import IncomparableShards, UsageError
from evosearch.shards.writing.signing import find_key_file
from tests import runs
from tests.assemble.test_continuation import stop_after
from tests.cli.test_commands import invoke

HEADER = "timestamp,open,high,low,close,volume\n"


@pytest.fixture
def before(tmp_path, monkeypatch):
    folder = runs.make_project(tmp_path / "before", generations=4)
    rows = []
    for hour in range(400):
        price = 100 + (hour * 7919 % 100) / 10
        day, rest = divmod(hour, 24)
        time = f"2024-{1 + day // 28:02d}-{1 + day % 28:02d}T{rest:02d}:00:00Z"
        rows.append(f"{time},{price},{price + 2},{price - 2},{price + 1},5\n")
    (folder / "bars.csv").write_text(HEADER + "".join(rows))
    text = "seed = 1\n[search]\npopulation = 8\ngenerations = 3\n[problem]\nname = 'trading'\n"
    text += "data = 'bars.csv'\nmin_trades = 1\n[run]\nbackend = 'serial'\n"
    (folder / "profiles" / "trade.toml").write_text(text)
    monkeypatch.chdir(folder)
    # The bars of other tests are the same ones, and would be found.
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return folder


def begin(profile, *assignments):
    loaded = evosearch.load_profile(profile, assignments)
    result = evosearch.run(loaded, **stop_after(1))
    assert result.is_resumable
    return result.run_id


def move(before, monkeypatch, is_own=True):
    after = before.parent / "after wards"
    shutil.move(before, after)
    monkeypatch.chdir(after)
    if not is_own:
        monkeypatch.setenv("XDG_STATE_HOME", str(before.parent / "another machine"))
        assert not find_key_file().exists()
    return after


@pytest.mark.parametrize(
    ("profile", "is_own"),
    [
        ("made", True),
        ("trade", False),
        *(
            pytest.param(*each, marks=pytest.mark.slow)
            for each in (("made", False), ("trade", True))
        ),
    ],
)
def test_relative_files_are_found_where_the_project_is_now(before, monkeypatch, profile, is_own):
    begin(profile)
    move(before, monkeypatch, is_own)
    assert evosearch.resume().reason == "generations"


@pytest.mark.parametrize(
    ("profile", "key", "end"),
    [("made", "problem.name", "made.py:Made"), ("trade", "problem.data", "bars.csv")],
)
def test_a_path_that_was_written_in_full_moves_along(before, monkeypatch, profile, key, end):
    begin(profile, f"{key}={before / end}")
    move(before, monkeypatch)
    assert evosearch.resume().reason == "generations"


def test_results_are_continued_from_any_folder(before, monkeypatch, tmp_path):
    begin("made")
    after = move(before, monkeypatch)
    monkeypatch.chdir(tmp_path)
    assert evosearch.resume(results=after / "results").reason == "generations"


@pytest.mark.slow
def test_data_that_are_typed_now_lie_where_the_person_is(before, monkeypatch):
    begin("trade")
    after = move(before, monkeypatch)
    (after / "elsewhere").mkdir()
    (after / "bars.csv").rename(after / "elsewhere" / "mine.csv")
    with pytest.raises(UsageError, match="--data FILE"):
        evosearch.resume()
    monkeypatch.chdir(after / "elsewhere")
    assert evosearch.resume(results="../results", data="mine.csv").reason == "generations"


@pytest.mark.slow
def test_what_is_found_must_be_what_was_measured(before, monkeypatch):
    begin("trade")
    after = move(before, monkeypatch)
    text = (after / "bars.csv").read_text()
    (after / "bars.csv").write_text(text.replace("100.0,", "100.1,", 1))
    with pytest.raises(IncomparableShards):
        evosearch.resume()


def test_a_problem_that_is_nowhere_is_asked_for_with_a_command_that_works(before, monkeypatch):
    begin("made", "run.results=my results")
    after = move(before, monkeypatch)
    (after / "lib").mkdir()
    (after / "made.py").rename(after / "lib" / "made.py")
    with pytest.raises(UsageError) as caught:
        evosearch.resume(results="my results")
    looked, command = str(caught.value).split("\n")
    assert str(after / "made.py") in looked
    words = shlex.split(command.replace("PATH/", "lib/"))
    assert words[:2] == ["evosearch", "resume"]
    done = invoke(*words[1:])
    assert done.exit_code == 0, done.output
    assert (
        json.loads(invoke("status", "--json", "--results", "my results").stdout)["data"]["runs"][0][
            "state"
        ]
        == "finished"
    )
