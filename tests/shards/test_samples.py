"""Files of every schema version ever published stay readable and mergeable."""

from pathlib import Path

import pytest

import evosearch
from evosearch.shards.reading.check import Verdict

FOLDER = Path(__file__).parent / "samples"
V1 = sorted((FOLDER / "v1").glob("*-sample-*.parquet"))
MERGED = FOLDER / "v1" / "merged.parquet"


def expect(key):
    """What the row of a genome says, worked out from how the samples were made."""
    is_failed, is_feasible = key == 13, key % 4 > 0 and key != 13
    return {
        "genome_id": f"{key:016x}" * 2,
        "fitness": None if is_failed else 100.0 / key,
        "feasible": is_feasible,
        "violation": 0.0 if is_feasible or is_failed else 0.25 * key,
        "status": "failed" if is_failed else "ok",
        "n_steps": key,
        "param_k": key,
        "param_x": (key % 7) / 7,
        "param_c": "=1+1" if key % 2 else "plain",
        "param_o": (5, 10, 20)[key % 3],
        "param_b": bool(key % 2),
        "param_y": None if key % 2 else 0.001 * (1 + key),
        "found_by": [
            *(["air-sample-20261123t000000z-bbbbbb"] if 5 <= key <= 13 else []),
            *(["pro-sample-20261123t000000z-aaaaaa"] if key <= 9 else []),
        ],
    }


# Feasible by fitness, infeasible by violation, failed.
ORDER = [1, 2, 3, 5, 6, 7, 9, 10, 11, 4, 8, 12, 13]


def rows_of(inputs):
    from evosearch.assemble.ranking.opening import open_ranking
    from evosearch.report.rows import list_rows

    return list_rows(open_ranking(inputs).ranked)


@pytest.mark.parametrize("inputs", [V1, [MERGED], [MERGED, *V1], [V1[0], MERGED]], ids=len)
def test_samples_of_version_1_hold_what_was_written(inputs):
    rows = rows_of(inputs)
    assert [row["rank"] for row in rows] == list(range(1, 14))
    for key, row in zip(ORDER, rows, strict=True):
        wanted = expect(key)
        assert {name: row[name] for name in wanted} == wanted


@pytest.mark.parametrize("path", [*V1, MERGED], ids=lambda path: path.name[:6])
def test_samples_of_version_1_pass_the_deep_check(path):
    (checked,) = evosearch.check(path, deep=True)
    assert (checked.verdict, checked.reason) == (Verdict.OK, "")
    assert checked.metadata.plain["schema_version"] == 1


def test_new_shards_merge_with_those_of_version_1(tmp_path):
    from tests.shards.helpers import write_shard

    new = write_shard(tmp_path, [(1, 100.0, True, 0.0, 0), (50, 60.0, True, 0.0, 0)], "new-run")
    rows = rows_of([MERGED, new])
    assert [row["param_k"] for row in rows[:3]] == [1, 50, 2]
    assert rows[0]["found_by"] == ["new-run", "pro-sample-20261123t000000z-aaaaaa"]


def test_what_the_samples_say_of_their_machines_is_understood(tmp_path):
    from evosearch.report.merged import summarise_merge

    merged = evosearch.merge([MERGED], output=tmp_path / "again.parquet")
    summary = summarise_merge(merged, merged.ranked)
    air, pro = summary["machines"]
    assert (air["host"], air["rows"], air["new"], air["duplicates_across"]) == (
        "macbook-air",
        9,
        4,
        5,
    )
    assert (pro["host"], pro["rows"], pro["new"], pro["duplicates_across"]) == (
        "macbook-pro",
        9,
        4,
        5,
    )
    (differing,) = summary["searches"]["differing"]
    assert (differing["names"], differing["common_frac"]) == (["x"], 0.5)
