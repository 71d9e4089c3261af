"""Trials are counted exactly once, and what files state of them is united in any order."""

import itertools
import json
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from evosearch import merge
from evosearch.days import Days
from evosearch.population import Status
from evosearch.shards.format.envelope import encode_metadata
from evosearch.shards.format.fields import Fields, MetadataFault
from evosearch.shards.format.metadata import ShardMetadata, make_shard_metadata
from evosearch.shards.format.trials import Sketch, TrialSums
from evosearch.shards.format.trials.sketch import HIGH, K, Smallest
from evosearch.shards.reading.check import check_shard
from evosearch.shards.reading.deep_check import check_deep
from evosearch.shards.reading.union import merge_metadata
from tests.shards.forging import Original
from tests.shards.helpers import SPACE, describe_problem, write_shard

EVIDENCE = {
    "sharpe": "objective", "skew": "a", "kurtosis": "b", "n_days": "c", "return_frac": "d",
    "exposure": "e", "behaviour": "n_steps",
}  # fmt: skip
EVIDENT = describe_problem(evidence=EVIDENCE)
GOOD = {"n": 2, "n_feasible": 1, "sum": 2**32, "sum_sq": 2**33, "best": 1.0}
FIGURES = {"objective": 0.1, "a": 0.0, "b": None, "c": 40, "d": -0.5}


def recount(values):
    """The sums in exact fractions, rounded as they are promised."""
    values = [float(np.clip(value, -64, 64)) for value in values if math.isfinite(value)]
    total = sum(round(Fraction(value) * 2**32) for value in values)
    squares = sum(round(Fraction(value * value) * 2**32) for value in values)
    return len(values), total, squares


numbers = st.lists(
    st.floats(-100, 100) | st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 64.0, -65.0])
)


@given(values=numbers, data=st.data())
@settings(max_examples=30)
def test_sums_are_exact_in_any_order_and_grouping(values, data):
    feasible = np.array([k % 2 == 0 for k in range(len(values))], bool)
    sharpes = np.array(values, float)
    whole = TrialSums.of(sharpes, feasible)
    assert (whole.n, whole.sum, whole.sum_sq) == recount(values)
    order = np.array(data.draw(st.permutations(range(len(values)))), int)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(values)), max_size=3)))
    parts = [
        TrialSums.of(sharpes[order[a:b]], feasible[order[a:b]])
        for a, b in itertools.pairwise([0, *cuts, len(values)])
    ]
    assert sum(parts, TrialSums()) == whole
    finite = [value for value in values if math.isfinite(value)]
    assert whole.best == (max(finite) if finite else None)
    assert TrialSums.read(Fields(whole.to_plain(), "", set())) == whole
    if whole.n > 1:
        assert whole.sd == pytest.approx(np.std(np.clip(finite, -64, 64), ddof=1), abs=1e-4)


def test_many_large_ratios_do_not_overflow():
    n = 300_000
    sums = TrialSums.of(np.full(n, -64.0), np.ones(n, bool))
    assert (sums.sum, sums.sum_sq) == (-64 * n * 2**32, 4096 * n * 2**32)


@pytest.mark.parametrize(
    "change",
    [
        {"n": -1}, {"n": 2.0}, {"n": None}, {"n": True}, {"n_feasible": 3}, {"sum": 10**400},
        {"sum": -(10**400)}, {"sum_sq": -1}, {"sum_sq": 1.5}, {"sum": "1"}, {"sum": 3 * 2**38},
        {"best": None}, {"best": 10**400}, {"best": "nan"}, {"best": []}, {"best": math.nan},
        {"n": 0}, {"sum": {}},
    ],
    ids=str,
)  # fmt: skip
def test_sums_that_nothing_could_have_are_refused(change):
    TrialSums.read(Fields(GOOD, "", set()))
    with pytest.raises(MetadataFault):
        TrialSums.read(Fields(GOOD | change, "", set()))


@given(data=st.data(), values=st.lists(st.integers(-5, 3000) | st.integers(0, 2**60), max_size=80))
@settings(max_examples=30)
def test_the_smallest_hashes_are_those_of_all_rows(data, values):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(values)), max_size=3)))
    found = Smallest()
    for a, b in itertools.pairwise([0, *cuts, len(values)]):
        found.add(np.array(values[a:b], np.int64))
    kept = [value for value in values if 0 <= value < HIGH]
    smallest = sorted(set(kept))[:K]
    assert found.sketch() == Sketch(len(smallest), max(smallest, default=None), len(kept))
    plain = found.sketch().to_plain()
    assert Sketch.read(Fields(plain, "", set())) == found.sketch()


def test_more_hashes_than_are_kept():
    values = np.random.default_rng(3).permutation(5000)
    found = Smallest()
    for part in np.array_split(values, 7):
        found.add(part)
        found.add(part)
    assert found.sketch() == Sketch(K, K - 1, 10_000)


@pytest.mark.parametrize(
    "plain",
    [
        {"n": 2, "kth": 0, "n_rows": 2}, {"n": 2, "kth": 5, "n_rows": 1}, {"n": 0, "kth": 5, "n_rows": 1},
        {"n": 1, "kth": None, "n_rows": 1}, {"n": 1, "kth": HIGH, "n_rows": 1}, {"n": 1, "kth": 1.0, "n_rows": 1},
        {"n": K + 1, "kth": HIGH - 1, "n_rows": 9999}, {"n": [], "kth": 5, "n_rows": 1}, {},
    ],
)  # fmt: skip
def test_a_sketch_that_nothing_could_have_is_refused(plain):
    with pytest.raises(MetadataFault):
        Sketch.read(Fields(plain, "", set()))


def rows_of(values, first=0):
    return [(first + k, value, k % 2 == 0, 0.5, Status.OK) for k, value in enumerate(values)]


def test_a_shard_states_the_sums_of_its_distinct_genomes(tmp_path):
    rows = [*rows_of([0.5, math.nan, -2.0]), (0, 0.25, True, 0.0, Status.OK), (9, 9.0, True, 0, Status.FAILED)]  # fmt: skip
    rows[1] = (1, math.nan, False, 0.5, Status.OK)
    (part,) = read_parts(write_shard(tmp_path, rows, problem=EVIDENT))
    assert part.trials == TrialSums.of(np.array([0.5, -2.0]), np.array([True, True]))
    (older,) = read_parts(write_shard(tmp_path, rows))
    assert older.trials is None


def read_parts(path):
    metadata = check_shard(path).metadata
    return [part for run in metadata.sources.values() for part in run.parts.values()]


values = st.lists(st.sampled_from([0.5, -1.25, 3.0, math.nan, 0.1, 70.0]), max_size=6)
files = st.tuples(values, st.integers(0, 4), st.sampled_from("ab"), st.booleans())


trees = given(drawn=st.lists(files, min_size=2, max_size=3), data=st.data())


@trees
@settings(max_examples=2, phases=[Phase.generate])
def test_a_merge_counts_each_genome_once(tmp_path_factory, drawn, data):
    folder = tmp_path_factory.mktemp("tree")
    found, paths = check_tree(folder, drawn, data)
    if not paths:
        return
    # As it stands in the file, and as a merge that writes nothing says.
    assert check_shard(found.path).metadata.trials == found.trials
    assert merge(paths, n_threads=1).trials == found.trials
    top = merge(paths, n_threads=1, top=1, output=folder / "top.parquet")
    assert top.trials is check_shard(top.path).metadata.trials is None


@pytest.mark.slow
@trees
@settings(max_examples=200, phases=[Phase.generate])
def test_a_merge_counts_each_genome_once_in_any_tree(tmp_path_factory, drawn, data):
    check_tree(tmp_path_factory.mktemp("trees"), drawn, data)


def check_tree(folder, drawn, data):
    paths, known = [], {}
    for place, (some, first, run, is_older) in enumerate(drawn):
        rows = [
            (key, value, is_feasible and value == value, 0.5, status)
            for key, value, is_feasible, _, status in rows_of(some, first)
        ]
        if not rows:
            continue
        problem = describe_problem() if is_older and paths else EVIDENT
        paths.append(write_shard(folder, rows, f"run-{run}{place}", problem=problem))
    if not paths:
        return None, ()
    parts = [*paths, data.draw(st.sampled_from(paths))]
    n = itertools.count()
    while len(parts) > 1:
        size = data.draw(st.integers(2, len(parts)))
        top = data.draw(st.sampled_from([None, None, 2]))
        made = merge(parts[:size], n_threads=1, output=folder / f"m{next(n)}.parquet", top=top)
        parts = [*parts[size:], made.path]
    found = merge([*parts, *paths], n_threads=1, output=folder / "whole.parquet")
    ids = set()
    for path in paths:
        for row in parquet.read_table(path).to_pylist():
            ids.add(row["genome_id"])
    for row in found.table.to_pylist():
        known[row["genome_id"]] = row["objective"], row["feasible"], row["n_steps"]
    assert {*known} == ids
    counted = [(v, f) for v, f, _ in known.values() if v is not None]
    sharpes, feasible = zip(*counted, strict=True) if counted else ((), ())
    assert found.trials == TrialSums.of(np.array(sharpes, float), np.array(feasible, bool))
    # How those behave that have no ratio does not count: they are no trials.
    steps = [s for v, _, s in known.values() if v is not None and s is not None]
    assert found.behaviours == Sketch(len({*steps}), max(steps, default=None), len(steps))
    return found, paths


@pytest.mark.parametrize("change", [{}, {"n": 4}, {"sum": 0}, {"best": 0.75}, {"n_feasible": 0}])
def test_a_deep_check_counts_again(tmp_path, change):
    rows = [*rows_of([0.5, -2.0, 0.75]), (0, 0.25, True, 0.0, Status.OK)]
    path = write_shard(tmp_path, rows, problem=EVIDENT)
    merged = merge([path], output=tmp_path / "m.parquet").path
    for file in (path, merged):
        assert check_deep(file).is_usable
        forged = Original(file)
        document = forged.document
        (run,) = document["sources"].values()
        (part,) = run["parts"].values()
        stated = part if file == path else document
        stated["trials"] = stated["trials"] | change
        found = check_deep(forged.write(tmp_path, document, stem="forged"))
        assert found.is_usable == (change in ({}, {"best": 0.75})), found.reason
        assert found.is_usable or "trials" in found.reason
    document = Original(merged).document
    del document["trials"]
    for n in (0, 1):  # what it states of behaviour alone is counted as well
        document["behaviours"]["n_rows"] += n
        assert check_deep(Original(merged).write(tmp_path, document, "odd")).is_usable == (n == 0)


@pytest.mark.parametrize("key", ["trials", "behaviours"])
@pytest.mark.parametrize(
    "odd",
    [None, [], "x", 3, {}, {"n": -1}, GOOD | {"sum": 10**400}, [[0]] * 10_000, {"n": {"n": {"n": 1}}}],
    ids=lambda odd: str(odd)[:20],
)  # fmt: skip
def test_an_odd_count_of_a_merged_file_is_one_verdict(tmp_path, key, odd):
    path = write_shard(tmp_path, rows_of([1.0, 2.0]), problem=EVIDENT)
    whole = merge([path]).metadata
    assert (whole.trials.n, whole.behaviours.n) == (2, 2)
    document = json.loads(json.dumps(whole.to_plain()))
    assert ShardMetadata.parse(encode_metadata(document)).trials == whole.trials
    found = ShardMetadata.parse(encode_metadata(document | {key: odd}))
    assert found.reason.startswith(f"damaged: its metadata are damaged: {key}")


def make_document(problem=None, part=None, run=None):
    """Metadata of one and the same shard, as several versions may state it."""
    facts = {"rows_sha256": "a" * 64, "n_rows": 2, "generations": [0, 0]} | (part or {})
    manifest = {
        "run": {"run_id": "run-a", "profile_name": "p", "seed": 1, "machine": {"host": "here"}}
        | (run or {}),
        "problem": describe_problem() | (problem or {}),
        "space": SPACE.to_dict(),
        "profile_toml": "",
    }
    return ShardMetadata.of_document(make_shard_metadata(manifest, 0, facts))


DAYS = [{"in": Days.of_text(t).to_plain(), "oos": None} for t in "ab"]
DAYS += [DAYS[0] | {"oos": Days.of_text(t).to_plain()} for t in "cd"]
HOLDS = [{"in": FIGURES, "oos": None}, {"in": FIGURES | {"d": 0.5}, "oos": FIGURES}]
FEW = {"n": 0, "n_feasible": 0, "sum": 0, "sum_sq": 0, "best": None}
datas = st.fixed_dictionaries(
    {},
    optional={
        "days": st.sampled_from([*DAYS, {"in": 3}, "x", {"in": None, "oos": None}]),
        "hold": st.sampled_from([*HOLDS, {"in": "x", "oos": None}, 3]),
        "source": st.sampled_from(["bars.csv", "other.csv"]),
    },
)
statements = st.builds(
    make_document,
    problem=st.fixed_dictionaries(
        {"data": datas},
        optional={
            "evidence": st.sampled_from([EVIDENCE, EVIDENCE | {"sharpe": "n_steps"}]),
            "formerly": st.just({}),
        },
    ),
    part=st.fixed_dictionaries(
        {}, optional={"trials": st.sampled_from([GOOD, GOOD | {"n_feasible": 0}, FEW]), "n_distinct": st.integers(1, 2)}
    ),
    run=st.fixed_dictionaries({}, optional={"is_wide": st.booleans()}),
)  # fmt: skip


def text(metadata):
    return json.dumps(metadata.to_plain(), sort_keys=True)


@given(some=st.lists(statements, min_size=1, max_size=4), random=st.randoms())
@settings(max_examples=30)
def test_what_files_state_is_united_in_any_order_and_grouping(some, random):
    whole = merge_metadata(some)
    parts = [*some, random.choice(some)]
    while len(parts) > 1:
        random.shuffle(parts)
        parts = [merge_metadata(parts[:2]), *parts[2:]]
    assert text(merge_metadata(parts)) == text(whole)
    assert text(merge_metadata([whole, *some])) == text(whole)
    (run,) = whole.sources.values()
    (part,) = run.parts.values()
    runs = [run for each in some for run in each.sources.values()]
    assert (part.trials is None) == all(
        part.trials is None for run in runs for part in run.parts.values()
    )
    stated = {run.is_wide for run in runs}
    assert run.is_wide == (True if True in stated else False if False in stated else None)
    assert (whole.problem.days is None) == all(each.problem.days is None for each in some)
    # A file that states other days, or fewer trials of the same part, hides nothing.
    for days in filter(None, (each.problem.days for each in some)):
        assert whole.problem.days.searched.shares(days.searched)
        assert days.unseen is None or whole.problem.days.unseen.shares(days.unseen)
    if part.trials is not None:
        parts = [part for run in runs for part in run.parts.values() if part.trials is not None]
        assert part.trials.n == max(each.trials.n for each in parts)
    assert (whole.problem.evidence is None) == all(each.problem.evidence is None for each in some)


def test_a_run_of_two_copies_is_as_wide_as_the_wider():
    a, b = (make_document(run={"is_wide": is_wide}) for is_wide in (True, False))
    assert merge_metadata([b, a]).sources["run-a"].is_wide is True


@pytest.mark.parametrize(
    "hold",
    [None, 1, [], "x", {}, {"in": FIGURES}, {"in": None, "oos": None}, {"in": FIGURES, "oos": "x"},
     {"in": FIGURES | {"c": -1}, "oos": None}, {"in": FIGURES | {"c": 1.5}, "oos": None},
     {"in": FIGURES | {"a": "nan"}, "oos": None}, {"in": FIGURES | {"a": 1e13}, "oos": None},
     {"in": FIGURES | {"objective": {"b": {}}}, "oos": None}, {"in": FIGURES | {"a": True}, "oos": None}],
    ids=str,
)  # fmt: skip
def test_odd_figures_of_buy_and_hold_are_not_recorded(hold):
    known = make_document({"evidence": EVIDENCE, "data": {"hold": HOLDS[1]}}).problem
    assert known.hold.searched.return_frac == 0.5
    assert known.hold.unseen.n_days == 40
    assert make_document({"evidence": EVIDENCE, "data": {"hold": hold}}).problem.hold is None
    assert make_document({"data": {"hold": HOLDS[1]}}).problem.hold is None  # no names, no figures


@pytest.mark.parametrize("odd", [None, 3, [], "x", {}, EVIDENCE | {"sharpe": 3}, EVIDENCE | {"skew": "x" * 300},
                                 EVIDENCE | {"sharpe": "genome_id"}, EVIDENCE | {"behaviour": "found_by"}, EVIDENCE | {"n_days": "param_a"}])  # fmt: skip
def test_odd_evidence_is_damage(odd):
    with pytest.raises(MetadataFault, match="evidence"):
        make_document({"evidence": odd})


def test_a_part_has_no_more_trials_than_rows():
    make_document(part={"trials": GOOD | {"n": 2}})
    with pytest.raises(MetadataFault, match=r"trials: more trials than rows"):
        make_document(part={"trials": GOOD | {"n": 3}})


def test_a_file_that_states_no_hold_out_hides_none():
    def make(**data):
        return make_document(problem={"evidence": EVIDENCE, "data": data})

    found = merge_metadata([make(hold=HOLDS[0]), make(hold=HOLDS[1])])
    assert found.problem.hold.unseen is not None
    # Days without a hold-out contradict that: looks are known by the fingerprint then.
    assert len(make(hold=HOLDS[1], days=DAYS[0]).holdouts) == 1
    assert make(hold=HOLDS[0], days=DAYS[0]).holdouts == ()
