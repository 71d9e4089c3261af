"""Numbers of the report's pictures: each is computed again another way, or equals its row."""

import numpy as np
import pandas as pd
import pytest

from evosearch.assemble.judging.judge import judge_row
from evosearch.assemble.pages.data import gather
from evosearch.assemble.pages.gathering.columns import read_columns
from evosearch.assemble.pages.subject import Subject
from evosearch.assemble.ranking.opening import open_ranking
from evosearch.assemble.strategies.opened import open_bars
from evosearch.report.rows import find_row, list_params
from tests.assemble.pages.reports import make_ranking

pytestmark = pytest.mark.slow

SAME = {"rel": 1e-9, "abs": 1e-9}


def make_subject(ranking, shows_holdout=True, has_bars=True):
    ranked = open_ranking(ranking.merged).ranked
    row = find_row(ranked, "1")
    judgement = judge_row(ranked, row, results=ranking.results)
    bars = open_bars(ranked.metadata, ranking.results)
    replay = bars.replay(list_params(row)) if has_bars else None
    return Subject(ranked, row, judgement, shows_holdout, bars, replay)


@pytest.fixture(scope="module")
def subject(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranking")
    return make_subject(make_ranking(folder, population=30, generations=5, fee=0.001))


@pytest.fixture(scope="module")
def data(subject):
    return gather(subject)


@pytest.fixture(scope="module")
def frame(subject):
    return subject.ranked.rows(0, subject.ranked.n_rows).to_pandas()


ENDS = ("", "_oos")


def test_money_of_each_part_ends_where_the_row_says(subject, data):
    row, hold = subject.row, subject.ranked.metadata.problem.hold
    assert [part.name for part in data.equity.parts] == ["in", "oos"]
    for part, end, held in zip(data.equity.parts, ENDS, hold, strict=True):
        assert part.last - part.first == pytest.approx(row["net_profit" + end], **SAME)
        assert part.own.values[-1] == part.last
        assert part.depth == pytest.approx(row["max_drawdown_frac" + end], **SAME)
        assert part.below.values.min() == pytest.approx(-part.depth, **SAME)
        assert part.last_hold / part.first - 1 == pytest.approx(held.return_frac, **SAME)
    falls = [fall for part in data.equity.parts for fall in part.falls]
    assert max(fall.depth for fall in falls) == max(part.depth for part in data.equity.parts)
    for fall in falls:
        assert fall.begin <= fall.bottom and (fall.end is None or fall.end > fall.bottom)


def test_costs_meet_the_row_at_its_own_fee_and_nothing_at_the_fee_that_breaks_even(subject, data):
    fees = data.costs
    own = list(fees.fees).index(fees.own)
    for place, (end, part) in enumerate(zip(ENDS, data.equity.parts, strict=True)):
        assert fees.returns[place, own] == pytest.approx(subject.row["return_frac" + end], **SAME)
        assert fees.free[place] == pytest.approx(part.last_free / part.first - 1, **SAME)
        assert fees.hold[place] == pytest.approx(part.last_hold / part.first - 1, **SAME)
    assert (np.diff(fees.returns[0]) < 0).all()
    assert fees.even is None or (fees.even < fees.own) == (subject.row["return_frac"] < 0)


def test_months_multiply_to_the_return_of_their_part(subject, data):
    months = data.months
    unseen = np.array(months.is_unseen)
    for is_part, end in ((~unseen, ""), (unseen, "_oos")):
        whole = np.prod(1 + months.returns[is_part]) - 1
        assert whole == pytest.approx(subject.row["return_frac" + end], **SAME)
    assert list(months.months) == sorted(months.months)


def test_positions_are_the_last_ones_and_their_prices_lie_within_their_bars(subject, data):
    row, prices = subject.row, data.price
    shown, bars = prices.shown, subject.replay.bars
    assert prices.n_positions == row["n_trades"] + row["n_trades_oos"]
    assert len(shown) == min(30, prices.n_positions)
    place = np.searchsorted(bars.timestamp_us // 1000, shown.exits)
    assert (bars.low[place] * 0.99 < shown.exit_prices).all()
    assert (shown.exit_prices < bars.high[place] * 1.01).all()
    stopped, reached = shown.reasons == 0, shown.reasons == 1
    assert (shown.exit_prices[stopped] <= shown.stops[stopped] * (1 + 1e-12)).all()
    assert (shown.exit_prices[reached] >= shown.targets[reached] * (1 - 1e-12)).all()
    whole = sum(part.trades.outcome.sum() for part in subject.replay.parts)
    if len(shown) == prices.n_positions:
        assert shown.outcomes.sum() == pytest.approx(whole, **SAME)


def test_the_histogram_counts_every_ratio_and_knows_the_luck_of_the_verdict(subject, data, frame):
    histogram, values = data.best_of_n, frame["sharpe_annual"].dropna()
    counts, _ = np.histogram(values, histogram.edges)
    assert histogram.counts.tolist() == counts.tolist()
    assert histogram.counts.sum() + histogram.n_without == len(frame)
    assert histogram.best == pytest.approx(values.max(), **SAME)
    assert histogram.median == pytest.approx(values.median(), **SAME)
    assert histogram.focus == pytest.approx(subject.row["sharpe_annual"], **SAME)
    verdict, year = subject.judgement.box.verdict, subject.judgement.box.days_per_year
    assert histogram.lucky[1] == pytest.approx(verdict.luck_daily * np.sqrt(year), **SAME)
    assert histogram.lucky[0] < histogram.lucky[1] < histogram.lucky[2]
    assert data.facts.n_trials == subject.judgement.box.n_trials


def test_the_cloud_counts_each_behaviour_once_and_names_nobody(subject, data, frame):
    cloud, both = data.luck, ["sharpe_annual", "sharpe_annual_oos"]
    rows = frame.dropna(subset=both)
    dots = rows.drop_duplicates("trades_id")[both]
    assert (cloud.n_rows, cloud.n_dots) == (len(rows), len(dots))
    correlation = dots.rank().corr().iloc[0, 1]
    assert cloud.correlation == pytest.approx(correlation, abs=1e-12)
    x, y = dots.to_numpy().T > 0
    assert cloud.quadrants == ((x & y).sum(), (x & ~y).sum(), (~x & y).sum(), (~x & ~y).sum())
    assert cloud.focus == pytest.approx([subject.row[name] for name in both], **SAME)
    # The order tells nothing of ranks, and no dot stands where its row is, to the last digit.
    assert (np.diff(cloud.x) >= 0).all()
    exact = set(dots["sharpe_annual"].round(12))
    assert len(exact & set(cloud.x.round(12))) <= 1


def test_runs_rise_as_their_rows_do(data, frame):
    good = frame[frame["feasible"]]
    year = (frame["sharpe_annual"] / frame["sharpe_daily"]).dropna().iloc[0]
    for run in data.search.runs:
        of_run = good[good["run_id"] == run.run_id].groupby("generation")["fitness"]
        best = (of_run.max() * year).reindex(run.generations).cummax().ffill()
        np.testing.assert_allclose(run.best, best, rtol=1e-9)
        median = (of_run.median() * year).reindex(run.generations)
        np.testing.assert_allclose(run.median, median, rtol=1e-9)
        assert best[run.found_in] == best.iloc[-1]
    assert sum(run.n_rows for run in data.search.runs) == len(frame)


def test_cells_hold_the_best_the_median_and_the_count_of_their_rows(subject, data, frame):
    plateau = data.plateau
    good = frame[frame["feasible"]].dropna(subset=["fitness"])
    year = (frame["sharpe_annual"] / frame["sharpe_daily"]).dropna().iloc[0]
    cells = {}
    for axis in (plateau.x, plateau.y):
        values = good["param_" + axis.name]
        if axis.labels:
            read = float if pd.api.types.is_numeric_dtype(values) else str
            names = [read(text) for text in axis.labels]
            found = values.map({name: place for place, name in enumerate(names)})
        else:
            places = np.searchsorted(axis.edges, values, side="right") - 1
            found = values.where(values.isna(), np.clip(places, 0, len(axis) - 1))
        cells[axis.name] = found.astype(float)
    good = good.assign(x=cells[plateau.x.name], y=cells[plateau.y.name]).dropna(subset=["x", "y"])
    assert plateau.counts.sum() == plateau.n_rows == len(good)
    for place, rows in good.groupby(["y", "x"]):
        cell = tuple(map(int, place))
        assert plateau.counts[cell] == len(rows)
        assert plateau.best[cell] == pytest.approx(rows["fitness"].max() * year, **SAME)
        assert plateau.median[cell] == pytest.approx(rows["fitness"].median() * year, **SAME)
    assert plateau.x.share >= plateau.y.share > 0
    best, own = np.nanmax(plateau.best), (plateau.y.place, plateau.x.place)
    assert min(own) < 0 or plateau.best[own] == pytest.approx(best)


def test_machines_and_ideas_state_what_their_rows_do(subject, data, frame):
    found = {each.name: each for each in data.machines.machines}
    n_parts = {
        run.host: sum(part.n_rows for part in run.parts.values())
        for run in subject.ranked.metadata.sources.values()
    }
    assert len(found) == 2 and {name: each.n_rows for name, each in found.items()} == n_parts
    n_both = len(frame) - sum(each.n_new for each in found.values())
    assert all(each.n_shared == n_both for each in found.values())
    ideas = data.ideas.ideas
    assert ideas[0].rank == 1 and len({idea.rank for idea in ideas}) == len(ideas)
    assert sum(idea.n_alike for idea in ideas) <= data.ideas.n_compared == frame["feasible"].sum()
    for idea in ideas:
        row = frame.iloc[idea.rank - 1]
        assert idea.value == pytest.approx(row["sharpe_annual"], **SAME)
        assert idea.returned == row["return_frac"]
        money = idea.curve.values
        assert money[-1] / 10_000 - 1 == pytest.approx(row["return_frac"], **SAME)


def test_before_a_merge_nothing_of_the_holdout_is_gathered(subject):
    hidden = Subject(
        subject.ranked, subject.row, subject.judgement, False, subject.bars, subject.replay
    )
    data = gather(hidden)
    assert data.luck is None and data.lacking["luck"] == "unmerged"
    assert [part.name for part in data.equity.parts] == ["in"]
    assert not any(data.months.is_unseen) and not data.price.shown.is_unseen.any()
    assert data.costs.returns.shape[0] == 1 and data.facts.unseen is None
    assert data.equity.parts[0].own.times.max() < subject.replay.bars.timestamp_us[-1] // 1000


def test_without_bars_the_pictures_of_money_are_lacking(subject):
    bare = Subject(subject.ranked, subject.row, subject.judgement, True, subject.bars, None)
    data = gather(bare)
    assert set(data.lacking) == {"equity", "price", "costs", "months"}
    assert data.luck is not None and data.search is not None
    assert all(idea.curve is None for idea in data.ideas.ideas) and data.ideas.below is None


def test_a_sample_has_the_smallest_ids_and_the_best_of_all_rows(subject, frame):
    whole = read_columns(subject.ranked, ["sharpe_daily"])
    some = read_columns(subject.ranked, ["sharpe_daily"], max_rows=100)
    kept = sorted(np.argsort(whole.ids)[:100])
    assert some.ranks.tolist() == (whole.ranks[kept]).tolist()
    np.testing.assert_array_equal(some.figures["sharpe_daily"], whole.figures["sharpe_daily"][kept])
    for name, values in vars(some.best).items():
        np.testing.assert_array_equal(values, getattr(whole.best, name))
    for gene, other in zip(some.genes, whole.genes, strict=True):
        np.testing.assert_array_equal(gene.values, other.values[kept])
    assert (whole.n_rows, some.n_rows, len(some)) == (len(frame), len(frame), 100)
