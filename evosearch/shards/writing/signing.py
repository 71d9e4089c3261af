"""Signatures that tell which journals this user wrote on this machine.

Results folders are copied, unpacked from archives and shared. A journal in one may be of any
origin, and it names files to load. So it is signed with a key outside of every results folder that
never leaves this machine. The host's name or a file's owner would not do: shards publish the
former, and unpacking an archive sets the latter. The signature survives moving the folder and
renaming the machine.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evosearch.shards.disk.files import replace
from evosearch.system.user_folders import find_state_folder

_N_BYTES = 32


def sign(document: Mapping[str, Any]) -> str | None:
    """The signature of plain data; None if no key can be stored."""
    key = _read_key() or _make_key()
    return None if key is None else _compute(key, document)


def is_signed(document: Mapping[str, Any], signature: object) -> bool:
    """Whether `sign` gave this signature to these data, for this user on this machine."""
    key = _read_key()
    if key is None or not isinstance(signature, str):
        return False
    try:
        return hmac.compare_digest(_compute(key, document).encode(), signature.encode())
    except (RecursionError, UnicodeEncodeError):  # not written by evosearch
        return False


def find_key_file() -> Path:
    """Path of the key."""
    return find_state_folder() / "key"


def _compute(key: bytes, document: Mapping[str, Any]) -> str:
    text = json.dumps(document, sort_keys=True).encode()
    return hmac.new(key, text, "sha256").hexdigest()


def _read_key() -> bytes | None:
    try:
        key = find_key_file().read_bytes()
    except (OSError, RuntimeError):  # RuntimeError: no home folder is known
        return None
    return key if len(key) == _N_BYTES else None


def _make_key() -> bytes | None:
    with contextlib.suppress(OSError, RuntimeError):
        path = find_key_file()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_N_BYTES))
        # If two processes make a key at once, the later one wins, and both read it back.
        replace(fresh, path)
    return _read_key()
