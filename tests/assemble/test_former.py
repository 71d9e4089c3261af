"""Shards of evosearch at 95ed84e, which recorded neither code nor arguments, beside today's."""

import itertools
import json
import shutil
import sys
from pathlib import Path

import pytest
from pyarrow import parquet

import evosearch
from evosearch.errors import IncomparableShards
from evosearch.problems.analytic import Sphere
from evosearch.problems.identity.fingerprint import identify
from evosearch.provenance import compute_fingerprint

FOLDER = Path(__file__).parent.parent / "shards" / "samples" / "95ed84e"
SMALL = {"population": 10, "generations": 1, "backend": "serial", "seed": 5}
PROFILE = (
    '[problem]\nname = "{}"\n[search]\npopulation = 10\ngenerations = 1\n[run]\nbackend = "serial"'
)
NAMES = {
    "plain": "former.py:Plain", "scaled": "former.py:Scaled", "free": "former.py:Free",
    "scaled3": 'former.py:Scaled"\nk = "3', "sphere": 'sphere"\nn_genes = "3',
}  # fmt: skip

SLOW = [
    pytest.param(f"by-{one}", f"by-{two}", marks=pytest.mark.slow)
    for one, two in [
        ("profile/plain", "python/plain"), ("python/plain", "profile/plain"),
        ("profile/sphere", "profile/sphere"), ("python/sphere", "python/sphere"),
    ]
]  # fmt: skip


@pytest.fixture
def today(workspace, monkeypatch):
    """Today's runs of the same problems: ``by-profile/NAME`` and ``by-python/NAME``."""
    monkeypatch.syspath_prepend(str(workspace))
    shutil.copy(FOLDER / "former.py", workspace)
    (workspace / "profiles").mkdir()
    sys.modules.pop("former", None)
    import former

    made = {
        "plain": former.Plain(), "scaled": former.Scaled(), "scaled3": former.Scaled(3),
        "free": former.Free(), "sphere": Sphere(3),
    }  # fmt: skip

    def run(kind, name):
        results = workspace / kind / name
        if not results.exists():
            if kind == "by-profile":
                text = PROFILE.format(NAMES[name]).replace('"3"', "3")
                (workspace / "profiles" / f"{name}.toml").write_text(text)
                evosearch.run(name, seed=6, results=results)
            else:
                evosearch.run(problem=made[name], results=results, **SMALL)
        return str(results)

    yield run
    sys.modules.pop("former", None)


def merge(*paths, output="m.parquet"):
    return evosearch.merge([str(path) for path in paths], output=output, force=True)


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ("by-profile/plain", "by-profile/plain"), ("by-python/plain", "by-python/plain"),
        ("by-profile/scaled", "by-profile/scaled"), ("by-profile/scaled3", "by-profile/scaled3"),
        ("by-profile/sphere", "by-python/sphere"), ("by-python/sphere", "by-profile/sphere"),
        *SLOW,
    ],
)  # fmt: skip
def test_where_all_was_recorded_shards_of_then_and_now_merge(today, then, now):
    old, new = FOLDER / then, today(*now.split("/"))
    assert merge(old, new).n_rows > 10
    # Also the merged file, and in every order and grouping.
    again = [
        merge(*paths, output="n.parquet") for paths in (("m.parquet", new), (old, "m.parquet"))
    ]
    assert len({result.rows_sha256 for result in again}) == 1


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ("by-profile/free", "by-profile/free"), ("by-python/scaled3", "by-profile/scaled"),
        ("by-python/scaled3", "by-python/scaled3"), ("by-profile/scaled", "by-profile/scaled3"),
        pytest.param("by-python/free", "by-python/free", marks=pytest.mark.slow),
        pytest.param("by-python/scaled", "by-profile/scaled", marks=pytest.mark.slow),
        pytest.param("by-python/scaled", "by-python/scaled", marks=pytest.mark.slow),
        pytest.param("by-profile/scaled3", "by-profile/scaled", marks=pytest.mark.slow),
        pytest.param("by-profile/plain", "by-profile/scaled", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_where_something_was_not_recorded_they_are_refused_and_the_machine_is_named(
    today, then, now
):
    with pytest.raises(IncomparableShards) as caught:
        merge(FOLDER / then, today(*now.split("/")))
    assert "The evosearch of vm (run " in str(caught.value)
    assert "Update it there" in str(caught.value)


def test_fingerprints_of_built_in_problems_are_as_they_were():
    (shard,) = (FOLDER / "by-profile" / "sphere").glob("*.parquet")
    then = json.loads(parquet.ParquetFile(shard).metadata.metadata[b"evosearch"])["problem"]
    problem = Sphere(3)
    assert compute_fingerprint(identify(problem).parts) == then["fingerprint"]
    problem.evaluate_batch = lambda batch: batch.genomes[:, 0]
    assert compute_fingerprint(identify(problem).parts) != then["fingerprint"]


def test_shards_of_then_merge_with_each_other_as_before(workspace):
    for kind in ("by-profile", "by-python"):
        for one, two in itertools.combinations(sorted((FOLDER / kind).iterdir()), 2):
            if {one.name, two.name} == {"scaled", "scaled3"} and kind == "by-python":
                continue  # one fingerprint then; nothing in them tells them apart
            with pytest.raises(IncomparableShards):
                merge(one, two)


def test_a_former_fingerprint_that_two_problems_claim_joins_neither(today):
    merge(FOLDER / "by-profile" / "scaled", today("by-profile", "scaled"))
    with pytest.raises(IncomparableShards):
        merge(
            FOLDER / "by-profile/scaled",
            today("by-profile", "scaled"),
            today("by-python", "scaled3"),
        )


def test_a_run_of_then_goes_on_where_all_was_recorded(today, workspace):
    for name in ("plain", "scaled"):
        today("by-profile", name)  # writes the profile
    for then, n in (
        ("by-profile/plain", 20),
        ("by-profile/scaled", 20),
        ("by-python/scaled", None),
    ):
        shutil.copytree(FOLDER / then, workspace / "then" / then)
        (shard,) = (workspace / "then" / then).glob("*.parquet")
        run_id = shard.name.split("-0000-")[0]
        if n is None:
            with pytest.raises(IncomparableShards, match="older evosearch"):
                evosearch.resume(run_id, shard.parent, profile="scaled", generations=2)
        else:
            assert evosearch.resume(run_id, shard.parent, generations=2).n_evaluated == n
