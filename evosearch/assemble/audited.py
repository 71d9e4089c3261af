"""What an audit found, as the file that keeps it: ``results/audit/<rows_sha256>.json``.

The file belongs to rows, not to a path: any merge of the same shards has the same digest. It holds
no times, paths or names of machines, so two machines write the same bytes. It may come from
anywhere, so it is read strictly and within limits, and a faulty one is passed over with a note.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from evosearch.assemble.audit_records import (
    FORMAT,
    MAX_LISTED,
    MAX_TEXT,
    VERSION,
    AuditedRow,
    AuditFile,
    Check,
    Fact,
)
from evosearch.shards.format.fields import Fields, MetadataFault, fault

FOLDER = "audit"
_MAX_BYTES = 8 * 2**20
_MAX_ROWS, _MAX_CHECKS, _MAX_FACTS, _MAX_SURROGATES = 10_000, 64, 64, 100_000
_MAX_YEAR = 366
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ID = re.compile(r"[0-9a-f]{32}")
_SHA = re.compile(r"[0-9a-f]{64}")


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
        return None, f"{path} is no audit ({str(error)[:MAX_TEXT]}). It is not used."
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
    if fields.take("format") != FORMAT:
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
        days_per_year=_read_year(fields),
        hold=fields.free("hold"),
    )


def _read_year(fields: Fields) -> float | None:
    days = _read_optional(fields, "days_per_year")
    if days is not None and not 1 <= days <= _MAX_YEAR:
        raise fault(fields.name("days_per_year"), "days of a year", days)
    return days


def _read_row(plain: object) -> AuditedRow:
    fields = Fields(plain, "rows", set())
    genome_id = fields.word("genome_id", _ID, "32 hexadecimal digits")
    return AuditedRow(fields.whole("rank"), genome_id, _read_checks(fields, "checks"))


def _read_checks(fields: Fields, key: str) -> tuple[Check, ...]:
    return tuple(_read_check(item, key) for item in fields.items(key, _MAX_CHECKS))


def _read_check(plain: object, where: str) -> Check:
    fields = Fields(plain, where, set())
    passed = fields.take("passed")
    if passed is not None and not isinstance(passed, bool):
        raise fault(fields.name("passed"), "true, false or null", passed)
    name = fields.word("name", _NAME, "the name of a check")
    return Check(name, passed, _read_optional(fields, "value"), _read_facts(fields, "facts"))


def _read_facts(fields: Fields, key: str) -> dict[str, Fact]:
    return {
        _read_name(name, key): _read_fact(value, fields.name(key))
        for name, value in fields.tables(key, _MAX_FACTS)
    }


def _read_name(name: str, where: str) -> str:
    if not _NAME.fullmatch(name):
        raise fault(where, "names in small letters", name)
    return name


def _read_fact(value: object, where: str) -> Fact:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise fault(where, f"at most {MAX_TEXT} characters", value)
        return value
    if isinstance(value, list) and len(value) <= MAX_LISTED:
        return [None if item is None else _read_number(item, where) for item in value]
    if isinstance(value, int) and abs(value) <= 2**53:
        return value
    return _read_number(value, where)


def _read_optional(fields: Fields, key: str) -> float | None:
    value = fields.take(key)
    return None if value is None else _read_number(value, fields.name(key))


def _read_number(value: object, where: str) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= 1e300:
        return float(value)
    raise fault(where, "a finite number", value)
