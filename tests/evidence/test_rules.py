"""Each name of the table, each boundary, and what must hold for any case."""

import json
import math
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evosearch.evidence import Audited, Case, Moments, alpha, expected_max, judge
from evosearch.evidence.looks import MAX_LOOKS, count_open
from evosearch.evidence.normal import upper_quantile
from evosearch.evidence.sketch import estimate_distinct
from evosearch.evidence.verdict import NAMES

T_IN, T_OOS, N = 401, 101, 1200
LUCK = expected_max(N)


def part(z, n_days, return_frac=0.1, exposure=0.25):
    """Moments whose z-score over 0 is about `z`; the deviation is exact if not above 1."""
    return Moments(z / math.sqrt(n_days - 1), 0.0, 1.0, n_days, return_frac, exposure)


FLAT = Moments(-0.1, 0.0, 3.0, T_IN, -0.2)
BASE = Case(
    searched=part(5.5, T_IN), unseen=part(2.5, T_OOS), hold=FLAT, hold_unseen=FLAT,
    is_feasible=True, n_trials=N, n_is_bound=False, n_looks=1, is_wide=False, days_per_year=365.0,
)  # fmt: skip
SURE, UNSURE = Audited(39, 0.025), Audited(19, 0.05)
NO_SHARPE = Moments(None, None, None, T_OOS, 0.0)

TABLE = {
    "infeasible": ({"is_feasible": False}, "unknown", ("infeasible",)),
    "infeasible, no sharpe": (
        {"is_feasible": False, "searched": NO_SHARPE}, "unknown", ("infeasible", "no_sharpe")
    ),
    "wide, loses": (
        {"is_wide": True, "searched": part(5.5, T_IN, -0.1)}, "loses", ("wide_space",)
    ),
    "no sharpe": ({"searched": NO_SHARPE}, "unknown", ("no_sharpe",)),
    "one day": ({"searched": Moments(1, 0, 3, 1)}, "unknown", ("no_sharpe",)),
    "no day": ({"searched": Moments(1, 0, 3, 0)}, "unknown", ("no_sharpe",)),
    "older shard": ({"hold": None, "hold_unseen": None}, "unknown", ("hold_unknown",)),
    "hold half recorded": ({"hold_unseen": None}, "unknown", ("hold_unknown",)),
    "loses": ({"searched": part(5.5, T_IN, 0.0)}, "loses", ()),
    "loses, but infeasible": (
        {"searched": part(5.5, T_IN, 0.0), "is_feasible": False}, "unknown", ("infeasible",)
    ),
    "both": ({}, "consistent", ()),
    "searched alone": ({"unseen": part(0.1, T_OOS)}, "paper", ()),
    "hold-out alone": ({"searched": part(0.1, T_IN)}, "paper", ()),
    "hold-out, searched at zero": ({"searched": part(0.0, T_IN)}, "luck", ()),
    "contradicted": ({"unseen": part(0.0, T_OOS)}, "contradicted", ()),
    "contradicted though not sure": (
        {"searched": part(LUCK + 0.1, T_IN), "unseen": part(-1.0, T_OOS)}, "contradicted", ()
    ),
    "too short": (
        {"searched": part(LUCK + 0.01, T_IN), "unseen": part(1.0, T_OOS)}, "too_short", ()
    ),
    "too short by a hair": (
        {"searched": part(LUCK - 0.01, T_IN), "unseen": part(1.0, T_OOS)}, "luck", ()
    ),
    "too short without hold-out": (
        {"searched": part(LUCK + 0.01, T_IN), "unseen": None, "hold_unseen": None, "n_looks": 0},
        "too_short", ("no_holdout",),
    ),
    "sure without hold-out": (
        {"unseen": None, "hold_unseen": None, "n_looks": 0}, "paper", ("no_holdout",)
    ),
    "luck": ({"searched": part(2.0, T_IN), "unseen": part(1.0, T_OOS)}, "luck", ()),
    "no trade in the hold-out": ({"unseen": NO_SHARPE}, "unknown", ("no_sharpe_unseen",)),
    "luck needs no hold-out": (
        {"searched": part(1.0, T_IN), "unseen": NO_SHARPE}, "luck", ()
    ),
    "wide": ({"is_wide": True}, "paper", ("wide_space",)),
    "wide, hold-out fails": (
        {"is_wide": True, "unseen": part(1.0, T_OOS)}, "luck", ("wide_space",)
    ),
    "wide, not contradicted": (
        {"is_wide": True, "unseen": part(-1.0, T_OOS)}, "luck", ("wide_space",)
    ),
    "wide, few surrogates": (
        {"is_wide": True, "audit": Audited(38, 0.02)}, "paper", ("wide_space",)
    ),
    "wide, audited": ({"is_wide": True, "audit": SURE}, "consistent", ()),
    "wide, audited, not better": ({"is_wide": True, "audit": Audited(39, 0.05)}, "paper", ()),
    "wide, audited, contradicted": (
        {"is_wide": True, "audit": SURE, "unseen": part(-1, T_OOS)}, "contradicted", ()
    ),
    "audited counts": ({"searched": part(2.0, T_IN), "audit": SURE}, "consistent", ()),
    "audited just not": (
        {"searched": part(2.0, T_IN), "audit": Audited(39, 0.0251)}, "paper", ()
    ),
    "audited by shorter searches": (
        {"searched": part(2.0, T_IN), "audit": replace(SURE, is_at_least=True)}, "paper", ()
    ),
    "surrogates at 0.05": ({"audit": UNSURE}, "consistent", ()),
    "surrogates beyond": ({"audit": Audited(19, 0.0501)}, "luck", ("surrogates",)),
    "surrogates, too short": (
        {
            "searched": part(4.0, T_IN), "unseen": part(2.0, T_OOS), "n_looks": 2,
            "audit": Audited(19, 1.0),
        },
        "luck", ("surrogates",),
    ),
    "fees, too short": (
        {
            "searched": part(4.0, T_IN), "unseen": part(2.0, T_OOS), "n_looks": 2,
            "audit": Audited(19, 0.05, ("costs",)),
        },
        "fragile", ("costs",),
    ),
    "fees": ({"audit": Audited(19, 0.05, ("costs", "noise"))}, "fragile", ("costs",)),
    "noise alone": ({"audit": Audited(19, 0.05, ("noise", "entries"))}, "consistent", ()),
    "lookahead": ({"audit": Audited(0, None, ("lookahead",))}, "fragile", ("lookahead",)),
    "fragile luck is luck": (
        {"searched": part(1, T_IN), "unseen": part(1, T_OOS), "audit": Audited(19, 0.5, ("costs",))},
        "luck", (),
    ),
    "used up": ({"n_looks": MAX_LOOKS + 1}, "paper", ("used_up",)),
    "second look": ({"n_looks": 2, "unseen": part(2.3, T_OOS)}, "paper", ()),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_the_table(name):
    changes, expected, why = TABLE[name]
    verdict = judge(replace(BASE, **changes))
    assert (verdict.name, verdict.why) == (expected, why)


def test_in_sample_boundary_is_the_deflated_ratio_at_its_level():
    for over, is_passed in ((1.6450, True), (1.6447, False)):
        verdict = judge(replace(BASE, searched=part(LUCK + over, T_IN)))
        assert verdict.passes_in == is_passed
        assert (verdict.dsr >= 0.95) == is_passed


def test_hold_out_boundary_is_the_level_of_the_look():
    for look in (1, 2, 5, MAX_LOOKS):
        z = upper_quantile(alpha(look))
        for shift, is_passed in ((1e-6, True), (-1e-6, False)):
            verdict = judge(replace(BASE, unseen=part(z + shift, T_OOS), n_looks=look))
            assert verdict.passes_oos == is_passed
            assert verdict.alpha == alpha(look)


def test_beta_is_not_skill():
    rising = Moments(0.2, 0.0, 3.0, T_IN, 1.0)
    verdict = judge(replace(BASE, hold=rising, hold_unseen=rising))
    assert verdict.b_in == pytest.approx(0.2 * math.sqrt(0.25))
    assert (judge(BASE).name, verdict.name) == ("consistent", "too_short")
    assert verdict.luck_daily == pytest.approx(0.1 + LUCK / 20)
    # Unknown exposure: the strictest.
    unknown = replace(BASE.searched, exposure=None)
    assert judge(replace(BASE, searched=unknown, hold=rising)).b_in == pytest.approx(0.2)


def test_years_and_days():
    verdict = judge(BASE)
    distance = 5.5 / 20
    years = (1 + ((LUCK + 1.645) / distance) ** 2) / 365
    assert verdict.years_needed == pytest.approx(years)
    assert verdict.days_to_paper == pytest.approx(1 + (2.80 / (distance / 2)) ** 2)
    modest = judge(replace(BASE, unseen=part(0.5, T_OOS)))
    assert modest.days_to_paper == pytest.approx(1 + (2.80 / 0.05) ** 2)
    never = judge(replace(BASE, unseen=part(-0.5, T_OOS), searched=part(-1, T_IN)))
    assert never.days_to_paper == never.years_needed == math.inf
    assert never.to_plain()["years_needed"] is None


FLOATS = st.one_of(
    st.none(), st.floats(-2, 2), st.floats(), st.integers(-3, 3), st.just(10**400), st.just("x")
)
PARTS = st.builds(
    Moments,
    FLOATS,
    FLOATS,
    FLOATS,
    st.one_of(st.none(), st.integers(-1, 5000), st.just(10**400)),
    FLOATS,
    FLOATS,
)
AUDITS = st.builds(
    Audited,
    st.integers(0, 99),
    st.one_of(st.none(), st.floats(0, 1)),
    st.lists(st.sampled_from(["costs", "noise", "lookahead"]), max_size=2).map(tuple),
)
CASES = st.builds(
    Case,
    PARTS,
    st.none() | PARTS,
    st.none() | PARTS,
    st.none() | PARTS,
    st.booleans(),
    st.one_of(st.integers(0, 10**12), st.just(10**400), st.just(-1)),
    st.booleans(),
    st.integers(0, 1100),
    st.booleans(),
    st.one_of(st.just(365.0), st.floats()),
    st.none(),
    st.none() | AUDITS,
)
ZS = st.floats(-8, 8)
PLAUSIBLE = st.builds(
    lambda a, b, wide, audit: replace(
        BASE, searched=part(a, T_IN), unseen=part(b, T_OOS), is_wide=wide, audit=audit
    ),
    ZS,
    ZS,
    st.booleans(),
    st.none() | AUDITS,
)


@given(CASES | PLAUSIBLE)
def test_any_case_has_a_verdict_in_finite_numbers(case):
    verdict = judge(case)
    assert verdict.name in NAMES
    json.dumps(verdict.to_plain(), allow_nan=False)


ORDER = ("unknown", "loses", "contradicted", "luck", "fragile", "too_short", "paper", "consistent")


@given(CASES | PLAUSIBLE, st.integers(1, 6), st.integers(0, 1100))
@example(replace(BASE, searched=part(4, T_IN), unseen=part(2, T_OOS), audit=Audited(0, 1.0)), 1, 1)
def test_more_looks_never_give_a_better_name(case, first, more):
    before = judge(replace(case, n_looks=first))
    after = judge(replace(case, n_looks=first + more))
    assert ORDER.index(after.name) <= ORDER.index(before.name)
    assert after.passes_oos <= before.passes_oos


IDS = st.integers(0, 12)


@given(
    st.lists(IDS, max_size=8, unique=True),
    st.frozensets(IDS, max_size=6),
    st.lists(st.integers(0, 10), min_size=8, max_size=8),
)
def test_the_same_command_again_opens_the_same_rows(rows, known, limits):
    def passes(row, look):
        return look <= limits[row]

    n_open = count_open(len(rows), rows.__getitem__, known, passes)
    assert n_open >= min(len(rows), 1)
    final = known | set(rows[:n_open])
    assert count_open(len(rows), rows.__getitem__, final, passes) == n_open
    if n_open > 1:  # all rows above the last one pass at the looks that are then printed
        assert all(passes(row, len(final)) for row in range(n_open - 1))


@given(st.lists(IDS, min_size=1, max_size=8, unique=True), st.frozensets(IDS))
def test_a_second_row_opens_only_if_the_first_passes_at_the_wider_count(rows, known):
    assert count_open(len(rows), rows.__getitem__, known, lambda row, look: False) == 1
    everything = count_open(len(rows), rows.__getitem__, known, lambda row, look: True)
    assert everything == len(rows)


def test_distinct_values_are_counted_exactly_below_the_sketch_and_about_above():
    assert estimate_distinct(17, 2**40) == 17
    assert estimate_distinct(0, 0) == 0
    kth = round(1024 / 1_000_000 * 2**53)
    assert estimate_distinct(1024, kth) == pytest.approx(1_000_000, rel=0.01)
