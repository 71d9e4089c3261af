"""The union of the metadata of files: no fact is lost, none is counted twice."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from evosearch.errors import ShardError
from evosearch.provenance import join_problems
from evosearch.shards.format.discretion import redact_problem, redact_profile
from evosearch.shards.format.fields import MetadataFault, short_hash
from evosearch.shards.format.looks import Looks
from evosearch.shards.format.metadata import ShardMetadata
from evosearch.shards.format.schema import FORMAT, MERGED_SCHEMA_VERSION


def merge_metadata(inputs: Iterable[ShardMetadata]) -> ShardMetadata:
    """The union of metadata of one fingerprint; the order does not matter.

    Earlier versions recorded local paths, which are removed here.

    Raises
    ------
    ShardError
        Together they exceed the limits of one file.
    """
    inputs = list(inputs)
    sources: dict[str, dict[str, Any]] = {}
    spaces: dict[str, Any] = {}
    profiles: dict[str, str] = {}
    for item in inputs:
        spaces |= item.plain["spaces"]
        new_ids = {}
        for profile_id, text in item.profiles.items():
            redacted = redact_profile(text)
            new_ids[profile_id] = profile_id if redacted == text else short_hash(redacted)
            profiles[new_ids[profile_id]] = redacted
        for run_id, run in item.sources.items():
            known, plain = sources.get(run_id), run.plain | {"profile": new_ids[run.profile]}
            sources[run_id] = plain if known is None else _join_runs(known, plain)
    # Problems of one fingerprint differ at most in what they say for people.
    problems: list[dict[str, Any]] = []
    for item in inputs:
        if item.problem.plain not in problems:
            problems.append(item.problem.plain)
    document = {
        "format": FORMAT,
        "schema_version": MERGED_SCHEMA_VERSION,
        "kind": "merged",
        "problem": join_problems([redact_problem(problem) for problem in problems]),
        "sources": {run_id: _sort_parts(sources[run_id]) for run_id in sorted(sources)},
        "spaces": dict(sorted(spaces.items())),
        "profiles": dict(sorted(profiles.items())),
    }
    try:
        merged = ShardMetadata.of_document(document)
    except MetadataFault as error:
        raise ShardError(f"Together these files state more than one may: {error}.") from error
    skipped = {name: why for item in inputs for name, why in item.skipped.items()}
    # Of hold-outs of other bars a file of these rows has nothing to say.
    looks = Looks().union(*(item.looks for item in inputs)).related(*merged.holdouts)
    complete = _is_complete(inputs)
    return replace(merged, complete=complete, looks=looks.condensed()).with_skipped(skipped)


def list_lost(inputs: Iterable[ShardMetadata], merged: ShardMetadata) -> list[str]:
    """Keys of a newer evosearch that the union lacks."""
    return sorted({name for item in inputs for name in item.unknown} - {*merged.unknown})


def _join_runs(known: dict[str, Any], run: dict[str, Any]) -> dict[str, Any]:
    """The metadata of one run from two files as one.

    Copies of a run may have been continued differently; the result does not depend on their order.
    """
    if known == run:
        return known
    parts = dict(known["parts"])
    for name, part in run["parts"].items():
        parts[name] = min(parts.get(name, part), part, key=_as_text)
    return min({**known, "parts": {}}, {**run, "parts": {}}, key=_as_text) | {"parts": parts}


def _sort_parts(run: dict[str, Any]) -> dict[str, Any]:
    def place(item: tuple[str, Any]) -> tuple[int, str]:
        number, _, tail = item[0].partition(":")
        return int(number), tail

    return run | {"parts": dict(sorted(run["parts"].items(), key=place))}


def _is_complete(inputs: Iterable[ShardMetadata]) -> bool:
    """Whether all rows of all parts are there: a top counts if other files hold its parts whole."""
    whole: set[tuple[str, str]] = set()
    partial: set[tuple[str, str]] = set()
    for item in inputs:
        parts = {(run_id, name) for run_id, run in item.sources.items() for name in run.parts}
        (whole if item.complete else partial).update(parts)
    return partial <= whole


def _as_text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
