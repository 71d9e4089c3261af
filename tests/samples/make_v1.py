"""How the samples of schema version 1 were made, with evosearch as it was at commit 95ed84e.

    git worktree add /tmp/old 95ed84e
    cp tests/samples/made.py tests/samples/make_v1.py /tmp/old
    cd /tmp/old && python make_v1.py FOLDER

Nothing here may be run again for the same folder: what later versions make of the files that are
committed is what the tests want to know.
"""

import shutil
import sys
from pathlib import Path

import made

import evosearch
from evosearch.problems.analytic import Sphere

PROFILE = """
seed = 3
[search]
population = 6
generations = 3
[problem]
name = "made.py:{kind}"
[run]
backend = "serial"
"""


def write_profile(name, kind):
    path = Path(f"{name}.toml")
    path.write_text(PROFILE.format(kind=kind))
    return str(path)


def main(folder):
    results = Path("samples-results")
    small = ("search.population=6", "search.generations=2", "run.backend=serial")
    trading = [
        evosearch.run(
            evosearch.load_profile(
                name, (*small, "description=sample"), seed=seed, results=str(results)
            )
        ).paths[0]
        for name, seed in (("pro", 1), ("air", 2))
    ]
    common = {"seed": 3, "population": 6, "generations": 3, "results": str(results)}
    sphere = evosearch.run(problem=Sphere(n_genes=3), backend="serial", **common).paths[0]
    by_python = evosearch.run(problem=made.Made(), backend="serial", **common).paths[0]
    by_profile = evosearch.run(
        evosearch.load_profile(write_profile("made-by-profile", "Made"), results=str(results))
    ).paths[0]
    unversioned = evosearch.run(
        evosearch.load_profile(write_profile("unversioned", "Unversioned"), results=str(results))
    ).paths[0]
    # A machine that computes differently: its code has changed, its version has not.
    made.Made.evaluate = lambda self, params: {
        "objective": abs(params["x"]) + params["k"] + 1.0, "n_steps": params["k"],
    }  # fmt: skip
    other = evosearch.run(problem=made.Made(), backend="serial", **common).paths[0]
    evosearch.merge(trading, output=folder / "merged.parquet")
    evosearch.merge(trading, output=folder / "top.parquet", top=5)
    evosearch.merge([by_python, other], output=folder / "conflict.parquet")
    for kind, path in {
        "trading-pro": trading[0], "trading-air": trading[1], "sphere": sphere,
        "made-python": by_python, "made-profile": by_profile, "unversioned": unversioned,
    }.items():  # fmt: skip
        (folder / kind).mkdir()
        shutil.copy(path, folder / kind / path.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
