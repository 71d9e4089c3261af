"""Audit a ranking: from what a person typed to what was found, kept beside the ranking."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.audited import (
    AuditedRow,
    AuditFile,
    Check,
    audit_path,
    look_up,
    write_audit,
)
from evosearch.assemble.auditing.rows import choose_rows, find_tolerance, split
from evosearch.assemble.ranking.inputs import Paths
from evosearch.assemble.ranking.opening import Opened, open_ranking
from evosearch.errors import EvosearchError, UsageError
from evosearch.system.typed_paths import expand_path

if TYPE_CHECKING:
    from evosearch.assemble.auditing.sources import Sources
    from evosearch.shards.reading.checked import Checked
    from evosearch.shards.reading.ranked import Ranked
    from evosearch.trading.problem import Trading

Listener = Callable[[str, int, int], None]
MAX_TOP, MAX_SURROGATES = 10_000, 10_000
# With fewer, not even the best of all would be rare enough.
LEAST_SURROGATES = 19
_LIMIT = 0.05


def ignore(stage: str, n_done: int, n_total: int) -> None:
    """Listen to nothing."""


@dataclass(frozen=True)
class Audit:
    """What an audit found.

    Attributes
    ----------
    file : AuditFile
    path : Path
        Where it is kept.
    is_reused : bool
        It was there already, with the same settings.
    skipped : tuple of Checked
        Files that could not be used.
    notes : tuple of str
        What a person has to know beside it.
    """

    file: AuditFile
    path: Path
    is_reused: bool = False
    skipped: tuple[Checked, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def has_failed(self) -> bool:
        """Whether any check failed."""
        checks = [*self.file.ranking, *(check for row in self.file.rows for check in row.checks)]
        return any(check.passed is False for check in checks)


def audit(
    paths: Paths = None,
    *,
    top: int = 50,
    surrogates: int = LEAST_SURROGATES,
    data: str | Path | None = None,
    results: str | Path = "results",
    listen: Listener = ignore,
) -> Audit:
    """Measure the leaders of a ranking again, and make its searches again without an edge.

    Parameters
    ----------
    paths : path, folder, pattern, or several, optional
        Shards or a merged file; all that `results` knows when none are given.
    top : int
        How many strategies, each with other trades.
    surrogates : int
        How many times the searches are made again on bars without direction; 0 for none.
    data : path, optional
        The bars of the ranking, if this machine does not know where they are.
    results : path
        What is found is kept in its folder ``audit``.
    listen : callable, optional
        Called with the check, how much of it is done, and the total.

    Returns
    -------
    Audit

    Raises
    ------
    DataError
        The bars are not here, or others.
    EvosearchError

    Examples
    --------
    >>> audit("merged.parquet", surrogates=39).file.ranking  # doctest: +SKIP
    """
    return AuditRequest(paths, top, surrogates, None if data is None else str(data), results).run(
        listen
    )


@dataclass(frozen=True)
class AuditRequest:
    """What an audit is asked for; the parameters of `audit`."""

    paths: Paths = None
    top: int = 50
    surrogates: int = LEAST_SURROGATES
    data: str | None = None
    results: str | Path = "results"

    def run(self, listen: Listener = ignore) -> Audit:
        """Make the audit, or find the one that was made with the same settings."""
        for name, value, low, high in (
            ("top", self.top, 1, MAX_TOP),
            ("surrogates", self.surrogates, 0, MAX_SURROGATES),
        ):
            if not low <= value <= high:
                raise UsageError(f"--{name} {value}: expected {low} to {high:,}.")
        results = Path(expand_path(self.results))
        opened = open_ranking(self.paths, results)
        ranked = opened.ranked
        if not ranked.n_rows:
            raise EvosearchError("This ranking has no rows, so there is nothing to audit.")
        name = digest_rows(ranked)
        place = self._find_place(ranked)
        wanted = AuditFile(name, self._list_settings(ranked))
        known, note = look_up(results, name)
        path, notes = audit_path(results, name), (*opened.notes, *filter(None, [note]))
        if known is not None and known.settings == wanted.settings:
            return Audit(known, path, True, opened.skipped, notes)
        found = self._make(opened, wanted, place, listen)
        return Audit(found, write_audit(results, found), False, opened.skipped, notes)

    def _list_settings(self, ranked: Ranked) -> dict[str, Any]:
        return {"top": self.top, "surrogates": self.surrogates if has_prices(ranked) else 0}

    def _find_place(self, ranked: Ranked) -> dict[str, Any]:
        """Options that load the ranking's bars; wrong ones are refused before anything else."""
        if not has_prices(ranked):
            if self.data is not None:
                raise UsageError("--data: this ranking is not of prices, so it has no such file.")
            return {}
        from evosearch.assemble.auditing.prices import open_bars

        return open_bars(ranked.metadata.problem, self.data)

    def _make(
        self, opened: Opened, wanted: AuditFile, place: Mapping[str, Any], listen: Listener
    ) -> AuditFile:
        ranked = opened.ranked
        if has_prices(ranked):
            return _audit_prices(ranked, wanted, place, listen)
        from evosearch.assemble.auditing.others import measure_again

        rows = choose_rows(ranked, self.top)
        listen("same_numbers", 0, len(rows))
        checks = measure_again(ranked, rows)
        listen("same_numbers", len(rows), len(rows))
        return replace(wanted, rows=_join(rows, [[check] for check in checks]))


def has_prices(ranked: Ranked) -> bool:
    """Whether a ranking is of the problem of prices that comes with evosearch."""
    return ranked.metadata.problem.name == "trading"


def digest_rows(ranked: Ranked) -> str:
    """The digest that a merged file with these rows states."""
    from evosearch.shards.format.digest import RowsDigest

    if ranked.metadata.rows_sha256:
        return ranked.metadata.rows_sha256
    digest = RowsDigest()
    for rows in ranked.batches():
        digest.update(rows)
    return digest.hexdigest()


def _join(rows: Sequence[Mapping[str, Any]], checks: Sequence[list[Check]]) -> tuple[Any, ...]:
    return tuple(
        AuditedRow(row["rank"], row["genome_id"], tuple(found))
        for row, found in zip(rows, checks, strict=True)
    )


def _audit_prices(
    ranked: Ranked, wanted: AuditFile, place: Mapping[str, Any], listen: Listener
) -> AuditFile:
    from evosearch.assemble.auditing import strategies
    from evosearch.assemble.auditing.prices import make_problem
    from evosearch.assemble.auditing.repeats import Repeater
    from evosearch.assemble.auditing.sources import find_sources

    sources, name = find_sources(ranked.metadata), wanted.rows_sha256
    problem = open_problem(ranked, sources, place)
    evidence = type(problem).evidence
    assert evidence is not None
    rows = choose_rows(ranked, int(wanted.settings["top"] or 0), evidence.behaviour)
    pairs = [split(ranked, row) for row in rows]
    space, _ = problem.space.widened([params for _, params in pairs])
    problem = problem.with_space(space)
    found = strategies.Strategies(
        problem,
        strategies.encode(problem, [params for _, params in pairs]),
        [{**metrics, "rank": row["rank"]} for row, (metrics, _) in zip(rows, pairs, strict=True)],
        [find_tolerance(ranked.metadata, row) for row in rows],
        name,
    )
    listen("same_numbers", 0, len(rows))
    numbers = found.measure_again()
    listen("same_numbers", len(rows), len(rows))
    # A row that is not what it says ends there: nothing else about it would be true.
    same = [place for place, check in enumerate(numbers) if check.passed is not False]
    others = dict(zip(same, found.take(same).check(listen), strict=True))
    checks = [[check, *others.get(place, [])] for place, check in enumerate(numbers)]
    ranking: list[Check] = []
    values: tuple[float | None, ...] = ()
    best = rows[0] if rows and rows[0]["feasible"] else {}
    ours = best.get(evidence.sharpe)
    n_surrogates = int(wanted.settings["surrogates"] or 0)
    if sources.searches:
        repeater = Repeater(
            sources.searches, lambda source: make_problem(source.options, place), name
        )
        if n_surrogates and ours is not None:
            made = strategies.search_surrogates(
                problem, repeater, n_surrogates, name, evidence.sharpe, listen
            )
            values = tuple(value for value, _ in made)
            found_by = replace(wanted, surrogates=values)
            ranking.append(_judge_surrogates(found_by, ours, [n for _, n in made], sources))
        ranking.append(strategies.walk_forward(problem, repeater, listen))
    return replace(
        wanted,
        rows=_join(rows, checks),
        ranking=tuple(ranking),
        surrogates=values,
        is_at_least=sources.is_at_least,
        hold=problem.data_summary().get("hold") or {},
    )


def open_problem(ranked: Ranked, sources: Sources, place: Mapping[str, Any]) -> Trading:
    """The problem of a ranking on bars of this machine; its space holds those of all searches.

    Raises
    ------
    EvosearchError
        The ranking does not say how it was measured.
    """
    from evosearch.assemble.auditing.prices import make_problem, unite_options
    from evosearch.assemble.auditing.sources import read_options

    options = [source.options for source in sources.searches]
    if not options:
        found = read_options(ranked.metadata.problem, {})
        if found is None:
            raise EvosearchError(
                "This ranking does not say how its strategies were measured, in a form that can "
                "be checked. So nothing of it can be measured again."
            )
        options = [found]
    return make_problem(unite_options(options), place)


def _judge_surrogates(
    found: AuditFile, ours: float, n_genomes: Sequence[int], sources: Sources
) -> Check:
    """How often a search on bars without direction found as good a strategy."""
    p = found.compute_p(ours)
    assert p is not None
    n, n_better = len(found.surrogates), round(p * (1 + len(found.surrogates))) - 1
    facts: dict[str, Any] = {
        "n": n,
        "n_as_good": n_better,
        "ours": ours,
        "best": max((v for v in found.surrogates if v is not None), default=None),
        "n_genomes_least": min(n_genomes),
        "n_genomes_most": max(n_genomes),
        "is_at_least": sources.is_at_least,
        "n_missing": len(sources.missing),
        "limit": _LIMIT,
    }
    if n < LEAST_SURROGATES and not n_better:
        return Check("surrogates", None, p, facts | {"why": "too_few"})
    return Check("surrogates", p <= _LIMIT, p, facts)
