"""The source files of a run, by hash: a worker that finds other texts does not start."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from evosearch.errors import ProblemError
from evosearch.problems.code.definitions import explain_change, hash_bytes, read_text


def pin_files(files: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Hashes of the bytes and of the trees of files, checked against the identity.

    Raises
    ------
    ProblemError
    """
    pinned = {}
    for name, digest in files.items():
        data = Path(name).read_bytes()
        if read_text(Path(name), data).digest != digest:
            raise explain_change(Path(name))
        pinned[name] = (hash_bytes(data), digest)
    return pinned


def verify_files(pinned: Mapping[str, tuple[str, str]]) -> None:
    """Raise when a source file has changed since the run began.

    Raises
    ------
    ProblemError
    """
    for name, (content, digest) in pinned.items():
        path = Path(name)
        if not path.is_file() or (
            hash_bytes(path.read_bytes()) != content and read_text(path).digest != digest
        ):
            raise ProblemError(
                f"{path} was changed while the run goes on, so a new worker would measure "
                "something else. Bring the old text back, or begin a new run."
            )
