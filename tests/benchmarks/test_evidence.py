"""The calibration's own arithmetic, and the product's verdicts against the rules retold."""

from __future__ import annotations

import json

import pytest

import evosearch
from benchmarks.evidence import (
    ALL,
    KINDS,
    NULLS,
    Judged,
    binomial,
    count,
    find_interval,
    judge_files,
    measure,
    measure_market,
    predict_power,
)
from benchmarks.harness import Row
from benchmarks.oracle import expect_max, tell
from benchmarks.rows.row14_evidence import claim_false_alarms, claim_power


def make_row(s_in, s_oos, **more):
    row = {"violation": 0.0, "return_frac": 0.2}
    for end, sharpe, days in (("", s_in, 875), ("_oos", s_oos, 375)):
        row |= {f"sharpe_daily{end}": sharpe, f"skew_daily{end}": 0.0, f"kurtosis_daily{end}": 3.0}
        row |= {f"n_days{end}": days, f"exposure_frac{end}": 0.25}
    return row | more


def test_the_expected_best_of_n_is_the_papers():
    assert expect_max(10) == pytest.approx(1.5745983, abs=1e-6)
    assert expect_max(1200) == pytest.approx(3.306615, abs=1e-6)
    assert expect_max(1) == 0.0


@pytest.mark.parametrize(
    ("s_in", "s_oos", "more", "name"),
    [
        (0.20, 0.15, {}, "consistent"),
        (0.20, 0.05, {}, "paper"),
        (0.05, 0.15, {}, "paper"),
        (0.20, -0.01, {}, "contradicted"),
        (0.13, -0.01, {}, "contradicted"),
        (0.13, 0.02, {}, "too_short"),
        (0.10, 0.02, {}, "luck"),
        (0.20, 0.15, {"return_frac": 0.0}, "loses"),
        (0.20, 0.15, {"violation": 0.4}, "unknown"),
        (0.20, None, {}, "unknown"),
        (0.05, None, {}, "luck"),
    ],
)
def test_the_rules_retold_have_every_name(s_in, s_oos, more, name):
    assert tell(make_row(s_in, s_oos, **more), 1200, 0.0, 0.0).name == name


def test_holding_a_quarter_of_the_time_is_half_of_holding():
    told = tell(make_row(0.20, 0.15), 1200, 0.08, 0.06)
    assert (told.s_in, told.s_oos) == pytest.approx((0.16, 0.12))
    assert tell(make_row(0.20, 0.15), 1200, 0.30, 0.30).name == "luck"


def test_intervals_of_shares_are_exact():
    # Clopper and Pearson for 5 of 100, and for none of 30.
    assert find_interval(5, 100) == pytest.approx((0.016432, 0.112835), abs=1e-5)
    assert find_interval(0, 30) == pytest.approx((0.0, 0.115703), abs=1e-5)
    assert find_interval(30, 30)[1] == 1.0


def test_a_stopped_calibration_goes_on_where_it_was(tmp_path):
    asked = []

    def search(kind, market):
        asked.append((kind, market))
        return [Judged(kind, market, "friend", "luck", 9, 1, 1, 0.0, 0.0, 0.0, 0.0)]

    path, kinds = tmp_path / "rows.jsonl", ["hourly-none", "5min-none"]
    measure(kinds, 2, path, 60.0, search)
    lines = path.read_text().splitlines(keepends=True)
    other = json.dumps(json.loads(lines[2]) | {"code": "of another program"})
    path.write_text("".join([*lines[:2], other + "\n", lines[3][:40]]))
    asked.clear()
    assert len(measure(kinds, 2, path, 60.0, search)) == 4
    assert asked == [("hourly-none", 1), ("5min-none", 1)]
    asked.clear()
    assert len(measure(kinds, 2, path, 60.0, search)) == 4 and not asked


@pytest.mark.parametrize("kind", ["hourly-hold1", "hourly-edge10"])
def test_the_product_says_what_the_rules_retold_say(kind):
    # Raises unless name and number of trials agree.
    lines = measure_market(kind, 0, n_bars=4_000)
    expected = [*ALL, "merge"] if kind in NULLS else ["friend"]
    assert [each.profile for each in lines] == expected


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(NULLS))
def test_markets_without_an_edge_are_called_luck(kind):
    # Shorter hourly bars cost less and change nothing: the null holds for any number of days.
    n_markets, n_bars = 40, 30_000 if KINDS[kind].minutes == 5 else 5_000
    rows = [each for m in range(n_markets) for each in measure_market(kind, m, n_bars)]
    for profile in (*ALL, "merge"):
        names = count(each for each in rows if each.profile == profile)
        for name, share in (("significant", 0.05), ("consistent", 0.01)):
            # More than a fair 5 % (or 1 %) gives in one of 1,000 such tests.
            assert binomial(names[name] - 1, n_markets, share) < 0.999, (kind, profile, names)


@pytest.mark.slow
def test_the_first_users_file_promises_nothing_for_any_seed(btc_csv, tmp_path):
    for seed in range(20):
        shards = {}
        for profile in ("pro", "air"):
            loaded = evosearch.load_profile(
                profile, data=btc_csv, results=str(tmp_path / f"{seed}-{profile}"), seed=seed,
                backend="serial",
            )  # fmt: skip
            shards[profile] = list(evosearch.run(loaded).paths)
        orders = [["pro"], ["air"], ["pro", "air"], ["air", "pro"]]
        found = []
        for place, names in enumerate(orders):
            paths = [path for name in names for path in shards[name]]
            found.append(judge_files(paths, tmp_path / f"{seed}-{place}")[1])
        assert {each["name"] for each in found} <= {"loses", "luck"}
        assert found[2] == found[3]
        assert found[2]["n"] > max(found[0]["n"], found[1]["n"])


def make_lines(kind, profile, **names):
    figures = (600, 875, 375, 3.0, 2.0, 0.1, 0.15)
    listed = [name for name, n in names.items() for _ in range(n)]
    return [Judged(kind, k, profile, name, *figures) for k, name in enumerate(listed)]


def test_false_alarms_are_held_against_what_was_promised():
    row = Row("row14", "", "")
    fine = make_lines("hourly-none", "pro", luck=95, paper=5)
    claim_false_alarms(row, fine)
    assert [claim.holds for claim in row.claims] == [True] * 4
    # One kind is bad; all together are not.
    bad = make_lines("hourly-none", "pro", luck=70, paper=30)
    row = Row("row14", "", "")
    claim_false_alarms(row, make_lines("5min-none", "air", luck=900) + bad)
    assert [claim.holds for claim in row.claims] == [True, False, True, True]


def test_power_is_held_against_what_was_promised_and_against_theory():
    row = Row("row14", "", "")
    claim_power(row, make_lines("hourly-edge6", "friend", consistent=20, paper=13, luck=7))
    assert [claim.holds for claim in row.claims] == [True, False]
    told = predict_power(make_lines("hourly-edge6", "friend", consistent=40))
    # 0.15 a day over 375 days is 2.905; over 875 days 4.437, less the best of 600.
    assert told["oos"] == pytest.approx(0.8277, abs=1e-3)
    assert told["in"] == pytest.approx(0.3764, abs=1e-3)
