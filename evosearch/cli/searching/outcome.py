"""What a search came to, in words: counts, files, the best row, and what to type next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evosearch.cli.speed import LEAST_S
from evosearch.report.sentences import count, lead, say, show_integer, word
from evosearch.texts import describe_resume, name_results, quote_path, quote_shards

if TYPE_CHECKING:
    from evosearch.loop.result import RunResult
    from evosearch.report.rising import Course

MOST_SHARDS = 3
# More generations alone would not take these further.
_OPEN_ENDS = ("generations", "evaluations", "time")
_HIDDEN = ("genome_id", "status", "feasible", "fitness", "violation", "generation")


def describe_result(result: RunResult, folder: str, language: str) -> list[str]:
    """A result in lines: counts, shards, log, best row, and the command to type next."""
    from evosearch.assemble.searching.notices import describe_sample

    lines = [count_rows(result, language)]
    lines += [lead("shard", str(path), language) for path in result.paths[-MOST_SHARDS:]]
    if len(result.paths) > MOST_SHARDS:
        more = say("run.more_shards", language, n=len(result.paths) - MOST_SHARDS, folder=folder)
        lines.append(f"         {more}")
    if result.n_committed:
        lines.append(lead("kept", say("run.committed", language, n=result.n_committed), language))
    if result.output is not None:
        printed = say("run.printed", language, folder=str(result.output))
        lines.append(lead("printed", printed, language))
    if result.best:
        lines.append(lead("best", describe_best(result, language), language))
        whys = [say("run.why", language, text=text) for text in result.reasons]
        lines += [lead("why", text, language) for text in whys]
        lines += describe_luck([result], language)
        lines += describe_end(result, folder, language)
    if result.is_resumable:
        lines.append(lead("next", describe_resume(result.run_id, folder), language))
    elif result.paths:
        lines.append(lead("next", describe_looks([folder], language), language))
    else:
        lines.append(lead("kept", say("run.nothing", language), language))
    sample = describe_sample(result.data)
    return lines + [lead("note", sample, language)] * bool(sample)


def count_rows(result: RunResult, language: str) -> str:
    """What a run measured, how fast, and what ended it."""
    from evosearch.profiles.known_data import is_sample_data

    n_new = result.n_evaluated - result.n_recalled
    measured: dict[str, Any] = {
        "size": count(result.noun, n_new, language),
        "seconds": result.elapsed_s,
        "ending": name_ending(result.reason, language),
    }
    # A run of less than a second says nothing of an hour.
    if result.elapsed_s >= LEAST_S:
        per_s = show_integer(round(n_new / result.elapsed_s), language)
        clauses = [say("run.measured_fast", language, **measured, per_s=per_s)]
    else:
        clauses = [say("run.measured", language, **measured)]
    if result.n_recalled:
        clauses.append(say("run.before", language, n=result.n_recalled))
    good = count_feasible(result, language)
    clauses.append(say("run.good_and_failed", language, good=good, n=result.n_not_ok))
    if is_sample_data(result.data):
        clauses.append(say("run.sample", language))
    return "; ".join(clauses)


def count_feasible(result: RunResult, language: str) -> str:
    """How many keep to all constraints, as the problem says it."""
    n = show_integer(result.n_feasible, language)
    if result.feasible is None:
        return say("run.feasible", language, n=n)
    return say(result.feasible.key, language, **{**result.feasible.values, "n": n})


def name_ending(reason: str, language: str) -> str:
    """What ended a run, in words."""
    try:
        return say(f"run.ended_{reason}", language)
    except KeyError:
        return say("run.ended_early", language)


def describe_best(result: RunResult, language: str) -> str:
    """The best row in one line: id, what tells most, and which constraints it breaks."""
    from evosearch.assemble.metrics import list_leading, name_metric
    from evosearch.cli.console import format_value

    best = result.best
    names = [name for name in best if name not in _HIDDEN and best[name] is not None]
    leading = [metric.name for metric in list_leading("in_line")]
    wanted = [name for name in leading if name in names] or names[:4]
    shown = [e if isinstance(e, str) else word(e, language) for e in result.shortfall]
    if best["status"] != "ok":
        shown.append(str(best["status"]))
    elif not best["feasible"] and not shown:
        shown.append(say("run.breaks", language))
    for name in wanted:
        label = name_metric(name, language)
        shown.append(f"{label} {format_value(name, best[name], language)}")
    return f"{best['genome_id'][:8]}  {', '.join(shown)}".rstrip()


def describe_end(result: RunResult, folder: str, language: str) -> list[str]:
    """Whether the search was still improving, and the command that goes on."""
    from evosearch.report.rising import describe_course

    course = find_course(result, folder)
    if course is None:
        return []
    sentence, command = describe_course(course, language)
    lines = [lead("course", sentence, language)] * bool(sentence)
    return lines + [lead("onward", command, language)] * bool(command)


def find_course(result: RunResult, folder: str) -> Course | None:
    """How far a finished run came, for `report.rising`; None if more would not help it."""
    from evosearch.assemble.standing import count_bytes
    from evosearch.report.rising import Course

    n_new = result.n_evaluated - result.n_recalled
    if result.is_resumable or result.reason not in _OPEN_ENDS or not n_new:
        return None
    return Course(
        run_id=result.run_id,
        rises=result.rises,
        n_generations=result.n_generations,
        n_rows=result.n_evaluated,
        elapsed_s=result.elapsed_s * result.n_evaluated / n_new,
        n_bytes=count_bytes(result.paths),
        results=folder,
        is_timed=result.reason == "time",
    )


def describe_luck(results: Sequence[RunResult], language: str) -> list[str]:
    """Return one line: how many trials, and how good the best of so many is by luck alone.

    Nothing else is said of the worth of a run: only a merge knows all trials.
    """
    from evosearch.assemble.judging.luck import estimate_luck

    found = estimate_luck([(result.paths, result.best) for result in results])
    if found is None or found.best_annual is None:
        return []
    n = found.n_trials
    trials, luck = count("trial", n, language), found.best_annual
    return [lead("luck", say("run.luck", language, trials=trials, n=n, luck=luck), language)]


def describe_looks(folders: Sequence[str], language: str) -> str:
    """The commands that look at what lies in some folders."""
    from evosearch.assemble.searching.folder import is_mixed

    places = [quote_path(folder) for folder in folders]
    # Beside the shards, not in another folder's ranking.
    beside = name_results(folders[0]) if len(folders) == 1 else ""
    merge = f"evosearch merge {' '.join(map(quote_shards, folders))}{beside}"
    if is_mixed(folders):
        return f"{merge} --by-fingerprint"
    top = f"evosearch top {' '.join(places)}"
    return say("run.either", language, first=top, second=merge)
