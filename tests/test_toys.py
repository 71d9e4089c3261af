"""An algorithm, an executor and a problem more: each is one file and one line of a registry.

The package is copied, the toys are added as text, and a profile names them. What runs there runs
in processes of its own.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib

import pytest
from pyarrow import parquet

from tests.conftest import ROOT
from tests.samples.test_v1 import PRO, SMALL

ALGORITHM = '''
"""Each genome is drawn, and its first gene is a multiple of the step."""

import numpy as np
from pydantic import Field

from evosearch.algorithms.base import Algorithm
from evosearch.algorithms.settings import AlgorithmSettings
from evosearch.genome.canonical import canonicalise
from evosearch.seeding import Purpose


class ToySettings(AlgorithmSettings):
    """What is said in [toy]."""

    step: float = Field(0.5, gt=0, description="How far apart the values of the first gene are.")
    wide: bool = False

    def find_faults(self, population):
        return [("step", "too small for so many.")] if self.step * population < 1 else []


class Toy(Algorithm):
    Settings = ToySettings

    def breed(self, n, attempt):
        genomes = self.draw_uniform(n, Purpose.INITIAL, attempt)
        genomes[:, 0] = self.settings.step * np.floor(genomes[:, 0] / self.settings.step)
        return canonicalise(self.layout, genomes, np.full(genomes.shape, 0.5))

    def learn(self, proposal, evaluations):
        pass
'''
EXECUTOR = '''
"""One evaluation after another, the last first."""

import numpy as np

from evosearch.executors.base import Executor


class Backwards(Executor):
    kind = "backwards"
    keeps_limits = False
    takes = ("machine",)

    def __init__(self, *common, machine, **more):
        super().__init__(*common, **more)
        self.evaluator.setup()
        print("backwards on", machine)

    def evaluate(self, genomes):
        for row in reversed(range(len(genomes))):
            yield np.array([row]), self.evaluator.evaluate(genomes[row : row + 1])
'''
PROBLEM = '''
"""The sum of two numbers."""

from evosearch.genome.space import Float, Space
from evosearch.problems.base import Problem


class Total(Problem):
    direction = "maximize"
    space = Space(Float("x", 0, 9), Float("y", 0, 9))

    def evaluate(self, params):
        return params["x"] + params["y"]
'''
# What each needs: its file, and the line after a line of a registry.
TOYS = {
    "algorithms/toy.py": (
        ALGORITHM, "algorithms/__init__.py", "ALGORITHMS = {",
        '    "toy": Entry("evosearch.algorithms.toy:Toy"),',
    ),
    "executors/backwards.py": (
        EXECUTOR, "executors/__init__.py", "EXECUTORS = {",
        '    "backwards": "evosearch.executors.backwards:Backwards",',
    ),
    "problems/total.py": (
        PROBLEM, "problems/loading.py", "BUILT_IN = {",
        '    "total": "evosearch.problems.total:Total",',
    ),
}  # fmt: skip
PROFILE = """seed = 1
[search]
algorithm = "toy"
population = 8
generations = 2
[toy]
step = 0.3
[problem]
name = "total"
[run]
backend = "backwards"
machine = "air"
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A copy of the package with three toys, and a folder to work in beside it."""
    house = tmp_path_factory.mktemp("house")
    without = shutil.ignore_patterns("*.pyc")  # what is compiled to machine code is taken along
    for name in ("evosearch", "profiles"):
        shutil.copytree(ROOT / name, house / name, ignore=without)
    for file, (text, registry, line, added) in TOYS.items():
        (house / "evosearch" / file).write_text(text.lstrip(), encoding="utf-8")
        path = house / "evosearch" / registry
        before = path.read_text(encoding="utf-8")
        assert before.count(f"{line}\n") == 1
        path.write_text(before.replace(f"{line}\n", f"{line}\n{added}\n"), encoding="utf-8")
    work = house / "work"
    work.mkdir()
    write(work, "toy", PROFILE)
    return house


def write(work, name, text):
    (work / f"{name}.toml").write_text(text, encoding="utf-8")
    return f"{name}.toml"


def call(house, *words):
    """What evosearch prints there, output and messages, and its exit code."""
    told = os.environ | {"PYTHONPATH": str(house), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "evosearch", *words],
        cwd=house / "work", env=told, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_three_toys_search_together_and_their_shards_merge(house):
    code, text = call(house, "run", "-p", "toy.toml", "--results", "toys")
    assert code == 0, text
    assert "backwards on air" in text
    (path,) = (house / "work" / "toys").glob("toy-*.parquet")
    rows = parquet.read_table(path).to_pydict()
    assert rows["fitness"] == [x + y for x, y in zip(rows["param_x"], rows["param_y"], strict=True)]
    assert len(rows["fitness"]) == 16
    assert all(abs(x / 0.3 - round(x / 0.3)) < 1e-9 for x in rows["param_x"])
    document = json.loads(parquet.read_metadata(path).metadata[b"evosearch"])
    (recorded,) = document["profiles"].values()
    assert tomllib.loads(recorded)["toy"] == {"step": 0.3, "wide": False}
    assert "genetic" not in tomllib.loads(recorded)
    code, text = call(house, "merge", "toys", "-o", "toys.parquet")
    assert code == 0, text
    assert parquet.read_metadata(house / "work" / "toys.parquet").num_rows == 16


@pytest.mark.slow
def test_what_a_toy_found_merges_with_an_older_shard_of_the_genetic_algorithm(house):
    sets = ("search.algorithm=toy", "toy.step=0.4", *SMALL)
    more = [word for each in sets for word in ("--set", each)]
    code, text = call(house, "run", "-q", "-p", "pro", "--seed", "1", "--results", "pros", *more)
    assert code == 0, text
    code, text = call(house, "merge", "pros", str(PRO), "-o", "merged.parquet")
    assert code == 0, text
    assert parquet.read_metadata(house / "work" / "merged.parquet").num_rows == 12 + 12


@pytest.mark.slow
def test_a_toy_is_told_things_shown_and_refused_like_any_other(house):
    work = house / "work"
    code, text = call(house, "profiles", "show", "toy.toml", "--set", "toy.wide=true")
    assert code == 0, text
    shown = {
        line.split()[0]: " ".join(line.split()[1:]) for line in text.splitlines() if "toy." in line
    }
    assert shown["toy.step"].startswith("0.3") and "toy.toml:7" in shown["toy.step"]
    assert shown["toy.wide"].startswith("true") and "--set toy.wide" in shown["toy.wide"]
    write(work, "bad", PROFILE.replace("step = 0.3", 'step = "far"\nwild = true'))
    code, text = call(house, "profiles", "validate", "bad.toml")
    assert code == 2
    assert "bad.toml:7, [toy] step: expected a number, got 'far'. Try 0.5." in text
    assert "bad.toml:8, [toy] wild: unknown key. Did you mean 'wide'?" in text
    write(work, "bad", PROFILE.replace("0.3", "0.1"))
    code, text = call(house, "profiles", "validate", "bad.toml")
    assert code == 2 and "[toy] step: too small for so many." in text
    write(work, "bad", PROFILE.replace('"toy"', '"tyo"').replace('"backwards"', '"backward"'))
    code, text = call(house, "profiles", "validate", "bad.toml")
    assert code == 2
    assert "expected 'toy', 'genetic' or 'random', got 'tyo'. Did you mean 'toy'?" in text
    assert "got 'backward'. Did you mean 'backwards'?" in text
    assert call(house, "profiles", "new", "mine", "--from", "toy.toml")[0] == 0
    text = (work / "profiles" / "mine.toml").read_text(encoding="utf-8")
    assert "# How far apart the values of the first gene are.\nstep = 0.3\n" in text
