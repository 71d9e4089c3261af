"""``evosearch report`` as a person types it."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evosearch.cli.commands import app
from tests.assemble.pages.reports import forge_best
from tests.conftest import ROOT

ORIGIN = ROOT / "tests" / "samples" / "2786a44" / "merged.parquet"


@pytest.fixture
def sample(workspace):
    """A copy: what is looked at is recorded beside a file without a results folder."""
    return Path(shutil.copy(ORIGIN, workspace))


def invoke(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.mark.slow
def test_it_says_where_the_page_is_and_what_comes_next(workspace, sample, monkeypatch):
    opened = workspace / "opened.txt"
    program = workspace / "browser.py"
    program.write_text(f"import sys; open({str(opened)!r}, 'w').write(sys.argv[1])")
    # The browser that a person has set, as the webbrowser module finds it.
    monkeypatch.setattr("webbrowser._tryorder", None)
    monkeypatch.setenv("BROWSER", f"{sys.executable} {program} %s")
    done = invoke("report", sample, "-o", "page.html", "--open", "--lang", "es")
    assert done.exit_code == 0, done.output
    assert "informe  page.html  (5." in done.output
    assert "siguiente" in done.output
    page = workspace / "page.html"
    assert opened.read_text() == page.as_uri()
    assert b'lang="es"' in page.read_bytes()


@pytest.mark.slow
def test_a_rank_is_told_from_a_place_and_json_says_all(workspace, sample):
    done = invoke("report", "2", sample, "--results", "mine", "--json")
    assert done.exit_code == 0, done.output
    data = json.loads(done.output)["data"]
    assert data["is_equal"] and data["missing"] == "" and data["pictures"] >= 4
    assert (workspace / data["path"]).stat().st_size == data["bytes"]
    assert ">#2 of ibm-daily" in (workspace / data["path"]).read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_forged_figure_ends_with_an_exit_code(workspace, sample):
    forged = forge_best(sample, workspace / "forged.parquet", "net_profit", lambda x: x * 1.01)
    done = invoke("report", forged, "-o", "page.html")
    assert done.exit_code == 1
    assert "not what its prices give" in done.output


@pytest.mark.slow
def test_mistakes_have_words(workspace, sample):
    assert "Nothing matches" in invoke("report", "nowhere.parquet").output
    assert invoke("report", sample, "--lang", "fr").exit_code == 2
    assert invoke("report", sample, "-o", "page.pdf").exit_code == 2
    assert "No rank 999999" in invoke("report", "999999", sample).output
