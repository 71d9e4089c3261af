"""N is the number of distinct trials, counted here once more by a set of ids over the rows."""

import math
import os
import random
import shutil

import numpy as np
import pytest
from pyarrow import parquet

from evosearch.assemble.judging.folder import find_elsewhere
from evosearch.assemble.judging.trials import count_trials
from evosearch.assemble.ranking.merging import merge
from evosearch.days import hash_days
from evosearch.shards.reading.summary import open_footer
from tests.forging import forge
from tests.shards.helpers import describe_problem, write_shard

EVIDENCE = {
    "sharpe": "objective", "skew": "n_steps", "kurtosis": "n_steps", "n_days": "n_steps",
    "return_frac": "objective", "exposure": "n_steps", "behaviour": "",
}  # fmt: skip


def write_part(folder, number, chance, is_older=False):
    """A shard of some of forty genomes; those not ok have no Sharpe ratio."""
    keys = chance.sample(range(40), chance.randint(1, 6))
    # Where they are measured, all runs measure the same: one genome, one value.
    rows = [(key, key / 100, True, 0.0, 0 if key % 5 else 1) for key in keys]
    more = {} if is_older else {"evidence": EVIDENCE}
    problem = describe_problem(**more)
    return write_shard(folder, rows, run_id=f"run-{number}", problem=problem)


def read_ids(path):
    """Ids of the rows of one file that have a Sharpe ratio."""
    rows = parquet.read_table(path, columns=["genome_id", "objective"]).to_pylist()
    return {
        row["genome_id"]
        for row in rows
        if row["objective"] is not None and math.isfinite(row["objective"])
    }


def read_metadata(path):
    return open_footer(path).metadata


class Tree:
    """Random merges of merges, with what must come out of each."""

    def __init__(self, folder, chance):
        self.folder, self.chance, self.n = folder, chance, 0
        # File -> the leaves whose rows it holds whole, and those behind a top.
        self.whole, self.cut = {}, {}

    def grow(self, leaves):
        for leaf in leaves:
            self.whole[leaf], self.cut[leaf] = {leaf}, set()
        files = list(leaves)
        for _ in range(self.chance.randint(1, 4)):
            inputs = self.chance.choices(files, k=self.chance.randint(1, 4))
            files.append(self.merge(inputs))
        return files[-1]

    def merge(self, inputs):
        self.n += 1
        output = self.folder / f"merged-{self.n}.parquet"
        top = self.chance.choice([None, None, None, 2])
        merge(inputs, output=output, top=top, n_threads=1, memory_bytes=2**26)
        whole = set().union(*(self.whole[each] for each in inputs))
        cut = set().union(*(self.cut[each] for each in inputs)) | (whole if top else set())
        # A file says of all its parts at once whether their rows are there.
        is_whole = not top and cut <= whole
        self.whole[output] = whole if is_whole else set()
        self.cut[output] = set() if is_whole else whole | cut
        return output


def count_again(tree, path):
    """N and whether it is exact, from the rows of the leaves alone."""
    if not tree.cut[path]:
        return len(set().union(*map(read_ids, tree.whole[path]))), True
    behind = tree.whole[path] | tree.cut[path]
    return sum(count_part_again(each) for each in behind), False


def count_part_again(path):
    (run,) = read_metadata(path).sources.values()
    (part,) = run.parts.values()
    return len(read_ids(path)) if part.trials is not None else part.n_rows


def check_tree(folder, seed):
    chance = random.Random(seed)
    folder.mkdir()
    older = [chance.random() < 0.2 for _ in range(chance.randint(1, 5))]
    leaves = [write_part(folder, i, chance, each) for i, each in enumerate(older)]
    tree = Tree(folder, chance)
    final = tree.grow(leaves)
    behind = tree.whole[final] | tree.cut[final]
    found = read_metadata(final)
    n, is_exact = count_again(tree, final)
    trials = count_trials(found, has_evidence=True)
    is_known = found.problem.evidence is not None  # of some file that was not older
    if not is_known:
        return "older"
    assert trials.n == n, (seed, found.complete)
    assert trials.is_bound == (not is_exact and len(behind) > 1), seed
    assert trials.is_older == any(
        each for leaf, each in zip(leaves, older, strict=True) if leaf in behind
    )
    return "whole" if is_exact else "cut"


def test_trials_are_counted_once(tmp_path):
    kinds = [check_tree(tmp_path / str(seed), seed) for seed in (0, 1, 3)]
    assert {"whole", "cut"} <= set(kinds)


@pytest.mark.slow
def test_trials_of_two_hundred_merge_trees(tmp_path):
    kinds = [check_tree(tmp_path / str(seed), seed) for seed in range(100, 300)]
    assert kinds.count("whole") > 50
    assert kinds.count("cut") > 30


def describe_days(first, last):
    """The days of a series of one bar a day, as shards state them; there is no hold-out."""
    day = np.arange(first, last)
    (found,) = hash_days(day * 86_400_000_000, [day * 1.0], [(0, len(day))])
    return {"days": {"in": found.to_plain(), "oos": None}}


def write_days(folder, name, days, fingerprint="f" * 32, keys=(1, 2, 3)):
    rows = [(key, key / 100, True, 0.0, 0) for key in keys]
    problem = describe_problem(fingerprint, evidence=EVIDENCE, data=describe_days(*days))
    return write_shard(folder, rows, run_id=name, problem=problem)


def test_other_trials_on_the_same_bars_count_and_each_part_once(tmp_path):
    own = write_days(tmp_path, "own-1", (0, 10))
    fee = write_days(tmp_path, "fee-1", (9, 20), "a" * 32, keys=(1, 2))
    write_days(tmp_path, "other-1", (10, 20), "b" * 32)
    (tmp_path / "merged").mkdir()
    merge([own], output=tmp_path / "merged" / "own.parquet")
    metadata = read_metadata(tmp_path / "merged" / "own.parquet")
    found = find_elsewhere(tmp_path, metadata)
    assert (found.n_trials, found.n_files, found.may_repeat) == (2, 1, False)
    # The same part inside a merged file is the same part.
    merge([fee], output=tmp_path / "merged" / "fee.parquet")
    assert find_elsewhere(tmp_path, metadata).n_trials == 2
    fee.unlink()
    found = find_elsewhere(tmp_path, metadata)
    assert (found.n_trials, found.n_files) == (2, 1)
    trials = count_trials(metadata, found, n_before=7)
    assert (trials.n, trials.n_before) == (3 + 2 + 7, 7)
    # A run of the same problem may have found the same genomes.
    write_days(tmp_path, "own-2", (0, 10), keys=(3, 4))
    found = find_elsewhere(tmp_path, metadata)
    assert found.may_repeat
    assert count_trials(metadata, found).is_bound
    assert not trials.is_bound


def test_a_copy_that_states_fewer_trials_hides_none(tmp_path):
    def lie(document):
        (run,) = document["sources"].values()
        (part,) = run["parts"].values()
        part["trials"] = {"n": 0, "n_feasible": 0, "sum": 0, "sum_sq": 0, "best": None}

    own = write_days(tmp_path, "own-1", (0, 10))
    fee = write_days(tmp_path, "fee-1", (9, 20), "a" * 32)
    for name in ("a.parquet", "z.parquet"):  # before the honest one, and after it
        forge(shutil.copy(fee, tmp_path / name), lie)
    assert find_elsewhere(tmp_path, read_metadata(own)).n_trials == 3
    # Nor in a file that holds no rows of it: the parts are one part, with the most trials.
    (told,) = (path for path in tmp_path.glob("z-*.parquet"))
    cut = merge([told, fee], output=tmp_path / "cut.parquet", top=1)
    assert count_trials(read_metadata(cut.path)).n == 3


def test_rows_of_an_older_merged_file_are_counted_once(tmp_path):
    chance = random.Random(1)
    older = [write_part(tmp_path, i, chance, is_older=True) for i in range(6)]
    merged = merge(older, output=tmp_path / "older.parquet")
    ids = {row for path in older for row in parquet.read_table(path).column(0).to_pylist()}
    trials = count_trials(read_metadata(merged.path))
    assert (trials.n, trials.is_bound, trials.is_older) == (len(ids), True, True)
    assert len(ids) < sum(parquet.read_metadata(path).num_rows for path in older)


def test_a_file_that_grew_by_a_day_keeps_its_trials(tmp_path):
    write_days(tmp_path, "old-1", (0, 40), "a" * 32)
    grown = write_days(tmp_path, "new-1", (0, 41), "b" * 32)
    rolled = write_days(tmp_path, "roll-1", (39, 80), "c" * 32)
    assert find_elsewhere(tmp_path, read_metadata(grown), [rolled]).n_trials == 3
    assert find_elsewhere(tmp_path, read_metadata(rolled), [grown]).n_trials == 3


def test_older_files_are_known_by_the_hash_of_their_bars(tmp_path):
    def write(name, fingerprint, bars):
        problem = describe_problem(fingerprint, data={"hash": bars})
        return write_shard(tmp_path, [(1, 0.5, True, 0.0, 0)], run_id=name, problem=problem)

    own = write("own-1", "a" * 32, "0123456789abcdef")
    write("fee-1", "b" * 32, "0123456789abcdef")
    write("other-1", "c" * 32, "fedcba9876543210")
    assert find_elsewhere(tmp_path, read_metadata(own)).n_trials == 1


def test_damaged_and_foreign_files_are_no_trials(tmp_path):
    own = write_days(tmp_path, "own-1", (0, 10))
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no PAR1")
    (tmp_path / "folder.parquet").mkdir()
    assert find_elsewhere(tmp_path, read_metadata(own)).n_trials == 0
    assert find_elsewhere(tmp_path / "missing", read_metadata(own)).n_trials == 0


def test_footers_of_many_files_are_read_once(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    own = write_days(tmp_path, "own-1", (0, 10))
    fee = write_days(tmp_path, "fee-1", (5, 12), "a" * 32)
    fees = [fee, *(shutil.copy(fee, tmp_path / f"copy-{i}.parquet") for i in range(31))]
    for path in fees:
        os.utime(path, (1e9, 1e9))  # of files that are new nothing is remembered
    metadata = read_metadata(own)
    first = find_elsewhere(tmp_path, metadata)
    assert (first.n_trials, first.n_files) == (3, 1)
    for path in fees:  # as large and as old as before, so that only a reader would notice
        path.write_bytes(bytes(path.stat().st_size))
        os.utime(path, (1e9, 1e9))
    assert find_elsewhere(tmp_path, metadata) == first
    # Other bars are another question.
    other = write_days(tmp_path / "else", "own-2", (0, 10), "e" * 32)
    assert find_elsewhere(tmp_path, read_metadata(other)).n_trials == 3
