"""The file that keeps an audit: the same bytes for the same content, and no trust in others."""

import json

import pytest

from evosearch.assemble.audit_records import AuditedRow, AuditFile, Check, to_facts
from evosearch.assemble.audited import audit_path, look_up, read_audit, write_audit
from evosearch.assemble.judging.case import Court
from evosearch.trading.problem import Trading

SHA = "ab" * 32
ID = "0" * 31 + "7"


def make(**more):
    checks = (
        Check("costs", False, -0.25, {"returns": [0.1, None, -0.5], "why": "x", "n": 3}),
        Check("noise", None, None, {"is_bit_equal": True}),
    )
    values = {
        "rows": (AuditedRow(1, ID, checks),),
        "ranking": (Check("surrogates", True, 0.05, {}),),
        "surrogates": (0.01, None, 0.03),
        "days_per_year": 365.0,
        "hold": {"in": {"n_days": 30}, "oos": None},
    }
    return AuditFile(SHA, {"top": 50, "surrogates": 3}, **values | more)


def test_what_is_written_is_read_again(tmp_path):
    path = write_audit(tmp_path, make())
    assert path == audit_path(tmp_path, SHA) == tmp_path / "audit" / f"{SHA}.json"
    found = read_audit(tmp_path, SHA)
    assert found == make()
    assert path.read_text() == found.to_text()
    assert [item.name for item in path.parent.iterdir()] == [path.name]


def test_a_ranking_without_an_audit_has_none(tmp_path):
    assert look_up(tmp_path, SHA) == (None, "")
    assert look_up(tmp_path, "../../etc/passwd") == (None, "")


def change(**values):
    return json.dumps({**json.loads(make().to_text()), **values})


def change_check(**values):
    plain = json.loads(make().to_text())
    plain["rows"][0]["checks"][0] |= values
    return json.dumps(plain)


DAMAGED = {
    "empty": "",
    "torn": make().to_text()[:200],
    "no table": "[]",
    "deep": "[" * 100_000,
    "another format": change(format="other"),
    "another version": change(version=10**6),
    "a version that is true": change(version=True),
    "another ranking": change(rows_sha256="cd" * 32),
    "no rows": change(rows=None),
    "too many rows": change(rows=[{}] * 10_001),
    "a surrogate that is none": change(surrogates=["0.1"]),
    "a surrogate that is true": change(surrogates=[True]),
    "not a number": make().to_text().replace("0.05", "NaN"),
    "an infinite number": make().to_text().replace("0.05", "1e999"),
    "a number of many digits": make().to_text().replace("0.05", "9" * 5000),
    "a text that passed": change_check(passed="yes"),
    "a fact of a fact": change_check(facts={"a": {"b": 1}}),
    "a long fact": change_check(facts={"a": "x" * 10_000}),
    "a name with escapes": change_check(name="\x1b]0;owned\x07"),
    "too many facts": change_check(facts={f"a{k}": k for k in range(65)}),
    "a long list": change_check(facts={"a": [0.0] * 65}),
    "a year of no days": change(days_per_year=-1.0),
    "too large": make().to_text() + " " * (8 * 2**20),
    "bytes": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_foreign_or_damaged_file_is_passed_over_with_a_note(kind, tmp_path):
    path = write_audit(tmp_path, make())
    text = DAMAGED[kind]
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    found, note = look_up(tmp_path, SHA)
    assert found is None
    assert path.name in note and "\n" not in note and "\x1b" not in note and len(note) < 600


def test_the_chance_of_luck_counts_searches_that_did_as_well():
    found = make(surrogates=(0.1, None, 0.3, 0.2, *[0.0] * 15))
    assert found.compute_p(0.2) == (1 + 2) / 20
    assert found.compute_p(0.31) == 1 / 20
    assert found.compute_p(None) is None
    assert make(surrogates=(0.1,) * 18).compute_p(0.2) is None  # too few to decide anything
    assert make(surrogates=()).compute_p(0.2) is None


def test_a_strategy_that_was_not_audited_failed_nothing():
    assert make().find_failed(ID) == ("costs",)
    assert make().find_failed("f" * 32) == ()


def test_facts_are_plain_numbers_and_short_texts():
    found = to_facts(
        {"a": float("nan"), "b": "x" * 500, "c": [1.0, float("inf")], "d": True, "e": 3}
    )
    assert found == {"a": None, "b": "x" * 200, "c": [1.0, None], "d": True, "e": 3}


def test_a_verdict_quotes_what_its_row_and_the_searches_failed():
    searches = (Check("surrogates", False, 0.3, {}), Check("walk_forward", False, None, {}))
    file = make(ranking=searches, surrogates=(0.0,) * 19)
    court = Court(Trading.evidence, metadata=None, trials=None, audit=file)
    own = court.read_audit({"genome_id": ID, "sharpe_daily": 0.1})
    other = court.read_audit({"genome_id": "f" * 32, "sharpe_daily": 0.1})
    assert (own.failed, own.is_measured) == (("costs", "walk_forward"), True)
    assert (other.failed, other.is_measured) == (("walk_forward",), False)
