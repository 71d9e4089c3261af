"""The package as it is handed out: built, installed, and tried in empty folders."""

import json
import re
import subprocess
import tarfile
import zipfile
from email.parser import Parser

import pytest

import evosearch
from tests.conftest import ROOT
from tests.deploy.conftest import build

pytestmark = pytest.mark.slow


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    path = build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(path) as archive:
        archive.extractall(folder, filter="data")
    (top,) = folder.iterdir()
    return top


def test_the_wheel_holds_the_package_its_profiles_samples_and_types_and_no_more(wheel):
    found = contents(wheel)
    tracked = subprocess.run(
        ["git", "ls-files", "evosearch", "profiles"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    wanted = {re.sub("^profiles/", "evosearch/profiles/bundled/", name) for name in tracked}
    info = f"evosearch-{evosearch.__version__}.dist-info"
    made = {f"{info}/{name}" for name in ("METADATA", "WHEEL", "entry_points.txt", "RECORD")}
    assert {"evosearch/py.typed", "evosearch/profiles/bundled/pro.toml"} <= wanted
    assert set(found) == wanted | made | {f"{info}/licenses/LICENSE"}
    metadata = Parser().parsestr(found[f"{info}/METADATA"].decode())
    assert metadata["License-Expression"] == "MIT"
    assert (
        len([line for line in metadata.get_all("Requires-Dist") if line.startswith("numba")]) == 2
    )


def test_the_sdist_builds_the_same_wheel(wheel, sdist, tmp_path):
    assert contents(build("wheel", sdist, tmp_path)) == contents(wheel)


def test_the_sdist_can_be_tested(sdist):
    for name in ("tests", "profiles", "docs", "deploy", "benchmarks", ".github/workflows", "uv.lock",
                 "README.md", "README.es.md", "CHANGELOG.md", "LICENSE", "Makefile"):  # fmt: skip
        assert (sdist / name).exists(), name
    assert not (sdist / "results").exists()


def test_an_installed_evosearch_searches_merges_shows_and_examines(machine, tmp_path):
    where = "import evosearch, sys; print(evosearch.__file__, *sys.path, sep='\\n')"
    home, *path = machine.run(tmp_path, "python", "-P", "-c", where).splitlines()
    assert home.startswith(str(machine.programs.parent))
    assert str(ROOT) not in path
    for profile in ("demo", "friend"):
        machine.run(tmp_path, "evosearch", "run", "-p", profile, "--seed", "1", "-q")
    merged = json.loads(machine.run(tmp_path, "evosearch", "merge", "--json"))["data"]
    assert (merged["counts"]["rows_in"], merged["counts"]["skipped"]) == (900, 0)
    assert "Buy at" in machine.run(tmp_path, "evosearch", "show", "1")
    assert "ok   python" in machine.run(tmp_path, "evosearch", "doctor")
    assert {entry.name for entry in tmp_path.iterdir()} == {"results"}
