"""Every block of the READMEs, typed twice in a row on a machine that has just installed evosearch."""

import signal
import subprocess

import pandas
import pytest

from tests.blocks import read_blocks
from tests.conftest import ROOT
from tests.runs import PROBLEM, PROFILE, wait_for_commit

pytestmark = [pytest.mark.slow, pytest.mark.posix]

SAMPLES = ROOT / "evosearch" / "trading" / "samples"
# Documents that a person reads one after the other, in one folder.
ENGLISH = [
    "README.md",
    "docs/reading.md",
    "docs/commands.md",
    "docs/profiles.md",
    "docs/shards.md",
    "docs/PRIVACY.md",
    "docs/PROBLEMS.md",
    "docs/python.md",
    "docs/VERSIONS.md",
    "docs/verdict.md",
    "docs/prices.md",
]
SPANISH = ["README.es.md"]

# What is left out, and why.
LEFT_OUT = {
    "make demo": "CI types it on a fresh clone",
    "make test": "this test is a part of it",
    'uv run --group dev pytest -n 2 -m "not slow and not ray and not browser"': "this test is a part of it",
    'uv tool install ".[ray]"': "Ray",
    "evosearch run --profile pro --backend ray --address HEAD:6379": "Ray",
    "evosearch data fetch binance-archive:BTCUSDT 5m --since 2025-01-01": "the network",
    "evosearch data fetch coinbase:BTC/USD 5m --since 2025-07-01 --until 2026-01-22": "the network",
}
# What needs another machine or the network to do the same.
INSTEAD = {
    "scp 'air:trading/results/*.parquet' results/": "cp ../air/results/*.parquet results/",
}


def leave_interrupted(machine, folder):
    """A run that Ctrl-C stopped, as `evosearch resume` expects one; the rest of it is quick."""
    profile = {"seed": 11, "population": 10, "generations": 60, "workers": 1, "backend": "serial"}
    (folder / "profiles").mkdir(exist_ok=True)
    (folder / "made.py").write_text(PROBLEM)
    (folder / "profiles" / "made.toml").write_text(
        PROFILE.format(kind="Made", pause_s=0.05, **profile)
    )
    (folder / "hurry").unlink(missing_ok=True)
    search = subprocess.Popen(
        [str(machine.programs / "evosearch"), "run", "-p", "made", "-q"], cwd=folder,
        env=machine.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    wait_for_commit(folder)
    search.send_signal(signal.SIGINT)
    said = search.communicate()[1]
    assert search.returncode == 130, said
    (folder / "hurry").touch()


def remove_made(machine, folder):
    """Another problem's shards are not for the rankings that follow."""
    (shard, *more) = (folder / "results").glob("made-*.parquet")
    for path in [shard, *more]:
        path.unlink()


BEFORE = {"evosearch resume": leave_interrupted}
AFTER = {"evosearch resume": remove_made}


def type_line(machine, folder, line):
    if line in BEFORE:
        BEFORE[line](machine, folder)
    machine.type(folder, INSTEAD.get(line, line))
    if line in AFTER:
        AFTER[line](machine, folder)


def type_block(machine, folders, block):
    folder = folders["pro"]
    if block.file:
        (folder / block.file).parent.mkdir(exist_ok=True)
        (folder / block.file).write_text(block.text, encoding="utf-8")
    elif block.language == "python":
        (folder / "block.py").write_text(block.text, encoding="utf-8")
        machine.run(folder, "python", "block.py")
    elif block.language == "sql":
        query = "import duckdb, sys; print(duckdb.sql(sys.argv[1]).fetchall())"
        machine.run(folder, "python", "-c", query, block.text)
    else:
        assert block.language != "toml", f"line {block.line}: no first line names the file"
        for name, line in block.commands():
            if line.startswith("uv run evosearch"):
                type_line(machine, folders["clone"], line.removeprefix("uv run "))
            elif line not in LEFT_OUT:
                type_line(machine, folders[name or "pro"], line)


@pytest.mark.parametrize("documents", [ENGLISH, SPANISH], ids=["english", "spanish"])
def test_every_block_runs_twice_in_a_row(documents, machine, tmp_path):
    folders = {name: tmp_path / name for name in ("clone", "pro", "air")}
    prices = pandas.read_parquet(SAMPLES / "fair-5min.parquet")
    for folder in folders.values():
        folder.mkdir()
        prices.to_csv(folder / "btc.csv", index=False)
    for _ in range(2):
        for name in documents:
            for block in read_blocks(ROOT / name):
                type_block(machine, folders, block)
