"""One row of a ranking as plain data, with what is said of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.alike import name_behaviour
from evosearch.assemble.holdout import is_holdout, show_data
from evosearch.assemble.ranking.inputs import Paths, as_patterns
from evosearch.assemble.ranking.opening import open_ranking
from evosearch.assemble.reasons import explain_row
from evosearch.texts import name_results, quote_path

if TYPE_CHECKING:
    from evosearch.shards.reading.ranked import Ranked


def show(
    wanted: int | str,
    paths: Paths = None,
    *,
    results: str | Path = "results",
    trials_before: int = 0,
    is_judged: bool = True,
    language: str = "en",
) -> dict[str, Any]:
    """One strategy by rank or by the beginning of its id.

    Parameters
    ----------
    wanted : int or str
    paths : path, folder, pattern, or several, optional
        Shards and merged files; all that `results` knows when none are given.
    results : path
        Trials on the same bars in this folder count, and the look at the hold-out is recorded.
    trials_before : int
        How many trials were made elsewhere.
    is_judged : bool
        Without it there is no ``verdict``, and no look is recorded.
    language : "en" or "es"
        Of all sentences.

    Returns
    -------
    dict
        ``verdict`` (what the evidence supports, as ``--json`` has it),
        ``row`` as in a merged file, ``metrics``, ``params`` (as `evaluate` takes them), ``words``
        and the ``statements`` behind them, ``doubts`` and what is ``doubted``, ``reasons`` (why
        it is infeasible), ``runs`` (of all who found it), ``data`` (what it was measured on),
        ``place`` (where that is here), ``there`` (how a command names the ranking), ``ranked``
        (the ranking), ``behaviour`` (equal for rows that behave alike), ``skipped`` files and
        ``notes``.

    Raises
    ------
    UsageError
        Neither a rank nor the beginning of one id.
    EvosearchError
        No such row.
    """
    from evosearch.assemble.judging.judge import judge_row
    from evosearch.assemble.judging.looking import choose_folder
    from evosearch.assemble.settings.prices import find_bars
    from evosearch.report.rows import MIN_ID_DIGITS, find_row, read_rank

    text = str(wanted)
    rank = read_rank(text)
    # Eight digits or more may be an id, which can have any rank. For 0 all rows are counted.
    n = rank if rank and len(text) < MIN_ID_DIGITS else None
    opened = open_ranking(paths, results, n)
    ranked = opened.ranked
    row = find_row(ranked, text)
    verdict = {}
    if is_judged:
        folder = choose_folder(results, as_patterns(paths))
        found = judge_row(ranked, row, results=folder, trials_before=trials_before)
        verdict = {"verdict": found.to_plain()}
    sources, data = ranked.metadata.sources, ranked.metadata.problem.plain.get("data")
    if isinstance(data, dict):
        data = show_data(data)
    named = as_patterns(paths)
    return {
        "row": row,
        "ranked": ranked,
        "behaviour": name_behaviour(ranked.metadata),
        "data": data,
        "place": find_bars(data),
        "there": "".join(f" {quote_path(each)}" for each in named) + name_results(results),
        **_describe(ranked, row, language),
        **verdict,
        "runs": {run_id: sources[run_id].plain for run_id in row["found_by"] if run_id in sources},
        "skipped": opened.skipped,
        "notes": opened.notes,
    }


def hide_holdout_of(found: dict[str, Any]) -> None:
    """Blank the hold-out of what `show` found."""
    for figures in (found["row"], found["metrics"]):
        figures.update({name: None for name in found["metrics"] if is_holdout(name)})
    if is_holdout(found["ranked"].metadata.problem.objective):
        found["row"]["fitness"] = None
    found["doubts"] = found["doubted"] = []


def _describe(ranked: Ranked, row: dict[str, Any], language: str) -> dict[str, Any]:
    """Metrics and genes of a row, with sentences and doubts about it."""
    from evosearch.problems.words import list_doubts, state_row
    from evosearch.report.rows import list_params, split_row
    from evosearch.report.sentences import word
    from evosearch.shards.format.schema import metric_names

    metrics, _ = split_row(row, metric_names(ranked.schema))
    params = list_params(row)
    problem = ranked.metadata.problem.plain
    told, doubts = state_row(problem, params), list_doubts(problem, metrics)
    return {
        "metrics": metrics,
        "params": params,
        "statements": told,
        "words": [word(each, language) for each in told],
        "doubted": doubts,
        "doubts": [word(each, language) for each in doubts],
        "reasons": explain_row(ranked, row, metrics, language),
    }
