"""An audit is the same on every machine and in any order, and keeps what it found."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

import evosearch
from evosearch.assemble.audit_records import VERSION
from evosearch.assemble.audited import read_audit, write_audit
from evosearch.assemble.auditing.audit import digest_rows
from evosearch.assemble.auditing.prices import open_bars
from evosearch.assemble.auditing.rows import TOLERANCE, find_tolerance
from evosearch.assemble.ranking.opening import open_ranking
from evosearch.errors import DataError, EvosearchError, UsageError
from evosearch.trading.loading.load import load_bars
from evosearch.trading.reading.settings import Reading
from tests.assemble.auditing.rankings import merge, search
from tests.markets import write_bars

FEW = {"top": 2, "surrogates": 1}


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("audits")
    return search(folder, generations=2)


@pytest.fixture(scope="module")
def merged(shards):
    return merge(shards[0].parent.parent, shards)


@pytest.fixture(scope="module")
def found(merged):
    return evosearch.audit(merged, results=merged.parent / "results", **FEW)


def test_shards_have_the_digest_that_their_merge_will_have(shards, merged):
    digests = {digest_rows(open_ranking(each).ranked) for each in (shards, shards[::-1], merged)}
    assert digests == {open_ranking(merged).ranked.metadata.rows_sha256}


@pytest.mark.slow
def test_any_order_and_grouping_gives_the_same_bytes(shards, merged, tmp_path):
    others = search(tmp_path, "b", seed=2, generations=2, risk="high")
    groups = [[*shards, *others], [*others, merged, *shards]]
    files = [merge(tmp_path, group, f"{place}.parquet") for place, group in enumerate(groups)]
    for name in "abc":
        (tmp_path / name).mkdir()
    found = [
        evosearch.audit(each, results=tmp_path / name, **FEW)
        for name, each in zip("abc", (*files, [*others, *shards]), strict=True)
    ]
    assert not any(each.is_reused for each in found)
    assert len({each.path.name for each in found}) == 1
    assert len({each.path.read_bytes() for each in found}) == 1
    assert found[0].file.rows


def test_a_surrogate_search_tries_as_many_strategies_as_the_ranking_has(merged, found):
    (check,) = [each for each in found.file.ranking if each.name == "surrogates"]
    n_rows = open_ranking(merged).ranked.n_rows
    assert check.facts["n_genomes_least"] == check.facts["n_genomes_most"] == n_rows == 16
    assert not found.file.is_at_least
    assert len(found.file.surrogates) == 1


def test_every_strategy_has_every_check(found):
    names = {tuple(check.name for check in row.checks) for row in found.file.rows}
    assert names == {
        tuple(
            [
                "same_numbers",
                "costs",
                "concentration",
                "random_entries",
                "neighbourhood",
                "noise",
                "lookahead",
            ]
        )
    }
    assert [row.checks[0].passed for row in found.file.rows] == [True, True]
    assert {check.name for check in found.file.ranking} == {"surrogates", "walk_forward"}


def test_what_is_kept_says_nothing_of_this_machine(found):
    import platform
    import re

    text = found.path.read_text()
    assert json.loads(text)["version"] == VERSION
    assert str(Path.home()) not in text and platform.node() not in text
    assert not re.search(r"20\d\d-\d\d-\d\dT", text)
    assert read_audit(found.path.parent.parent, found.file.rows_sha256) == found.file


def test_the_same_settings_find_what_is_kept(merged, found, tmp_path):
    write_audit(tmp_path, found.file)
    stages = []
    again = evosearch.audit(
        merged, results=tmp_path, **FEW, listen=lambda *stage: stages.append(stage)
    )
    assert again.is_reused and stages == []
    assert again.file == found.file


def test_less_never_replaces_more(merged, found, tmp_path):
    write_audit(tmp_path, found.file)
    other = evosearch.audit(merged, results=tmp_path, top=1, surrogates=0)
    assert other.is_reused
    assert other.file.rows == found.file.rows[:1]
    assert other.file.surrogates == found.file.surrogates
    assert read_audit(tmp_path, found.file.rows_sha256) == found.file


@pytest.mark.slow
def test_more_replaces_less_and_begins_as_it_did(merged, found, tmp_path):
    write_audit(tmp_path, found.file)
    other = evosearch.audit(merged, results=tmp_path, top=3, surrogates=2)
    assert not other.is_reused
    kept = read_audit(tmp_path, found.file.rows_sha256)
    assert kept == other.file
    assert kept.rows[:2] == found.file.rows and len(kept.rows) == 3
    assert kept.surrogates[:1] == found.file.surrogates and len(kept.surrogates) == 2
    # A setting that is no number covers nothing.
    write_audit(tmp_path, replace(found.file, settings={"top": True, "surrogates": "9"}))
    again = evosearch.audit(merged, results=tmp_path, top=1, surrogates=0)
    assert not again.is_reused


@pytest.mark.slow
def test_a_damaged_file_is_told_and_made_anew(merged, found, tmp_path):
    results = tmp_path / "results"
    (results / "audit").mkdir(parents=True)
    kept = results / "audit" / found.path.name
    kept.write_bytes(found.path.read_bytes()[:-20])
    again = evosearch.audit(merged, results=results, **FEW)
    assert not again.is_reused
    assert kept.name in " ".join(again.notes)
    assert kept.read_bytes() == found.path.read_bytes()


@pytest.mark.slow
def test_progress_begins_at_nothing_and_ends_with_everything(merged, tmp_path):
    stages = {}
    evosearch.audit(
        merged, results=tmp_path, **FEW,
        listen=lambda name, n, total: stages.setdefault(name, []).append((n, total)),
    )  # fmt: skip
    for name, steps in stages.items():
        done = [n for n, _ in steps]
        assert done == sorted(done), name
        assert steps[0][0] == 0 and steps[-1][0] == steps[-1][1], name
    assert {"same_numbers", "costs", "surrogates", "walk_forward"} <= {*stages}


def test_wrong_bars_are_refused_with_both_hashes(merged, tmp_path):
    wanted = open_ranking(merged).ranked.metadata.problem.plain["data"]["hash"]
    everything = load_bars("sample:ibm-daily", ()).compute_hash()
    other = write_bars(tmp_path / "other.csv", n=50)
    with pytest.raises(DataError) as error:
        evosearch.audit(merged, data=other, results=tmp_path, **FEW)
    assert wanted in str(error.value)
    assert load_bars(str(other), (Path(),)).compute_hash() in str(error.value)
    assert everything != wanted
    assert not (tmp_path / "audit").exists()


def test_bars_that_are_named_are_found_in_their_file(merged):
    facts = open_ranking(merged).ranked.metadata.problem
    named, known = open_bars(facts, "sample:ibm-daily"), open_bars(facts)
    assert named["since"] and known["last_bars"] == 1500
    bars = [load_bars(each["data"], (), Reading(unsorted="sort")) for each in (named, known)]
    chosen = bars[0].choose(named["since"], named["until"])
    assert chosen.compute_hash() == bars[1].choose(None, None, 1500).compute_hash()


def test_settings_out_of_range_are_refused(merged):
    for more in ({"top": 0}, {"surrogates": -1}):
        with pytest.raises(UsageError):
            evosearch.audit(merged, **more)


def test_an_empty_folder_says_what_is_missing(tmp_path):
    with pytest.raises(EvosearchError):
        evosearch.audit(results=tmp_path)


def test_numbers_must_be_equal_to_the_last_bit_only_where_the_row_was_measured():
    import platform

    here = {"system": f"{platform.system()} 6.1", "architecture": platform.machine()}
    there = here | {"architecture": "another"}
    runs = {name: SimpleNamespace(plain={"machine": each}) for name, each in
            (("here", here), ("there", there))}  # fmt: skip
    metadata = SimpleNamespace(sources=runs)
    found_by = ["here", "there"]  # both found it; one of them measured what the row says
    tolerances = [
        find_tolerance(metadata, {"run_id": name, "found_by": found_by}) for name in found_by
    ]
    assert tolerances == [0.0, TOLERANCE]
