"""Groups of runs beside each other."""

import math
import shutil

import numpy as np
import pytest

import evosearch
from evosearch.assemble.comparing.compare import compare
from evosearch.errors import IncomparableShards, UsageError
from evosearch.evidence.comparison import RankTest, compare_ranks
from evosearch.population import Status
from evosearch.report.comparison import describe_test
from evosearch.shards.disk.locks import Lock
from evosearch.shards.writing.journal import STATE_FOLDER
from tests.cli.test_commands import invoke
from tests.shards.helpers import describe_problem, make_population, make_recorder
from tests.shards.test_samples import MERGED


def write_run(folder, run_id, *generations, first_generation=0, **more):
    """A run of generations of fitnesses; None is infeasible."""
    recorder = make_recorder(folder, run_id, **more)
    key = 0
    for number, values in enumerate(generations, first_generation):
        rows = []
        for value in values:
            key += 1
            rows.append((key, value or 0.0, value is not None, 1.0, Status.OK))
        recorder.record(make_population(rows, number))
    recorder.seal()
    return recorder.paths


def test_curves_are_the_best_so_far_by_tries(tmp_path):
    write_run(tmp_path, "pro-here-1", [None, 2.0], [1.0, 5.0], [4.0, 3.0])
    write_run(tmp_path, "pro-here-2", [3.0, 1.0, None, 6.0])
    write_run(tmp_path, "air-here-1", [0.0, 0.5, -1.0, 0.25])
    found = compare(["pro", "air-here"], tmp_path)
    pro, air = found.groups
    assert found.points.tolist() == [1, 2, 3, 4]
    assert pro.bests.tolist() == [[-math.inf, 2, 2, 5], [3, 3, 3, 6]]
    assert air.bests.tolist() == [[0, 0.5, 0.5, 0.5]]
    assert (pro.run_ids, pro.n_tries) == (("pro-here-1", "pro-here-2"), (6, 4))
    assert (pro.middle().median, air.profiles, found.n_tries) == (5.5, ("air",), 4)
    assert found.tests == (compare_ranks([5, 6], [0.5]),)
    assert evosearch.compare(["pro", "air-here"], tmp_path).tests == found.tests
    # Of several groups each is compared with the first; their p is times how many there are.
    several = compare(["air", "pro-here-1", "pro-here-2"], tmp_path)
    assert [(test.p, test.share) for test in several.tests] == [(1, 0), (1, 0)]


def test_names_are_profiles_beginnings_and_places(tmp_path):
    for name in ("pro-a-1", "pro-b-1", "prone-a-1"):
        write_run(tmp_path, name, [1.0, 2.0])
    there = tmp_path / "there"
    there.mkdir()
    write_run(there, "else-1", [1.0, 2.0])

    def list_runs(*names):
        return [group.run_ids for group in compare(names, tmp_path).groups]

    assert list_runs("pro") == [("pro-a-1", "pro-b-1")]  # a profile, not also what begins so
    assert list_runs("pro-", "prone") == [("pro-a-1", "pro-b-1"), ("prone-a-1",)]
    assert list_runs("pro", str(there)) == [("pro-a-1", "pro-b-1"), ("else-1",)]
    assert list_runs(f"{tmp_path}/prone*.parquet") == [("prone-a-1",)]
    # Copies of a shard are one.
    for path in there.glob("*.parquet"):
        shutil.copy(path, tmp_path)
    assert list_runs(str(there), "pro") == [("else-1",), ("pro-a-1", "pro-b-1")]
    for names, reason in (
        ((), "Which runs"),
        (("bro",), "Did you mean 'pro'"),
        (("pro", "pro-a"), "pro-a-1 belongs to 'pro' and to 'pro-a'"),
        ((str(tmp_path / "none"),), "Nothing matches"),
    ):
        with pytest.raises(UsageError, match=reason):
            compare(names, tmp_path)


def test_what_cannot_be_compared_is_left_out_or_refused(tmp_path):
    write_run(tmp_path, "pro-a-1", [1.0, 2.0])
    write_run(tmp_path, "pro-a-2", [1.0], [2.0])
    (damaged,) = write_run(tmp_path, "air-a-1", [1.0])
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(data)
    found = compare(["pro"], tmp_path)
    assert found.groups[0].run_ids == ("pro-a-1", "pro-a-2")
    with pytest.raises(UsageError, match=r"(?s)No run of 'air' can be compared.*damaged"):
        compare(["pro", "air"], tmp_path)
    with pytest.raises(UsageError, match="is a merged file"):
        compare([str(MERGED)], tmp_path)
    other = describe_problem("e" * 32, parts={"options": {"fee": 2}})
    write_run(tmp_path, "gamer-a-1", [1.0], problem=other)
    with pytest.raises(IncomparableShards, match=r"options\.fee: 2 \| 1|options\.fee: 1 \| 2"):
        compare(["pro", "gamer"], tmp_path)


def test_a_run_that_is_not_at_its_end_is_left_out(tmp_path):
    write_run(tmp_path, "pro-a-1", [1.0, 2.0])
    write_run(tmp_path, "pro-a-2", [2.0], first_generation=1)
    for name in ("pro-a-3", "air-a-1"):
        (tmp_path / STATE_FOLDER / name).mkdir(parents=True)
        (tmp_path / STATE_FOLDER / name / "run.json").write_text("{}")
    write_run(tmp_path, "pro-a-3", [3.0])
    found = compare(["pro"], tmp_path)
    assert found.groups[0].run_ids == ("pro-a-1",)
    missing, interrupted = sorted(found.skipped)
    assert missing == "pro-a-2: some of its shards are not here"
    assert interrupted.startswith("pro-a-3: it was interrupted; end it first: evosearch resume")
    lock = Lock(tmp_path / STATE_FOLDER / "air-a-1" / "lock")
    with pytest.raises(UsageError, match="air-a-1 has no shard yet: it is still going"):
        compare(["pro", "air"], tmp_path)
    lock.release()


@pytest.mark.parametrize("language", ["en", "es"])
def test_one_sentence_says_what_the_ranks_say(language):
    def tell(first, second, n_tests=1):
        counts = len(first), len(second)
        found = compare_ranks(first, second)
        test = RankTest(found.p * n_tests, found.p_least * n_tests, found.share)
        return describe_test(("A", "B"), counts, test, n_tests, language)

    few = {"en": "Too few seeds to tell: with 3 against 3", "es": "Muy pocas semillas"}
    assert tell([1, 2, 3], [4, 5, 6]).startswith(few[language])
    assert tell([1, 2, 3], [4, 5, 6]).endswith("--seeds 4")
    assert tell([1] * 4, [2] * 4, n_tests=2).endswith("--seeds 5")
    better = {"en": "B is better than A: it is ahead in 100 %", "es": "B es mejor que A: va por"}
    assert tell([1, 2, 3, 4], [5, 6, 7, 8]).startswith(better[language])
    same = {"en": "No difference between A and B", "es": "No se puede demostrar"}
    assert tell([1, 3, 5, 7], [2, 4, 6, 8]).startswith(same[language])
    equal = {"en": "Too many runs of A and B", "es": "Demasiadas búsquedas"}
    assert tell([1] * 4, [1] * 4).startswith(equal[language])


@pytest.mark.slow
def test_seeds_of_one_profile_do_not_differ_and_learning_beats_chance(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    n = 16
    for algorithm in ("genetic", "random"):
        small = ["--set", f"search.algorithm={algorithm}", "--set", "search.population=20"]
        words = ["--seeds", n, "--seed", 1, "--workers", 1, "--results", algorithm, "-q"]
        done = invoke("run", "-p", "pro", *small, *words)
        assert done.exit_code == 0, done.output
    found = compare(["genetic", "random"])
    genetic, chance = (group.bests[:, -1] for group in found.groups)
    assert len(genetic) == len(chance) == n
    assert found.tests[0].p < 0.001
    assert found.tests[0].share > 0.5
    n_cases = 1000
    n_false = n_found = 0
    for case in range(n_cases):
        rng = np.random.default_rng(case)
        order, other = rng.permutation(n), rng.permutation(n)
        n_false += compare_ranks(genetic[order[:8]], genetic[order[8:]]).p <= 0.05
        n_found += compare_ranks(genetic[order[:8]], chance[other[:8]]).p <= 0.05
    assert n_false <= 0.09 * n_cases
    assert n_found >= 0.95 * n_cases  # eight seeds of each are enough
