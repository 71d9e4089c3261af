"""Continue a run: an interrupted one, or a finished one that goes further."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.reasons import foresee
from evosearch.assemble.run_names import complete_run
from evosearch.assemble.searching.manifest import read_metrics
from evosearch.assemble.searching.notices import list_notices
from evosearch.assemble.searching.parts import check_backend, describe_problem
from evosearch.assemble.searching.recorded import believe, note_asked, parse_recorded
from evosearch.assemble.searching.search import load_problem
from evosearch.assemble.searching.session import Session
from evosearch.assemble.searching.warming import warm_up
from evosearch.assemble.settings.prices import remember_bars
from evosearch.errors import IncomparableShards, UsageError
from evosearch.loop.events import Listener, RunPreparing, ignore
from evosearch.loop.result import RunResult
from evosearch.problems.base import Problem
from evosearch.profiles.flags import HOW_FAR, RESUMABLE
from evosearch.profiles.loaded import LoadedProfile
from evosearch.provenance import is_former, is_same_problem, list_differences
from evosearch.report.data import describe_data
from evosearch.system.typed_paths import expand_target
from evosearch.texts import name_results

if TYPE_CHECKING:
    from evosearch.shards.writing.journal import Journal

_STATED = ("name", "version", "objective", "direction")


def resume(
    run_id: str | None = None,
    results: Path | str = "results",
    *,
    profile: LoadedProfile | str | None = None,
    problem: Problem | None = None,
    listen: Listener = ignore,
    should_stop: Callable[[], bool] | None = None,
    **settings: Any,
) -> RunResult:
    """Continue a run to exactly the rows of an uninterrupted one.

    Parameters
    ----------
    run_id : str, optional
        Its name, or the beginning of it if that means one run: the interrupted one, else the only
        one. The newest interrupted run when not given. A run that has ended can be taken
        further, with more ``generations`` or ``evaluations``.
    results : Path or str
        The folder it writes to.
    profile : LoadedProfile or str, optional
        A profile of this machine, its name or its file: it says what is loaded and read, where
        the run is not this user's own. By default the one that the run is called after. Seed and
        settings of the search stay those of the run.
    problem : Problem, optional
        For a run that was given a Python object.
    listen, should_stop
        As in `run`.
    **settings
        ``workers``, ``backend``, ``data`` (where the same data are now), ``generations``,
        ``evaluations``, ``budget``, ``target``, ``stagnation``; None changes nothing.

    Returns
    -------
    RunResult
        Of the whole run, earlier sessions included.

    Raises
    ------
    UsageError
        There is no such run, or too little of what it says is trusted. Nothing that a shard or
        another user's journal names is loaded, read or connected to.
    EnvironmentFailed
        It is under way in another process.
    IncomparableShards
        What it measures has changed since; the message names the difference.

    Examples
    --------
    >>> resume()  # doctest: +SKIP
    >>> resume("pro-macbook-20261123t101500z-7k3qf9", generations=60)  # doctest: +SKIP
    """
    from evosearch.shards.writing.journal import Journal
    from evosearch.shards.writing.recall import Recall

    unknown = [key for key in settings if key not in RESUMABLE]
    if unknown:
        raise TypeError(f"resume() has no argument {unknown[0]!r}; it takes {[*RESUMABLE]}")
    folder = expand_target(results)
    journal, manifest, published = _find(folder, run_id)
    try:
        name, is_given = manifest["run"]["run_id"], problem is not None
        is_own = journal is not None and journal.is_own
        settled, file = believe(manifest, is_own, folder, settings, profile, is_given)
        listen(RunPreparing(list_notices(settled, problem)))
        problem = problem or load_problem(settled)
        notes = remember_bars(problem)
        file = None if is_given else file  # it says what is measured
        _refuse_differences(name, manifest, problem, settled, file, notes)
        notes = (*notes, *foresee(problem))
        check_backend(settled, problem)
        warm_up(settled, problem)
        metrics = read_metrics(manifest, problem)
        recall = Recall(name, published, journal.commits() if journal else [], metrics)
        problem = problem.with_metrics(recall.metrics)
        is_asked = any(settings.get(key) is not None for key in HOW_FAR)
        is_new_here = journal is None or not is_own or profile is not None
        if journal is None or is_new_here or is_asked:
            manifest = note_asked(manifest, settled) | {"metrics": [*recall.metrics]}
            if is_new_here:
                # From now on it is this machine's. What a run says of the problem of an object is
                # never trusted.
                manifest["local_toml"] = None if is_given else settled.to_toml()
                manifest["folders"] = [str(place.absolute()) for place in settled.folders]
            if journal is None:
                journal = Journal.begin(folder, manifest)
            else:
                journal.take_over(manifest)
        held: Journal = journal
        return Session(
            settled, problem, is_given, lambda: held, listen, should_stop, recall, file, notes
        ).run()
    finally:
        if journal is not None:
            journal.close()


def _find(
    results: Path, run_id: str | None
) -> tuple[Journal | None, Mapping[str, Any], list[Path]]:
    """What a run says of itself, its published shards and, unless it has ended, its journal."""
    from evosearch.shards.reading.summary import find_shards, read_manifest_of_shard
    from evosearch.shards.writing.journal import Journal, list_journals

    journals = list_journals(results)
    if run_id is None:
        free = [place.name for place, is_running in journals if not is_running]
        if not free:
            raise UsageError(
                f"No interrupted run in {results}. To take a finished one further, name it: "
                f"evosearch resume RUN --generations 60{name_results(results)}. "
                f"To list them: evosearch status{name_results(results)}"
            )
        run_id = free[0]
    run_id = complete_run(run_id, results, [(place.name, state) for place, state in journals])
    published = find_shards(results, run_id)
    if any(place.name == run_id for place, _ in journals):
        journal = Journal.open(results, run_id)
        return journal, journal.manifest, published
    return None, read_manifest_of_shard(published[-1], run_id), published


def _refuse_differences(
    run_id: str,
    manifest: Mapping[str, Any],
    problem: Problem,
    profile: LoadedProfile,
    file: Path | None,
    notes: tuple[str, ...],
) -> None:
    """Raise when the problem is not the one the run began with."""
    from evosearch.shards.format.discretion import redact_problem

    before, now = manifest["problem"], describe_problem(problem, profile)
    shown, shown_now = redact_problem(before), redact_problem(now)  # shards hold no paths
    recorded = parse_recorded(manifest["profile_toml"])
    is_by_profile = recorded is not None and ".py:" in recorded.problem["name"]
    # A foreign shard may state one thing and mean another.
    keys = ("objective", "direction") if is_former(before) else _STATED
    lines: list[str] = []
    if not is_same_problem(before, now, is_by_profile):
        lines = list_differences(shown.get("parts") or {}, shown_now["parts"])
        keys = ("fingerprint", *keys)
    lines = lines or list_differences(*({key: d[key] for key in keys} for d in (before, now)))
    lines = lines or list_differences(manifest["space"], problem.space.to_dict())
    if lines:
        told = [describe_data(each.get("data")) for each in (shown, shown_now)]
        if all(told):  # prices in words, in place of their hash
            prices = f"prices: {' | '.join(told)}"
            lines = [prices if line.startswith("options.data_hash:") else line for line in lines]
        listed = "".join(f"\n  {line}" for line in lines[:8])
        advice = "Bring back what changed, or begin a new run."
        if any(line.startswith("prices: ") for line in lines):
            advice = (
                "Name the prices of then with --data FILE, and their window with --set "
                "problem.since=... and problem.until=..., or begin a new run."
            )
        if is_former(before) and "formerly" in now:
            advice = (
                "An older evosearch began it, which did not record all of this: begin a new run."
            )
        elif file is not None:
            advice += f" The problem is that of {file}; name another with --profile."
        elif not is_by_profile and "class" in now["parts"]:
            advice += (
                f" If a script or a notebook began it, continue it from there:\n"
                f'  evosearch.resume("{run_id}", problem=THE_SAME_OBJECT)'
            )
        raise IncomparableShards(
            f"{run_id} cannot be continued: what it measures has changed since "
            f"(then | now):{listed}\n" + "\n".join([*notes, advice])
        )
