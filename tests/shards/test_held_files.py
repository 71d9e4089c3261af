"""Files that another program holds open, which Windows neither removes nor replaces."""

import types
from pathlib import Path

import pytest

from evosearch.errors import EnvironmentFailed
from evosearch.shards.disk import files, spill
from evosearch.shards.writing.journal import Journal, list_journals
from tests.shards.test_journal import MANIFEST, NAME


@pytest.fixture
def held(monkeypatch):
    """Names of files that Windows would hold; what is done to them is refused as there."""
    names, unlink, replace = set(), Path.unlink, Path.replace

    def refuse(path):
        if path.name in names:
            raise PermissionError(13, "The process cannot access the file", str(path))

    def unlink_unless_held(path, missing_ok=False):
        refuse(path)
        unlink(path, missing_ok)

    def replace_unless_held(path, target):
        refuse(path)
        refuse(Path(target))
        return replace(path, target)

    monkeypatch.setattr(Path, "unlink", unlink_unless_held)
    monkeypatch.setattr(Path, "replace", replace_unless_held)
    monkeypatch.setattr(files, "sys", types.SimpleNamespace(platform="win32"))
    monkeypatch.setattr(files.time, "sleep", lambda seconds: None)
    return names


def write(folder, content):
    return files.write_atomically(folder, "{sha}.parquet", lambda file: file.write(content))


def test_what_is_held_is_removed_later(tmp_path, held):
    path = tmp_path / "file"
    path.touch()
    held.add("file")
    assert not files.remove(path)
    assert path.exists()
    held.clear()
    assert files.remove(path)
    assert not path.exists()
    assert files.remove(path)


def test_what_is_held_for_a_moment_is_waited_for(tmp_path, held, monkeypatch):
    path = tmp_path / "file"
    path.touch()
    held.add("file")
    monkeypatch.setattr(files.time, "sleep", lambda seconds: held.clear())
    assert files.remove(path)


@pytest.mark.posix
def test_elsewhere_a_refusal_is_an_error_at_once(tmp_path, held, monkeypatch):
    held.add("file")
    monkeypatch.setattr(files, "sys", types.SimpleNamespace(platform="linux"))
    with pytest.raises(PermissionError):
        files.remove(tmp_path / "file")


def test_a_file_of_that_content_may_be_held(tmp_path, held):
    path = write(tmp_path, b"the same")
    held.add(path.name)
    assert write(tmp_path, b"the same") == path
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    with pytest.raises(EnvironmentFailed):  # of the same size, and another one
        files.write_atomically(tmp_path, path.name, lambda file: file.write(b"the SAME"))
    assert path.read_bytes() == b"the same"
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_a_damaged_file_of_that_name_is_replaced(tmp_path, held):
    path = write(tmp_path, b"the same")
    path.write_bytes(b"the s\0me")
    assert write(tmp_path, b"the same").read_bytes() == b"the same"


@pytest.mark.parametrize("name", ["00000000-0123456789abcdef.parquet", "run.json"])
def test_a_run_whose_files_are_held_at_its_end_is_removed_by_the_next_to_open_it(
    tmp_path, held, name
):
    journal = Journal.begin(tmp_path, MANIFEST)
    (journal.folder / "00000000-0123456789abcdef.parquet").touch()
    held.add(name)
    journal.is_over = True
    journal.close()
    assert list_journals(tmp_path) == [(journal.folder, False)]  # with what says what it is
    held.clear()
    journal = Journal.open(tmp_path, NAME)
    journal.finish()
    assert list(tmp_path.iterdir()) == []


def test_a_commit_that_is_held_while_the_run_goes_on_stays_for_its_end(tmp_path, held):
    journal = Journal.begin(tmp_path, MANIFEST)
    for number in range(3):
        (journal.folder / f"0000000{number}-0123456789abcdef.parquet").touch()
    held.add("00000001-0123456789abcdef.parquet")
    journal.forget(journal.commits())
    assert [path.name for path in journal.commits()] == [*held]
    held.clear()
    journal.finish()
    assert list(tmp_path.iterdir()) == []


def test_what_a_merge_cannot_remove_keeps_its_lock_for_the_next_to_sweep(tmp_path, held):
    with spill.open_spill(tmp_path) as folder:
        (folder / "part-0").touch()
        (folder / "part-1").touch()
        held.add("part-0")
    assert {path.name for path in folder.iterdir()} == {"lock", "part-0"}
    spill.sweep(tmp_path)
    assert (folder / "lock").exists()
    held.clear()
    spill.sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("winerror", "advice"), [(32, "Close the program"), (5, "may write there")]
)
def test_what_is_held_is_told_from_what_is_forbidden(tmp_path, winerror, advice):
    error = PermissionError(13, "Permission denied", "run.json")
    error.winerror = winerror
    with (
        pytest.raises(EnvironmentFailed, match=f"run.json: .*{advice}"),
        files.explain_os_errors(tmp_path),
    ):
        raise error
