"""Metadata as one record: what is read, what is refused, what is written so that it can be read."""

import base64
import copy
import hashlib
import json
import time
from dataclasses import replace

import pyarrow as pa
import pytest

from evosearch.errors import ShardError, UsageError
from evosearch.genome.space import Categorical, Float, Int, Space
from evosearch.report.merged import summarise_merge
from evosearch.shards.format import envelope
from evosearch.shards.format.envelope import DIGEST_KEY, Refusal, encode_metadata
from evosearch.shards.format.fields import short_hash
from evosearch.shards.format.limits import MAX_METADATA_BYTES
from evosearch.shards.format.looks import Looks
from evosearch.shards.format.metadata import ShardMetadata, count_rows, make_shard_metadata
from evosearch.shards.format.records import is_toml
from evosearch.shards.format.schema import METADATA_KEY
from evosearch.shards.merging.merge import MergeOptions, check_inputs, merge_checked
from evosearch.shards.reading.ranked import Ranked
from evosearch.shards.reading.union import list_lost, merge_metadata
from evosearch.shards.writing import excess
from tests.bad_input.test_metadata import VALUES
from tests.shards.forging import Original, list_places, put, read_document
from tests.shards.helpers import SPACE, describe_problem, make_recorder, write_shard

ROWS = [(k, float(k), True, 0.0, 0) for k in range(6)]
OTHER = [(k, float(k % 4), True, 0.0, 0) for k in range(3, 9)]


@pytest.fixture
def shard(tmp_path):
    return write_shard(tmp_path, ROWS)


@pytest.fixture
def merged(tmp_path, shard):
    """A merged file that remembers two conflicts, two looks, and one file that was skipped."""
    bad = tmp_path / "bad.parquet"
    bad.write_bytes(b"PAR1")
    path = tmp_path / "merged.parquet"
    inputs = check_inputs([shard, write_shard(tmp_path, OTHER, "run-b"), bad])

    def find_looks(rows, metadata):
        assert rows["rank"][0].as_py() == 1
        ids = [each.hex() for each in rows["genome_id"].slice(0, 2).to_pylist()]
        return metadata.looks.union(*(Looks.of(days, ids) for days in metadata.holdouts))

    options = MergeOptions(find_looks=find_looks)
    merge_checked([one for one in inputs if one.is_usable], inputs[2:], options, path)
    return path


def seal(text):
    """Pairs of a footer around any text, with its right hash."""
    return {METADATA_KEY: text, DIGEST_KEY: hashlib.sha256(text).hexdigest().encode()}


def parse(document):
    return ShardMetadata.parse(encode_metadata(document))


def test_what_is_read_is_written_again_byte_for_byte(shard, merged):
    for path in (shard, merged):
        document = read_document(path)
        record = parse(document)
        assert isinstance(record, ShardMetadata)
        kept = record.to_plain() | {"columns": document["columns"]}
        assert json.dumps(kept, sort_keys=True) == json.dumps(document, sort_keys=True)


def test_every_odd_value_of_a_merged_file_is_refused_or_harmless(shard, merged):
    document = read_document(merged)
    good = parse(read_document(shard))
    assert len(document["measured"]) > 0
    assert len(document["skipped"]) == 1
    assert [len(span["genomes"]) for span in document["looks"]["spans"]] == [2]
    for place in list_places(document):
        if place[0] == "format":
            continue
        for value in VALUES:
            found = parse(put(document, place, value))
            if isinstance(found, Refusal):
                assert found.kind in ("damaged", "newer"), (place, value, found)
                assert len(found.text) < 400
            else:
                union = merge_metadata([found, good])
                assert encode_metadata(union.to_plain())


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        (("sources", "run-a", "parts"), [], "sources.run-a.parts: expected a table"),
        (("sources", "run-a", "seed"), True, "sources.run-a.seed: expected a whole number"),
        (("sources", "run-a", "machine", "host"), "x" * 300, "machine.host: a text of 300"),
        (("sources", "run-a", "started_utc"), "soon", "started_utc: expected a date"),
        (("sources", "run-a", "space"), "zz", "sources.run-a.space: not among the spaces"),
        (("problem", "direction"), "up", "problem.direction: expected minimize or maximize"),
        (("problem", "fingerprint"), "../../x", "problem.fingerprint: expected 32 hex"),
        (("problem", "options"), {"a": 10**400}, "problem.options"),
        (("columns",), ["x"] * 5000, "columns: 5,000 values; at most 4,096"),
        (("kind",), None, "kind: expected shard or merged, got null"),
        (("sources",), {}, "sources: names no run"),
        (("sources",), {"Run A": {}}, "a run's name has a-z"),
        (("profiles",), {short_hash("x = ["): "x = ["}, "no valid TOML"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_fault_names_its_key_and_what_was_expected(shard, place, value, says):
    found = parse(put(read_document(shard), place, value))
    assert isinstance(found, Refusal)
    assert found.reason.startswith("damaged: its metadata are damaged: ")
    assert says in found.reason


def test_absurd_hours_are_damage(shard):
    document = read_document(shard)
    (part,) = document["sources"]["run-a"]["parts"].values()
    part["elapsed_s"] = 1e308
    assert "elapsed_s: expected a number from 0" in parse(document).reason


def test_spaces_and_profiles_are_what_their_keys_name(shard):
    document = read_document(shard)
    for key in ("spaces", "profiles"):
        changed = copy.deepcopy(document)
        (name,) = changed[key]
        changed[key][name] = {"genes": []} if key == "spaces" else "x = 1"
        assert "its key names" in parse(changed).reason


@pytest.mark.parametrize(
    "gene",
    [
        None, 3, {"name": 3, "kind": "int", "low": 0, "high": 1}, {"name": "a b", "kind": "int"},
        {"name": "k", "kind": "int", "low": "a", "high": 3},
        {"name": "k", "kind": "int", "low": 9, "high": 3},
        {"name": "k", "kind": "int", "low": False, "high": 3},
        {"name": "k", "kind": "int", "low": 0.3, "high": 3, "log": True},
        {"name": "k", "kind": "float", "low": -1, "high": 3, "log": True},
        {"name": "k", "kind": "float", "low": 0, "high": 10**400},
        {"name": "c", "kind": "categorical", "values": [[1], {}]},
        {"name": "c", "kind": "categorical", "values": []},
        {"name": "c", "kind": "ordinal", "values": [1, "a"]},
        {"name": "c", "kind": "boolean", "values": [0, 1]},
        {"name": "k", "kind": "int", "low": 0, "high": 1, "when": {"x": 3}},
    ],
)  # fmt: skip
def test_genes_of_a_stranger_are_read_with_care(shard, gene):
    document = read_document(shard)
    (space_id,) = document["spaces"]
    found = parse(put(document, ("spaces", space_id, "genes"), [gene]))
    assert isinstance(found, Refusal)
    assert "spaces" in found.reason


def test_a_gene_of_an_unknown_kind_is_left_out_and_noted(shard):
    document = read_document(shard)
    (space_id,) = document["spaces"]
    genes = [{"name": "k", "kind": "int", "low": 0, "high": 1}, {"name": "p", "kind": "order"}]
    found = parse(put(document, ("spaces", space_id, "genes"), genes))
    (space,) = found.spaces.values()
    assert [*space] == ["k"]
    assert found.unknown == ("spaces.genes.kind",)


def test_unknown_keys_are_named_once_and_those_inside_runs_are_carried(shard, tmp_path):
    document = read_document(shard) | {"energy": 1, "\x1b]0;t\x07": 2}
    run = document["sources"]["run-a"]
    run["mood"] = "good"
    (part,) = run["parts"].values()
    part["joules"] = 3
    found = parse(document)
    assert found.unknown == ("\\x1b]0;t\\x07", "energy", "sources.mood", "sources.parts.joules")
    assert found.explain_unknown().startswith("4 entries of a newer evosearch (")
    union = merge_metadata([found, parse(read_document(write_shard(tmp_path, ROWS, "run-b")))])
    assert union.unknown == ("sources.mood", "sources.parts.joules")
    assert list_lost([found], union) == ["\\x1b]0;t\\x07", "energy"]


@pytest.mark.parametrize(
    ("pairs", "kind"),
    [
        ({}, "foreign"),
        (seal(b"[]"), "foreign"),
        (seal(b"{}"), "foreign"),
        (seal(b"{"), "damaged"),
        (seal(b'{"format": "evosearch", "schema_version": NaN}'), "damaged"),
        (seal(b'{"format": "evosearch", "schema_version": 1' + b"0" * 5000 + b"}"), "damaged"),
        (seal(b"[" * 100_000), "damaged"),
        (seal(b"[" + b"[]," * 4_000_000 + b"[]]"), "damaged"),
        (seal(b'{"format": "evosearch", "schema_version": 2}'), "damaged"),
        (seal(b'{"format": "evosearch", "schema_version": 0}'), "damaged"),
        (seal(b'{"format": "evosearch", "schema_version": true}'), "damaged"),
        (seal(b'{"format": "evosearch", "schema_version": 3}'), "newer"),
    ],
    ids=range(12),
)
def test_bytes_that_hold_no_metadata_have_one_verdict(pairs, kind):
    found = ShardMetadata.parse(pairs)
    assert isinstance(found, Refusal)
    assert found.kind == kind


def test_large_metadata_are_compressed_and_read_as_they_were(shard, monkeypatch):
    document = read_document(shard)
    plain = encode_metadata(document)
    monkeypatch.setattr(envelope, "PACK_BYTES", 100)
    packed = encode_metadata(document)
    # An evosearch that cannot unpack it takes it for what it is: newer.
    assert json.loads(packed[METADATA_KEY])["schema_version"] == 2
    assert ShardMetadata.parse(packed) == ShardMetadata.parse(plain)


def test_what_is_compressed_cannot_fill_memory():
    codec = pa.Codec("zstd")
    bomb = base64.b64encode(codec.compress(b"[" * 2**20, asbytes=True)).decode()
    for n_bytes in (MAX_METADATA_BYTES + 1, 2**20 - 1, 2**20, 0, -1, "1", None):
        text = {"format": "evosearch", "schema_version": 2, "n_bytes": n_bytes, "packed": bomb}
        assert ShardMetadata.parse(seal(json.dumps(text).encode())).kind == "damaged"
    for packed in (None, "%", "", base64.b64encode(b"no zstd").decode()):
        text = {"format": "evosearch", "schema_version": 2, "n_bytes": 9, "packed": packed}
        assert ShardMetadata.parse(seal(json.dumps(text).encode())).kind == "damaged"


@pytest.mark.parametrize(
    "text", ["x = [", "a." * 100_000 + "b = 1", "x = {" + "a." * 100_000 + "b = 1}", "a = " + "[" * 10**5,
             '"' * 100_001, '\\"' * 100_000],
    ids=range(6),
)  # fmt: skip
def test_no_text_keeps_the_reader_of_profiles_busy(text):
    begun = time.process_time()
    assert not is_toml(text)
    assert time.process_time() - begun < 2


def test_honest_profiles_are_toml():
    dots = ", ".join(f'"{"a." * 100}"' for _ in range(100))
    assert is_toml(f"x = [{dots}]\n[a.b]\ny = [{', '.join(['0.5'] * 1000)}]\n")


@pytest.mark.parametrize("elapsed_s", [5e-324, 1e-300, 0.0])
def test_a_time_that_no_clock_measures_gives_no_rate(tmp_path, shard, elapsed_s):
    document = read_document(shard)
    (part,) = document["sources"]["run-a"]["parts"].values()
    part["elapsed_s"] = elapsed_s
    path = Original(shard).write(tmp_path, document)
    merged = merge_checked(check_inputs([path]))
    summary = summarise_merge(merged, Ranked.of_table(merged.table, merged.metadata))
    assert [each[0]["evaluations_per_s"] for each in (summary["runs"], summary["machines"])] == [
        None
    ] * 2


def manifest_of(space=SPACE, **more):
    run = {"run_id": "run-a", "profile_name": "p", "seed": 1, "machine": {"host": "here"}}
    made = {"run": run, "problem": describe_problem(), "space": space.to_dict()}
    return made | {"profile_toml": "", "folders": []} | more


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        (manifest_of(Space(Int("k", 0, 1), Categorical("c", [f"{i:06d}" + "x" * 4000 for i in range(5000)]))),
         "19.1 MiB; at most 4.0 MiB. The longest:\n  gene 'c' (5,000 values): 19.1 MiB"),
        (manifest_of(Space(*(Categorical(f"c{k}", [f"{i:06d}" + "x" * 994 for i in range(300)]) for k in range(18)))),
         "gene 'c17' (300 values)"),
        (manifest_of(problem=describe_problem(options={"words": ["x" * 100] * 50_000})), "option 'words'"),
        (manifest_of(Space(*(Float(f"g{k}", 0, 1) for k in range(5000)))), "5,000 genes"),
        (manifest_of(Space(Float("g" * 300, 0, 1))), "a name of 300 characters; at most 256"),
        (manifest_of(problem=describe_problem(version="v" * 2000)), "problem.version"),
    ],
    ids=range(6),
)  # fmt: skip
def test_a_search_that_could_not_be_read_is_refused_before_it_begins(tmp_path, manifest, says):
    from evosearch.shards.writing.journal import Journal

    with pytest.raises(UsageError) as refused:
        Journal.begin(tmp_path / "results", manifest)
    assert str(refused.value).startswith("This search cannot be recorded")
    assert says in str(refused.value)
    assert len(str(refused.value).splitlines()) < 8
    assert list(tmp_path.iterdir()) == []


def test_more_columns_than_a_shard_has_are_refused_before_anything_is_measured(tmp_path):
    with pytest.raises(UsageError, match="5,000 genes"):
        make_recorder(tmp_path, space=Space(*(Float(f"g{k}", 0, 1) for k in range(5000))))
    with pytest.raises(UsageError, match="a name of 306 characters"):
        make_recorder(tmp_path, space=Space(Float("g" * 300, 0, 1)))


def test_a_shard_of_ten_thousand_columns_is_refused_and_named(shard, tmp_path):
    original = Original(shard)
    extra = [f"m{k:05d}" for k in range(10_000)]
    columns = original.table.columns + [pa.nulls(6, pa.float64())] * len(extra)
    original.table = pa.Table.from_arrays(columns, [*original.table.column_names, *extra])
    document = original.document
    document.pop("columns")
    checked, good = check_inputs([original.write(tmp_path, document, "wide"), shard])
    assert checked.reason == "wrong columns: 10,016 of them; at most 4,096"
    assert good.is_usable


def test_a_merge_that_could_not_be_read_is_refused_before_it_is_written(
    shard, tmp_path, monkeypatch
):
    other = write_shard(tmp_path, OTHER, "run-b", problem=describe_problem(data={"x": "y" * 5000}))
    inputs = check_inputs([shard, other])
    for module, name, limit in (
        (envelope, "MAX_METADATA_BYTES", 3000),
        (envelope, "MAX_VALUES", 50),
        (excess, "MAX_FOOTER_BYTES", 2**20),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(module, name, limit)
            with pytest.raises(ShardError, match=f"Of them .*{other.name[-12:]} states most"):
                merge_checked(inputs, path=tmp_path / "all.parquet")
    assert not (tmp_path / "all.parquet").exists()
    monkeypatch.setattr(excess, "MAX_COLUMNS", 16)
    with pytest.raises(ShardError, match="19 columns; at most 16"):
        merge_checked(inputs)


def test_what_a_shard_states_beyond_the_limit_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(envelope, "MAX_METADATA_BYTES", 1000)
    with pytest.raises(ShardError, match="Nothing could read it"):
        write_shard(tmp_path, ROWS)
    assert list(tmp_path.glob("*.parquet")) == []


def of_parts(*names, complete=True):
    """The metadata of a merge of shards, each ``run:part:digest``; of a top when not complete."""
    shards = []
    for name in names:
        run_id, part, digest = name.split(":")
        run = {"run_id": run_id, "profile_name": "p", "seed": 1, "machine": {"host": "here"}}
        facts = {"n_rows": 10, "rows_sha256": digest * 64, "generations": [0, 0]}
        manifest = {"run": run, "problem": describe_problem(), "space": SPACE.to_dict()}
        document = make_shard_metadata(manifest | {"profile_toml": ""}, int(part), facts)
        shards.append(ShardMetadata.of_document(document))
    merged = replace(merge_metadata(shards), complete=complete, n_rows=10)
    return ShardMetadata.parse(encode_metadata(merged.to_plain()))  # as it stands in a file


@pytest.mark.parametrize(
    ("tops", "wholes", "is_complete"),
    [
        ([], [["a:0:1"]], True),
        ([["a:0:1"]], [], False),
        ([["a:0:1"]], [["a:0:1"]], True),
        ([["a:0:1"]], [["b:0:1"]], False),
        ([["a:0:1"], ["b:0:1"]], [], False),
        ([["a:0:1"], ["b:0:1"]], [["b:0:1"]], False),
        ([["a:0:1", "b:0:1"]], [["b:0:1"], ["a:0:1"]], True),
        ([["a:0:1", "b:0:1"]], [["a:0:1", "b:0:1", "c:0:1"]], True),
        ([["a:0:1", "a:1:2"]], [["a:0:1"]], False),  # another part of the run
        ([["a:0:1"]], [["a:0:2"]], False),  # the run went two ways: other rows, one number
        ([["a:0:1"]], [["a:0:2"], ["a:0:1"]], True),
    ],
)
def test_a_union_is_complete_only_if_what_tops_left_out_is_there(tops, wholes, is_complete):
    files = [of_parts(*top, complete=False) for top in tops] + [of_parts(*w) for w in wholes]
    for order in (files, files[::-1]):
        union = merge_metadata(order)
        assert union.complete is is_complete
        assert ShardMetadata.parse(
            encode_metadata(replace(union, n_rows=1).to_plain())
        ).complete is (is_complete)


def test_the_rows_behind_a_file_are_those_of_all_parts_each_once():
    union = merge_metadata([of_parts("a:0:1", "a:1:2"), of_parts("a:1:2", "a:1:3", "b:0:1")])
    assert count_rows(union) == 40
    assert {*union.sources["a"].parts} == {f"0:{'1' * 16}", f"1:{'2' * 16}", f"1:{'3' * 16}"}
    assert count_rows(merge_metadata([union, union, of_parts("b:0:1")])) == 40


def test_files_left_out_are_remembered_by_name_in_whatever_order_they_come(monkeypatch):
    monkeypatch.setattr("evosearch.shards.format.metadata.MAX_SKIPPED", 3)
    names = ["d", "a", "c", "b"]
    unions = [
        merge_metadata(
            [of_parts("a:0:1").with_skipped({name: f"because {name}"}) for name in order]
        )
        for order in (names, names[::-1])
    ]
    assert unions[0].skipped == unions[1].skipped == {k: f"because {k}" for k in "abc"}
    assert ShardMetadata.parse(
        encode_metadata(replace(unions[0], n_rows=10).to_plain())
    ).skipped == unions[0].skipped  # fmt: skip


def make_many(n, toml, **more):
    for k in range(n):
        run = {"run_id": f"pro-mac-{k:06d}", "profile_name": "pro", "seed": k}
        run |= {"machine": {"host": "mac", "n_cores": 8}, "versions": {"evosearch": "0.1.0"}}
        facts = {"n_rows": 2, "rows_sha256": hashlib.sha256(b"%d" % k).hexdigest()}
        facts["generations"] = [0, 0]
        manifest = {"run": run, "problem": describe_problem(**more), "space": SPACE.to_dict()}
        manifest["profile_toml"] = f"seed = {k}\n{toml}"
        document = make_shard_metadata(manifest, 0, facts)
        yield ShardMetadata.of_document(document)


@pytest.mark.parametrize("n", [200, pytest.param(5000, marks=pytest.mark.slow)])
def test_metadata_of_thousands_of_runs_stay_readable(n):
    union = merge_metadata(make_many(n, "x = '" + "y" * 1500 + "'\n"))
    again = ShardMetadata.parse(encode_metadata(union.to_plain()))
    assert again.sources.keys() == union.sources.keys()
    assert again.to_plain() == union.to_plain()


@pytest.mark.slow
def test_many_runs_with_long_options_stay_readable():
    words = [f"{k:05d}{'y' * 20}" for k in range(20_000)]
    toml = f"words = {json.dumps(words)}\n"
    union = merge_metadata(make_many(64, toml, options={"words": words}))
    pairs = encode_metadata(union.to_plain())
    assert len(pairs[METADATA_KEY]) < 2**20
    assert ShardMetadata.parse(pairs).profiles == union.profiles


def test_a_shard_cut_into_countless_pieces_is_refused(shard, tmp_path, monkeypatch):
    from evosearch.shards.reading import check as validate

    monkeypatch.setattr(validate, "MAX_CHUNKS", 10)
    (checked,) = check_inputs([shard])
    assert checked.reason == "damaged: 1 row groups for 6 rows"


def test_what_a_footer_takes_is_foreseen(tmp_path):
    rows = [(k, float(k), True, 0.0, 0) for k in range(4000)]
    path = write_shard(tmp_path, rows)
    length = int.from_bytes(path.read_bytes()[-8:-4], "little")
    schema = Original(path).table.schema
    assert excess.estimate_footer(schema, 4000) > length - len(json.dumps(read_document(path)))


def test_two_directions_of_one_fingerprint_are_damage(shard):
    problem = describe_problem(direction="minimize", parts={"direction": "maximize"})
    found = parse(read_document(shard) | {"problem": problem})
    assert "problem.direction: not the one in problem.parts.direction" in found.reason
