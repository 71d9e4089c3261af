"""The wheel, built and installed as a user installs it, away from this checkout."""

import importlib.util
import os
import subprocess
import sys
import venv
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.runs import PATIENCE_S

NEEDED = ["numpy", "pandas", "pyarrow", "typer", "pydantic", "numba", "duckdb", "psutil"]


def build(kind, source, target):
    """Build a wheel or an sdist of a source folder without the network; the path of the file."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (path,) = target.iterdir()
    return path


@dataclass(frozen=True)
class Machine:
    """An installation with a home of its own: nothing in it knows the checkout."""

    programs: Path
    home: Path

    def environment(self):
        dropped = ("EVOSEARCH", "XDG_", "PYTHON", "VIRTUAL_ENV")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
        path = os.pathsep.join([str(self.programs), kept["PATH"]])
        homes = dict.fromkeys(("HOME", "USERPROFILE", "LOCALAPPDATA"), str(self.home))
        return kept | homes | {"PATH": path}

    def run(self, folder, *command, code=0):
        """Run a program of the installation to its end; what it printed."""
        program = str(self.programs / command[0])
        return self._run([program, *command[1:]], folder, code)

    def type(self, folder, line):
        """Run a line as a person types it."""
        return self._run(["bash", "-c", line], folder, 0)

    def _run(self, command, folder, code):
        done = subprocess.run(
            command, cwd=folder, env=self.environment(), capture_output=True, text=True,
            timeout=PATIENCE_S, check=False,
        )  # fmt: skip
        assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installation(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("machine")
    home = folder / "home"
    home.mkdir()
    environment = folder / "environment"
    venv.create(environment, with_pip=True)
    made = Machine(environment / ("Scripts" if os.name == "nt" else "bin"), home)
    made.run(home, "python", "-m", "pip", "install", "--no-deps", "--no-index", str(wheel))
    # The dependencies are those of the tests. A line of a .pth file adds a folder and does not
    # read the .pth files in it, so that an editable evosearch there stays out of sight.
    homes = {str(Path(importlib.util.find_spec(name).origin).parents[1]) for name in NEEDED}
    purelib = made.run(
        home, "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"
    )
    (Path(purelib.strip()) / "dependencies.pth").write_text("\n".join(sorted(homes)) + "\n")
    return made


@pytest.fixture
def machine(installation, tmp_path_factory):
    """The installation with an empty home: what one test sets there, no other one finds."""
    return replace(installation, home=tmp_path_factory.mktemp("home"))
