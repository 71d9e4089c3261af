"""A row of a ranking and what its file states, as a case that can be judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evosearch.evidence.moments import Moments
from evosearch.evidence.verdict import Audited, Case
from evosearch.problems.metric import TWIN

if TYPE_CHECKING:
    from evosearch.assemble.audit_records import AuditFile
    from evosearch.assemble.judging.trials import Trials
    from evosearch.problems.evidence import SharpeEvidence
    from evosearch.shards.format.metadata import ShardMetadata

_USUAL_YEAR = 365.0


@dataclass(frozen=True)
class Court:
    """What all rows of one ranking are judged with.

    Attributes
    ----------
    evidence : SharpeEvidence
    metadata : ShardMetadata
    trials : Trials
    audit : AuditFile or None
    """

    evidence: SharpeEvidence
    metadata: ShardMetadata
    trials: Trials
    audit: AuditFile | None = None

    def make_case(self, row: Mapping[str, Any], n_looks: int) -> Case:
        """The case of one row, tested with so many looks at the hold-out."""
        unseen = self.read_unseen(row)
        hold, hold_unseen = self.read_hold()
        return Case(
            searched=self.read_searched(row),
            unseen=unseen,
            hold=hold,
            hold_unseen=hold_unseen,
            is_feasible=bool(row.get("feasible")),
            n_trials=self.trials.n,
            n_is_bound=self.trials.is_bound,
            n_looks=n_looks if unseen is not None else 0,
            is_wide=is_wide(self.metadata),
            days_per_year=find_days_per_year(self.metadata),
            dispersion=self.trials.dispersion,
            audit=self.read_audit(row),
        )

    def read_searched(self, row: Mapping[str, Any]) -> Moments:
        """What a row earned where it was searched."""
        return self._read(row, "")

    def read_unseen(self, row: Mapping[str, Any]) -> Moments | None:
        """What a row earned over the hold-out; None without one."""
        facts = self.metadata.problem
        is_stated = [each.unseen is not None for each in (facts.hold, facts.days) if each]
        found = self._read(row, TWIN)
        has_any = any(value is not None for value in vars(found).values())
        return found if (any(is_stated) if is_stated else has_any) else None

    def read_hold(self) -> tuple[Moments | None, Moments | None]:
        """Buy and hold of both parts, from the shards or else from an audit."""
        hold = self.metadata.problem.hold
        if hold is None and self.audit is not None:
            from evosearch.shards.format.trials.benchmark import parse_hold

            stated = {"hold": dict(self.audit.hold)}
            hold = parse_hold(stated, self.evidence.to_plain())
        if hold is None:
            return None, None
        unseen = None if hold.unseen is None else Moments.of(*hold.unseen)
        return Moments.of(*hold.searched), unseen

    def read_audit(self, row: Mapping[str, Any]) -> Audited | None:
        """What an audit found of a row; None if none is kept."""
        if self.audit is None:
            return None
        p = self.audit.compute_p(self.read_searched(row).sharpe)
        genome_id, n = str(row.get("genome_id")), len(self.audit.surrogates)
        failed, is_measured = self.audit.find_failed(genome_id), bool(self.audit.find(genome_id))
        # Of the searches as a whole; p says what the surrogate ones found.
        failed += tuple(
            check.name
            for check in self.audit.ranking
            if check.passed is False and check.name != "surrogates"
        )
        return Audited(n, p, failed, self.audit.is_at_least, is_measured)

    def _read(self, row: Mapping[str, Any], end: str) -> Moments:
        names = (
            self.evidence.sharpe,
            self.evidence.skew,
            self.evidence.kurtosis,
            self.evidence.n_days,
            self.evidence.return_frac,
            self.evidence.exposure,
        )
        return Moments.of(*(row.get(name + end) for name in names))


def find_days_per_year(metadata: ShardMetadata) -> float:
    """How many daily returns a year has, as the data state it; 365 if they do not."""
    data = metadata.problem.plain.get("data")
    stated = data.get("days_per_year") if isinstance(data, Mapping) else None
    known = Moments.of(stated).sharpe
    return known if known is not None and 1 <= known <= 366 else _USUAL_YEAR


def is_wide(metadata: ShardMetadata) -> bool:
    """Whether a space of these runs is wide; of older files the space itself is looked at."""
    from evosearch.problems import words

    spaces, name = metadata.plain["spaces"], metadata.problem.name
    for run in metadata.sources.values():
        known = run.is_wide if run.is_wide is not None else words.is_wide(name, spaces[run.space])
        if known:
            return True
    return False
