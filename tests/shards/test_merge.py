import itertools
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from evosearch import merge
from evosearch.errors import EvosearchError, IncomparableShards, PartialResult, ShardConflict
from evosearch.genome.space import Categorical, Float, Int, Space
from evosearch.population import Status
from evosearch.shards.format.envelope import encode_metadata
from evosearch.shards.format.keys import OrderCheck, RankKeys
from evosearch.shards.reading.check import Verdict, check_shard
from tests.shards.helpers import describe_problem, make_population, make_recorder, write_shard


def ok(*keys):
    return [(key, key / 100, True, 0, Status.OK) for key in keys]


@pytest.fixture
def three(tmp_path):
    folder = tmp_path / "results"
    return [
        write_shard(folder, ok(*range(0, 40)), "pro-1"),
        write_shard(folder, ok(*range(30, 70)), "air-1"),
        write_shard(folder, [*ok(*range(65, 80)), (99, 0, True, 0, Status.FAILED)], "pro-2"),
    ]


def content(result):
    """Everything a merge promises to be the same, rows and metadata."""
    metadata = {key: value for key, value in result.metadata.to_plain().items() if key != "skipped"}
    return result.rows_sha256, result.table.to_pylist(), metadata


def test_rows_in_duplicates_and_ranks_add_up(three, tmp_path):
    result = merge(three)
    assert result.n_rows_in == 40 + 40 + 16
    assert len(result.table) == 81
    assert result.table.column("rank").to_pylist() == list(range(1, 82))
    both = [row for row in result.table.to_pylist() if len(row["found_by"]) > 1]
    assert {row["param_k"] for row in both} == {*range(30, 40), *range(65, 70)}


def test_order_repetition_and_merged_inputs_change_nothing(three, tmp_path):
    whole = merge(three, output=tmp_path / "whole.parquet")
    for number, order in enumerate(itertools.permutations(three)):
        again = merge([*order, order[0]], output=tmp_path / f"{number}.parquet")
        assert content(again) == content(whole)
    part = merge(three[:2], output=tmp_path / "part.parquet")
    assert len(part.table) < len(whole.table)
    tree = merge([part.path, three[2]], output=tmp_path / "tree.parquet")
    assert content(tree) == content(whole)
    absorbed = merge([whole.path, *three, part.path], output=tmp_path / "absorbed.parquet")
    assert content(absorbed) == content(whole)
    assert absorbed.n_rows_in == whole.n_rows_in == 96


def test_renaming_copying_and_linking_change_nothing(three, tmp_path):
    whole = merge(three)
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(three[0], other / "x (1).parquet")
    os.link(three[1], other / three[1].name)
    os.symlink(three[2], other / "link.parquet")
    again = merge([other, *three])
    assert again.table.equals(whole.table)
    assert again.n_rows_in == whole.n_rows_in


def test_a_merged_file_is_itself_a_sound_input(three, tmp_path):
    result = merge(three, output=tmp_path / "m.parquet")
    checked = check_shard(result.path)
    assert checked.verdict is Verdict.OK
    assert checked.metadata.complete is True
    assert merge(result.path).table.equals(result.table)


def test_a_merged_file_of_several_row_groups_is_an_input_like_any_other(tmp_path):
    parts = [
        write_shard(tmp_path, ok(*range(start, start + 4000)), f"run-{start}")
        for start in (0, 3000, 6000)
    ]
    whole = merge(parts, output=tmp_path / "whole.parquet")
    assert parquet.ParquetFile(whole.path).num_row_groups == 2
    assert check_shard(whole.path, deep=True).is_usable
    half = merge(parts[:2], output=tmp_path / "half.parquet")
    several = ([whole.path], [half.path, parts[2]], [half.path, whole.path, parts[0]])
    for number, inputs in enumerate(several):
        again = merge(inputs, output=tmp_path / f"again-{number}.parquet")
        assert not again.skipped
        assert content(again) == content(whole)
        top = merge(inputs, top=3000)
        assert not top.skipped
        assert top.table.column("genome_id").equals(whole.table.column("genome_id").slice(0, 3000))


def test_only_the_top_is_marked_incomplete(three, tmp_path):
    result = merge(three, output=tmp_path / "m.parquet", top=5)
    checked = check_shard(result.path)
    assert (checked.n_rows, checked.metadata.complete) == (5, False)


def test_a_merge_of_tops_is_complete_only_if_all_they_left_out_is_there(three, tmp_path):
    top = merge(three[:2], output=tmp_path / "top.parquet", top=5).path
    for number, (inputs, is_complete) in enumerate(
        [([top, three[0]], False), ([top, *three[:2]], True), ([top, three[2]], False)]
    ):
        for k, order in enumerate((inputs, inputs[::-1])):
            result = merge(order, output=tmp_path / f"{number}-{k}.parquet")
            assert result.is_complete is is_complete
            # Whoever reads the file learns the same, and so does a merge of the merge.
            assert check_shard(result.path).metadata.complete is is_complete
            assert merge(result.path).is_complete is is_complete


def test_genomes_whose_ids_agree_in_half_are_two(tmp_path):
    population = make_population(ok(*range(6)))
    population.genome_ids[:] = [[1, 1], [1, 2], [2, 1], [2, 2], [1, 3], [3, 1]]
    population.evaluations.fitness[:] = [1, 1, 1, 1, 2, 2]
    recorder = make_recorder(tmp_path, "pro-1")
    recorder.record(population)
    recorder.seal()
    (shard,) = recorder.paths
    other = write_shard(tmp_path, ok(50), "air-1")
    for inputs in ([shard], [shard, other], [shard, shutil.copy(shard, tmp_path / "copy.parquet")]):
        result = merge(inputs)
        keys = {row["param_k"] for row in result.table.to_pylist()} - {50}
        assert keys == set(range(6))
        assert result.n_conflicts == 0


def test_what_merges_left_out_and_counted_is_known_to_merges_of_them(three, tmp_path):
    folder = tmp_path / "results"
    (folder / "bad-1.parquet").write_bytes(three[0].read_bytes()[:500])
    first = merge([three[0], folder / "bad-1.parquet"], output=tmp_path / "1.parquet")
    (folder / "bad-0.parquet").write_bytes(b"")
    second = merge([three[1], folder / "bad-0.parquet"], output=tmp_path / "2.parquet")
    result = merge([first.path, second.path, three[2]], output=tmp_path / "3.parquet")
    skipped = check_shard(result.path).metadata.skipped
    assert [*skipped] == ["bad-0.parquet", "bad-1.parquet"]
    assert "empty" in skipped["bad-0.parquet"]
    assert "partial copy" in skipped["bad-1.parquet"]
    assert merge(result.path).n_rows_in == 96


def test_rows_of_every_part_of_a_run_are_counted_once(tmp_path):
    parts = []
    for part, keys in enumerate((range(10), range(10, 40), range(40, 45))):
        recorder = make_recorder(tmp_path, "pro-1", first_part=part)
        recorder.record(make_population(ok(*keys), part))
        recorder.seal()
        parts += recorder.paths
    first = merge(parts[:2], output=tmp_path / "first.parquet")
    assert first.n_rows_in == 40
    assert merge([first.path, *parts[1:]]).n_rows_in == 45
    assert merge([first.path, *parts, *parts]).n_rows_in == 45


def test_inputs_are_never_changed(three, tmp_path):
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in three}
    merge([*three], output=tmp_path / "m.parquet")
    assert before == {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in three}


def test_an_output_may_be_one_of_the_inputs(three, tmp_path):
    target = tmp_path / "all.parquet"
    merge(three[:2], output=target)
    result = merge([target, three[2]], output=target)
    assert merge(target).table.equals(result.table)
    assert len(result.table) == 81


def test_bad_inputs_are_named_and_the_rest_is_merged(three, tmp_path):
    bad = tmp_path / "results" / "bad.parquet"
    bad.write_bytes(three[0].read_bytes()[:500])
    result = merge(tmp_path / "results")
    assert [(item.path.name, item.verdict) for item in result.skipped] == [
        ("bad.parquet", Verdict.TRUNCATED)
    ]
    assert len(result.table) == 81
    assert result.metadata.skipped == {"bad.parquet": result.skipped[0].reason}
    with pytest.raises(PartialResult, match="bad.parquet"):
        merge(tmp_path / "results", strict=True)


def test_nothing_usable_is_an_error_that_lists_the_reasons(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"")
    with pytest.raises(EvosearchError, match="empty"):
        merge(tmp_path / "a.parquet")


def test_two_fingerprints_are_refused_with_both_named_and_what_differs(three, tmp_path):
    problem = describe_problem("e" * 32, parts={"options": {"fee": 2}})
    other = write_shard(tmp_path / "results", ok(1), "pro-9", problem=problem)
    with pytest.raises(IncomparableShards) as caught:
        merge([*three, other])
    text = str(caught.value)
    assert "e" * 32 in text
    assert "f" * 32 in text
    assert "options.fee: 2 | 1" in text
    apart = merge([*three, other], by_fingerprint=True, output=tmp_path / "m.parquet")
    assert [len(result.table) for result in apart] == [1, 81]
    assert len({result.path for result in apart}) == 2


def test_the_refusal_of_a_mixture_shows_hostile_names_and_never_obeys_them(tmp_path):
    paths = [
        write_shard(tmp_path, ok(1), f"run-{k}", problem=problem | {"name": "a\x1b[2J\nforged"})
        for k, problem in enumerate(
            describe_problem(letter * 32, parts={"fee\x9b": f"\x1b]0;{letter}\x07"})
            for letter in "ab"
        )
    ]
    with pytest.raises(IncomparableShards) as caught:
        merge(paths)
    text = str(caught.value)
    assert not any(harmful in text for harmful in ("\x1b", "\x9b", "\x07", "\nforged"))
    assert "\\x1b" in text


def test_conflicts_are_listed_and_refused_when_strict(three, tmp_path):
    other = write_shard(tmp_path / "results", [(3, 0.5, True, 0, Status.OK)], "friend-1")
    result = merge([*three, other], output=tmp_path / "m.parquet")
    (conflict,) = result.conflicts
    assert (conflict.genome_id, conflict.column) == (f"{3:016x}{3:016x}", "fitness")
    assert conflict.readings == ((0.5, "friend-1"), (0.03, "pro-1"))
    with pytest.raises(ShardConflict, match="pro-1"):
        merge([*three, other], strict=True)
    # What a merged file knows of conflicts is not lost in the next merge.
    again = merge([result.path, three[1]])
    assert again.conflicts == result.conflicts


def test_profiles_with_more_genes_merge_with_those_with_fewer(tmp_path):
    wide = Space(Int("k", 0, 999), Float("x", 0, 1), Categorical("c", ["a", "b"]), Int("z", 0, 1))
    narrow_path = write_shard(tmp_path / "a", ok(1, 2), "pro-1")
    population = make_population(ok(3, 4))
    genomes = np.column_stack([population.genomes, [0.0, 1.0]])
    recorder = make_recorder(tmp_path / "b", "air-1", space=wide)
    recorder.record(replace(population, genomes=genomes))
    recorder.seal()
    one = merge([narrow_path, recorder.paths[0]])
    two = merge([recorder.paths[0], narrow_path])
    assert one.table.equals(two.table)
    assert one.table.column("param_z").to_pylist() == [1, 0, None, None]
    assert one.table.column_names[-2:] == ["rank", "found_by"]


def with_genes(folder, run_id, key, *names):
    """A shard of one row whose space has these genes."""
    recorder = make_recorder(folder, run_id, space=Space(*(Int(name, 0, 9) for name in names)))
    individual = make_population(ok(key))
    recorder.record(replace(individual, genomes=np.ones((1, len(names)))))
    recorder.seal()
    return recorder.paths[0]


def test_any_tree_of_merges_of_different_spaces_is_one_file_to_the_byte(tmp_path):
    a = with_genes(tmp_path, "a", 1, "kind", "level")
    b = with_genes(tmp_path, "b", 2, "kind", "fast", "slow")
    c = with_genes(tmp_path, "c", 3, "kind", "period", "other", "slow")
    trees = [[a, b, c], [[a, b], c], [a, [c, b]], [[c, a], [b, a]], [[[b]], [c], [a]]]

    def grow(tree, name):
        paths = [
            each if isinstance(each, Path) else grow(each, f"{name}{place}")
            for place, each in enumerate(tree)
        ]
        return merge(paths, output=tmp_path / "trees" / f"{name}.parquet").path

    grown = {grow(tree, f"t{number}-").read_bytes() for number, tree in enumerate(trees)}
    assert len(grown) == 1
    assert merge(b).table.column_names[-5:-2] == ["param_kind", "param_fast", "param_slow"]


def test_copies_of_a_run_with_other_clocks_speak_alike_in_any_order(three, tmp_path):
    table, metadata = parquet.read_table(three[0]), check_shard(three[0]).metadata.plain
    paths = []
    for number, host in enumerate(["one", "two"]):
        (run,) = metadata["sources"].values()
        run["machine"] = {"host": host}
        (part,) = run["parts"].values()
        part["elapsed_s"] = 2.0 - number
        paths.append(tmp_path / f"{number}.parquet")
        changed = table.replace_schema_metadata(encode_metadata(metadata))
        parquet.write_table(changed, paths[-1])
    one = merge(paths, output=tmp_path / "one.parquet")
    two = merge(paths[::-1], output=tmp_path / "two.parquet")
    assert one.path.read_bytes() == two.path.read_bytes()
    renamed = [shutil.move(paths[0], tmp_path / "9.parquet"), paths[1]]
    three_way = merge(renamed, output=tmp_path / "three.parquet")
    assert three_way.path.read_bytes() == one.path.read_bytes()


def test_a_gene_of_two_kinds_under_one_fingerprint_is_refused(tmp_path):
    a = with_genes(tmp_path, "a", 1, "kind")
    recorder = make_recorder(tmp_path, "b", space=Space(Categorical("kind", ["x", "y"])))
    recorder.record(replace(make_population(ok(2)), genomes=np.ones((1, 1))))
    recorder.seal()
    with pytest.raises(IncomparableShards, match="'param_kind' is text in one"):
        merge([a, recorder.paths[0]])


def test_a_file_that_changes_after_its_check_is_left_out(three, tmp_path):
    from evosearch.shards.merging.merge import check_inputs, merge_checked

    checked = check_inputs(three)
    os.utime(three[1], ns=(1, 1))
    result = merge_checked(checked)
    assert [item.verdict for item in result.skipped] == [Verdict.CHANGED]
    assert len(result.table) == 56


@pytest.mark.parametrize("batch_rows", [7, 50, 100, 1000])
def test_rows_out_of_order_are_found_wherever_the_pieces_that_are_read_begin(tmp_path, batch_rows):
    from evosearch.shards.merging.job import Job
    from evosearch.shards.merging.runs import FileRun, make_working_schema
    from evosearch.shards.reading.rows import UNSORTED, UnusableInput
    from tests.shards.test_deep import forge

    honest = write_shard(tmp_path, ok(*range(100)))
    # Each half is in order, and the better half stands behind the other.
    halves = forge(honest, lambda table: table.take([*range(50, 100), *range(50)]))

    def count(path):
        item = check_shard(path)
        schema = make_working_schema(item.schema)
        run = FileRun(item, Job([item], schema, (), 2**20, tmp_path, lambda n_rows: None))
        return sum(len(part.rows) for part in run.parts(batch_rows))

    assert count(honest) == 100
    with pytest.raises(UnusableInput) as error:
        count(halves)
    assert error.value.checked.reason == UNSORTED


def test_a_piece_without_rows_does_not_part_its_neighbours():
    def make_keys(*values):
        tier, ids = np.zeros(len(values), np.int8), np.zeros(len(values), np.uint64)
        return RankKeys(tier, np.array(values, np.float64), ids, ids)

    order = OrderCheck()
    pieces = (make_keys(1, 2, 3), make_keys(), make_keys(2, 4))
    assert [order.find_unsorted(keys) for keys in pieces] == [None, None, 2]


def test_rows_that_were_promised_and_do_not_come_are_missed(tmp_path):
    """A page that calls itself an index is passed over, and its rows with it."""
    from evosearch.shards.reading.rows import UnusableInput, read_rows

    item = replace(check_shard(write_shard(tmp_path, ok(*range(40)))), n_rows=41)
    with pytest.raises(UnusableInput, match="rows are missing"):
        list(read_rows(item, 50))


def touch(path):
    os.utime(path, ns=(1, 1))


def replace_whole(path):
    copy = shutil.copy2(path, path.with_name("copy"))
    os.replace(copy, path)  # the same bytes and times, but another file


def grow(path):
    status = path.stat()
    with path.open("ab") as file:
        file.write(b"x")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("is_light", [False, True], ids=["hashed", "pages alone"])
def test_a_file_that_changes_while_it_is_read_is_noticed_at_the_latest_at_its_end(
    tmp_path, monkeypatch, is_light
):
    from evosearch.shards.reading.rows import UnusableInput, read_rows

    monkeypatch.setattr("evosearch.shards.writing.store.HEAD_ROWS", 50)
    monkeypatch.setattr("evosearch.shards.writing.store.ROW_GROUP_ROWS", 50)
    path = write_shard(tmp_path, ok(*range(200)))
    whole = path.read_bytes()
    # Before it is read at all, after its first rows, in its middle, and after its last rows.
    for change, n_read in itertools.product(
        (touch, replace_whole, grow, Path.unlink), (0, 1, 2, 4)
    ):
        path.write_bytes(whole)
        item = check_shard(path, is_light=is_light)
        assert bool(item.unread) is is_light
        rows = read_rows(item, 50)
        assert sum(len(next(rows)) for _ in range(n_read)) == 50 * n_read
        change(path)
        with pytest.raises(UnusableInput) as error:
            # Who wants the first rows only gets none: not of a file that is another one by then.
            list(rows) if n_read else next(rows)
        assert error.value.checked.verdict is Verdict.CHANGED, (change, n_read)
        assert "changed while it was read" in error.value.checked.reason
    path.write_bytes(whole)
    assert sum(len(table) for table in read_rows(check_shard(path), 50)) == 200


def test_a_page_is_not_looked_at_in_another_file_than_the_rows_come_from(tmp_path, monkeypatch):
    """The first pages were checked; those left for later are looked at when their turn comes."""
    from evosearch.shards.reading.rows import UnusableInput, read_rows

    monkeypatch.setattr("evosearch.shards.writing.store.HEAD_ROWS", 50)
    path = write_shard(tmp_path, ok(*range(200)))
    item = check_shard(path, is_light=True)
    rows = read_rows(item, 50)
    next(rows)
    replace_whole(path)
    with pytest.raises(UnusableInput) as error:
        next(rows)  # at once, not when the rows were used
    assert error.value.checked.verdict is Verdict.CHANGED


@pytest.mark.parametrize("change", [touch, grow])
def test_a_merge_during_which_a_file_changes_has_no_row_of_it(three, tmp_path, change):
    changed = []

    def listen(stage, done, total):
        if stage != "check" and not changed:
            changed.append(three[1])
            change(three[1])

    result = merge(three, output=tmp_path / "m.parquet", listen=listen)
    assert changed
    assert [(item.path, item.verdict) for item in result.skipped] == [(three[1], Verdict.CHANGED)]
    assert len(parquet.read_table(result.path)) == 56


def test_a_hive_folder_name_never_becomes_a_column(three, tmp_path):
    folder = tmp_path / "run_id=evil"
    folder.mkdir()
    shutil.copy(three[0], folder / three[0].name)
    assert set(merge(folder).table.column("run_id").to_pylist()) == {"pro-1"}


def test_nan_fitness_in_a_strangers_shard_never_ranks(three, tmp_path):
    table = parquet.read_table(three[0])
    poisoned = table.set_column(1, "fitness", pa.array([float("nan")] * len(table)))
    metadata = check_shard(three[0]).metadata.plain
    from evosearch.shards.format.digest import RowsDigest

    digest = RowsDigest()
    digest.update(poisoned)
    (run,) = metadata["sources"].values()
    (part,) = run["parts"].values()
    part["rows_sha256"] = digest.hexdigest()
    run["parts"] = {f"0:{digest.hexdigest()[:16]}": part}
    path = tmp_path / "nan.parquet"
    parquet.write_table(poisoned.replace_schema_metadata(encode_metadata(metadata)), path)
    result = merge([path, three[1]])
    fitness = result.table.column("fitness").to_pylist()
    assert fitness[0] == 0.69
    assert all(row["found_by"] == ["pro-1"] for row in result.table.to_pylist()[40:])
