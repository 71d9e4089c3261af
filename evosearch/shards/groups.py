"""Which inputs may be merged with each other: sound ones that measured the same thing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evosearch.errors import IncomparableShards
from evosearch.provenance import is_former, names_file, read_formerly
from evosearch.shards.options import PLAIN, MergeOptions
from evosearch.shards.stream import Crew
from evosearch.shards.validate import Checked, check_shard
from evosearch.shards.verdicts import VerdictCache
from evosearch.texts import make_visible


def check_inputs(paths: Sequence[Path], options: MergeOptions = PLAIN) -> list[Checked]:
    """The verdict on every input, in their order.

    Parameters
    ----------
    paths : sequence of Path
    options : MergeOptions
    """
    cache = VerdictCache() if options.use_cache else None
    is_light = options.top is not None
    checked: list[Checked] = []
    # Threads help to hash; what else there is holds the interpreter's lock.
    with Crew(options.n_threads if len(paths) > 2 and not is_light else 1) as crew:
        for item in crew.map(lambda p: check_shard(p, cache=cache, is_light=is_light), paths):
            checked.append(item)
            if options.listen:
                options.listen("check", len(checked), len(paths))
    if cache is not None:
        cache.save()
    return checked


def group_by_fingerprint(checked: Sequence[Checked]) -> dict[str, list[Checked]]:
    """Usable inputs by what they measured, each content once."""
    groups: dict[str, list[Checked]] = {}
    seen: set[str] = set()
    for item in checked:
        # A light check knows no hash; then the same file under two names is told by its inode.
        content = item.sha256 or str(item.identity)
        if item.is_usable and content not in seen:
            assert item.metadata is not None
            seen.add(content)
            groups.setdefault(item.metadata["problem"]["fingerprint"], []).append(item)
    for former, fingerprint in _find_successors(groups).items():
        groups[fingerprint] += groups.pop(former)
    return dict(sorted(groups.items()))


def _find_successors(groups: Mapping[str, Sequence[Checked]]) -> dict[str, str]:
    """Fingerprints by an earlier evosearch, with the present one of the same problem.

    Only where exactly one problem claims it and every file of the former kind can be meant.
    """
    claims: dict[str, dict[str, str]] = {}
    for fingerprint, members in groups.items():
        for member in members:
            for each, origin in read_formerly(_state(member)["problem"]).items():
                held = claims.setdefault(each, {})
                held[fingerprint] = min(held.get(fingerprint, origin), origin)
    found = {}
    for former, claimed in claims.items():
        if former not in groups or len(claimed) != 1:
            continue
        ((fingerprint, origin),) = claimed.items()
        metadata = [_state(member) for member in groups[former]]
        if all(is_former(each["problem"]) for each in metadata) and (
            origin == "any"
            or all(names_file(text) for each in metadata for text in each["profiles"].values())
        ):
            found[former] = fingerprint
    return found


def _state(item: Checked) -> dict[str, Any]:
    """What a file says of itself, as plain data."""
    return item.metadata or {}


def refuse_mixture(groups: Mapping[str, Sequence[Checked]]) -> None:
    """Raise when inputs measured different things.

    Raises
    ------
    IncomparableShards
        Naming each fingerprint with a file, and what differs.
    """
    if len(groups) < 2:
        return
    lines = ["These shards do not measure the same thing, so their fitness cannot be compared:"]
    problems = {}
    for fingerprint, members in groups.items():
        problem = (members[0].metadata or {})["problem"]
        problems[fingerprint] = problem
        more = f" and {len(members) - 1} more" if len(members) > 1 else ""
        file = f"{problem['name']}: {members[0].path.name}"
        lines.append(f"  {fingerprint}  {make_visible(file)}{more}")
    lines.append("What differs:")
    parts = [_flatten(problem.get("parts", {})) for problem in problems.values()]
    for key in sorted({key for part in parts for key in part}):
        values = [part.get(key) for part in parts]
        if any(value != values[0] for value in values):
            shown = " | ".join(make_visible(str(value)[:40]) for value in values)
            lines.append(f"  {make_visible(key)}: {shown}")
    lines += _name_older(groups)
    lines.append("Merge them apart, or rank each on its own with --by-fingerprint.")
    raise IncomparableShards("\n".join(lines))


def _name_older(groups: Mapping[str, Sequence[Checked]]) -> list[str]:
    """The machine whose evosearch is older, where that is why problems differ."""
    metadata = [_state(member) for members in groups.values() for member in members]
    problems = [each["problem"] for each in metadata]
    former = [
        each
        for each in metadata
        if is_former(each["problem"])
        and ":" in str(each["problem"].get("parts", {}).get("problem"))
    ]
    if former and len(former) < len(metadata):
        _, host, run_id = min(_list_writers(former))
        return [
            f"The evosearch of {host} (run {run_id}) is older than the others': it did not record "
            "all that decides the number. Update it there and run again; its old shards merge "
            "with each other only."
        ]
    # The version of a built-in problem rises with evosearch.
    is_raised = (
        len({each["name"] for each in problems}) == 1 < len({p["version"] for p in problems})
    )
    writers = sorted(_list_writers(metadata))
    if former or not is_raised or not writers or writers[0][0] == writers[-1][0]:
        return []
    (old, host, run_id), new = writers[0], writers[-1][0]
    then, now = (".".join(map(str, version)) for version in (old, new))
    return [
        f"The evosearch of {host} (run {run_id}) is {then}, older than {now}: update it there and "
        "run again."
    ]


def _list_writers(metadata: Sequence[Mapping[str, Any]]) -> list[tuple[tuple[int, ...], str, str]]:
    """Version of evosearch, host and run of each run that says so."""
    found = []
    for each in metadata:
        for run_id, run in each["sources"].items():
            text = str(run.get("versions", {}).get("evosearch", ""))[:40]
            version = tuple(int(word) for word in re.findall(r"\d{1,9}", text)[:3])
            host = str(run.get("machine", {}).get("host", "a machine without a name"))
            found.append((version, make_visible(host[:60]), make_visible(run_id[:80])))
    return found


def _flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat |= _flatten(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat
