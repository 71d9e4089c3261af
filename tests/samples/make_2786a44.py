"""How the samples of commit 2786a44 were made, the last before shards stated any evidence.

    git worktree add /tmp/old 2786a44
    cp tests/samples/make_2786a44.py /tmp/old
    cd /tmp/old && python make_2786a44.py FOLDER

As with `make_v1`, nothing here may be run again for the same folder. Afterwards the state of the
interrupted run was moved from ``.evosearch`` to ``state`` and the folders in its manifest were
replaced, so that it is a run of another machine.
"""

import itertools
import shutil
import sys
from pathlib import Path

import evosearch


def load(name, seed, generations, results):
    small = ("search.population=6", f"search.generations={generations}", "run.backend=serial")
    return evosearch.load_profile(
        name, (*small, "description=sample"), seed=seed, results=str(results)
    )


def main(folder):
    results = Path("samples-results")
    paths = [
        evosearch.run(load(name, seed, 2, results)).paths[0]
        for name, seed in (("pro", 1), ("air", 2))
    ]
    evosearch.merge(paths, output=folder / "merged.parquet")
    evosearch.merge(paths, output=folder / "top.parquet", top=5)
    for kind, path in zip(("trading-pro", "trading-air"), paths, strict=True):
        (folder / kind).mkdir()
        shutil.copy(path, folder / kind / path.name)
    pieces = itertools.count()
    evosearch.run(load("pro", 7, 4, folder / "interrupted"), should_stop=lambda: next(pieces) >= 2)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
