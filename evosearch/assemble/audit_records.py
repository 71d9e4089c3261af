"""What an audit found, as records: a check, a strategy with its checks, and all of it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT = "evosearch-audit"
# Raised when a check measures something else: older files are then made anew.
VERSION = 1
MAX_TEXT = 200
# With fewer searches, not even the best of all would be rare enough.
LEAST_SURROGATES = 19

MAX_LISTED = 64

Fact = float | int | str | bool | None | list[float | None]


@dataclass(frozen=True)
class Check:
    """What one check found.

    Attributes
    ----------
    name : str
    passed : bool or None
        None where the check could not be made.
    value : float or None
        The number that decided.
    facts : dict
        Further numbers and short texts.
    """

    name: str
    passed: bool | None
    value: float | None = None
    facts: dict[str, Fact] = field(default_factory=dict)

    def to_plain(self) -> dict[str, Any]:
        """As the file has it."""
        return {**vars(self), "facts": dict(self.facts)}


@dataclass(frozen=True)
class AuditedRow:
    """One strategy and its checks, in their order."""

    rank: int
    genome_id: str
    checks: tuple[Check, ...]

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the checks that failed."""
        return tuple(check.name for check in self.checks if check.passed is False)

    def to_plain(self) -> dict[str, Any]:
        """As the file has it."""
        checks = [check.to_plain() for check in self.checks]
        return {"rank": self.rank, "genome_id": self.genome_id, "checks": checks}


@dataclass(frozen=True)
class AuditFile:
    """All that one audit found.

    Attributes
    ----------
    rows_sha256 : str
        Digest of the ranking's rows.
    settings : dict
        What the audit was asked for; an audit with the same settings finds the same.
    rows : tuple of AuditedRow
        By rank.
    ranking : tuple of Check
        What was found of the whole ranking, not of one strategy.
    surrogates : tuple of float or None
        The best value of each search on bars without direction; None where it had none.
    is_at_least : bool
        Those searches were cut short, so the chance of luck is at least what they say.
    days_per_year : float or None
        Of the market, to show values for a year; None for other problems.
    hold : dict
        Buy and hold of both parts, as ``problem.data.hold`` of a shard; empty if not computed.
    """

    rows_sha256: str
    settings: dict[str, Fact]
    rows: tuple[AuditedRow, ...] = ()
    ranking: tuple[Check, ...] = ()
    surrogates: tuple[float | None, ...] = ()
    is_at_least: bool = False
    days_per_year: float | None = None
    hold: dict[str, Any] = field(default_factory=dict)

    def find(self, genome_id: str) -> AuditedRow | None:
        """The strategy of this id, None if it was not audited."""
        return next((row for row in self.rows if row.genome_id == genome_id), None)

    def find_failed(self, genome_id: str) -> tuple[str, ...]:
        """Names of the checks that a strategy failed; empty if it was not audited."""
        row = self.find(genome_id)
        return row.failed if row is not None else ()

    def compute_p(self, value: float | None) -> float | None:
        """How likely a search on bars without direction finds as good a value.

        Parameters
        ----------
        value : float or None
            What the strategy reached where it was searched.

        Returns
        -------
        float or None
            ``(1 + k) / (1 + n)``, where k of n searches found as good a value or a better one.
            None with fewer than `LEAST_SURROGATES` searches: they decide nothing.
        """
        if value is None or len(self.surrogates) < LEAST_SURROGATES:
            return None
        n_better = sum(best is not None and best >= value for best in self.surrogates)
        return (1 + n_better) / (1 + len(self.surrogates))

    def to_plain(self) -> dict[str, Any]:
        """As the file has it."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "rows_sha256": self.rows_sha256,
            "settings": self.settings,
            "rows": [row.to_plain() for row in self.rows],
            "ranking": [check.to_plain() for check in self.ranking],
            "surrogates": list(self.surrogates),
            "is_at_least": self.is_at_least,
            "days_per_year": self.days_per_year,
            "hold": self.hold,
        }

    def to_text(self) -> str:
        """The file: the same text for the same content."""
        return json.dumps(self.to_plain(), sort_keys=True, indent=1, allow_nan=False) + "\n"


def to_facts(facts: Mapping[str, Any]) -> dict[str, Fact]:
    """Facts for the file: no NaN, no infinity, texts and lists cut."""
    found: dict[str, Fact] = {}
    for name, value in facts.items():
        if isinstance(value, (bool, str)) or value is None:
            found[name] = value[:MAX_TEXT] if isinstance(value, str) else value
        elif isinstance(value, int):
            found[name] = int(value)
        elif isinstance(value, (list, tuple)):
            found[name] = [_make_finite(item) for item in value[:MAX_LISTED]]
        else:
            found[name] = _make_finite(value)
    return found


def _make_finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
