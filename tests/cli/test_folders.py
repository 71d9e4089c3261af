"""Folders that are odd: in the home, gone, on file systems without flush or locks, limited."""

import errno
import os
import subprocess
import sys

import pyarrow.parquet as parquet
import pytest

import evosearch
from evosearch import doctor
from evosearch.doctor import places
from evosearch.shards.disk import flushing
from evosearch.shards.disk.locks import Lock, NoLocks, is_held
from evosearch.system import os_errors
from tests import runs
from tests.cli.test_commands import invoke

posix = pytest.mark.skipif(sys.platform == "win32", reason="made of calls that Windows lacks")

# Put in front of everything else that Python imports: what this file system cannot do.
NO_FLUSH = """
import errno, os, stat
_fsync = os.fsync
def fsync(fd):
    if stat.S_ISDIR(os.fstat(fd).st_mode): raise OSError(errno.{name}, os.strerror(errno.{name}))
    return _fsync(fd)
os.fsync = fsync
"""
NO_LOCKS = """
import errno, fcntl, os
def flock(file, how): raise OSError(errno.{name}, os.strerror(errno.{name}))
fcntl.flock = flock
"""


@pytest.fixture
def project(workspace, monkeypatch):
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(workspace / "home"))
    folder = runs.make_project(workspace / "project", generations=2)
    (workspace / "home").mkdir()
    monkeypatch.chdir(folder)
    return folder


def on(folder, *customised):
    """The variables of a process in which such a file system is simulated."""
    site = folder / "site"
    site.mkdir(exist_ok=True)
    (site / "sitecustomize.py").write_text("".join(customised))
    return {"PYTHONPATH": f"{site}{os.pathsep}{runs.ROOT}"}


@pytest.mark.slow
def test_the_home_folder_is_meant_wherever_it_is_named(project, workspace, monkeypatch):
    home = workspace / "home"
    (project / "made.py").rename(home / "made.py")
    (project / "profiles" / "made.toml").rename(home / "mine.toml")
    named = ["--set", "problem.name=~/made.py:Made"]
    assert invoke("run", "-p", "~/mine.toml", "-q", *named, "--results=~/evo").exit_code == 0
    text = (home / "mine.toml").read_text().replace("made.py:Made", "${HOME}/made.py:Made")
    (home / "mine.toml").write_text(text + 'results = "%USERPROFILE%/evo"\n')
    evosearch.run("$HOME/mine.toml", seed=2)
    evosearch.run(evosearch.load_profile("~/mine.toml", seed=3, results="~/evo"))
    assert len(list((home / "evo").glob("*.parquet"))) == 3
    monkeypatch.setenv("EVOSEARCH_RESULTS", "~/evo")
    for words in (["top"], ["status"], ["show", "1"], ["check", "$HOME/evo/*.parquet"],
                  ["merge", "~/evo", "-o", "~/all.parquet"], ["export", "~/evo", "-o", "~/all.csv"]):  # fmt: skip
        assert invoke(*words).exit_code == 0, words
    assert {path.name for path in home.iterdir()} >= {"evo", "all.parquet", "all.csv"}
    assert len(evosearch.top("~/evo")) == len(evosearch.top(results="$HOME/evo")) == 10
    assert len(evosearch.status("~/evo").runs) == 3
    assert sorted(path.name for path in project.iterdir() if "pycache" not in path.name) == [
        "profiles"
    ]
    for shard in (home / "evo").glob("*.parquet"):
        assert str(home).encode() not in str(parquet.read_metadata(shard).metadata).encode()


def test_no_folder_is_made_for_an_unknown_home_or_variable(project):
    for typed in ("~nobody-here/x", "$NOT_SET_HERE/x", "%NOT_SET_HERE%/x"):
        for words in (["--results", typed], ["--set", f"run.results={typed}"]):
            done = invoke("run", "-p", "made", *words)
            assert (done.exit_code, done.stdout) == (2, "")
            assert done.stderr.startswith("error: ")
    assert sorted(path.name for path in project.iterdir() if "pycache" not in path.name) == [
        "made.py",
        "profiles",
    ]


@posix
@pytest.mark.parametrize("name", ["EINVAL", "EBADF", "EACCES", "ENOTSUP", "ENOSYS", "ENOTTY"])
def test_a_folder_that_cannot_be_flushed_is_noted(tmp_path, monkeypatch, name):
    def refuse(descriptor):
        raise OSError(getattr(errno, name), os.strerror(getattr(errno, name)))

    flushing.take_unflushed()
    monkeypatch.setattr(flushing.os, "fsync", refuse)
    flushing.flush_folder(tmp_path)
    assert "cannot flush folders to the disk" in flushing.take_unflushed()
    assert flushing.take_unflushed() == ""


@posix
@pytest.mark.parametrize("name", ["EIO", "ENOSPC", "EDQUOT"])
def test_a_disk_that_fails_is_no_file_system_without_flush(tmp_path, monkeypatch, name):
    def fail(descriptor):
        raise OSError(getattr(errno, name), os.strerror(getattr(errno, name)))

    monkeypatch.setattr(flushing.os, "fsync", fail)
    with pytest.raises(OSError):
        flushing.flush_folder(tmp_path)
    assert flushing.take_unflushed() == ""


@posix
@pytest.mark.parametrize("name", ["ENOLCK", "EOPNOTSUPP", "ENOSYS", "EINVAL", "EIO"])
def test_a_file_system_without_locks_is_told_from_a_lock_that_is_held(tmp_path, monkeypatch, name):
    import fcntl

    folder = tmp_path / "results" / ".evosearch" / "run"
    folder.mkdir(parents=True)
    held = Lock(folder / "lock")
    assert is_held(folder / "lock") is True
    held.release()
    (folder / "lock").unlink()

    def refuse(file, how):
        raise OSError(getattr(errno, name), os.strerror(getattr(errno, name)))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(
        NoLocks, match=r"results lies on a file system without locks.*--results DIR"
    ):
        Lock(folder / "lock")
    assert list(folder.iterdir()) == []
    (folder / "lock").touch()
    assert is_held(folder / "lock") is None
    (finding,) = places.check_results(tmp_path / "results")
    assert (finding.state, "without locks" in finding.text) == (doctor.FAILED, True)
    assert [path.name for path in (tmp_path / "results").iterdir()] == [".evosearch"]


@posix
def test_the_examination_finds_a_folder_that_cannot_be_flushed(tmp_path, monkeypatch):
    def refuse(descriptor):
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr(flushing.os, "fsync", refuse)
    (finding,) = places.check_results(tmp_path / "results")
    assert (finding.state, "cannot flush" in finding.text) == (doctor.WARNING, True)
    assert flushing.take_unflushed() == ""


@posix
@pytest.mark.slow
@pytest.mark.parametrize("name", ["EINVAL", "EBADF"])
def test_a_run_and_a_merge_go_on_where_folders_cannot_be_flushed(project, name):
    there = on(project, NO_FLUSH.format(name=name))
    for words in (["run", "-p", "made", "-q"], ["merge"]):
        done = runs.evosearch(project, *words, **there)
        assert done.returncode == 0, done.stderr
        assert done.stderr.count("cannot flush folders to the disk") == 1
    assert len(list((project / "results" / "merged").iterdir())) == 1
    assert runs.leftovers(project) == []


@posix
@pytest.mark.slow
def test_without_locks_no_run_begins_and_one_that_was_begun_is_not_forgotten(project):
    import evosearch
    from tests.assemble.test_continuation import stop_after

    there = on(project, NO_LOCKS.format(name="ENOLCK"), NO_FLUSH.format(name="EINVAL"))
    done = runs.evosearch(project, "run", "-p", "made", "--results", "deep/er", **there)
    assert (done.returncode, "without locks" in done.stderr) == (5, True)
    assert "under way" not in done.stderr
    assert not (project / "deep").exists()
    run_id = evosearch.run("made", **stop_after(1)).run_id
    status = runs.evosearch(project, "status", **there)
    assert f"{run_id}  unknown" in status.stdout
    assert "without locks" in status.stderr
    resumed = runs.evosearch(project, "resume", **there)
    assert (resumed.returncode, "without locks" in resumed.stderr) == (5, True)
    assert evosearch.resume().reason == "generations"  # nothing of it was touched


@pytest.mark.skipif(sys.platform == "win32", reason="there, a folder in use cannot be removed")
def test_every_command_says_that_its_folder_is_gone(project):
    gone = project / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    for words in ("status", "top", "merge x", "run -p demo", "profiles list", "doctor", "check", "show 1",
                  "resume", "export -o x.csv", "evaluate -p demo --params {}", "profiles validate"):  # fmt: skip
        done = invoke(*words.split())
        assert (done.exit_code, done.stdout) == (2, ""), words
        (line,) = done.stderr.splitlines()
        assert line.startswith("error: The folder that you are in was deleted")
    assert invoke("--version").exit_code == invoke("--help").exit_code == 0
    with pytest.raises(evosearch.errors.UsageError, match="was deleted"):
        evosearch.status()


@posix
@pytest.mark.slow
def test_a_program_that_starts_in_a_deleted_folder_has_one_sentence(project):
    code = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    done = subprocess.run(
        ["sh", "-c", code, "sh", sys.executable, "-m", "evosearch", "status"],
        cwd=project, env=runs.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


@posix
def test_the_limit_on_the_size_of_files_is_named(monkeypatch):
    import resource

    too_large = OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    free = resource.RLIM_INFINITY
    for limits, said in (
        ((4096, free), "beyond 4,096 bytes here (ulimit -f): raise that with  ulimit -f unlimited"),
        ((4096, 8192), "raise that with  ulimit -S -f hard  (to 8,192)"),
        ((4096, 4096), "in a shell without that limit"),
        ((free, free), "takes no larger file (FAT32: 4 GB)"),
    ):
        monkeypatch.setattr(resource, "getrlimit", lambda kind, limits=limits: limits)
        assert said in os_errors.advise(too_large)
    assert "quota" in os_errors.advise(OSError(errno.EDQUOT, ""))
    assert os_errors.advise(OSError(errno.EBADF, "")) == os_errors.advise(OSError("odd")) == ""


@posix
@pytest.mark.slow
def test_runs_workers_and_merges_name_the_limit_and_leave_nothing(project):
    assert invoke("run", "-p", "made", "-q").exit_code == 0
    code = 'ulimit -S -f 4; exec "$@"'
    for words in (
        ["run", "-p", "made", "--results", "new", "--set", 'run.backend="processes"'],
        ["run", "-p", "demo", "--results", "new"],
        ["merge", "-o", "all.parquet"],
    ):
        done = subprocess.run(
            ["sh", "-c", code, "sh", sys.executable, "-m", "evosearch", *words],
            cwd=project, env=runs.environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 5, done.stderr
        assert "(ulimit -f): raise that with" in done.stderr
        assert "Traceback" not in done.stderr
        assert "--workers" not in done.stderr
        assert not (project / "new").exists()
        assert not (project / "all.parquet").exists()
