"""Bars made for new searches: mirrored, shaken, and cut into folds."""

import itertools
import math

import numpy as np
import pytest

from evosearch.evidence import wide_sd
from evosearch.trading.checks.base import compute_moments, list_own_trades
from evosearch.trading.checks.folds import N_FOLDS, fold_problem, join_folds
from evosearch.trading.checks.mirror import mirror_bars
from evosearch.trading.checks.noise import _draw_normal, _raise, shake_bars
from evosearch.trading.trades import compute_returns
from evosearch.trading.window import DAY_US
from tests.trading.checks.scenes import BY_VOLUME, CHEAP, make_row
from tests.trading.making import draw, encode, make_bars, make_problem, walk


def jumpy(n=500, seed=0, step=0.02):
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(step * rng.standard_normal(n) + step / 10))
    opens = close * np.exp(step * rng.standard_normal(n))
    return make_bars(close, 0.01, rng.random(n), per_day=1, opens=opens)


def check_order(bars):
    assert all(np.isfinite(column).all() and (column[:4] > 0).all() for column in bars.columns[:4])
    assert (bars.low <= np.minimum(bars.open, bars.close)).all()
    assert (bars.high >= np.maximum(bars.open, bars.close)).all()


def find_moves(bars):
    return [np.log(column[1:] / bars.close[:-1]) for column in bars.columns[:4]]


# Without a spread high and low ARE open and close, and no rounding may part them.
@pytest.mark.parametrize("bars", [jumpy(), jumpy(seed=1, step=0.3), walk(5000, spread=0.0)])
def test_a_mirrored_bar_moves_as_far_about_the_mean_and_all_else_stays(bars):
    made = mirror_bars(bars, np.random.default_rng(7))
    check_order(made)
    assert [column[0] for column in made.columns] == [column[0] for column in bars.columns]
    assert np.array_equal(made.timestamp_us, bars.timestamp_us)
    assert np.array_equal(made.volume, bars.volume)
    assert (made.days_per_year, made.compute_hash() == bars.compute_hash()) == (365, False)
    mean = np.log(bars.close[-1] / bars.close[0]) / (len(bars) - 1)
    moves, before = find_moves(made), find_moves(bars)
    is_mirrored = np.abs(moves[3] - before[3]) > 1e-9
    assert 0.4 < is_mirrored.mean() < 0.6
    for was, is_now in ((0, 0), (1, 2), (2, 1), (3, 3)):
        expected = np.where(is_mirrored, 2 * mean - before[was], before[is_now])
        assert np.allclose(moves[is_now], expected, atol=1e-10)


def test_each_mirror_is_another_and_the_same_coin_gives_the_same():
    bars = jumpy()
    hashes = [mirror_bars(bars, np.random.default_rng(k)).compute_hash() for k in (1, 1, 2)]
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize("n_bars", [1, 2, 3])
def test_few_bars_can_be_mirrored_and_shaken(n_bars):
    bars = walk(n_bars)
    check_order(mirror_bars(bars, np.random.default_rng(1)))
    check_order(shake_bars(bars, np.random.default_rng(1)))


def test_moves_that_no_price_has_stay_finite_in_the_mirror():
    # Up by a factor of a million and down again: mirrored, some go on to the same side.
    close = np.where(np.arange(400) % 2, 1e6, 1.0)
    for seed in range(5):
        check_order(mirror_bars(make_bars(close, 0.5), np.random.default_rng(seed)))


def test_shaken_bars_differ_by_a_fifth_of_a_range():
    bars = walk(20_000, spread=0.01)
    made = shake_bars(bars, np.random.default_rng(3))
    check_order(made)
    scale = 0.2 * np.log(bars.high / bars.low).mean()
    for column, was in ((made.open, bars.open), (made.close, bars.close)):
        noise = np.log(column / was)
        assert noise.std() == pytest.approx(scale, rel=0.03)
        assert abs(noise.mean()) < 4 * scale / np.sqrt(len(noise))
    both = np.corrcoef(np.log(made.open / bars.open), np.log(made.close / bars.close))[0, 1]
    assert abs(both) < 0.05


def test_moments_are_those_that_the_kernel_records():
    problem = make_problem(walk(2500, step=0.01), 1800, **CHEAP)
    n_found = 0
    for genome in draw(problem, 12):
        row = make_row(problem, genome)
        for part, end in ((0, ""), (1, "_oos")):
            trades = list_own_trades(problem, genome, part)
            found = compute_moments(compute_returns(problem.stage, part, trades))
            names = ("sharpe_daily", "skew_daily", "kurtosis_daily", "n_days")
            recorded = tuple(row[name + end] for name in names)
            told = (found.sharpe, found.skew, found.kurtosis, found.n_days)
            assert [each is None for each in told] == [each is None for each in recorded]
            assert np.allclose(
                *(np.array(each, float) for each in (told, recorded)), equal_nan=True
            )
            n_found += found.sharpe is not None
    assert n_found > 12


def test_folds_expand_and_meet_at_days():
    problem = make_problem(walk(3010, step=0.01), 2400, **CHEAP)
    folds = [fold_problem(problem, k) for k in range(N_FOLDS)]
    edges = [fold.stage.spans[1].begin for fold in folds] + [folds[-1].stage.spans[1].end]
    assert [fold.stage.spans[0].end for fold in folds] == edges[:-1]
    assert [len(fold.bars) for fold in folds] == edges[1:]
    assert edges[-1] == 2400  # the hold-out of the problem is in no fold
    times = problem.bars.timestamp_us
    assert all(times[edge] // DAY_US > times[edge - 1] // DAY_US for edge in edges[:-1])
    assert np.ptp(np.diff(edges)) <= 24
    shares = [1 - fold.options.holdout_frac for fold in folds]
    assert shares == pytest.approx([a / b for a, b in itertools.pairwise(edges)])


def test_joined_returns_are_those_of_the_parts_traded():
    problem = make_problem(walk(3000, step=0.01), **CHEAP)
    genomes = draw(problem, N_FOLDS, seed=3)
    folds = [fold_problem(problem, k) for k in range(N_FOLDS)]
    result = join_folds(folds, genomes)
    returns, n_held = [], 0
    for fold, genome in zip(folds, genomes, strict=True):
        row = make_row(fold, genome)
        trades = list_own_trades(fold, genome, 1)
        assert len(trades) == row["n_trades_oos"]
        returns.append(compute_returns(fold.stage, 1, trades))
        n_held += row["exposure_frac_oos"] * (fold.stage.spans[1].end - fold.stage.spans[1].begin)
    assert result.facts["returns"] == pytest.approx([np.prod(1 + each) - 1 for each in returns])
    joined = np.concatenate(returns)
    assert result.facts["n_days"] == len(joined) == 104
    assert result.value == pytest.approx(joined.mean() / joined.std(ddof=1))
    assert result.facts["exposure"] == pytest.approx(n_held / 2496)
    close = problem.bars.close[23::24][-105:]
    hold = close[1:] / close[:-1] - 1
    limit = max(0, hold.mean() / hold.std(ddof=1)) * np.sqrt(result.facts["exposure"])
    assert result.limit == pytest.approx(limit, abs=1e-12)
    moments = compute_moments(joined)
    error = wide_sd(moments.sharpe, 104, moments.skew, moments.kurtosis)
    confidence = 0.5 * math.erfc((limit - result.value) / error / math.sqrt(2))
    assert result.facts["confidence"] == pytest.approx(confidence)


def test_a_fold_that_found_nothing_earns_nothing():
    problem = make_problem(walk(3000, step=0.01), **CHEAP)
    genome = encode(problem, **BY_VOLUME)
    folds = [fold_problem(problem, k) for k in range(N_FOLDS)]
    result = join_folds(folds, [None, genome, genome, None, genome])
    assert [result.facts["returns"][k] for k in (0, 3)] == [0.0, 0.0]
    assert result.facts["n_days"] == join_folds(folds, [genome] * N_FOLDS).facts["n_days"]
    nothing = join_folds(folds, [None] * N_FOLDS)
    assert (nothing.passed, nothing.facts["why"]) == (None, "no_trades")


@pytest.mark.parametrize("n_bars", [1, 40, 120])
def test_too_few_days_make_no_folds(n_bars):
    problem = make_problem(walk(n_bars))
    assert [fold_problem(problem, k) for k in range(N_FOLDS)] == [None] * N_FOLDS


def test_prices_are_shaken_by_sums_and_products_alone():
    # Their bits are the same on every processor; those of logarithms and cosines are not.
    drawn = _draw_normal(200_000, np.random.default_rng(1))
    assert abs(drawn.mean()) < 0.01 and drawn.std() == pytest.approx(1, abs=0.01)
    assert (np.abs(drawn) < 1.96).mean() == pytest.approx(0.95, abs=0.003)
    exponents = np.array([-0.5, -0.01, 0.0, 0.003, 0.5])
    assert _raise(exponents) == pytest.approx(np.exp(exponents), rel=1e-6)
    assert (_raise(np.array([-1e3, 50.0])) > 0).all()
