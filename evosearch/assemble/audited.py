"""What an audit found, as the file that keeps it: ``results/audit/<rows_sha256>.json``.

The file belongs to rows, not to a path: any merge of the same shards has the same digest. It holds
no times, paths or names of machines, so two machines write the same bytes. It may come from
anywhere, so it is read strictly and within limits, and a faulty one is passed over with a note.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evosearch.shards.format.fields import Fields, MetadataFault, fault

FOLDER = "audit"
# Raised when a check measures something else: older files are then made anew.
VERSION = 1
_FORMAT = "evosearch-audit"
_MAX_BYTES = 8 * 2**20
_MAX_ROWS, _MAX_CHECKS, _MAX_FACTS, _MAX_SURROGATES = 10_000, 64, 64, 100_000
_MAX_TEXT = 200
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ID = re.compile(r"[0-9a-f]{32}")
_SHA = re.compile(r"[0-9a-f]{64}")

Fact = float | int | str | bool | None


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
    hold : dict
        Buy and hold of both parts, as ``problem.data.hold`` of a shard; empty if not computed.
    """

    rows_sha256: str
    settings: dict[str, Fact]
    rows: tuple[AuditedRow, ...] = ()
    ranking: tuple[Check, ...] = ()
    surrogates: tuple[float | None, ...] = ()
    is_at_least: bool = False
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
            None without searches.
        """
        if value is None or not self.surrogates:
            return None
        n_better = sum(best is not None and best >= value for best in self.surrogates)
        return (1 + n_better) / (1 + len(self.surrogates))

    def to_text(self) -> str:
        """The file: the same text for the same content."""
        plain = {
            "format": _FORMAT,
            "version": VERSION,
            "rows_sha256": self.rows_sha256,
            "settings": self.settings,
            "rows": [row.to_plain() for row in self.rows],
            "ranking": [check.to_plain() for check in self.ranking],
            "surrogates": list(self.surrogates),
            "is_at_least": self.is_at_least,
            "hold": self.hold,
        }
        return json.dumps(plain, sort_keys=True, indent=1, allow_nan=False) + "\n"


def audit_path(results: str | Path, rows_sha256: str) -> Path:
    """Where the audit of a ranking is kept."""
    return Path(results) / FOLDER / f"{rows_sha256}.json"


def read_audit(results: str | Path, rows_sha256: str) -> AuditFile | None:
    """The audit of a ranking, None if there is none that can be used.

    Parameters
    ----------
    results : path
    rows_sha256 : str
        Digest of the ranking's rows.
    """
    return look_up(results, rows_sha256)[0]


def look_up(results: str | Path, rows_sha256: str) -> tuple[AuditFile | None, str]:
    """As `read_audit`, with a note about a file that cannot be used; else an empty text."""
    if not _SHA.fullmatch(rows_sha256):
        return None, ""
    path = audit_path(results, rows_sha256)
    try:
        if not path.is_file():
            return None, ""
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
        if len(raw) > _MAX_BYTES:
            return None, f"{path} is no audit: too large. It is not used."
        found = _parse(json.loads(raw, parse_constant=_refuse_constant))
    except OSError as error:
        return None, f"{path} cannot be read: {error.strerror}."
    except RecursionError:
        return None, f"{path} is no audit: nested too deep. It is not used."
    except ValueError as error:
        return None, f"{path} is no audit ({str(error)[:_MAX_TEXT]}). It is not used."
    if found is None:
        return None, f"{path} is of another evosearch. It is not used."
    if found.rows_sha256 != rows_sha256:
        return None, f"{path} is about other rows. It is not used."
    return found, ""


def write_audit(results: str | Path, found: AuditFile) -> Path:
    """Keep an audit: the whole file or nothing.

    Raises
    ------
    EnvironmentFailed
        It cannot be written.
    """
    from evosearch.shards.disk.files import write_atomically

    path = audit_path(results, found.rows_sha256)
    text = found.to_text().encode()
    return write_atomically(path.parent, path.name, lambda file: file.write(text))


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _parse(plain: object) -> AuditFile | None:
    """Read plain data; None for the file of another version."""
    fields = Fields(plain, "", set())
    if fields.take("format") != _FORMAT:
        raise MetadataFault("format: another one")
    if fields.whole("version") != VERSION:
        return None
    return AuditFile(
        rows_sha256=fields.digest("rows_sha256"),
        settings=_read_facts(fields, "settings"),
        rows=tuple(_read_row(item) for item in fields.items("rows", _MAX_ROWS)),
        ranking=_read_checks(fields, "ranking"),
        surrogates=tuple(
            None if item is None else _read_number(item, "surrogates")
            for item in fields.items("surrogates", _MAX_SURROGATES)
        ),
        is_at_least=fields.flag("is_at_least"),
        hold=fields.free("hold"),
    )


def _read_row(plain: object) -> AuditedRow:
    fields = Fields(plain, "rows", set())
    genome_id = fields.word("genome_id", _ID, "32 hexadecimal digits")
    return AuditedRow(fields.whole("rank"), genome_id, _read_checks(fields, "checks"))


def _read_checks(fields: Fields, key: str) -> tuple[Check, ...]:
    return tuple(_read_check(item, key) for item in fields.items(key, _MAX_CHECKS))


def _read_check(plain: object, where: str) -> Check:
    fields = Fields(plain, where, set())
    passed, value = fields.take("passed"), fields.take("value")
    if passed is not None and not isinstance(passed, bool):
        raise fault(fields.name("passed"), "true, false or null", passed)
    name = fields.word("name", _NAME, "the name of a check")
    number = None if value is None else _read_number(value, fields.name("value"))
    return Check(name, passed, number, _read_facts(fields, "facts"))


def _read_facts(fields: Fields, key: str) -> dict[str, Fact]:
    return {
        _read_name(name, key): _read_fact(value, fields.name(key))
        for name, value in fields.tables(key, _MAX_FACTS)
    }


def _read_name(name: str, where: str) -> str:
    if not _NAME.fullmatch(name):
        raise fault(where, "names in small letters", name)
    return name


def _read_fact(value: Any, where: str) -> Fact:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if len(value) > _MAX_TEXT:
            raise fault(where, f"at most {_MAX_TEXT} characters", value)
        return value
    if type(value) is int and abs(value) <= 2**53:
        return value
    return _read_number(value, where)


def _read_number(value: Any, where: str) -> float:
    if type(value) not in (int, float) or not abs(value) <= 1e300 or not math.isfinite(value):
        raise fault(where, "a finite number", value)
    return float(value)


def to_facts(facts: Mapping[str, Any]) -> dict[str, Fact]:
    """Facts for the file: no NaN, no infinity, no lists, texts cut."""
    found: dict[str, Fact] = {}
    for name, value in facts.items():
        if isinstance(value, (bool, str)) or value is None:
            found[name] = value[:_MAX_TEXT] if isinstance(value, str) else value
        elif isinstance(value, int):
            found[name] = int(value)
        elif isinstance(value, float):
            found[name] = float(value) if math.isfinite(value) else None
    return found
