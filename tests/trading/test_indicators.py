"""Indicators look at the past only, forget what left their window, and agree with pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evosearch.trading.indicators import compute_ema, compute_rsi, compute_sma
from tests.trading import reference_signals as reference
from tests.trading.comparison import read_bars

SAMPLE_NAMES = ("sample:ibm-daily", "sample:fair-5min")
INDICATORS = (compute_sma, compute_ema, compute_rsi)
PERIODS = (1, 2, 10, 14, 20, 50, 100, 200)

prices = st.floats(0.01, 1e6)
# Whole dollars: differences and sums of them are exact, so that laws hold to the last bit.
dollars = st.lists(st.integers(1, 10_000).map(float), min_size=1, max_size=80).map(np.array)
periods = st.integers(1, 30)


@pytest.fixture(scope="module")
def bars():
    return {name: read_bars(name)[0] for name in SAMPLE_NAMES}


@pytest.mark.parametrize("period", [1, 14, 200])
@pytest.mark.parametrize("compute", INDICATORS)
def test_values_of_a_prefix_equal_those_of_the_whole_bit_for_bit(bars, compute, period):
    close = bars["sample:ibm-daily"]["close"][:1_500]
    whole = compute(close, period)
    for n_bars in range(1, len(close) + 1):
        np.testing.assert_array_equal(compute(close[:n_bars], period), whole[:n_bars])


@given(dollars, st.lists(prices, min_size=1, max_size=300), periods)
def test_no_future_changes_a_value(past, future, period):
    for compute in INDICATORS:
        whole = compute(np.concatenate([past, future]), period)
        np.testing.assert_array_equal(whole[: len(past)], compute(past, period))


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("column", ["close", "volume"])
@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_sma_equals_the_rolling_mean_of_pandas(bars, name, column, period):
    values = bars[name][column]
    expected = pd.Series(values).rolling(period).mean().to_numpy()
    np.testing.assert_allclose(compute_sma(values, period), expected, rtol=1e-9)


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_ema_equals_the_unadjusted_exponential_mean_of_pandas(bars, name, period):
    close = bars[name]["close"]
    expected = pd.Series(close).ewm(span=period, adjust=False).mean().to_numpy()
    np.testing.assert_allclose(compute_ema(close, period), expected, rtol=1e-9)


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_rsi_equals_the_one_of_cutler_built_with_pandas(bars, name, period):
    # Whole cents: pandas' running sums, too, then come back to exactly zero in a flat window.
    close = np.round(bars[name]["close"] * 100)
    change = pd.Series(close).diff().fillna(0.0)
    gain = change.clip(lower=0).rolling(period).mean()
    loss = (-change).clip(lower=0).rolling(period).mean()
    expected = (100 - 100 / (1 + gain / loss)).fillna(50.0).to_numpy()
    np.testing.assert_allclose(compute_rsi(close, period), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("column", ["close", "volume"])
@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_sma_is_the_exact_mean_rounded_once(bars, name, column, period):
    values = bars[name][column]
    expected = reference.compute_sma(values, period)
    np.testing.assert_array_equal(compute_sma(values, period), expected)


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_price_that_is_the_mean_of_its_window_equals_its_sma(bars, name):
    close = bars[name]["close"]
    cents = np.rint(close * 100).astype(np.int64)  # prices of whole cents, so these are exact
    sums = np.concatenate([[0], np.cumsum(cents)])
    for period in (2, 3, 5, 7, 10, 14, 20, 50):
        is_mean = cents[period - 1 :] * period == sums[period:] - sums[:-period]
        averages = compute_sma(close, period)[period - 1 :]
        np.testing.assert_array_equal(averages[is_mean], close[period - 1 :][is_mean])


@pytest.mark.parametrize("storm", [1e-9, 1e3, 1e12, 1e300])
@pytest.mark.parametrize("price", [0.1, 1.1, 97.3, 50_000.01])
def test_flat_window_forgets_whatever_came_before(price, storm):
    rng = np.random.default_rng(0)
    before = storm * rng.uniform(1, 2, 250)
    close = np.concatenate([before, np.full(250, price)])
    for period in PERIODS:
        flat_from = len(before) + period  # the change into the flat stretch has left the window
        assert (compute_rsi(close, period)[flat_from:] == 50.0).all()
        assert (compute_sma(close, period)[flat_from - 1 :] == price).all()


@pytest.mark.parametrize("period", PERIODS)
def test_price_that_never_moves_is_its_own_average(period):
    close = np.full(700, 1.1)
    assert (compute_ema(close, period) == 1.1).all()
    assert (compute_sma(close, period)[period - 1 :] == 1.1).all()


@given(st.lists(prices, min_size=1, max_size=80).map(np.array), periods)
def test_sma_is_undefined_until_its_window_is_full_and_then_lies_within_it(values, period):
    averages = compute_sma(values, period)
    assert np.isnan(averages[: period - 1]).all()
    for bar in range(period - 1, len(values)):
        window = values[bar - period + 1 : bar + 1]
        slack = period * 2.0**-53 * window.max()
        assert window.min() - slack <= averages[bar] <= window.max() + slack


@given(dollars, periods)
def test_sma_of_whole_numbers_is_exact(values, period):
    np.testing.assert_array_equal(
        compute_sma(values, period), reference.compute_sma(values, period)
    )


@given(dollars, periods)
def test_rsi_of_whole_dollars_equals_the_reference(close, period):
    np.testing.assert_array_equal(compute_rsi(close, period), reference.compute_rsi(close, period))


@given(dollars, periods)
def test_rsi_of_falling_and_rising_exchanged_is_its_complement(close, period):
    mirrored = close.max() + 1 - close
    together = compute_rsi(close, period) + compute_rsi(mirrored, period)
    np.testing.assert_allclose(together, 100.0, rtol=1e-12)


@given(dollars, periods, st.sampled_from([2.0**-20, 0.5, 2.0**30]))
def test_scale_of_prices_changes_no_rsi(close, period, scale):
    np.testing.assert_array_equal(compute_rsi(close * scale, period), compute_rsi(close, period))


@given(st.lists(prices, min_size=1, max_size=80).map(np.array), periods)
def test_ema_stays_between_the_lowest_and_the_highest_price_so_far(close, period):
    averages = compute_ema(close, period)
    assert averages[0] == close[0]
    slack = 1e-12 * np.maximum.accumulate(close)
    assert (averages <= np.maximum.accumulate(close) + slack).all()
    assert (averages >= np.minimum.accumulate(close) - slack).all()


def test_rsi_of_prices_that_only_rise_or_only_fall_is_at_its_ends():
    close = np.arange(1.0, 60.0)
    # The first bar's change counts as none, and a window of zeros and gains has no losses.
    assert (compute_rsi(close, 14)[13:] == 100.0).all()
    assert (compute_rsi(close[::-1].copy(), 14)[13:] == 0.0).all()
    assert (compute_rsi(close, 14)[:13] == 50.0).all()


def test_rsi_worked_out_by_hand():
    close = np.array([10.0, 12.0, 11.0, 11.0, 14.0])
    # Changes 0, 2, -1, 0, 3; windows of three: (2, 1), (2, 1), (3, 1) gained and lost.
    np.testing.assert_allclose(compute_rsi(close, 3), [50, 50, 200 / 3, 200 / 3, 75])
