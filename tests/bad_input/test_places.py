"""Rows 21 to 29 of the table: where results go, and what inputs are called."""

import os
import subprocess
import sys

import pytest

from evosearch.population import Status
from tests.bad_input.helpers import SMALL, SPHERE, Case, check, invoke, parametrize, write
from tests.shards.helpers import write_shard

ROWS = [(1, 3.0, True, 0.0, Status.OK)]
RUN = ["run", "-p", "p.toml", *SMALL]
P = {"p.toml": SPHERE}


def shard(folder):
    write_shard(folder / "results", ROWS)


CASES = [
    Case("results is a file", RUN, ["results"], code=5, files=P | {"results": "a file"}),
    Case("results lies below a file", [*RUN, "--results", "p.toml/here"], ["p.toml"], code=5, files=P),
    Case("nothing to merge", ["merge"], ["Nothing matches", "results/"]),
    Case("a pattern that matches nothing", ["merge", "old/*.parquet"], ["'old/*.parquet'"]),
    Case("a file that is not there", ["merge", "gone.parquet"], ["'gone.parquet'"]),
    Case("several that match nothing", ["merge", "a.parquet", "b*.parquet"],
         ["'a.parquet'", "'b*.parquet'"]),
    Case("a folder without shards", ["merge", "here"], ["'here'"], files={"here": None}),
    Case("a web address", ["merge", "https://example.org/x.parquet"], ["only files on this machine"]),
    Case("a bucket", ["merge", "s3://bucket/x.parquet"], ["only files on this machine"]),
    Case("a name that is too long", ["merge", "x" * 300], ["Nothing matches"]),
    Case("a name with a NUL", ["merge", "a\0b.parquet"], ["Nothing matches"]),
    Case("nobody's home", ["merge", "~nobody-here/x.parquet"], ["Nothing matches"]),
    Case("an empty list", ["merge", "--from-file", "list"], ["names no file"], files={"list": ""}),
    Case("a list that is not there", ["merge", "--from-file", "list"], ["list cannot be read"]),
    Case("a list that is a folder", ["merge", "--from-file", "list"], ["list cannot be read"],
         files={"list": None}),
    Case("an output that exists", ["merge", "-o", "out.parquet"], ["exists already", "--force"],
         files={"out.parquet": "mine"}, prepare=shard),
    Case("an output that is a folder", ["merge", "-o", "out"], ["out"],
         files={"out": None}, prepare=shard),
    Case("an output below a file", ["merge", "-o", "p.toml/out.parquet"], ["p.toml"], code=5,
         files=P, prepare=shard),
    Case("top of nothing", ["top"], ["Nothing matches"]),
    Case("show of nothing", ["show", "1"], ["Nothing matches"]),
    Case("a rank that is not there", ["show", "99"], ["99"], code=1, prepare=shard),
    Case("a rank of zero", ["show", "0"], ["No rank 0"], code=1, prepare=shard),
    Case("an id that is none", ["show", "xyz"], ["xyz"], prepare=shard),
    Case("a number that is none", ["top", "-n", "many"], ["--number"], prepare=shard),
    Case("a run that is not there", ["resume", "nothing"], ["nothing"]),
    Case("nothing to resume", ["resume"], ["No"]),
    Case("an unknown command", ["marge"], ["no command 'marge'", "evosearch merge"]),
    Case("an unknown flag", ["merge", "--froce"], ["no option --froce", "--force"]),
    Case("parameters that are no JSON", ["evaluate", "-p", "p.toml", "--params", "{x"],
         ["--params", "no valid JSON"], files=P),
    Case("parameters nested without end", ["evaluate", "-p", "p.toml", "--params", "[" * 100_000],
         ["no valid JSON"], files=P),
    Case("parameters of another problem", ["evaluate", "-p", "p.toml", "--params", '{"y": 1}'],
         ["y"], files=P),
    Case("a parameter that is no number", ["evaluate", "-p", "p.toml", "--params", '{"x0": NaN}'],
         ["x0"], files=P),
    Case("profiles that are not there", ["profiles", "show", "nothing"], ["No profile 'nothing'"]),
]  # fmt: skip


@parametrize(CASES)
def test_a_place_that_cannot_be_used(case, workspace):
    check(case, workspace)


def test_an_output_may_be_one_of_the_inputs(workspace):
    shard(workspace)
    assert invoke("merge", "-o", "all.parquet").exit_code == 0
    wanted = (workspace / "all.parquet").read_bytes()
    assert invoke("merge", "results", "all.parquet", "-o", "all.parquet", "--force").exit_code == 0
    assert (workspace / "all.parquet").read_bytes() == wanted


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\0"])
def test_inputs_may_come_from_a_list(workspace, separator):
    shard(workspace)
    paths = [str(path) for path in (workspace / "results").glob("*.parquet")]
    write(workspace, {"list": separator.join(paths * 3) + separator})
    assert invoke("merge", "--from-file", "list").exit_code == 0


@pytest.mark.posix
def test_a_terminal_that_is_full_is_no_crash(workspace):
    shard(workspace)
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "evosearch", "top", "results"],
            cwd=workspace, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 5, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "args",
    [["run", "-p", "por"], ["merge", "gone.parquet"], ["run", "-p", "demo", "--data", "x.csv"]],
    ids=" ".join,
)
def test_it_is_the_same_in_a_process_of_its_own(workspace, args):
    done = subprocess.run(
        [sys.executable, "-m", "evosearch", *args],
        cwd=workspace, capture_output=True, text=True, check=False,
        env={k: v for k, v in os.environ.items() if not k.startswith("EVOSEARCH_")},
    )  # fmt: skip
    assert done.returncode == 2
    assert any(
        line.startswith("error: ") for line in done.stderr.splitlines()
    )  # it may compile first
    assert "Traceback" not in done.stderr
    assert list(workspace.iterdir()) == []
