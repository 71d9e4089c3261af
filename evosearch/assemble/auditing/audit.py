"""Audit a ranking: from what a person typed to what was found, kept beside the ranking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.audit_records import AuditFile
from evosearch.assemble.audited import audit_path, look_up, write_audit
from evosearch.assemble.auditing.rows import choose_rows, join_rows
from evosearch.assemble.judging.looking import choose_folder
from evosearch.assemble.ranking.inputs import Paths, as_patterns
from evosearch.assemble.ranking.opening import Opened, open_ranking
from evosearch.errors import EvosearchError, UsageError

if TYPE_CHECKING:
    from evosearch.report.audits.facts import Forward
    from evosearch.shards.reading.checked import Checked
    from evosearch.shards.reading.ranked import Ranked

Listener = Callable[[str, int, int], None]
MAX_TOP, MAX_SURROGATES, MAX_TRIALS = 10_000, 10_000, 10**18
N_TOP, N_SURROGATES = 10, 19


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
        It was there already, with as many strategies and searches or more.
    skipped : tuple of Checked
        Files that could not be used.
    notes : tuple of str
        What a person has to know beside it.
    forward : Forward or None
        What newer bars say, if some were named. It is not kept.
    ranked : Ranked or None
        The ranking that was audited.
    """

    file: AuditFile
    path: Path
    is_reused: bool = False
    skipped: tuple[Checked, ...] = ()
    notes: tuple[str, ...] = ()
    forward: Forward | None = None
    ranked: Ranked | None = None

    @property
    def has_failed(self) -> bool:
        """Whether any check failed."""
        checks = [*self.file.ranking, *(check for row in self.file.rows for check in row.checks)]
        return any(check.passed is False for check in checks)


def audit(
    paths: Paths = None,
    *,
    top: int = N_TOP,
    surrogates: int = N_SURROGATES,
    data: str | Path | None = None,
    forward: str | Path | None = None,
    trials_before: int = 0,
    results: str | Path = "results",
    listen: Listener = ignore,
) -> Audit:
    """Measure the leaders of a ranking again, and make its searches again without an edge.

    Parameters
    ----------
    paths : path, folder, pattern, or several, optional
        Shards or a merged file; all that `results` knows when none are given.
    top : int
        How many strategies, no two of which do the same.
    surrogates : int
        How many times the searches are made again on bars without direction; 0 for none.
    data : path, optional
        The bars of the ranking, if this machine does not know where they are.
    forward : path, optional
        Bars that go on after those of the ranking: its leaders are tested on them alone.
    trials_before : int
        What was tried on these bars elsewhere; it counts when newer bars are judged.
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
    old, new = (None if file is None else str(file) for file in (data, forward))
    return AuditRequest(paths, top, surrogates, old, new, trials_before, results).run(listen)


@dataclass(frozen=True)
class AuditRequest:
    """What an audit is asked for; the parameters of `audit`."""

    paths: Paths = None
    top: int = N_TOP
    surrogates: int = N_SURROGATES
    data: str | None = None
    forward: str | None = None
    trials_before: int = 0
    results: str | Path = "results"

    def run(self, listen: Listener = ignore) -> Audit:
        """Make the audit, or find the one that was made of as much or more."""
        for name, value, low, high in (
            ("top", self.top, 1, MAX_TOP),
            ("surrogates", self.surrogates, 0, MAX_SURROGATES),
            ("trials-before", self.trials_before, 0, MAX_TRIALS),
        ):
            if not low <= value <= high:
                raise UsageError(f"--{name} {value}: expected {low} to {high:,}.")
        results = choose_folder(self.results, as_patterns(self.paths))
        opened = open_ranking(self.paths, results)
        ranked = opened.ranked
        if not ranked.n_rows:
            raise EvosearchError("This ranking has no rows, so there is nothing to audit.")
        name = digest_rows(ranked)
        place = self._find_place(ranked)
        wanted = AuditFile(name, self._list_settings(ranked))
        newer = self._open_newer(ranked, place)
        known, note = look_up(results, name)
        path, is_reused = audit_path(results, name), True
        if known is None or not _covers(known.settings, wanted.settings):
            known, is_reused = self._make(opened, wanted, place, listen), False
            path = write_audit(results, known)
        notes = (*opened.notes, *filter(None, [note]))
        forward = None if newer is None else newer(known, results)
        shown = replace(known, rows=known.rows[: self.top])
        return Audit(shown, path, is_reused, opened.skipped, notes, forward, ranked)

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

    def _open_newer(
        self, ranked: Ranked, place: Mapping[str, Any]
    ) -> Callable[[AuditFile, Path], Forward] | None:
        """What measures the leaders on newer bars; they are read before anything else."""
        if self.forward is None:
            return None
        if not has_prices(ranked):
            raise UsageError("--forward: this ranking is not of prices, so no bars go on.")
        from evosearch.assemble.auditing.later import open_newer

        return open_newer(ranked, place, self.top, self.forward, self.trials_before)

    def _make(
        self, opened: Opened, wanted: AuditFile, place: Mapping[str, Any], listen: Listener
    ) -> AuditFile:
        ranked = opened.ranked
        if has_prices(ranked):
            from evosearch.assemble.auditing.whole import audit_prices

            return audit_prices(ranked, wanted, place, self.top, self.surrogates, listen)
        from evosearch.assemble.auditing.others import measure_again

        rows = choose_rows(ranked, self.top)
        listen("same_numbers", 0, len(rows))
        checks = measure_again(ranked, rows)
        listen("same_numbers", len(rows), len(rows))
        return replace(wanted, rows=join_rows(rows, [[check] for check in checks]))


def _covers(known: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether an audit answers what is asked for; fewer searches never replace more of them.

    What a smaller audit finds is the beginning of what a larger one finds.
    """
    pairs = [(known.get(name), value) for name, value in wanted.items()]
    return all(type(there) is int and there >= value for there, value in pairs)


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
