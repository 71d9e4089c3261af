"""Shards that evosearch wrote at 95ed84e, read and merged with today's."""

import json
import shutil
from pathlib import Path

import pytest

import evosearch
from evosearch.errors import IncomparableShards
from evosearch.problems.analytic import Sphere
from evosearch.provenance import name_host
from evosearch.report.rows import list_rows
from evosearch.shards.format.envelope import Refusal
from evosearch.shards.format.metadata import ShardMetadata
from evosearch.shards.reading.check import Verdict
from tests.bad_input.helpers import invoke
from tests.shards.forging import Original

FOLDER = Path(__file__).parent / "v1"
SAMPLES = sorted(FOLDER.rglob("*.parquet"))
PRO, AIR = (next((FOLDER / name).glob("*.parquet")) for name in ("trading-pro", "trading-air"))
SPHERE = next((FOLDER / "sphere").glob("*.parquet"))
SMALL = ("search.population=6", "search.generations=2", "run.backend=serial")


def ranking_of(inputs):
    """What a ranking says of each row, whoever found it."""
    from evosearch.assemble.ranking.opening import open_ranking

    names = ("rank", "genome_id", "fitness", "feasible", "violation", "status")
    rows = list_rows(open_ranking(inputs).ranked)
    return [tuple(row[name] for name in names) for row in rows]


def test_no_sample_is_missing():
    assert len(SAMPLES) == 9


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.name[:8]}")
def test_samples_pass_the_deep_check_and_hold_nothing_unknown(path):
    (checked,) = evosearch.check(path, deep=True)
    assert checked.verdict in (Verdict.OK, Verdict.RENAMED), checked.reason
    assert checked.metadata.unknown == ()
    assert checked.metadata.plain["schema_version"] == 1


@pytest.mark.parametrize(
    "inputs",
    [
        [PRO, AIR],
        [AIR, FOLDER / "merged.parquet"],
        [FOLDER / "top.parquet", PRO, AIR],
        [FOLDER / "merged.parquet", FOLDER / "top.parquet"],
    ],
    ids=["shards", "shard and merged", "top and shards", "merged and top"],
)
def test_samples_merge_to_the_ranking_of_their_time(inputs):
    assert ranking_of(inputs) == ranking_of([FOLDER / "merged.parquet"])


def test_a_remembered_conflict_is_remembered():
    result = evosearch.merge(FOLDER / "conflict.parquet")
    assert result.n_conflicts > 0
    assert len(result.conflicts) == result.n_conflicts


def test_a_built_in_problem_by_python_merges_with_todays(tmp_path):
    run = evosearch.run(
        problem=Sphere(n_genes=3), seed=3, population=6, generations=3, backend="serial",
        results=str(tmp_path),
    )  # fmt: skip
    (today,) = evosearch.check(run.paths)
    assert today.metadata.unknown == ()  # a key that is written is a key that is read
    result = evosearch.merge([SPHERE, *run.paths])
    # One seed, one search: today's rows are those of then.
    assert (result.n_rows_in, result.n_rows, result.n_conflicts) == (36, 18, 0)


@pytest.mark.parametrize("kind", ["made-python", "made-profile"])
def test_a_persons_problem_that_states_its_version_merges_with_todays(kind, workspace, monkeypatch):
    shutil.copy(Path(__file__).parent / "made.py", workspace)
    monkeypatch.syspath_prepend(str(workspace))
    (old,) = (FOLDER / kind).glob("*.parquet")
    text = '[search]\npopulation = 6\ngenerations = 3\n[problem]\nname = "made.py:Made"\n'
    (workspace / "p.toml").write_text(f'seed = 3\n{text}[run]\nbackend = "serial"\n')
    run = evosearch.run(evosearch.load_profile("p.toml"))
    if kind == "made-python":  # whose arguments nobody recorded: it may have been Made(5)
        with pytest.raises(IncomparableShards, match="evosearch of vm .* is older"):
            evosearch.merge([old, *run.paths])
        return
    result = evosearch.merge([old, *run.paths])
    assert result.n_rows_in == 36
    assert result.n_conflicts == 0


@pytest.mark.parametrize(("name", "seed", "old"), [("pro", 1, PRO), ("air", 2, AIR)])
def test_trading_by_profile_merges_with_todays(name, seed, old, tmp_path):
    profile = evosearch.load_profile(name, SMALL, seed=seed, results=str(tmp_path))
    run = evosearch.run(profile)
    result = evosearch.merge([old, *run.paths])
    assert (result.n_rows_in, result.n_rows, result.n_conflicts) == (24, 12, 0)


def change(document, **keys):
    """The document of one run, with other keys, as evosearch 0.9 on air would state it."""
    (run,) = document["sources"].values()
    run |= {"machine": run["machine"] | {"host": "air"}}
    run |= {"versions": run["versions"] | {"evosearch": "0.9"}}
    return document | keys


def test_a_shard_with_unknown_keys_is_merged_and_they_are_named(workspace):
    original = Original(SPHERE)
    document = change(original.document, energy={"joules": 3})
    (run,) = document["sources"].values()
    run["mood"] = "good"
    (workspace / "results").mkdir()
    original.write(workspace / "results", document)
    checked = invoke("check")
    assert checked.exit_code == 0, checked.stderr
    for text in ("2 entries of a newer evosearch", "energy", "sources.mood", "0.9 on air"):
        assert text in " ".join(checked.stderr.split()), checked.stderr
    assert name_host() in checked.stderr
    merged = invoke("merge")
    assert merged.exit_code == 0, merged.stderr
    shown = " ".join(merged.stderr.split())
    # What stands inside a run goes with it; what stands beside runs cannot.
    assert "1 entry of a newer evosearch (energy), not carried over" in shown
    assert "evosearch 0.9 on air" in shown
    (path,) = (workspace / "results" / "merged").glob("*.parquet")
    (again,) = evosearch.check(path)
    assert again.metadata.unknown == ("sources.mood",)


def test_a_shard_of_a_newer_schema_is_left_out_and_its_writer_named(workspace):
    results = workspace / "results"
    results.mkdir()
    shutil.copy(PRO, results)
    original = Original(SPHERE)
    original.write(results, change(original.document, schema_version=7))
    for command in ("check", "merge"):
        done = invoke(command)
        assert done.exit_code == 3
        shown = " ".join(done.stderr.split())
        assert "newer: schema version 7, written by evosearch 0.9 on air" in shown
        assert f"this machine, {name_host()}, has evosearch {evosearch.__version__}" in shown
    top = json.loads(invoke("top", "--json").stdout)
    assert top["data"][0]["found_by"][0].startswith("pro-")


def test_a_newer_shard_of_which_nothing_can_be_read_is_newer_all_the_same():
    from evosearch.shards.format.envelope import encode_metadata

    found = ShardMetadata.parse(
        encode_metadata({"format": "evosearch", "schema_version": 7, "sources": [1]})
    )
    assert isinstance(found, Refusal)
    assert found.reason.startswith("newer: schema version 7, written by a newer evosearch;")
