"""The journal of a running search: its lock, its manifest and its commits.

    results/.evosearch/<run>/lock      held by the process that runs it
                             run.json  profile, seed, problem: enough to resume
                             00000007-<sha16>.parquet    rows not yet in a published shard

A commit is a small shard inside the journal. It is deleted only after its rows are in a published
shard, so each finished row is always in one of the two or in both. The folder is removed when the
run ends.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evosearch.errors import EnvironmentFailed, UsageError
from evosearch.shards.disk.files import (
    TEMPORARY,
    explain_os_errors,
    failpoint,
    remove,
)
from evosearch.shards.disk.flushing import flush_folder
from evosearch.shards.disk.locks import Lock, NoLocks, hold_if_free, is_held
from evosearch.shards.format.records import is_toml
from evosearch.shards.writing.excess import refuse_run
from evosearch.shards.writing.manifests import is_own, read_manifest, write_manifest
from evosearch.texts import slugify

STATE_FOLDER = ".evosearch"
_TRIES = 50
_COMMIT = re.compile(r"[0-9]{8}-[0-9a-f]{16}\.parquet")


class Journal:
    """The folder of one run under way, locked.

    Parameters
    ----------
    folder : Path
    manifest : mapping
        ``run``, ``problem``, ``space``, ``profile_toml``, ``folders``; ``local_toml``, the
        profile that this machine uses, where it is not the one that the run carries.
    lock : Lock
    is_own : bool
        This user wrote the manifest on this machine.
    """

    def __init__(
        self, folder: Path, manifest: Mapping[str, Any], lock: Lock, is_own: bool = True
    ) -> None:
        self.folder = folder
        self.manifest = manifest
        self.is_own = is_own
        self.is_over = False  # published in full: `close` removes it
        self._lock = lock
        lock.name_machine(_name_machine(manifest))
        # Unfinished files of a process that died: only the holder of the lock writes here.
        for path in folder.glob(f"{TEMPORARY}*"):
            remove(path)
        self._sequence = max((int(path.name[:8]) for path in self.commits()), default=-1) + 1

    @classmethod
    def begin(cls, results: Path, manifest: Mapping[str, Any]) -> Journal:
        """Make the folder of a new run, or of an ended run that is continued.

        Raises
        ------
        UsageError
            Its metadata would exceed the limits of a shard; nothing is written.
        EnvironmentFailed
            The disk refuses or has no locks, or another process has begun it.
        """
        refuse_run(manifest)
        folder = results / STATE_FOLDER / manifest["run"]["run_id"]
        with explain_os_errors(folder):
            try:
                lock = _make_locked(folder)
            except NoLocks:
                _remove_empty(folder, with_lock=False)
                raise
        try:
            if (folder / "run.json").exists():
                raise EnvironmentFailed(f"{folder.name} has just been begun by another process.")
            write_manifest(folder, manifest)
            return cls(folder, manifest, lock)
        except BaseException:
            if not (folder / "run.json").exists():
                _leave(folder, lock)
            lock.release()
            raise

    @classmethod
    def open(cls, results: Path, run_id: str) -> Journal:
        """Take over an interrupted run.

        Raises
        ------
        EnvironmentFailed
            It is under way in another process.
        UsageError
            There is no such run, or its description cannot be read.
        """
        folder = results / STATE_FOLDER / run_id
        if not folder.is_dir():
            raise UsageError(f"No interrupted run {run_id!r} in {results}.")
        with explain_os_errors(folder):
            lock = Lock(folder / "lock")
        try:
            # Read after locking: the last holder of the lock may have finished the run.
            manifest = read_manifest(folder)
            return cls(folder, manifest, lock, is_own(manifest))
        except BaseException:
            lock.release()
            raise

    @property
    def is_resumable(self) -> bool:
        """Whether the run is written down and not over."""
        return not self.is_over and (self.folder / "run.json").exists()

    def commits(self) -> list[Path]:
        """Committed files in the order of writing."""
        return sorted(
            path for path in self.folder.glob("*.parquet") if _COMMIT.fullmatch(path.name)
        )

    def take_over(self, manifest: Mapping[str, Any]) -> None:
        """Replace the manifest by this user's own."""
        write_manifest(self.folder, manifest)
        self.manifest, self.is_own = manifest, True

    def next_name(self) -> str:
        """File name of the next commit, with ``{sha}`` for its hash."""
        self._sequence += 1
        return f"{self._sequence - 1:08d}-{{sha}}.parquet"

    def forget(self, paths: list[Path]) -> None:
        """Delete commits whose rows are published; `finish` retries those that Windows holds."""
        for path in paths:
            failpoint("forget")
            remove(path)

    def finish(self) -> None:
        """Remove the folder of a run that is over and published.

        The next resume removes files that Windows holds open.
        """
        failpoint("finish")
        # Before run.json: commits without it belong to no run.
        self.forget(self.commits())
        failpoint("unlink")
        if self.commits() or not remove(self.folder / "run.json"):
            self._lock.release()
            return
        failpoint("remove")
        _leave(self.folder, self._lock)

    def close(self) -> None:
        """Release the run, which can be resumed unless it is over."""
        try:
            if self.is_over:
                self.is_over = False
                with contextlib.suppress(OSError):  # then the next resume removes it
                    self.finish()
        finally:
            self._lock.release()


def _name_machine(manifest: Mapping[str, Any]) -> str:
    """What the run's profile calls this machine, or the name of its host."""
    text = manifest.get("local_toml") or manifest["profile_toml"]
    is_text = isinstance(text, str) and is_toml(text)
    run = tomllib.loads(text).get("run") if is_text else None
    name = run.get("machine") if isinstance(run, dict) else None
    # A journal of unknown origin may hold any text here.
    return name if isinstance(name, str) and name == slugify(name) else platform.node()


def list_journals(results: Path) -> list[tuple[Path, bool | None]]:
    """Folders of unfinished runs with whether each is running now, newest first.

    None instead of a bool on a file system without locks.
    """
    state = results / STATE_FOLDER
    found = []
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for entry in os.scandir(state):
            folder = Path(entry.path)
            if entry.is_dir(follow_symlinks=False) and (folder / "run.json").is_file():
                found.append((folder, is_held(folder / "lock")))
    return sorted(found, key=lambda item: _begun(item[0]), reverse=True)


def sweep_journals(results: Path) -> None:
    """Remove the folders of runs that died before their manifest was written, or at their end.

    Only folders that no process has locked and that hold nothing but a lock and unfinished files:
    a commit holds rows of a run. Links are not followed.
    """
    state = results / STATE_FOLDER
    with contextlib.suppress(OSError):
        for entry in [] if state.is_symlink() else os.scandir(state):
            if entry.is_dir(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    _sweep_journal(Path(entry.path))


def _sweep_journal(folder: Path) -> None:
    lock = folder / "lock"
    with hold_if_free(lock) as is_free:
        names = os.listdir(folder)  # noqa: PTH208 (names, not paths)
        is_ours = all(name == "lock" or name.startswith(TEMPORARY) for name in names)
        # A folder without a lock may be being made right now: then it is made again.
        if not is_ours or (not is_free and names):
            return
        for name in names:
            if name != "lock":
                remove(folder / name)
        # A lock that is not held here may already belong to a new run.
        if sys.platform != "win32":
            _remove_empty(folder, with_lock=is_free)
    if sys.platform == "win32":  # where an open file cannot be removed
        _remove_empty(folder, with_lock=is_free)


def _make_locked(folder: Path) -> Lock:
    """The lock of a new folder; before it is held, a sweep may remove the folder as abandoned."""
    for n_left in reversed(range(_TRIES)):
        try:
            folder.mkdir(parents=True, exist_ok=True)  # a process may have died after making it
            failpoint("lock")
            lock = Lock(folder / "lock")
        except FileNotFoundError:
            if not n_left:
                raise
            continue
        if lock.is_in_place():
            return lock
        lock.release()
    raise EnvironmentFailed(f"{folder}: others remove what this run makes. Try again.")


def _leave(folder: Path, lock: Lock) -> None:
    """Remove a run's folder and release its lock."""
    if sys.platform == "win32":  # where an open file cannot be removed
        lock.release()
    _remove_empty(folder)
    lock.release()


def _remove_empty(folder: Path, with_lock: bool = True) -> None:
    """Remove a run's folder if nothing but its lock is left, and its parent if it is empty."""
    with contextlib.suppress(OSError):
        if with_lock:
            remove(folder / "lock")
        folder.rmdir()
        flush_folder(folder.parent)
        folder.parent.rmdir()  # fails while another run needs it


def _begun(folder: Path) -> str:
    """When a run began, from its name: ``<profile>-<host>-<utc>-<6 base32>``."""
    return "-".join(folder.name.rsplit("-", 2)[1:])


__all__ = [
    "STATE_FOLDER",
    "Journal",
    "list_journals",
    "read_manifest",
    "sweep_journals",
    "write_manifest",
]
