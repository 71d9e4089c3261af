"""What `status` says of the runs of a folder, on terminals of any width."""

import json
import shutil

import pytest
from typer.testing import CliRunner

import evosearch
from evosearch.cli.commands import app
from tests import runs
from tests.assemble.test_continuation import stop_after

SMALL = {"population": 10, "generations": 2}


def status(*words, columns=120, **environment):
    done = CliRunner().invoke(app, ["status", *words], env={"COLUMNS": str(columns), **environment})
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = runs.make_project(tmp_path, generations=2)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.slow
def test_each_run_says_what_a_person_asks_of_it(project):
    first = evosearch.run("made", **SMALL)
    shown = status()
    best = min(row["objective"] for row in runs.read_rows(project).values() if row["feasible"])
    (line,) = [line for line in shown.splitlines() if line.startswith(first.run_id)]
    day = line.split("  no  ")[1].split()[0]
    assert line.split()[1:5] == ["finished", "20", "of", "20"]
    assert f"  {best:.4f}  " in line and day.count("-") == 2
    assert "next     evosearch merge results/*.parquet" in shown
    assert CliRunner().invoke(app, ["merge", "-q"]).exit_code == 0
    assert "  yes  " in status() and "next     evosearch top\n" in status()
    evosearch.resume(first.run_id, generations=4)
    shown = status()
    assert "40 of 40" in shown and "in part" in shown
    stopped = evosearch.run("made", seed=5, **SMALL, **stop_after(1))
    shown = status()
    assert f"{stopped.run_id}  interrupted" in shown
    assert shown.index(stopped.run_id) < shown.index(first.run_id)  # newest first
    assert f"next     evosearch resume {stopped.run_id}" in shown
    plain = json.loads(status("--json"))["data"]["runs"]
    assert [run["best"]["metric"] for run in plain] == ["objective"] * 2
    assert [(run["seed"], run["n_merged"]) for run in plain] == [(5, 0), (11, 1)]


def test_a_table_fits_and_speaks_spanish(project):
    run_id = evosearch.run("made", **SMALL).run_id
    for columns in (40, 60, 80, 120):
        shown = status(columns=columns)
        assert "…" not in shown and "20 of 20" in " ".join(shown.split())
        table = shown[: shown.index("0 merged files")].splitlines()
        assert len(table) >= 2 and all(len(line) <= columns for line in table)
    assert run_id in status(columns=60)
    spanish = status("--lang", "es")
    assert spanish.splitlines()[:2] == status(LANG="es_ES.UTF-8").splitlines()[:2]
    assert "terminada" in spanish and "20 de 20" in spanish and "siguiente evosearch" in spanish
    assert not {"finished", "rows", "begun"} & set(spanish.split())


def test_a_shard_that_is_renamed_or_cut_spoils_no_other(project):
    run = evosearch.run("made", **SMALL)
    (path,) = run.paths
    shutil.copy(path, path.with_name(f"a-{path.name}"))
    path.with_name("b.parquet").write_bytes(path.read_bytes()[:-100])
    done = CliRunner().invoke(app, ["status"], env={"COLUMNS": "100"})
    assert done.exit_code == 0 and "b.parquet" in done.stderr
    assert done.stdout.count(run.run_id) == 1
