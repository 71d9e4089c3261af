"""What a shard says about itself: one JSON text, the same shape for shards and merged files.

`sources` is a set: run -> parts -> facts. A shard is the case of one run and one part; merging
metadata is a union, so nothing is ever counted twice, however often a file is merged.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from evosearch.provenance import join_problems
from evosearch.shards.conflicts import join_measured, read_measured, trim
from evosearch.shards.schema import FORMAT, METADATA_KEY, SCHEMA_VERSION

DIGEST_KEY = b"evosearch_sha256"


def make_shard_metadata(
    run: Mapping[str, Any],
    problem: Mapping[str, Any],
    space: Mapping[str, Any],
    profile_toml: str,
    part: int,
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """The metadata of one shard.

    Parameters
    ----------
    run : mapping
        ``run_id``, seed, machine, versions, start: what all shards of a run share.
    problem : mapping
        ``name``, ``version``, ``objective``, ``direction``, ``fingerprint``, ``parts``, ``data``.
    space, profile_toml
        Stored once for all runs that share them.
    part : int
        Number of the shard within its run.
    facts : mapping
        Counts and times of this shard, among them ``rows_sha256``.
    """
    space_id, profile_id = _short_hash(space), _short_hash(profile_toml)
    one_run = {
        **{key: value for key, value in run.items() if key != "run_id"},
        "space": space_id,
        "profile": profile_id,
        # The rows' digest keeps two copies of a run that went different ways apart.
        "parts": {f"{part}:{facts['rows_sha256'][:16]}": dict(facts)},
    }
    return {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "kind": "shard",
        "problem": dict(problem),
        "sources": {run["run_id"]: one_run},
        "spaces": {space_id: dict(space)},
        "profiles": {profile_id: profile_toml},
    }


def merge_metadata(inputs: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The union of several metadata of one fingerprint; any order gives the same."""
    merged: dict[str, Any] = {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "kind": "merged",
        "sources": {},
        "spaces": {},
        "profiles": {},
        "skipped": {},
        "measured": {},
    }
    problems = []
    inputs = list(inputs)
    for item in inputs:
        problems.append(item["problem"])
        for key in ("spaces", "profiles", "skipped"):
            merged[key].update(item.get(key, {}))
        for run_id, run in item["sources"].items():
            known = merged["sources"].setdefault(run_id, run)
            parts = dict(known["parts"])
            for name, part in run["parts"].items():
                parts[name] = min(parts.get(name, part), part, key=_as_text)
            # Two copies of one run went two ways: which one speaks for it must not depend on the
            # order in which they came.
            merged["sources"][run_id] = min(
                {**known, "parts": {}}, {**run, "parts": {}}, key=_as_text
            ) | {"parts": parts}
    # Problems of one fingerprint differ at most in what they say for people.
    merged["problem"] = join_problems(problems)
    for key in ("sources", "spaces", "profiles", "skipped"):
        merged[key] = dict(sorted(merged[key].items()))
    for run in merged["sources"].values():
        run["parts"] = dict(sorted(run["parts"].items(), key=lambda item: _part_key(item[0])))
    merged["measured"] = trim(join_measured(read_measured(item) for item in inputs))
    merged["complete"] = _is_complete(inputs)
    return merged


def _is_complete(inputs: Iterable[Mapping[str, Any]]) -> bool:
    """Whether all rows of all parts are there: a top that others cover in full harms nothing."""
    whole: set[tuple[str, str]] = set()
    partial: set[tuple[str, str]] = set()
    for item in inputs:
        parts = {(run_id, name) for run_id, run in item["sources"].items() for name in run["parts"]}
        (whole if item.get("complete", True) else partial).update(parts)
    return partial <= whole


def _as_text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _part_key(name: str) -> tuple[int, str]:
    number, _, tail = name.partition(":")
    return int(number), tail


def encode_metadata(metadata: Mapping[str, Any]) -> dict[bytes, bytes]:
    """Key-value pairs for a Parquet footer: the text, and its own hash against damage."""
    text = json.dumps(metadata, sort_keys=True, ensure_ascii=True, allow_nan=False).encode()
    return {METADATA_KEY: text, DIGEST_KEY: hashlib.sha256(text).hexdigest().encode()}


def decode_metadata(pairs: Mapping[bytes, bytes]) -> dict[str, Any] | str:
    """The metadata of a footer, or what is wrong with it."""
    text = pairs.get(METADATA_KEY)
    if text is None:
        return "foreign: a Parquet file, but not evosearch's"
    if hashlib.sha256(text).hexdigest().encode() != pairs.get(DIGEST_KEY):
        return "damaged: its metadata do not match their hash"
    try:
        metadata = json.loads(text)
    except (ValueError, RecursionError):
        return "damaged: its metadata are no JSON"
    if not isinstance(metadata, dict) or metadata.get("format") != FORMAT:
        return "foreign: a Parquet file, but not evosearch's"
    version = metadata.get("schema_version")
    if not isinstance(version, int) or version > SCHEMA_VERSION:
        return f"newer: schema version {version}; this evosearch reads up to {SCHEMA_VERSION}"
    if not _has_shape(metadata):
        return "damaged: its metadata lack what every shard states"
    return metadata


def _has_shape(metadata: Mapping[str, Any]) -> bool:
    problem, sources = metadata.get("problem"), metadata.get("sources")
    if not isinstance(problem, dict) or not isinstance(sources, dict) or not sources:
        return False
    if any(
        not isinstance(problem.get(key), str)
        for key in ("name", "version", "objective", "direction", "fingerprint")
    ):
        return False
    return all(
        isinstance(run, dict)
        and isinstance(run.get("parts"), dict)
        and all(
            name.partition(":")[0].isdigit()
            and isinstance(part, dict)
            and isinstance(part.get("n_rows"), int)
            and isinstance(part.get("rows_sha256"), str)
            for name, part in run["parts"].items()
        )
        for run in sources.values()
    )


def count_rows(metadata: Mapping[str, Any]) -> int:
    """Rows of all distinct shards behind a file: a total over a set, so never twice."""
    return sum(
        part["n_rows"] for run in metadata["sources"].values() for part in run["parts"].values()
    )


def _short_hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
