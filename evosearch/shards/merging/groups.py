"""Which inputs may be merged with each other: usable ones that measured the same thing."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from evosearch.errors import IncomparableShards
from evosearch.provenance import flatten
from evosearch.shards.format.discretion import redact_problem
from evosearch.shards.format.metadata import ShardMetadata
from evosearch.shards.format.records import is_toml
from evosearch.shards.merging.job import Crew
from evosearch.shards.merging.result import PLAIN, MergeOptions
from evosearch.shards.reading.cache import VerdictCache
from evosearch.shards.reading.check import check_shard
from evosearch.shards.reading.checked import Checked, list_metadata
from evosearch.texts import make_visible

NOT_THE_SAME = (
    "What was measured (prices, fees, rules) differs: these shards cannot be ranked together."
)


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
    # Threads only help to hash; the rest holds the interpreter lock.
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
        # A light check has no hash: then the inode finds one file under two names.
        content = item.sha256 or str(item.identity)
        if item.is_usable and content not in seen:
            assert item.metadata is not None
            seen.add(content)
            groups.setdefault(item.metadata.problem.fingerprint, []).append(item)
    for former, fingerprint in _find_successors(groups).items():
        groups[fingerprint] += groups.pop(former)
    return dict(sorted(groups.items()))


def _find_successors(groups: Mapping[str, Sequence[Checked]]) -> dict[str, str]:
    """Fingerprints by an earlier evosearch, each with the current one of the same problem.

    Only if exactly one problem claims it and its claim fits every file with the old fingerprint.
    """
    claims: dict[str, dict[str, str]] = {}
    for fingerprint, members in groups.items():
        for metadata in list_metadata(members):
            for each, origin in (metadata.problem.formerly or {}).items():
                held = claims.setdefault(each, {})
                held[fingerprint] = min(held.get(fingerprint, origin), origin)
    found = {}
    for former, claimed in claims.items():
        if former not in groups or len(claimed) != 1:
            continue
        ((fingerprint, origin),) = claimed.items()
        stated = list_metadata(groups[former])
        if all(each.problem.formerly is None for each in stated) and (
            origin == "any" or all(_is_by_profile(each) for each in stated)
        ):
            found[former] = fingerprint
    return found


def _is_by_profile(metadata: ShardMetadata) -> bool:
    """Whether all profiles name a file as their problem; a script names a module."""
    for text in metadata.profiles.values():
        try:
            name = tomllib.loads(text)["problem"]["name"] if is_toml(text) else None
        except (KeyError, TypeError):
            return False
        if not isinstance(name, str) or not name.partition(":")[0].endswith(".py"):
            return False
    return True


def refuse_mixture(groups: Mapping[str, Sequence[Checked]]) -> None:
    """Raise if inputs measured different things.

    Raises
    ------
    IncomparableShards
        Naming each fingerprint with a file and what differs.
    """
    if len(groups) < 2:
        return
    lines = [NOT_THE_SAME]
    problems = {}
    for fingerprint, members in groups.items():
        assert members[0].metadata is not None
        problem = members[0].metadata.problem.plain
        problems[fingerprint] = problem
        more = f" and {len(members) - 1} more" if len(members) > 1 else ""
        file = f"{problem['name']}: {members[0].path.name}"
        lines.append(f"  {fingerprint}  {make_visible(file)}{more}")
    lines.append("What differs:")
    redacted = map(redact_problem, problems.values())  # an earlier version wrote paths out
    parts = [flatten(problem.get("parts", {})) for problem in redacted]
    for key in sorted({key for part in parts for key in part}):
        values = [part.get(key) for part in parts]
        if any(value != values[0] for value in values):
            shown = " | ".join(make_visible(str(value)[:40]) for value in values)
            lines.append(f"  {make_visible(key)}: {shown}")
    lines += name_older(groups)
    lines.append("Merge them apart, or rank each on its own: evosearch merge --by-fingerprint.")
    raise IncomparableShards("\n".join(lines))


def name_older(groups: Mapping[str, Sequence[Checked]]) -> list[str]:
    """A sentence about the machine whose evosearch is older, if that is why problems differ."""
    stated = [each for members in groups.values() for each in list_metadata(members)]
    problems = [each.problem for each in stated]
    former = [
        each
        for each in stated
        if each.problem.formerly is None and ":" in str(each.problem.plain["parts"].get("problem"))
    ]
    if former and len(former) < len(stated):
        _, host, run_id = min(_list_writers(former))
        return [
            f"The evosearch of {host} (run {run_id}) is older than the others': it did not record "
            "all that decides the number. Update it there and run again; its old shards merge "
            "with each other only."
        ]
    # The version of a built-in problem rises with evosearch.
    is_raised = len({each.name for each in problems}) == 1 < len({p.version for p in problems})
    writers = sorted(_list_writers(stated))
    if former or not is_raised or not writers or writers[0][0] == writers[-1][0]:
        return []
    (old, host, run_id), new = writers[0], writers[-1][0]
    then, now = (".".join(map(str, version)) for version in (old, new))
    return [
        f"The evosearch of {host} (run {run_id}) is {then}, older than {now}: update it there and "
        "run again."
    ]


def _list_writers(stated: Sequence[ShardMetadata]) -> list[tuple[tuple[int, ...], str, str]]:
    """Version of evosearch, host and run of each run."""
    found = []
    for each in stated:
        for run_id, run in each.sources.items():
            version = tuple(int(word) for word in re.findall(r"[0-9]{1,9}", run.version)[:3])
            host = make_visible((run.host or "a machine without a name")[:60])
            found.append((version, host, run_id))
    return found
