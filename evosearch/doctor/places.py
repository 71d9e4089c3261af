"""The folder for results, the disk below it, and the programs that carry shards elsewhere."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from evosearch.doctor.base import FAILED, Finding, judge
from evosearch.shards.disk.flushing import flush_folder, flush_to_disk, take_unflushed
from evosearch.shards.disk.locks import Lock, NoLocks
from evosearch.system.machine import find_nearest

# Name of a program, and what it is wanted for.
TOOLS = {
    "ssh": "to reach the other machines",
    "scp": "to copy shards",
    "rsync": "to copy only the shards that are new",
    "tailscale": "to reach machines by name from anywhere",
}
_REMOTE = ("nfs", "nfs4", "smbfs", "cifs", "afpfs", "webdav", "fuse.sshfs", "9p")
_FULL_BYTES, _NEARLY_FULL_BYTES = 200 * 2**20, 2 * 2**30
_AHEAD_S = 300.0


def check_results(results: Path) -> list[Finding]:
    """Whether a shard could be written there: written, flushed to the disk, renamed and locked."""
    there = find_nearest(results)
    facts = {"folder": str(results), "exists": results.is_dir(), "tested_in": str(there)}
    if results.exists() and not results.is_dir():
        advice = "Name another folder with --results."
        return judge("results", f"{results} is a file", facts, advice, FAILED)
    try:
        with _make_folder(there) as folder:
            first, second = folder / "a", folder / "b"
            with first.open("xb") as file:
                file.write(b"x" * 4096)
                file.flush()
                flush_to_disk(file.fileno())
            written = first.stat().st_mtime
            first.replace(second)
            flush_folder(folder)
            unflushed = take_unflushed()
            Lock(folder / "lock").release()
    except NoLocks as error:
        text = f"{there} lies on a file system without locks ({error.reason})"
        advice = "Search in a folder on a disk of this machine, --results DIR, and copy the shards."
        return judge("results", text, facts, advice, FAILED)
    except OSError as error:
        text = f"{there} cannot be written to: {error.strerror}"
        advice = "Name a folder of your own with --results, or mend its permissions."
        return judge("results", text, facts, advice, FAILED)
    kind = _file_system(there)
    facts["file_system"] = kind
    text = f"{results.absolute()} can be written to" + (f" ({kind})" if kind else "")
    advice = ""
    if kind in _REMOTE:
        advice = (
            "Locks and renames of remote disks are not to be relied on. Search on a local disk "
            "and copy the shards."
        )
    elif unflushed:
        text += f", but {unflushed}"
        advice = "A disk of this machine is safer."
    elif abs(written - time.time()) > _AHEAD_S:
        advice = "The clock of that disk is another one; set both."
    return judge("results", text, facts, advice)


@contextlib.contextmanager
def _make_folder(beside: Path) -> Iterator[Path]:
    """A folder for a while; mkdtemp tries for ever on Windows where nothing may be written."""
    folder = beside / f".evosearch-doctor-{secrets.token_hex(6)}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_disk(results: Path) -> list[Finding]:
    """How much room is left."""
    usage = shutil.disk_usage(find_nearest(results))
    facts = {"total_bytes": usage.total, "free_bytes": usage.free}
    text = f"{usage.free / 2**30:,.1f} GiB free of {usage.total / 2**30:,.1f}"
    if usage.free < _FULL_BYTES:
        return judge("disk", text, facts, "Make room, or name another disk with --results.", FAILED)
    advice = "A million rows take about 0.3 GiB." if usage.free < _NEARLY_FULL_BYTES else ""
    return judge("disk", text, facts, advice)


def check_tools() -> list[Finding]:
    """Programs for a search on several machines; one machine needs none of them."""
    findings = []
    for name, purpose in TOOLS.items():
        path = shutil.which(name)
        advice = "" if path else f"With several machines you may want it {purpose}."
        findings += judge(name, path or "not found", {"path": path}, advice)
    return findings


def _file_system(folder: Path) -> str:
    """The kind of file system a folder lies on; empty when unknown."""
    import psutil

    parts = psutil.disk_partitions(all=True)
    above = [part for part in parts if folder.is_relative_to(part.mountpoint)]
    innermost = max(above, key=lambda part: len(Path(part.mountpoint).parts), default=None)
    return "" if innermost is None else str(innermost.fstype).lower()
