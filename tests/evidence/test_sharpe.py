"""The formulas give the numbers of the papers, and wrong variants of them would be noticed."""

import math
from statistics import NormalDist

import pytest

import evosearch
from evosearch.evidence import (
    alpha,
    dsr,
    expected_max,
    luck_sharpe,
    min_backtest_years,
    min_track_record,
    psr,
    shape,
    sharpe_sd,
    sidak,
    wide_sd,
)
from evosearch.evidence.normal import cdf, upper_quantile, upper_tail
from evosearch.evidence.sharpe import max_quantile

# Bailey and Lopez de Prado 2014: 2.5 a year over 1,250 days, variance 1/2 a year.
BEST, VARIANCE = 2.5 / math.sqrt(250), 0.5 / 250
MONTHLY = 1.585 / math.sqrt(12)  # Bailey and Lopez de Prado 2012, 24 months


def test_the_evidence_is_an_attribute_of_the_package():
    assert evosearch.evidence.psr is psr


@pytest.mark.parametrize(
    ("n_trials", "skew", "kurtosis", "expected"),
    [(100, -3, 10, 0.90039683445), (46, -3, 10, 0.9505017), (88, 0, 3, 0.9504908)],
)
def test_deflated_ratio_of_the_paper(n_trials, skew, kurtosis, expected):
    found = dsr(BEST, 1250, n_trials, VARIANCE, skew, kurtosis)
    assert found == pytest.approx(expected, abs=1e-6)


def test_luck_and_probability_of_the_papers():
    assert luck_sharpe(VARIANCE, 100) == pytest.approx(0.11317200, abs=1e-6)
    assert psr(MONTHLY, 24, -2.448, 10.164) == pytest.approx(0.91323430689, abs=1e-6)
    assert psr(MONTHLY, 24) == pytest.approx(0.982, abs=5e-4)


@pytest.mark.parametrize(
    ("per_year", "skew", "kurtosis", "years"),
    [(250, 0, 3, 2.7312), (52, 0, 3, 2.8288), (12, 0, 3, 3.2398), (12, -0.72, 5.78, 4.9913)],
)
def test_track_record_of_the_paper(per_year, skew, kurtosis, years):
    root = math.sqrt(per_year)
    found = min_track_record(2 / root, 1 / root, skew, kurtosis) / per_year
    assert found == pytest.approx(years, abs=5e-5)


@pytest.mark.parametrize(
    ("n", "expected"), [(10, 1.5745983), (1200, 3.306615), (10**8, 5.7104457), (1, 0), (0, 0)]
)
def test_expected_maximum(n, expected):
    assert expected_max(n) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("n", "years"), [(45, 4.998087), (46, 5.036303), (2450, 12.262581)])
def test_backtest_length_of_the_paper(n, years):
    assert min_backtest_years(n) == pytest.approx(years, abs=1e-6)
    assert min_backtest_years(n, 2.0) == pytest.approx(years / 4, abs=1e-6)


def wrong_variants():
    """The deflated ratio of the paper's example as seven mistakes would give it."""
    z, gamma = NormalDist(), 0.57721566490153286
    first, second = z.inv_cdf(1 - 1 / 100), z.inv_cdf(1 - 1 / 100 / math.e)
    right = math.sqrt(VARIANCE) * ((1 - gamma) * first + gamma * second)

    def deflate(sr=BEST, luck=right, skew=-3.0, fat=9 / 4, n=1249):
        return z.cdf((sr - luck) * math.sqrt(n) / math.sqrt(1 - skew * sr + fat * sr**2))

    swapped = math.sqrt(VARIANCE) * (gamma * first + (1 - gamma) * second)
    short = math.sqrt(VARIANCE) * ((1 - gamma) * first + gamma * first)
    return {
        "swapped weights": (deflate(luck=swapped), 0.9120726),
        "kurtosis - 3": (deflate(fat=7 / 4), 0.9013167),
        "excess kurtosis": (deflate(fat=6 / 4), 0.9017786),
        "root of T": (deflate(n=1250), 0.9004867),
        "plus skew": (deflate(skew=3.0), 0.9813341),
        "same quantile twice": (short, 0.1040374),
        "annual": (deflate(sr=2.5, luck=right), 1.0),
    }


@pytest.mark.parametrize("name", wrong_variants())
def test_wrong_variants_are_told_apart(name):
    found, expected = wrong_variants()[name]
    assert found == pytest.approx(expected, abs=2e-6)
    right = (
        luck_sharpe(VARIANCE, 100) if "quantile" in name else dsr(BEST, 1250, 100, VARIANCE, -3, 10)
    )
    assert abs(found - right) > 5e-5


def test_wide_deviation_is_never_below_that_of_no_skill():
    flattered = (0.2, 100, 3.0, 12.0)
    assert shape(0.2, 3.0, 12.0) < 1
    assert sharpe_sd(*flattered) < wide_sd(*flattered) == pytest.approx(1 / math.sqrt(99))
    assert wide_sd(0.2, 100) == sharpe_sd(0.2, 100)


def test_moments_that_no_returns_have_give_nan():
    assert math.isnan(sharpe_sd(1.0, 100, 9.0, 1.0))
    assert math.isnan(psr(1.0, 100, 9.0, 1.0))
    assert math.isnan(sharpe_sd(0.1, 1))
    assert math.isnan(sharpe_sd(0.1, 0))
    assert math.isnan(min_track_record(1.0, 0.0, 9.0, 1.0))
    assert min_track_record(0.1, 0.1) == math.inf


def test_far_tails_keep_their_digits():
    assert upper_tail(10.0) == pytest.approx(7.6198530241605e-24, rel=1e-12)
    assert upper_quantile(7.6198530241605e-24) == pytest.approx(10.0, abs=1e-9)
    assert upper_quantile(0.0) == math.inf
    assert cdf(-upper_quantile(1e-12)) == pytest.approx(1e-12, rel=1e-9)
    # Equal to the exact sum over 1e12 trials to all digits that a float has of it.
    assert sidak(1e-14, 10**12) == pytest.approx(-math.expm1(-0.01), rel=1e-12)
    assert 6.9 < expected_max(10**12) < 7.2


@pytest.mark.parametrize("n", [0, 1, 10**12, 10**400, 1e308])
def test_numbers_of_any_size_do_not_raise(n):
    assert math.isfinite(expected_max(n))
    assert 0 <= sidak(0.01, n) <= 1
    for value in (0.0, 1e308, -1e308, math.nan, math.inf):
        for f in (sharpe_sd, wide_sd, psr):
            f(value, n, value, value)
        min_track_record(value, 0.0, value, value)
        dsr(value, n, n, 1.0)


def test_levels_sum_to_one_in_twenty():
    assert [round(alpha(i), 4) for i in (1, 2, 3, 5)] == [0.025, 0.0083, 0.0042, 0.0017]
    assert sum(map(alpha, range(1, 1001))) < 0.05


@pytest.mark.parametrize("n", [1, 2, 2450, 10**8])
def test_quantiles_of_a_maximum_are_those_of_each_to_the_power_of_n(n):
    for q in (0.05, 0.5, 0.95):
        z = max_quantile(q, n)
        assert n * math.log1p(-upper_tail(z)) == pytest.approx(math.log(q), rel=1e-9)
    assert max_quantile(0.05, n) < max(expected_max(n), 1e-9) < max_quantile(0.95, n)
