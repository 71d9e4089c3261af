"""Why nothing meets the limits: asked of the problem, before a search, after it, and of a ranking.

A user's problem may answer too, by methods of its own, while it is loaded; for a shard only what
comes with evosearch is asked. Nothing here looks at a hold-out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.errors import OptionError
from evosearch.problems.base import Problem
from evosearch.problems.metric import TWIN
from evosearch.problems.words import find_built_in
from evosearch.report.sentences import word
from evosearch.statements import Statement
from evosearch.texts import make_visible

if TYPE_CHECKING:
    from evosearch.loop.result import RunResult
    from evosearch.shards.format.metadata import ShardMetadata
    from evosearch.shards.reading.ranked import Ranked
    from evosearch.statements import Statement

_MAX_REASONS, _MAX_LETTERS = 5, 400
# What a stranger's options may raise.
_FOREIGN = (OptionError, ValueError, KeyError, TypeError, OverflowError, AttributeError)


def foresee(problem: Problem) -> tuple[str, ...]:
    """That a search cannot give one feasible row, a sentence for each reason; else empty."""
    return tuple(f"nothing will meet the limits: {text}" for text in _ask(problem.foresee))


def explain_run(problem: Problem, result: RunResult, data: Mapping[str, Any]) -> tuple[str, ...]:
    """Why a run has no feasible row; empty if it has one, or if none was measured well."""
    if result.n_feasible or result.n_evaluated <= result.n_not_ok:
        return ()
    names = [name for name in problem.metric_names if not name.endswith(TWIN)]
    options = dict(problem.constructor_options)
    most = _find_most(result, names)
    found = _ask(lambda: problem.explain_infeasible(most, options, data))
    return tuple(found or _ask(problem.foresee))


def explain_best(
    problem: Problem, best: Mapping[str, Any], data: Mapping[str, Any]
) -> tuple[str | Statement, ...]:
    """Which constraints the best row of a run breaks, as `RunResult` states it."""
    if not best or best["feasible"] or best["status"] != "ok":
        return ()
    try:
        found = problem.explain_row(best, dict(problem.constructor_options), data)
        return tuple(e if isinstance(e, Statement) else _clean([e])[0] for e in found)
    except Exception:
        return ()  # a user's own may raise anything


def find_feasible(problem: Problem) -> Statement | None:
    """What a problem calls those that keep to all constraints."""
    try:
        found = problem.describe_feasible(dict(problem.constructor_options))
    except Exception:
        return None  # a user's own may raise anything
    return found if isinstance(found, Statement) else None


def explain_ranking(ranked: Ranked) -> list[str]:
    """Why no row of a ranking is feasible; empty if one is, or if it is a user's problem."""
    from evosearch.shards.format.schema import metric_names
    from evosearch.shards.viewing.greatest import find_greatest

    kind = find_built_in(ranked.metadata.problem.name)
    if kind is Problem or not ranked.n_rows or _has_feasible(ranked):
        return []
    names = [name for name in metric_names(ranked.schema) if not name.endswith(TWIN)]
    most = find_greatest(ranked.batches(names), names)
    return _ask_shard(kind.explain_infeasible, ranked, most)


def describe_feasible(metadata: ShardMetadata) -> Statement | None:
    """What a feasible row is, said of ``n``; None if its problem has no word for it."""
    options = metadata.problem.plain.get("options")
    kind = find_built_in(metadata.problem.name)
    try:
        return kind.describe_feasible(options if isinstance(options, Mapping) else {})
    except _FOREIGN:
        return None  # another version wrote it


def explain_row(
    ranked: Ranked, row: Mapping[str, Any], metrics: Mapping[str, Any], language: str = "en"
) -> list[str]:
    """Which constraints a row of a ranking breaks; empty if none is known to be broken."""
    if row["feasible"] or row["status"] != "ok":
        return []
    kind = find_built_in(ranked.metadata.problem.name)
    seen = {name: value for name, value in metrics.items() if not name.endswith(TWIN)}
    return _ask_shard(kind.explain_row, ranked, seen, language)


def explain_measured(
    problem: Problem, row: Mapping[str, Any], data: Mapping[str, Any]
) -> list[str]:
    """The same of a row that was measured here, as `evaluate` returns it."""
    if row["feasible"] or row["status"] != "ok":
        return []
    seen = {name: value for name, value in row["metrics"].items() if not name.endswith(TWIN)}
    options = dict(problem.constructor_options)
    return _ask(lambda: problem.explain_row(seen, options, data))


def _has_feasible(ranked: Ranked) -> bool:
    """Feasible rows rank first."""
    first = next(ranked.batches(["feasible"]), None)
    return first is not None and bool(first["feasible"][0].as_py())


def _find_most(result: RunResult, names: Sequence[str]) -> dict[str, Any]:
    """The greatest value of each metric; of the best row where there is no shard."""
    from evosearch.shards.viewing.greatest import find_greatest, read_first

    most = find_greatest(read_first([Path(path) for path in result.paths], names), names)
    best = {name: result.best.get(name) for name in names}
    return {name: value for name, value in (best | most).items() if value is not None}


def _ask_shard(
    explain: Callable[..., object],
    ranked: Ranked,
    figures: Mapping[str, Any],
    language: str = "en",
) -> list[str]:
    plain = ranked.metadata.problem.plain
    options, data = (
        value if isinstance(value, Mapping) else {}
        for value in (plain.get("options"), plain.get("data"))
    )
    try:
        return _clean(explain(figures, options, data), language)
    except _FOREIGN:
        return []  # another version wrote it


def _ask(question: Callable[[], object]) -> list[str]:
    """What a problem answers. A user's answer that fails says so, and stops nothing."""
    try:
        return _clean(question())
    except Exception as error:
        return _clean([f"the problem cannot say why: {type(error).__name__}: {error}"])


def _clean(answer: object, language: str = "en") -> list[str]:
    listed = answer if isinstance(answer, list) else []
    texts = [
        word(each, language) if isinstance(each, Statement) else each
        for each in listed
        if isinstance(each, (str, Statement))
    ]
    return [make_visible(text)[:_MAX_LETTERS] for text in texts[:_MAX_REASONS]]
