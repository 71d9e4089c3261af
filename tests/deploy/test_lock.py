"""uv.lock can be installed without a compiler on every system and Python that the README names."""

import re
import tomllib

import pytest
from packaging.markers import Marker
from packaging.tags import compatible_tags, cpython_tags, mac_platforms
from packaging.utils import parse_wheel_filename

from tests.conftest import ROOT

LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
PYTHONS = [(3, 11), (3, 12), (3, 13), (3, 14)]


def manylinux(machine, newest=35):  # glibc 2.35: Ubuntu 22.04
    modern = [f"manylinux_2_{minor}_{machine}" for minor in range(newest, 16, -1)]
    return [*modern, f"manylinux2014_{machine}", f"linux_{machine}"]


# For each system what its wheels may be named, and what the markers of the lock ask about it.
SYSTEMS = {
    "Linux": (manylinux("x86_64"), ("linux", "x86_64", "Linux", "posix")),
    "Linux on ARM": (manylinux("aarch64"), ("linux", "aarch64", "Linux", "posix")),
    "Apple silicon": (list(mac_platforms((12, 0), "arm64")), ("darwin", "arm64", "Darwin", "posix")),
    "Intel Mac": (list(mac_platforms((12, 0), "x86_64")), ("darwin", "x86_64", "Darwin", "posix")),
    "Windows": (["win_amd64"], ("win32", "AMD64", "Windows", "nt")),
}  # fmt: skip
PLACES = [
    (system, python)
    for system in SYSTEMS
    for python in PYTHONS
    if (system, python) != ("Intel Mac", (3, 14))
]


def find_missing(system, python, group=None):
    """What the lock installs there, and the packages of it that have no wheel for it."""
    platforms, (sys_platform, machine, platform_system, os_name) = SYSTEMS[system]
    dotted = ".".join(map(str, python))
    environment = {
        "python_version": dotted,
        "python_full_version": f"{dotted}.5",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "sys_platform": sys_platform,
        "platform_machine": machine,
        "platform_system": platform_system,
        "os_name": os_name,
        "extra": "",
    }
    tags = {
        *cpython_tags(python, platforms=platforms),
        *compatible_tags(python, platforms=platforms),
    }
    by_name = {}
    for package in LOCK:
        by_name.setdefault(package["name"], []).append(package)

    (root,) = by_name["evosearch"]
    waiting = [*root["dependencies"], *root["dev-dependencies"].get(group, [])]
    found, missing = {}, set()
    while waiting:
        need = waiting.pop()
        if "marker" in need and not Marker(need["marker"]).evaluate(environment):
            continue
        (package,) = [
            p for p in by_name[need["name"]] if p["version"] == need.get("version", p["version"])
        ]
        for extra in need.get("extra", []):
            waiting += package["optional-dependencies"][extra]
        if package["name"] in found:
            assert found[package["name"]] == package["version"], "two versions in one place"
            continue
        found[package["name"]] = package["version"]
        waiting += package.get("dependencies", [])
        files = [wheel["url"].rpartition("/")[2] for wheel in package.get("wheels", [])]
        if not any(parse_wheel_filename(name)[3] & tags for name in files):
            missing.add(package["name"])
    return found, missing


@pytest.mark.parametrize(("system", "python"), PLACES)
def test_every_package_has_a_wheel(system, python):
    found, missing = find_missing(system, python, group="dev")
    assert not missing
    assert {"numba", "llvmlite", "numpy", "pandas", "pyarrow", "duckdb", "psutil", "pytest"} <= set(
        found
    )


def test_a_user_gets_no_developers_tools():
    found, _ = find_missing("Linux", (3, 12))
    assert not {"pytest", "mypy", "ruff", "optuna", "hypothesis", "check-jsonschema"} & set(found)


def test_the_readme_says_where_there_is_no_wheel():
    assert find_missing("Intel Mac", (3, 14))[1] == {"numba", "llvmlite"}
    for name in ("README.md", "README.es.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert re.search(r"Intel.{0,200}--python 3\.13", text, re.DOTALL), name


def test_the_developers_tools_are_the_same_for_pip_and_uv():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["optional-dependencies"]["dev"] == project["dependency-groups"]["dev"]
