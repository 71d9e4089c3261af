"""The manifest of a running search: one JSON file, checked like the metadata of a shard.

A manifest holds ``run``, ``problem``, ``space``, ``profile_toml``, ``metrics`` and ``folders``.
All but the last two are also in every shard of the run, so the same rules hold for them.
``local_toml`` is the profile that this machine uses, if it differs from the one in the run, else
null. ``asked`` is the goal that a resumed run was last given.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evosearch.errors import UsageError
from evosearch.shards.disk.files import write_atomically
from evosearch.shards.format.fields import Fields, MetadataFault
from evosearch.shards.format.limits import MAX_COLUMNS, MAX_NAME, MAX_RUNS, MAX_SHARE_BYTES
from evosearch.shards.format.metadata import ShardMetadata, make_shard_metadata
from evosearch.shards.format.records import RUN_ID
from evosearch.shards.writing.signing import is_signed, sign

_FORMAT = "evosearch-run"
_VERSION = 1
_SIGNATURE = "signature"
_REMEDY = "Its published shards are whole; begin a new run with the same profile and seed."
_MAX_PATH = 2**15
_MAX_BYTES = 16 * MAX_SHARE_BYTES


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest of a run.

    Raises
    ------
    EnvironmentFailed
        The disk refuses.
    """
    plain = {key: value for key, value in manifest.items() if key != _SIGNATURE}
    plain |= {"format": _FORMAT, "version": _VERSION}
    document = json.loads(json.dumps(plain, allow_nan=False))  # signed as it will be read
    document[_SIGNATURE] = sign(document)
    text = json.dumps(document, indent=1, sort_keys=True).encode()
    write_atomically(folder, "run.json", lambda file: file.write(text))


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run.

    Raises
    ------
    UsageError
        There is none, or it is not valid.
    """
    path = folder / "run.json"
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES + 1)
        if len(text) > _MAX_BYTES:
            raise ValueError("it is too large")
        manifest = json.loads(text)
    except FileNotFoundError:
        raise UsageError(f"{folder.name}: this run has ended; nothing is left to resume.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read ({str(error)[:80]}). {_REMEDY}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != _FORMAT:
        raise UsageError(f"{path} does not describe a run.")
    if manifest.get("version") != _VERSION:
        raise UsageError(f"{path} was written by a newer evosearch: update this one.")
    try:
        run_id = check_manifest(manifest)
    except MetadataFault as error:
        raise UsageError(f"{path} is damaged: {error}. {_REMEDY}") from error
    if run_id != folder.name:
        raise UsageError(f"{path} describes another run, {run_id}: its folder was renamed.")
    return manifest


def is_own(manifest: Mapping[str, Any]) -> bool:
    """Whether this user wrote a manifest on this machine and it is unchanged."""
    plain = {key: value for key, value in manifest.items() if key != _SIGNATURE}
    return is_signed(plain, manifest.get(_SIGNATURE))


def check_manifest(manifest: Mapping[str, Any]) -> str:
    """The id of the run that a manifest describes.

    Raises
    ------
    MetadataFault
        Naming the key, and what was expected there.
    """
    fields = Fields(manifest, "", set())
    run, _ = fields.table("run"), fields.text("profile_toml", limit=MAX_SHARE_BYTES)
    run_id = run.word("run_id", RUN_ID, "a-z, 0-9 and '-'")
    fields.texts("metrics", MAX_COLUMNS, [], MAX_NAME)
    fields.texts("folders", MAX_RUNS, [], _MAX_PATH)
    for key in ("problem", "space"):
        fields.table(key)
    facts = {"n_rows": 1, "rows_sha256": "0" * 64, "generations": [0, 0]}
    ShardMetadata.of_document(make_shard_metadata(manifest, 0, facts))
    return run_id
