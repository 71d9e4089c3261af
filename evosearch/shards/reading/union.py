"""The union of the metadata of files: no fact is lost, none is counted twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from evosearch.errors import ShardError
from evosearch.provenance import join_problems
from evosearch.shards.format.discretion import redact_problem, redact_profile
from evosearch.shards.format.fields import MetadataFault, short_hash
from evosearch.shards.format.looks import Looks
from evosearch.shards.format.metadata import ShardMetadata
from evosearch.shards.format.schema import FORMAT, MERGED_SCHEMA_VERSION
from evosearch.shards.format.trials.benchmark import add_stated, join_stated, part_stated


def merge_metadata(
    inputs: Iterable[ShardMetadata],
    find_evidence: Callable[[Mapping[str, Any]], Mapping[str, str] | None] | None = None,
) -> ShardMetadata:
    """The union of metadata of one fingerprint; the order does not matter.

    Earlier versions recorded local paths, which are removed here. What files state as evidence is
    replaced by what `find_evidence` says of their problem, which may be the same.

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
    # What only some of them state of the data and of evidence is taken from those.
    plain, stated = zip(*(part_stated(redact_problem(each)) for each in problems), strict=True)
    problem = add_stated(join_problems(plain), join_stated(stated))
    if "evidence" in problem and find_evidence is not None:
        wanted = find_evidence(problem)
        problem |= {} if wanted is None else {"evidence": dict(wanted)}
    document = {
        "format": FORMAT,
        "schema_version": MERGED_SCHEMA_VERSION,
        "kind": "merged",
        "problem": problem,
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
    What an older version did not state is taken from the copy that does.
    """
    if known == run:
        return known
    parts = dict(known["parts"])
    for name, part in run["parts"].items():
        parts[name] = _join_stated(parts.get(name, part), part, ("trials",))
    # A space that one copy calls wide is wide.
    stated = {"is_wide": True} if True in (known.get("is_wide"), run.get("is_wide")) else {}
    one = _join_stated({**known, "parts": {}}, {**run, "parts": {}}, ("is_wide",))
    return one | stated | {"parts": parts}


def _join_stated(a: dict[str, Any], b: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """The first of both in the order of their texts; these keys from any that has them."""
    if a == b:
        return a
    plain = [{key: value for key, value in each.items() if key not in keys} for each in (a, b)]
    found = min(plain, key=_as_text)
    for key in keys:
        values = [each[key] for each in (a, b) if key in each]
        found |= {key: min(values, key=_by_trials)} if values else {}
    return found


def _by_trials(value: Any) -> tuple[int, str]:
    """Copies of one part state the same, unless one lies: then the most trials count."""
    return (-value["n"] if isinstance(value, dict) else 0, _as_text(value))


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
