"""What metadata tell of a profile and a problem, when they are written and when they are joined."""

import json
import tomllib

import pytest

from evosearch.shards.format.discretion import redact_problem, redact_profile
from evosearch.shards.format.fields import short_hash
from evosearch.shards.format.metadata import ShardMetadata, make_shard_metadata
from evosearch.shards.reading.union import merge_metadata
from tests.shards.helpers import SPACE, describe_problem

OWN = """name = "mine"
description = "of /Users/ana/notes.txt"
seed = 1

[problem]
name = "C:\\\\Users\\\\ana\\\\my problems\\\\toy.py:Toy"
data = "/Users/ana/my bars/x.csv"
model = "/Users/ana/as written.bin"

[run]
workers = 2
results = "/Users/ana/results"
address = "ana-box:6379"
"""
TRADING = 'name = "pro"\n\n[problem]\nname = "trading"\ndata = {}\n'


def describe(text, part=0, problem=None, run_id="mine-air-1"):
    run = {
        "run_id": run_id, "profile_name": "mine", "seed": 1, "machine": {"host": "air"},
        "versions": {}, "started_utc": "2026-01-01", "parents": [],
    }  # fmt: skip
    facts = {"n_rows": 1, "rows_sha256": f"{part:064x}", "generations": [0, 0]}
    manifest = {"run": run, "problem": problem or describe_problem(), "space": SPACE.to_dict()}
    return make_shard_metadata(manifest | {"profile_toml": text}, part, facts)


def as_written_before(document, text, problem):
    """The same as an earlier version would have written it."""
    plain = json.loads(json.dumps(document))
    for run in plain["sources"].values():
        run["profile"] = short_hash(text)
    return plain | {"profiles": {short_hash(text): text}, "problem": problem}


def test_of_a_profile_only_what_repeats_the_search_is_told():
    told = redact_profile(OWN)
    assert tomllib.loads(told) == {
        "name": "mine", "description": "of notes.txt", "seed": 1,
        "problem": {"name": "toy.py:Toy", "data": "x.csv", "model": "/Users/ana/as written.bin"},
        "run": {"workers": 2},
    }  # fmt: skip
    assert redact_profile(told) == told


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("bars/btc.csv", "btc.csv"),
        ("D:\\bars\\btc.csv", "btc.csv"),
        ("~/btc.csv", "btc.csv"),
        ("sample:ibm-daily", "sample:ibm-daily"),
        # Whoever resumes it must not measure on a sample instead.
        ("/bars/sample:ibm-daily", "./sample:ibm-daily"),
    ],
)
def test_data_of_a_built_in_problem_are_told_by_their_name(data, told):
    text = redact_profile(TRADING.format(json.dumps(data)))
    assert tomllib.loads(text)["problem"]["data"] == told
    assert redact_profile(text) == text
    problem = describe_problem(parts={"problem": "trading"}, options={"data": data})
    assert redact_problem(problem)["options"] == {"data": told}


@pytest.mark.parametrize("text", ["", "x = [ '/a/b.csv'", "x = " + "[" * 200 + "]" * 200])
def test_what_is_no_profile_loses_its_paths_too(text):
    told = redact_profile(text)
    assert "/a/" not in told
    assert redact_profile(told) == told


def test_different_values_stay_different_without_their_paths():
    one, other, same = (
        redact_problem(describe_problem(parts={"class": "Toy", "arguments": {"file": path}}))
        for path in ("'/a/x.csv'", "'/b/x.csv'", "'/a/x.csv'")
    )
    assert one["parts"] != other["parts"]
    assert one == same == redact_problem(one)
    assert "/a/" not in json.dumps(one)


def test_what_is_written_and_what_is_joined_tell_the_same():
    problem = describe_problem(
        parts={"problem": "trading", "files": ["/Users/ana/x.csv"]},
        data={"source": "/Users/ana/x.csv"}, options={"data": "/Users/ana/x.csv"},
        notes=["see /Users/ana/x.csv"],
    )  # fmt: skip
    text = TRADING.format('"/Users/ana/x.csv"')
    new = [describe(text, part, problem) for part in range(3)]
    assert "ana" not in json.dumps(new)
    old = [as_written_before(each, text, problem) for each in new]
    wanted = merge_metadata(map(ShardMetadata.of_document, new)).to_plain()
    for chosen in ([old[0], new[1], old[2]], [old[2], old[1], old[0]], [*new, *old]):
        items = [ShardMetadata.of_document(each) for each in chosen]
        assert merge_metadata(items).to_plain() == wanted
        first = merge_metadata(items[:2])
        assert merge_metadata([items[2], first, *items[3:]]).to_plain() == wanted


def test_why_a_file_was_left_out_names_no_folder_and_not_this_machine():
    item = ShardMetadata.of_document(describe('name = "mine"\n'))
    merged = merge_metadata([item]).with_skipped(
        {
            "a.parquet": "cannot be read: [Errno 13] Permission denied: '/Users/ana/a.parquet'",
            "b.parquet": "newer, written by x; this machine, anas-mac, has evosearch 0.1: update",
            "c.parquet": "x" * 480 + " /Users/ana/" + "folder" * 20,
        }
    )
    assert merged.skipped["a.parquet"].endswith("denied: 'a.parquet'")
    assert "the machine that merged them has evosearch 0.1" in merged.skipped["b.parquet"]
    assert not [text for text in merged.skipped.values() if "ana" in text]
    assert merged.with_skipped({}).skipped == merged.skipped
