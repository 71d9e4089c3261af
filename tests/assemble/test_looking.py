"""A look at a hold-out is counted once, by whatever command, and nothing makes it forgotten."""

import os
import shutil
import signal
import stat

import pytest

import evosearch
from evosearch.assemble.judging.looking import choose_folder, find_known, look
from evosearch.assemble.ranking.choosing import choose_ranking
from evosearch.assemble.ranking.opening import open_ranking
from evosearch.days import Days
from evosearch.shards.format.looks import MAX_IDS, MAX_LOOKS
from evosearch.shards.reading.summary import open_footer
from evosearch.shards.writing.ledger import read_ledger, record
from tests.cli.test_commands import invoke, run_json
from tests.runs import evosearch as run_program
from tests.shards.helpers import describe_problem
from tests.shards.test_looks import make_days, make_id

SMALL = {"data": "sample:ibm-daily", "workers": 1, "backend": "serial"}
DATA = {"days": {"in": make_days(0, 60).to_plain(), "oos": make_days(60, 90).to_plain()}}


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """Three small searches on daily prices: the shards, the worst winner first."""
    folder = tmp_path_factory.mktemp("searched")
    for seed in (1, 2, 3):
        evosearch.run("pro", seed=seed, evaluations=40, results=folder, **SMALL)
    paths = sorted(folder.glob("*.parquet"))
    assert len(paths) == 3
    return sorted(paths, key=lambda path: find_winner(path)["fitness"])


def find_winner(path):
    row = open_ranking([path]).ranked.rows(0, 1).to_pylist()[0]
    return row | {"id": row["genome_id"].hex()}


@pytest.fixture
def results(workspace, shards):
    """A folder with the worst of them."""
    (workspace / "results").mkdir()
    add(workspace / "results", shards[0])
    return workspace / "results"


def add(folder, shard):
    shutil.copy(shard, folder / shard.name)


def list_merged(folder):
    return sorted((folder / "merged").glob("*.parquet"))


def merge(*words):
    done = invoke("merge", *words)
    assert done.exit_code == 0, done.output
    return done


def looks_of(path):
    metadata = open_footer(path).metadata
    assert metadata.looks.count(*metadata.holdouts) == metadata.looks.n_all
    return metadata.looks.ids(*metadata.holdouts)


def ledger_ids(folder):
    return frozenset[str]().union(*read_ledger(folder).genomes.values())


def test_merging_the_same_again_leaves_the_one_file_that_is_there(results, shards):
    merge()
    (first,) = list_merged(results)
    content, ledger = first.read_bytes(), (results / ".evosearch" / "looks.jsonl").read_bytes()
    moved = first.rename(first.with_name(f"20200101T000000Z-{first.name.rpartition('-')[2]}"))
    for words in ([], ["results"], [shards[0], moved], [moved, shards[0], shards[0]]):
        data = run_json("merge", *words)
        assert data["is_unchanged"] is True
        assert data["path"] == str(moved.relative_to(results.parent))
        assert list_merged(results) == [moved]
    assert moved.read_bytes() == content
    assert looks_of(moved) == ledger_ids(results) == {find_winner(shards[0])["id"]}
    assert (results / ".evosearch" / "looks.jsonl").read_bytes() == ledger


@pytest.mark.slow
def test_a_copy_of_any_name_is_enough_and_the_one_that_promises_its_hash_is_named(results):
    first = merge()
    (file,) = list_merged(results)
    mine = file.rename(file.with_name("my best.parquet"))
    done = merge()
    assert "unchanged: " in done.stdout and mine.name in done.stdout
    assert "unchanged" not in first.stdout
    assert list_merged(results) == [mine]
    # Its name promises the hash of something else: nobody believes it.
    liar = mine.rename(mine.with_name(f"20260101T000000Z-{'0' * 16}.parquet"))
    assert merge().exit_code == 0
    (again,) = [path for path in list_merged(results) if path != liar]
    assert again.read_bytes() == liar.read_bytes()
    shutil.copy(again, mine)
    assert again.name in merge().stdout
    assert len(list_merged(results)) == 3


def test_a_merge_with_new_looks_says_that_only_these_are_new(results, shards):
    merge()
    (first,) = list_merged(results)
    metadata = open_footer(first).metadata
    look(metadata.holdouts, [make_id("another")], results)
    done = merge()
    assert f"(the rows are those of {first.relative_to(results.parent)}; new are" in done.stdout
    assert "unchanged: " in merge().stdout


@pytest.mark.slow
def test_a_named_output_is_written_as_ever(results):
    merge()
    (first,) = list_merged(results)
    merge("-o", "mine.parquet")
    assert (results.parent / "mine.parquet").read_bytes() == first.read_bytes()
    assert list_merged(results) == [first]


def test_a_new_winner_is_a_new_look_and_the_same_one_is_none(results, shards):
    merge()
    add(results, shards[2])
    merge()
    winners = {find_winner(shards[place])["id"] for place in (0, 2)}
    assert ledger_ids(results) == winners
    old, new = sorted(list_merged(results), key=lambda path: len(looks_of(path)))
    assert looks_of(old) < looks_of(new) == winners
    add(results, shards[1])  # another shard, the same winner
    merge()
    assert ledger_ids(results) == winners


def test_only_new_looks_make_another_file_and_that_is_chosen(results, shards):
    merge()
    (first,) = list_merged(results)
    metadata = open_footer(first).metadata
    other = make_id("another")
    look(metadata.holdouts, [other], results)
    merge()
    (second,) = [path for path in list_merged(results) if path != first]
    assert looks_of(second) == looks_of(first) | {other}
    rows = [open_footer(path).metadata.rows_sha256 for path in (first, second)]
    assert rows[0] == rows[1]
    assert choose_ranking(results).files == (second,)
    # Their names say nothing: clocks may be wrong.
    second.rename(second.with_name(f"20200101T000000Z-{second.name.rpartition('-')[2]}"))
    assert looks_of(choose_ranking(results).files[0]) == looks_of(first) | {other}


@pytest.mark.slow
def test_a_stale_merged_file_forgets_nothing_without_the_ledger(results, shards):
    """Looks of all merged files count, not only those of the file that is shown."""
    add(results, shards[2])
    merge()
    (best,) = list_merged(results)
    (results / ".evosearch" / "looks.jsonl").unlink()
    (results / shards[2].name).unlink()
    invoke("merge", shards[0], "-o", results / "merged" / "small.parquet")
    metadata = open_footer(results / "merged" / "small.parquet").metadata
    winners = {find_winner(shards[place])["id"] for place in (0, 2)}
    assert find_known(metadata.holdouts, results).ids(*metadata.holdouts) == winners
    assert looks_of(results / "merged" / "small.parquet") == winners
    assert looks_of(best) < winners


@pytest.mark.slow
def test_looks_travel_in_merged_files_to_another_folder(results, shards, tmp_path):
    merge()
    (first,) = list_merged(results)
    away = tmp_path / "away"
    away.mkdir()
    merge(first, shards[2], "--results", away, "-o", away / "all.parquet")
    assert looks_of(away / "all.parquet") == {find_winner(shards[place])["id"] for place in (0, 2)}
    # The other folder's ledger holds what was looked at there.
    assert ledger_ids(away) == {find_winner(shards[2])["id"]}
    # A top carries them too, and rows and their digest do not depend on looks.
    merge(first, shards[2], "--only-top", "--top", 3, "--results", away, "-o", away / "top.parquet")
    assert looks_of(away / "top.parquet") == looks_of(away / "all.parquet")
    plain = evosearch.merge([first, shards[2]], output=away / "a.parquet", results=tmp_path / "b")
    assert plain.rows_sha256 == open_footer(away / "all.parquet").metadata.rows_sha256


@pytest.mark.slow
def test_any_order_and_grouping_of_merges_carries_the_same_looks(results, shards, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()

    def join(name, *files):
        for path in empty.rglob("looks.*"):
            path.unlink()
        return evosearch.merge(files, output=tmp_path / name, results=empty).path

    every = {find_winner(path)["id"] for path in shards}
    one = [join(f"{place}.parquet", path) for place, path in enumerate(shards)]
    assert [looks_of(path) for path in one] == [{find_winner(path)["id"]} for path in shards]
    left = join("l.parquet", join("ab.parquet", one[0], one[1]), one[2])
    right = join("r.parquet", one[2], join("bc.parquet", one[1], one[0]), one[1], *shards)
    assert looks_of(left) == looks_of(right) == every
    assert left.read_bytes() == right.read_bytes()


def test_python_counts_as_the_commands_do(results, shards):
    evosearch.top()
    assert ledger_ids(results) == {find_winner(shards[0])["id"]}
    merged = evosearch.merge("results")
    winner = {find_winner(shards[0])["id"]}
    assert ledger_ids(results) == merged.metadata.looks.ids(*merged.metadata.holdouts) == winner
    evosearch.top()
    evosearch.show(1)
    assert ledger_ids(results) == winner
    assert evosearch.show(2)["row"]["genome_id"] in ledger_ids(results)


@pytest.mark.slow
def test_a_hold_out_that_is_used_up_stays_so(results):
    merge()
    metadata = open_footer(list_merged(results)[0]).metadata
    looks, is_recorded = look(metadata.holdouts, map(make_id, range(3 * MAX_LOOKS)), results)
    assert is_recorded
    assert looks.count(*metadata.holdouts) == MAX_IDS
    merge()
    (path,) = [path for path in list_merged(results) if open_footer(path).metadata.looks.n_all > 1]
    carried = open_footer(path).metadata
    assert carried.looks.count(*carried.holdouts) == MAX_IDS
    size = (results / ".evosearch" / "looks.jsonl").stat().st_size
    look(metadata.holdouts, map(make_id, range(9000, 9100)), results)
    assert (results / ".evosearch" / "looks.jsonl").stat().st_size == size
    (results / ".evosearch" / "looks.jsonl").unlink()
    assert find_known(metadata.holdouts, results).count(*metadata.holdouts) == MAX_IDS


def test_a_file_that_grew_by_a_day_knows_its_looks(tmp_path):
    first, grown, later = make_days(70, 100), make_days(71, 101), make_days(200, 230)
    look([first, Days.of_text("one")], [make_id(1)], tmp_path)
    assert find_known([grown, Days.of_text("two")], tmp_path).count(grown) == 1
    looks, _ = look([grown, Days.of_text("two")], [make_id(1)], tmp_path)
    assert looks.count(grown) == 1
    assert find_known([later], tmp_path).count(later) == 0
    assert not find_known([], tmp_path)


def test_looks_beside_the_files_of_another_folder_are_known(results, shards, tmp_path):
    away = tmp_path / "away"
    away.mkdir()
    add(away, shards[2])
    evosearch.top(results=away)
    winners = {find_winner(shards[place])["id"] for place in (0, 2)}
    for words in (results, away), (f"{away}/*.parquet", f"{results}/*.parquet"), (away, results):
        invoke("top", "--results", results, results)  # the look at the worse one is here
        merge(*words)
    (path,) = list_merged(results)
    assert looks_of(path) == winners
    assert looks_of(path) > ledger_ids(away)


def test_one_problem_without_days_is_one_hold_out(tmp_path):
    """Shards of an older version know no days; newer ones of the same fingerprint do."""
    older, newer = Days.of_text("f" * 32), make_days(0, 30)
    look([newer, older], [make_id(1)], tmp_path)
    assert find_known([older], tmp_path).count(older) == 1
    look([older], [make_id(2)], tmp_path)
    assert find_known([newer, older], tmp_path).count(newer, older) == 2


def test_the_days_of_a_problem_say_whether_there_is_a_hold_out():
    from evosearch.shards.format.records import Fields, read_problem

    def holdouts(data):
        plain = describe_problem(data=data)
        problem = read_problem(Fields(plain, "", set()))
        return problem.days and (problem.days.unseen is not None)

    assert holdouts(DATA)
    assert holdouts({"days": DATA["days"] | {"oos": None}}) is False
    assert holdouts({}) is None


@pytest.mark.posix
def test_a_folder_that_cannot_be_written_is_said_and_ends_well(results, shards):
    metadata = open_footer(results / shards[0].name).metadata
    (results / ".evosearch").mkdir(exist_ok=True)
    (results / ".evosearch" / "looks.jsonl").mkdir()
    looks, is_recorded = look(metadata.holdouts, [make_id(1)], results)
    assert (looks.count(*metadata.holdouts), is_recorded) == (1, False)
    assert merge("-o", "mine.parquet")
    winner = find_winner(shards[0])["id"]
    # What a file in the folder carries will not be forgotten; what lies elsewhere may be.
    own = open_footer(results.parent / "mine.parquet").metadata.looks
    assert look(metadata.holdouts, [winner], results, own)[1] is False
    shutil.copy("mine.parquet", results / "mine.parquet")
    assert looks_of(results / "mine.parquet") == {winner}
    assert look(metadata.holdouts, [winner], results)[1] is True


@pytest.mark.posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_ends_well(results):
    results.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert invoke("top", "results").exit_code == 0
    finally:
        results.chmod(stat.S_IRWXU)


@pytest.mark.posix
def test_a_ledger_that_is_a_link_is_not_followed(results, tmp_path):
    (tmp_path / "other.jsonl").write_text("")
    (results / ".evosearch").mkdir(exist_ok=True)
    (results / ".evosearch" / "looks.jsonl").symlink_to(tmp_path / "other.jsonl")
    assert invoke("top", "results").exit_code == 0
    assert (tmp_path / "other.jsonl").read_text() == ""


@pytest.mark.slow
@pytest.mark.posix
@pytest.mark.parametrize("point", ["ledger", "ledger-done", "rename"])
def test_a_merge_that_is_killed_loses_no_look(results, shards, point, monkeypatch):
    """Whenever it dies, the next merge gives the very file that it would have written."""
    folder = results.parent
    whole = shutil.copytree(folder, folder / "whole")
    monkeypatch.chdir(whole)
    merge()
    (expected,) = list_merged(whole / "results")
    done = run_program(folder, "merge", EVOSEARCH_FAILPOINT=point)
    assert done.returncode == -signal.SIGKILL
    winner = {find_winner(shards[0])["id"]}
    assert ledger_ids(results) == (set() if point == "ledger" else winner)
    monkeypatch.chdir(folder)
    merge()
    (found,) = list_merged(results)
    assert found.read_bytes() == expected.read_bytes()
    assert ledger_ids(results) == winner


@pytest.mark.slow
def test_sweeps_leave_the_ledger(results):
    merge()
    before = ledger_ids(results)
    evosearch.run("pro", seed=9, evaluations=10, results=results, **SMALL)
    merge()
    assert before <= ledger_ids(results)


def test_the_folder_of_the_ledger(workspace):
    (workspace / "there" / "in").mkdir(parents=True)
    file = workspace / "there" / "a.parquet"
    file.touch()
    assert choose_folder("results", []).name == "results"
    assert choose_folder("results", [file]) == workspace / "there"
    assert choose_folder("results", ["there"]).resolve() == workspace / "there"
    assert choose_folder("results", ["there/*.parquet"]).resolve() == workspace / "there"
    inner = workspace / "there" / "merged" / "b.parquet"
    inner.parent.mkdir()
    assert choose_folder("results", [inner]) == inner.parent
    (workspace / "there" / ".evosearch").mkdir()
    assert choose_folder("results", [inner]) == workspace / "there"
    (workspace / "results").mkdir()
    assert choose_folder("results", [file]).resolve() == workspace / "results"


def test_a_foreign_ledger_counts_only_where_days_are_shared(tmp_path):
    record(tmp_path, look([make_days(0, 9)], [make_id(1)], tmp_path)[0])
    looks, _ = look([make_days(20, 29)], [make_id(2)], tmp_path)
    assert looks.ids(make_days(20, 29)) == {make_id(2)}
    assert looks.n_all == 1
