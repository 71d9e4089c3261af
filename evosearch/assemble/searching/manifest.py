"""What a new run is, as plain data: written to its journal, and into every shard of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evosearch.assemble.searching.parts import describe_problem
from evosearch.plain import make_finite
from evosearch.problems.base import Problem
from evosearch.problems.identity.fingerprint import identify
from evosearch.problems.loading import find_maker
from evosearch.problems.settings import record_options
from evosearch.profiles.loaded import LoadedProfile
from evosearch.profiles.tables import Profile
from evosearch.provenance import describe_machine, describe_versions, format_utc, make_run_id


def make_manifest(
    profile: LoadedProfile, problem: Problem, is_given: bool = False
) -> dict[str, Any]:
    """What a new run is, as plain data.

    Parameters
    ----------
    profile : LoadedProfile
    problem : Problem
    is_given : bool
        The problem is a Python object: its options are not those of the profile's.

    Returns
    -------
    dict
        ``run`` (id, seed, machine, versions, start), ``problem``, ``space``, ``metrics``
        (columns that the run keeps when it is resumed), ``profile_toml`` as shards carry it,
        ``local_toml``, the profile as it was given, and ``folders``, where relative files of the
        profile are looked for.

    Notes
    -----
    ``problem.options`` and the ``[problem]`` of ``profile_toml`` state every option, defaults too:
    what ``evosearch profiles show`` prints. Options without a value are null in the first and left
    out of the second, because TOML has no null. ``local_toml`` states only what was given: a
    resumed run makes its problem from it exactly as the first session did.
    """
    from evosearch.shards.format.discretion import redact_profile

    machine = describe_machine(profile.run.machine)
    identity = identify(problem, profile.folders)
    recorded = profile
    if not is_given:
        recorded = profile.replace(problem=fill_problem(profile, profile.folders))
    described = describe_problem(problem, recorded, identity)
    described["data"] = {**described["data"], **make_finite(problem.measure_data())}
    if problem.evidence is not None:
        described["evidence"] = problem.evidence.to_plain()
    return {
        "run": {
            "run_id": make_run_id(profile.name, machine["host"]),
            "profile_name": profile.name,
            "seed": profile.seed,
            "machine": machine,
            "versions": describe_versions(identity.packages),
            "started_utc": format_utc(datetime.now(UTC)),
            "parents": [],
            "is_wide": bool(problem.is_wide),
        },
        "problem": described,
        "space": problem.space.to_dict(),
        "metrics": [*problem.metric_names],
        "profile_toml": redact_profile(recorded.to_toml()),
        "local_toml": profile.to_toml(),
        "folders": [str(folder.absolute()) for folder in profile.folders],
    }


def read_metrics(manifest: Mapping[str, Any], problem: Problem) -> tuple[str, ...]:
    """The metrics that a run began with, as far as the problem still measures them."""
    known, recorded = problem.metric_names, manifest.get("metrics", ())
    found = tuple(name for name in dict.fromkeys(recorded) if name in known)
    return found if problem.objective in found else known


def fill_problem(profile: Profile, folders: tuple[Path, ...] = ()) -> dict[str, Any]:
    """``[problem]`` with every option, as shards record it.

    The problem is found, not made.
    """
    name = profile.problem["name"]
    options = record_options(find_maker(name, folders), profile.problem_options)
    return {"name": name, **options}
