"""``evosearch audit`` as a person meets it: its lines, its languages, its codes, and its end."""

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from evosearch.assemble.audit_records import AuditedRow, AuditFile, Check
from evosearch.assemble.audited import look_up, write_audit
from evosearch.assemble.ranking.opening import open_ranking
from evosearch.report.rows import list_rows
from tests import runs
from tests.assemble.auditing.rankings import merge, search
from tests.bad_input.helpers import invoke

CHECKS = (
    Check("same_numbers", True, 0.0, {"limit": 0.0}),
    Check("costs", False, -0.123, {"returns": [0.4, -0.123, -0.456], "limit": 0.0}),
    Check("concentration", None, None, {"why": "no_trades"}),
    Check("random_entries", True, 0.987, {"best": 0.05, "many": 1000, "limit": 0.95}),
    Check("neighbourhood", True, 0.05, {"limit": 0.03}),
    Check("noise", None, None, {"why": "no_sharpe"}),
    Check("lookahead", True, 0.0, {"n_cuts": 20, "limit": 0.0}),
)
SEARCHES = (
    Check("surrogates", True, 0.05, {"n": 19, "n_as_good": 0}),
    Check("walk_forward", False, -0.03, {"limit": 0.01, "confidence": 0.123}),
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder with a merged file and its audit, made by hand; and what is printed of it."""
    folder = tmp_path_factory.mktemp("kept")
    ranked = open_ranking(merge(folder, search(folder, generations=1))).ranked
    rows = tuple(
        AuditedRow(row["rank"], row["genome_id"], CHECKS[: 7 if row["rank"] == 1 else 1])
        for row in list_rows(ranked, 2)
    )
    made = AuditFile(
        ranked.metadata.rows_sha256, {"top": 2, "surrogates": 1}, rows, SEARCHES, (0.01,) * 19,
        days_per_year=252.0,
    )  # fmt: skip
    write_audit(folder / "results", made)
    return folder, again(folder, "--lang", "en")


def again(folder, *more):
    return invoke(
        "audit", folder / "merged.parquet", "--results", folder / "results",
        "--top", "2", "--surrogates", "1", *more,
    )  # fmt: skip


def test_each_strategy_has_a_summary_and_a_line_for_each_check(kept):
    folder, result = kept
    lines = result.stdout.splitlines()
    heads = [line for line in lines if line.startswith("#")]
    assert [line.split()[0] for line in heads] == ["#1", "#2"]
    assert [line.split("  ")[-1] for line in heads] == [
        "does not survive: costs x 2",
        "survives its own checks, but the searches as a whole fail",
    ]
    named = [line for line in lines if line.startswith(("   pass", "   FAIL", "   -   "))]
    assert len(named) == 2 + 7 + 1
    assert (
        "   FAIL  costs x 2            -12.3 % at twice the costs; -45.6 % at three times" in lines
    )
    assert max(len(line) for line in lines if str(folder) not in line) <= 80
    assert result.exit_code == 1  # a check failed


def test_the_same_settings_read_what_is_kept_in_both_languages(kept):
    folder, result = kept
    spanish = again(folder, "--lang", "es")
    assert "made before" in result.stdout
    assert len(spanish.stdout.splitlines()) == len(result.stdout.splitlines())
    assert "ya estaba hecha" in spanish.stdout and "FAIL" not in spanish.stdout
    assert max(len(each) for each in spanish.stdout.splitlines() if str(folder) not in each) <= 80
    assert again(folder, "--lang", "fr").exit_code == 2


def test_without_a_number_the_best_is_told_in_full_and_each_other_in_a_line(kept, tmp_path):
    folder, _ = kept
    ranked = open_ranking(folder / "merged.parquet").ranked
    rows = [
        AuditedRow(row["rank"], row["genome_id"], CHECKS[:2] if row["rank"] % 2 else CHECKS[:1])
        for row in list_rows(ranked, 6)
    ]
    name = ranked.metadata.rows_sha256
    file = AuditFile(name, {"top": 12, "surrogates": 19}, tuple(rows), SEARCHES[:1], (0.01,) * 19)
    write_audit(tmp_path, file)
    ask = ("audit", folder / "merged.parquet", "--results", tmp_path, "--lang", "en")
    lines = invoke(*ask).stdout.splitlines()
    begin = lines.index("#1  " + rows[0].genome_id[:8] + "  does not survive: costs x 2")
    assert [line[:7] for line in lines[begin + 1 : begin + 4]] == ["   pass", "   FAIL", ""]
    ends = ["survives every check that could tell", "does not survive: costs x 2"] * 2
    assert [line.split("  ")[-1] for line in lines[begin + 4 : begin + 8]] == ends
    assert "--top 6" in "\n".join(lines)
    # A number that was asked for: every check of so many, from the larger audit that is kept.
    lines = invoke(*ask, "--top", "5").stdout.splitlines()
    assert len([line for line in lines if line.startswith("#")]) == 5
    assert len([line for line in lines if line.startswith("   FAIL")]) == 3
    assert file == look_up(tmp_path, name)[0]


def test_the_verdict_stands_at_the_end_and_is_a_look_at_the_first(kept, tmp_path):
    folder, result = kept
    ranked = open_ranking(folder / "merged.parquet").ranked
    (first,) = list_rows(ranked, 1)
    end = result.stdout.splitlines()[-6:]
    assert any(line.startswith("verdict ") for line in end)
    assert end[-1].startswith("next     evosearch show 1 ")
    shutil.copytree(folder / "results" / "audit", tmp_path / "audit")
    result = invoke(
        "audit", folder / "merged.parquet", "--results", tmp_path, "--top", "2",
        "--surrogates", "1", "--json",
    )  # fmt: skip
    verdict = json.loads(result.stdout)["data"]["verdict"]
    assert verdict["looks"] == [first["genome_id"]]
    ledger = (tmp_path / ".evosearch" / "looks.jsonl").read_text()
    assert first["genome_id"] in ledger
    assert [row["genome_id"] for row in list_rows(ranked, 5) if row["genome_id"] in ledger] == [
        first["genome_id"]
    ]


def test_json_is_the_file_with_its_place(kept):
    folder, _ = kept
    result = again(folder, "--json")
    (line,) = result.stdout.splitlines()
    data = json.loads(line)["data"]
    found, note = look_up(folder / "results", data["rows_sha256"])
    assert note == ""
    assert found.to_plain().items() <= data.items()
    assert data["is_reused"] and data["forward"] is None
    assert Path(data["path"]).is_file()


def test_the_verdict_quotes_what_is_kept(kept):
    folder, _ = kept
    merged, results = folder / "merged.parquet", folder / "results"
    for command in (("show", "1"), ("top",)):
        result = invoke(*command, merged, "--results", results, "--lang", "en")
        assert result.exit_code == 0, result.output
        assert "failed: costs x 2" in result.stdout
        assert ("-12.3 % at twice the costs" in result.stdout) == (command[0] == "show")
    kept_file = next((results / "audit").iterdir())
    text = kept_file.read_text()
    kept_file.write_text(text[:-9])  # damaged: as if there were none
    try:
        result = invoke("show", "1", merged, "--results", results, "--lang", "en")
    finally:
        kept_file.write_text(text)
    assert result.exit_code == 0
    assert "failed:" not in result.stdout


def test_bars_that_are_not_here_are_asked_for(workspace):
    from tests.markets import write_bars

    bars = write_bars(workspace / "bars.csv", n=1200)
    merge(workspace, search(workspace, generations=1, data=bars, more=""))
    bars.unlink()
    result = invoke("audit", "merged.parquet")
    assert result.exit_code == 2
    assert "--data FILE" in result.stderr and "bars.csv" in result.stderr
    other = write_bars(workspace / "other.csv", n=1200, scale=2.0)
    result = invoke("audit", "merged.parquet", "--data", other)
    assert result.exit_code == 2
    assert "its bars:" in result.stderr and "the ranking's:" in result.stderr
    assert not (workspace / "results" / "audit").exists()


def test_a_problem_without_evidence_is_measured_again_and_says_so(workspace):
    Path("s.toml").write_text(
        'seed = 1\n[search]\npopulation = 6\ngenerations = 2\n[problem]\nname = "sphere"\n'
        '[run]\nbackend = "serial"\n'
    )
    assert invoke("run", "--profile", "s.toml", "-q").exit_code == 0
    result = invoke("audit", "--top", "3", "--quiet", "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "declares no evidence" in result.stdout
    assert result.stdout.count("every number is the same again") == 3
    assert invoke("audit", "--data", "bars.csv").exit_code == 2
    assert invoke("audit", "--forward", "bars.csv").exit_code == 2


@pytest.mark.slow
def test_an_audit_is_made_kept_and_read_again(workspace):
    merge(workspace, search(workspace, generations=2))
    first = invoke("audit", "merged.parquet", "--top", "2", "--surrogates", "1", "--quiet")
    assert first.exit_code in (0, 1), first.output
    assert first.exit_code == ("   FAIL" in first.stdout)
    again = invoke("audit", "merged.parquet", "--top", "2", "--surrogates", "1")
    texts = [
        [line for line in each.stdout.splitlines() if "/audit/" not in line]
        for each in (first, again)
    ]
    assert texts[0] == texts[1]


@pytest.mark.slow
def test_a_person_s_own_problem_comes_from_a_profile_here(tmp_path):
    runs.make_project(tmp_path)
    assert runs.evosearch(tmp_path, "run", "--profile", "made", "-q").returncode == 0
    done = runs.evosearch(tmp_path, "audit", "--top", "3", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("every number is the same again") == 3
    shutil.rmtree(tmp_path / "results" / "audit")
    (tmp_path / "profiles" / "made.toml").unlink()
    done = runs.evosearch(tmp_path, "audit")
    assert done.returncode == 2
    assert "may not say what is loaded" in done.stderr
    assert not (tmp_path / "results" / "audit").exists()


@pytest.mark.slow
@pytest.mark.posix
@pytest.mark.parametrize("name", ["SIGKILL", "SIGINT"])
def test_an_audit_that_is_stopped_leaves_nothing_behind(name, tmp_path):
    number = getattr(signal, name)
    merge(tmp_path, search(tmp_path, generations=2))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    place = {"TMPDIR": str(scratch)}
    audit = ["audit", "merged.parquet", "--top", "1"]
    process = runs.start(tmp_path, *audit, "--surrogates", "5000", **place)
    runs.wait_for(lambda: list(scratch.glob(".evosearch-merge-*/*.parquet")))
    os.kill(process.pid, number)
    code = process.wait(runs.PATIENCE_S)
    # Python ends by the signal itself if it was met inside `exec`; a shell says 130 of both.
    assert code in ((130, -number) if name == "SIGINT" else (-number,))
    assert not list((tmp_path / "results").glob("audit/*"))
    done = runs.evosearch(tmp_path, *audit, "--surrogates", "1", "--quiet", **place)
    assert done.returncode in (0, 1), done.stderr
    assert [path.suffix for path in (tmp_path / "results" / "audit").iterdir()] == [".json"]
    assert not list(scratch.glob(".evosearch-merge-*"))
