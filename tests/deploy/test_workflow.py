"""The workflow in .github tests what pyproject.toml and the README say that we run on."""

import re
import tomllib

import pytest

from tests.conftest import ROOT
from tests.deploy.test_lock import PLACES

yaml = pytest.importorskip("ruamel.yaml", reason="make setup installs it, with check-jsonschema")

TEXT = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
# The names of the runners, as in the table of wheels.
RUNNERS = {
    "Linux": "ubuntu-24.04",
    "Linux on ARM": "ubuntu-24.04-arm",
    "Apple silicon": "macos-15",
    "Intel Mac": "macos-15-intel",
    "Windows": "windows-2025",
}


@pytest.fixture(scope="module")
def jobs():
    return yaml.YAML(typ="safe").load(TEXT)["jobs"]


def test_the_matrix_is_what_the_lock_has_wheels_for(jobs):
    matrix = jobs["test"]["strategy"]["matrix"]
    out = {(item["system"], item["python"]) for item in matrix["exclude"]}
    tested = {(s, p) for s in matrix["system"] for p in matrix["python"]} - out
    assert tested == {(RUNNERS[system], f"{major}.{minor}") for system, (major, minor) in PLACES}


def test_the_matrix_is_what_the_package_claims(jobs):
    matrix = jobs["test"]["strategy"]["matrix"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    claimed = [line.partition(" :: ")[2] for line in project["classifiers"]]
    pythons = [
        line.removeprefix("Python :: ") for line in claimed if line.startswith("Python :: 3.")
    ]
    assert pythons == matrix["python"]
    assert project["requires-python"] == f">={pythons[0]}"
    kinds = {"ubuntu": "POSIX :: Linux", "macos": "MacOS", "windows": "Microsoft :: Windows"}
    systems = {kinds[name.partition("-")[0]] for name in matrix["system"]}
    assert systems == {line for line in claimed if line in kinds.values()}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"Python {pythons[0]} to {pythons[-1]}" in readme


def test_every_job_ends_may_only_read_and_names_its_actions_by_a_version(jobs):
    assert yaml.YAML(typ="safe").load(TEXT)["permissions"] == {"contents": "read"}
    for job in jobs.values():
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            assert re.fullmatch(r"[\w/-]+@v\d+(\.\d+\.\d+)?", step.get("uses", "a/b@v1"))


def test_its_make_targets_exist(jobs):
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = [
        target
        for job in jobs.values()
        for step in job["steps"]
        if step.get("run", "").startswith("make ")
        for target in step["run"].split()[1:]
    ]
    assert named
    assert set(named) <= known
