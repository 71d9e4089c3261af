"""Which rows of a ranking are judged, with what, and what is recorded of it."""

import dataclasses
import itertools
import json
import random
import shutil
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import evosearch
from evosearch.assemble.audit_records import AuditedRow, AuditFile, Check
from evosearch.assemble.audited import write_audit
from evosearch.assemble.judging.case import find_days_per_year, is_wide
from evosearch.assemble.judging.judge import find_opened, judge_ranking, judge_row
from evosearch.assemble.judging.luck import estimate_luck
from evosearch.assemble.ranking.opening import open_ranking
from evosearch.days import Days
from evosearch.evidence.looks import MAX_LOOKS, alpha
from evosearch.shards.format.metadata import ShardMetadata
from evosearch.shards.reading.ranked import Ranked
from evosearch.shards.viewing.exports import plain_rows
from evosearch.shards.writing.ledger import read_ledger, record
from tests.shards.helpers import SPACE, describe_problem, make_shard_metadata

EVIDENCE = {
    "sharpe": "s", "skew": "g3", "kurtosis": "g4", "n_days": "days", "return_frac": "r",
    "exposure": "e", "behaviour": "",
}  # fmt: skip
T_IN, T_OOS = 401, 101
FLAT = {"s": -0.1, "g3": 0.0, "g4": 3.0, "days": 10, "r": -0.1}
DAYS = {"in": Days.of_text("in").to_plain(), "oos": Days.of_text("oos").to_plain()}
DATA = {"hold": {"in": FLAT, "oos": FLAT}, "days": DAYS, "days_per_year": 252}


def describe(n_trials=1200, runs=("run-a",), is_wide=False, **more):
    """The metadata of a merged file, of runs with so many trials in all."""
    problem = describe_problem(**({"evidence": EVIDENCE, "data": DATA} | more))
    sources, plain = {}, {}
    for place, run_id in enumerate(runs):
        run = {
            "run_id": run_id, "profile_name": "made", "seed": 1,
            "machine": {"host": "here"}, "is_wide": is_wide,
        }  # fmt: skip
        n = n_trials // len(runs)
        facts = {"rows_sha256": f"{place:064x}", "n_rows": n, "generations": [0, 0]}
        if "evidence" in problem and n_trials:
            facts["trials"] = {"n": n, "n_feasible": n, "sum": 0, "sum_sq": 2**24 * n, "best": 0.1}
        manifest = {"run": run, "problem": problem, "space": SPACE.to_dict(), "profile_toml": ""}
        plain = make_shard_metadata(manifest, 0, facts)
        sources |= plain["sources"]
    return ShardMetadata.of_document(
        plain | {"kind": "merged", "sources": sources, "complete": False, "rows_sha256": "e" * 64}
    )


def make_rows(*zs, **more):
    """Rows in order of rank from their z-scores in sample and over the hold-out."""
    rows = []
    for place, (z, z_oos) in enumerate(zs):
        figures = {"s": z / (T_IN - 1) ** 0.5, "g3": 0.0, "g4": 1.0, "r": 0.1, "e": 0.25}
        unseen = dict.fromkeys(figures) | {"days": None}
        if z_oos is not None:
            unseen = figures | {"s": z_oos / (T_OOS - 1) ** 0.5, "days": T_OOS}
        rows.append(
            {"genome_id": place.to_bytes(16, "big"), "run_id": "run-a", "fitness": z}
            | {"feasible": True, "objective": z, "rank": place + 1, "days": T_IN}
            | figures
            | {f"{name}_oos": value for name, value in unseen.items()}
            | more
        )
    return rows


def make_ranking(*zs, metadata=None, **more):
    rows = make_rows(*zs, **more)
    schema = pa.schema([("genome_id", pa.binary(16))])
    names = list(rows[0]) if rows else ["genome_id"]
    kinds = {"genome_id": pa.binary(16), "run_id": pa.string(), "feasible": pa.bool_()}
    kinds |= dict.fromkeys(("rank", "days", "days_oos"), pa.int64())
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in names])
    return Ranked.of_table(pa.Table.from_pylist(rows, schema), metadata or describe())


GOOD, WEAK = (5.5, 9.0), (5.5, 0.5)
TWO_LOOKS = (5.5, 2.5)  # between the levels of two looks and of three


def count_ledger(folder):
    return sum(map(len, read_ledger(folder).genomes.values()))


def test_the_first_row_is_judged_and_looked_at_once(tmp_path):
    ranking = make_ranking(WEAK, GOOD)
    found = judge_ranking(ranking, results=tmp_path, n_shown=10)
    assert (found.box.state, found.box.verdict.name) == ("judged", "paper")
    assert (found.n_open, found.box.n_looks, len(found.looks)) == (1, 1, 1)
    assert found.box.verdict.alpha == alpha(1)
    again = judge_ranking(ranking, results=tmp_path, n_shown=10)
    assert again == found
    assert count_ledger(tmp_path) == len(ranking.metadata.holdouts)


def test_a_new_winner_is_a_new_look(tmp_path):
    judge_ranking(make_ranking(WEAK), results=tmp_path)
    other = make_rows(WEAK, WEAK)[1:]
    ranking = make_ranking(WEAK, WEAK)
    found = judge_ranking(ranking, results=tmp_path, rows=plain_rows(ranking.table)[1:])
    assert (found.box.n_looks, found.box.verdict.alpha) == (2, alpha(2))
    assert found.box.state == "not_tested"  # rank 1 did not pass
    assert other


def test_rows_open_in_order_as_long_as_all_above_pass(tmp_path):
    ranking = make_ranking(GOOD, GOOD, WEAK, GOOD)
    found = judge_ranking(ranking, results=tmp_path, n_shown=4)
    assert (found.n_open, found.box.n_looks) == (3, 3)
    assert [verdict.name for verdict in found.verdicts] == ["consistent", "consistent", "paper"]
    assert {verdict.look for verdict in found.verdicts} == {3}
    assert judge_ranking(ranking, results=tmp_path, n_shown=4) == found
    # Fewer rows are shown later: what was seen is not forgotten.
    assert judge_ranking(ranking, results=tmp_path, n_shown=1).box.n_looks == 3


def test_a_merge_knows_what_it_opens_before_its_file_is_written(tmp_path):
    ranking = make_ranking(GOOD, GOOD, WEAK, GOOD)
    rows = plain_rows(ranking.table)
    opened = find_opened(rows, ranking.metadata, results=tmp_path)
    assert count_ledger(tmp_path) == 0
    assert judge_ranking(ranking, results=tmp_path, n_shown=4).looks == opened
    assert find_opened(rows, ranking.metadata, results=tmp_path) == opened
    everything = find_opened(rows, ranking.metadata, results=tmp_path, everything=True)
    assert len(everything) == 4


def test_everything_that_is_shown_is_a_look(tmp_path):
    ranking = make_ranking(GOOD, *[WEAK] * 9)
    found = judge_ranking(ranking, results=tmp_path, n_shown=10, unseen=True)
    assert (found.n_open, found.box.n_looks, found.box.state) == (10, 10, "judged")
    assert found.box.verdict.alpha == alpha(10)


def test_what_the_hold_out_chose_has_no_verdict(tmp_path):
    found = judge_ranking(
        make_ranking(GOOD, GOOD), results=tmp_path, n_shown=2, chosen_by_holdout=True
    )
    assert (found.box.state, found.box.verdict, found.verdicts) == ("chosen_by_holdout", None, ())
    assert found.box.n_looks == 2


@pytest.mark.parametrize(
    ("zs", "rank", "state", "n_looks"),
    [
        ((GOOD, GOOD, GOOD), 3, "judged", 3),
        ((GOOD, WEAK, GOOD), 3, "not_tested", 3),
        ((WEAK, GOOD, GOOD), 3, "not_tested", 2),
        # It passes as one of two looks, but the row that is shown makes it three.
        ((TWO_LOOKS, GOOD, GOOD), 3, "not_tested", 2),
        ((TWO_LOOKS, GOOD, GOOD), 2, "judged", 2),
        ((WEAK, GOOD, GOOD), 1, "judged", 1),
    ],
)
def test_a_row_is_tested_only_if_all_above_pass(tmp_path, zs, rank, state, n_looks):
    ranking = make_ranking(*zs)
    row = plain_rows(ranking.table)[rank - 1]
    found = judge_row(ranking, row, results=tmp_path)
    assert (found.box.state, found.box.n_looks) == (state, n_looks)
    assert judge_row(ranking, row, results=tmp_path) == found
    assert found.to_plain()["name"] == (found.box.verdict.name if state == "judged" else state)


def test_shards_that_nobody_merged_keep_their_hold_out(tmp_path):
    metadata = dataclasses.replace(describe(runs=("run-a", "run-b")), rows_sha256="")
    ranking = make_ranking(GOOD, GOOD, metadata=metadata)
    found = judge_ranking(ranking, results=tmp_path, n_shown=2)
    assert (found.box.state, found.n_open, found.looks) == ("unmerged", 0, ())
    assert (found.box.n_trials, found.box.n_is_bound) == (1200, True)
    assert found.box.unseen is found.box.hold_unseen is found.box.days_unseen is None
    assert count_ledger(tmp_path) == 0
    (row, _) = plain_rows(ranking.table)
    assert judge_row(ranking, row, results=tmp_path).box.state == "unmerged"
    shown = judge_ranking(ranking, results=tmp_path, n_shown=2, unseen=True)
    assert (shown.n_open, shown.box.n_looks, shown.box.verdict) == (2, 2, None)


def test_no_hold_out_no_look(tmp_path):
    data = DATA | {"hold": {"in": FLAT, "oos": None}, "days": DAYS | {"oos": None}}
    ranking = make_ranking((5.5, None), (5.0, None), metadata=describe(data=data))
    found = judge_ranking(ranking, results=tmp_path, n_shown=2)
    assert (found.box.verdict.name, found.box.verdict.why) == ("paper", ("no_holdout",))
    assert (found.n_open, found.box.n_looks, found.looks) == (2, 0, ())
    below = judge_row(ranking, plain_rows(ranking.table)[1], results=tmp_path)
    assert (below.box.state, below.box.verdict.name) == ("judged", "paper")
    ranking = make_ranking((3.0, None), (5.0, None), metadata=describe(data=data))
    below = judge_row(ranking, plain_rows(ranking.table)[1], results=tmp_path)
    assert (below.box.state, below.box.n_looks, below.looks) == ("not_tested", 0, ())
    assert count_ledger(tmp_path) == 0


def test_no_trade_at_all(tmp_path):
    nothing = dict.fromkeys(("s", "g3", "g4", "s_oos", "g3_oos", "g4_oos"))
    found = judge_ranking(make_ranking((1, 1), **nothing), results=tmp_path)
    assert (found.box.verdict.name, found.box.verdict.why) == ("unknown", ("no_sharpe",))


def test_an_older_file_is_unknown_until_an_audit_computes_buy_and_hold(tmp_path):
    metadata = describe(data={})
    ranking = make_ranking(GOOD, metadata=metadata)
    found = judge_ranking(ranking, results=tmp_path)
    assert (found.box.verdict.name, found.box.verdict.why) == ("unknown", ("hold_unknown",))
    write_audit(tmp_path, AuditFile("e" * 64, {}, hold=DATA["hold"]))
    found = judge_ranking(ranking, results=tmp_path)
    assert found.box.verdict.name == "consistent"


def test_an_audit_enters_the_verdict(tmp_path):
    ranking = make_ranking(GOOD)
    genome_id = plain_rows(ranking.table)[0]["genome_id"]
    row = AuditedRow(1, genome_id, (Check("costs", False), Check("noise", False)))
    write_audit(tmp_path, AuditFile("e" * 64, {}, (row,), surrogates=(0.0,) * 39))
    found = judge_ranking(ranking, results=tmp_path)
    assert (found.box.verdict.name, found.box.verdict.why) == ("fragile", ("costs",))
    assert (found.box.audit.n_surrogates, found.box.audit.p_surrogate) == (39, 1 / 40)
    write_audit(tmp_path, AuditFile("e" * 64, {}, surrogates=(9.0,) * 19))
    assert judge_ranking(ranking, results=tmp_path).box.verdict.why == ("surrogates",)


def test_a_wide_space_is_not_judged_in_sample(tmp_path):
    ranking = make_ranking(GOOD, metadata=describe(is_wide=True))
    found = judge_ranking(ranking, results=tmp_path)
    assert (found.box.verdict.name, found.box.is_wide) == ("paper", True)
    write_audit(tmp_path, AuditFile("e" * 64, {}, surrogates=(0.0,) * 39))
    assert judge_ranking(ranking, results=tmp_path).box.verdict.name == "consistent"


@pytest.mark.parametrize("wide", ["run-a", "run-b"])
def test_one_wide_shard_makes_a_wide_space(wide):
    plain = json.loads(json.dumps(describe(runs=("run-a", "run-b")).plain))
    assert not is_wide(ShardMetadata.of_document(plain))
    plain["sources"][wide]["is_wide"] = True
    assert is_wide(ShardMetadata.of_document(plain))


@pytest.mark.parametrize("odd", [1e300, 0, -5, "x", None, True, 367])
def test_no_year_has_that_many_days(odd):
    assert find_days_per_year(describe(data=DATA | {"days_per_year": odd})) == 365
    assert find_days_per_year(describe()) == 252


def test_a_problem_without_evidence_is_counted_and_not_judged(tmp_path):
    plain = json.loads(json.dumps(describe(data={}).plain))
    del plain["problem"]["evidence"]
    metadata = ShardMetadata.of_document(plain | {"rows_sha256": "e" * 64})
    ranking = make_ranking(GOOD, GOOD, metadata=metadata)
    found = judge_ranking(ranking, results=tmp_path, n_shown=2)
    assert (found.box.state, found.box.verdict, found.box.best) == ("no_evidence", None, 5.5)
    # It has a hold-out all the same, and only the first row shows it.
    assert (found.n_open, found.box.n_looks) == (1, 1)


def test_nothing_to_judge(tmp_path):
    found = judge_ranking(make_ranking(), results=tmp_path)
    assert (found.box.state, found.n_open) == ("no_rows", 0)
    json.dumps(found.to_plain(), allow_nan=False)


def test_a_folder_that_is_no_folder_still_judges(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    found = judge_ranking(make_ranking(GOOD), results=blocked)
    assert found.box.verdict.name == "consistent"
    assert found.box.is_look_recorded is False


def test_a_used_up_hold_out_stays_so(tmp_path):
    from evosearch.shards.format.looks import Looks

    ranking = make_ranking(GOOD)
    ids = [f"{number:032x}" for number in range(10, 10 + MAX_LOOKS)]
    record(tmp_path, Looks.of(Days.of_text("oos"), ids))
    found = judge_ranking(ranking, results=tmp_path)
    assert (found.box.verdict.name, found.box.verdict.why) == ("paper", ("used_up",))


def test_trials_made_elsewhere_raise_the_bar(tmp_path):
    ranking = make_ranking((5.2, 0.5))
    few = judge_ranking(ranking, results=tmp_path)
    many = judge_ranking(ranking, results=tmp_path, trials_before=10**8)
    assert (few.box.verdict.name, many.box.verdict.name) == ("paper", "luck")
    assert (many.box.n_trials, many.box.n_before) == (1200 + 10**8, 10**8)


def test_json_is_finite_and_has_what_it_promises(tmp_path):
    for zs in itertools.product((-3.0, 0.0, 5.5), (-3.0, 0.0, 9.0, None)):
        plain = judge_ranking(make_ranking(zs), results=tmp_path).to_plain()
        json.dumps(plain, allow_nan=False)
        wanted = (
            "name words n n_is_bound luck_daily dsr p_oos look alpha b_in b_oos years_needed "
            "days_to_paper dispersion why looks"
        )
        assert {*wanted.split()} <= {*plain}


@pytest.fixture
def shards(workspace):
    runs = [evosearch.run("demo", seed=seed, results="shards") for seed in (1, 2)]
    return [path for run in runs for path in run.paths]


@pytest.mark.slow
def test_the_verdict_does_not_depend_on_the_order_of_merging(workspace):
    runs = [evosearch.run("demo", seed=seed, results="shards") for seed in range(1, 5)]
    shards = [path for run in runs for path in run.paths]
    found = set()
    for seed in range(6):
        chance, folder = random.Random(seed), workspace / str(seed)
        folder.mkdir()
        files = [shutil.copy2(path, folder) for path in shards]
        # Each step of merging looks at its winner; here the same ones are looked at in any case.
        for place, path in enumerate(files):
            evosearch.merge(path, output=folder / f"one-{place}.parquet", results=folder)
        for step in range(chance.randint(0, 3)):
            inputs = [files[0], *chance.choices(files, k=chance.randint(1, 5))]
            output = folder / f"step-{step}.parquet"
            files.append(evosearch.merge(inputs, output=output, results=folder).path)
        chance.shuffle(files)
        merged = evosearch.merge(files, output=folder / "all.parquet", results=folder)
        found.add(json.dumps(merged.judgement.to_plain(), sort_keys=True))
        again = evosearch.merge(merged.path, results=folder)
        found.add(json.dumps(again.judgement.to_plain(), sort_keys=True))
        ids = {
            row["genome_id"] for row in merged.table.to_pylist() if row["sharpe_daily"] is not None
        }
        assert merged.verdict.n == len(ids)
    assert len(found) == 1


def test_the_whole_of_it_from_python(shards, workspace):
    merged = evosearch.merge(shards, results="shards")
    assert merged.verdict.name in ("luck", "loses", "unknown")
    assert merged.verdict.n == len(
        {row["genome_id"] for row in merged.table.to_pylist() if row["sharpe_daily"] is not None}
    )
    assert merged.judgement.box.n_elsewhere == 0
    opened = open_ranking(shards, n=5)
    assert judge_ranking(opened.ranked, results="shards").box.state == "unmerged"
    assert "ray" not in sys.modules
    assert np.isfinite(merged.verdict.luck_daily)
    shown = evosearch.show(1, shards, results="shards")
    assert shown["verdict"]["name"] == "unmerged"
    merged = evosearch.merge(shards, output="merged.parquet", results="shards")
    shown = evosearch.show(1, merged.path, results="shards")
    assert shown["verdict"] == merged.judgement.to_plain()
    below = evosearch.show(2, merged.path, results="shards")["verdict"]
    assert (below["name"], below["look"]) == ("not_tested", 2)


def test_a_run_says_the_same_of_luck_as_its_verdict(shards, workspace):
    (workspace / "alone").mkdir()
    path = Path(shutil.copy(shards[0], workspace / "alone"))
    merged = evosearch.merge(path, results=workspace / "alone")
    best = merged.table.slice(0, 1).to_pylist()[0]
    rising = merged.metadata.problem.hold.searched.sharpe
    assert rising > 0  # otherwise the share of the time in the market says nothing
    luck = estimate_luck([([path], best)])
    assert luck.n_trials == merged.verdict.n
    daily = luck.best_annual / find_days_per_year(merged.metadata) ** 0.5
    assert daily == pytest.approx(merged.verdict.luck_daily)
    unknown = estimate_luck([([path], best | {"exposure_frac": None})])
    always = estimate_luck([([path], best | {"exposure_frac": 1.0})])
    assert unknown == always != luck
