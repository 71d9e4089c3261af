"""What of a stranger's profile an audit makes again: numbers, within limits, and nothing else."""

import os
import shutil

import pytest

from evosearch.assemble.auditing.sources import MAX_TRIALS, find_sources
from evosearch.assemble.ranking.opening import open_ranking
from tests.assemble.auditing.rankings import merge, search
from tests.bad_input.helpers import invoke, picture
from tests.forging import forge, forge_profile, with_tables

TRADING = {"name": "trading"}
# What a stranger's profile says, of which no search is made again.
REFUSED = {
    "a python file": {"problem": {"name": "canary.py:Toy"}},
    "a module": {"problem": {"name": "subprocess:getoutput", "cmd": "touch PWNED"}},
    "another problem": {"problem": {"name": "sphere", "n_genes": 10**9}},
    "an unknown problem": {"problem": {"name": "nothing"}},
    "far too many individuals": {"search": {"population": 10**9}},
    "another space": {"problem": TRADING | {"max_rules": 8}},
    "far too many periods": {"problem": TRADING | {"periods": [*range(1, 2_100)]}},
    "an unknown algorithm": {"search": {"algorithm": "os:system"}},
    "no profile": "",
}


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    (path,) = search(folder, generations=1)
    return path


@pytest.fixture
def shard(honest, workspace):
    (workspace / "results").mkdir()
    return workspace / shutil.copy(honest, workspace / "results")


def read(path, **more):
    return find_sources(open_ranking(path).ranked.metadata, **more)


def test_a_search_is_made_again_as_it_was(shard):
    found = read(shard)
    (source,) = found.searches
    assert (source.n_trials, found.missing, found.is_at_least) == (8, (), False)
    assert source.profile.search.population == 8
    assert source.profile.n_evaluations == 8
    assert source.options.risk == "medium"


@pytest.mark.parametrize("kind", REFUSED)
def test_of_a_hostile_profile_no_search_is_made(kind, shard):
    told = REFUSED[kind]
    found = read(forge_profile(shard, with_tables(**told) if isinstance(told, dict) else told))
    assert found.searches == ()
    assert len(found.missing) == 1
    assert found.is_at_least


def test_nothing_of_where_a_run_took_place_is_followed(shard):
    run = {"results": "/elsewhere", "backend": "ray", "address": "evil:6379", "workers": 4000}
    told = {"run": run, "problem": TRADING | {"data": "/elsewhere/bars.csv"}}
    (source,) = read(forge_profile(shard, with_tables(**told))).searches
    assert source.profile.run.results == "results"
    assert (source.profile.run.backend, source.profile.run.address) == ("auto", None)
    assert source.options.data == "sample:ibm-daily"  # the default: bars come from their hash
    assert source.profile.problem == TRADING


def test_what_decides_a_measurement_is_what_was_fingerprinted(shard):
    honest = read(shard).searches[0].options
    told = with_tables(problem=TRADING | {"fee_frac": 0.5, "holdout_frac": 0.9})
    (source,) = read(forge_profile(shard, told)).searches
    assert source.options == honest


def test_a_population_is_no_larger_than_what_was_tried(shard):
    told = with_tables(search={"population": 5_000_000, "generations": 10**6})
    (source,) = read(forge_profile(shard, told)).searches
    assert source.profile.search.population == 8
    assert source.profile.n_evaluations == 8


def test_trials_are_limited_and_that_is_said(tmp_path):
    paths = [*search(tmp_path, "a", generations=2), *search(tmp_path, "b", generations=1)]
    merged = merge(tmp_path, paths)
    whole = read(merged)
    assert [source.n_trials for source in whole.searches] == [16, 8]
    found = read(merged, limit=12)
    assert [source.n_trials for source in found.searches] == [8, 4]
    assert found.is_at_least and not whole.is_at_least
    assert MAX_TRIALS == 100_000


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["profile", "problem", "sphere"])
def test_an_audit_of_a_hostile_shard_runs_nothing_of_it(kind, shard, workspace):
    (workspace / "canary.py").write_text("open('PWNED', 'w').close()\n")
    told = with_tables(problem={"name": "canary.py:Toy"}, run={"results": "elsewhere"})
    if kind == "profile":
        shard = forge_profile(shard, told)
    else:
        name = "canary.py:Toy" if kind == "problem" else "sphere"
        options = {"n_genes": 10**9}

        def change(metadata):
            metadata["problem"] |= {"name": name, "options": options}

        shard = forge(shard, change)
    before = picture(workspace)
    result = invoke("audit", shard, "--top", "2", "--surrogates", "1", "--quiet")
    assert result.exit_code in ((0, 1) if kind == "profile" else (2,)), result.output
    assert "Traceback" not in result.stderr
    after = picture(workspace)
    new = sorted(after.keys() - before.keys())
    assert {name.partition(os.sep)[0] for name in new} <= {"results"}
    assert [name for name in new if name.endswith(".json")] == [
        name for name in new if "audit" in name and "." in name
    ]
    kept = [name for name in new if ".evosearch" not in name]  # the ledger of looks is there too
    assert len(kept) == (2 if kind == "profile" else 0)
