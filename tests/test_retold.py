"""The package against the explanation of itself: every row of a run of `pro`, two ways."""

import math

import pytest
from pyarrow import parquet

import evosearch
from evosearch.problems.trading.bars import SAMPLE_FOLDER
from tests import retold

N_BARS = 2_000
METRICS = ("n_trades", "net_profit", "sharpe_daily", "max_drawdown_frac")


@pytest.fixture(scope="module")
def bars_csv(tmp_path_factory):
    """The first bars of the sample, as a file that both can read."""
    path = tmp_path_factory.mktemp("bars") / "bars.csv"
    frame = parquet.read_table(SAMPLE_FOLDER / "ibm-daily.parquet").slice(0, N_BARS).to_pandas()
    assert len(frame) == N_BARS
    frame.to_csv(path, index=False)
    return str(path)


@pytest.fixture(scope="module")
def market(bars_csv):
    return retold.Market(bars_csv)


@pytest.mark.parametrize("seed", [1, 7, 2**70])
def test_the_package_finds_what_the_explanation_finds(seed, market, bars_csv, workspace):
    found = evosearch.run("pro", data=bars_csv, seed=seed, backend="serial").to_frame()
    found = found.sort_values(["generation", "index"]).reset_index()
    told = retold.search(market, seed)
    assert len(found) == len(told) == 1_200
    ids = [f"{high:016x}{low:016x}" for (_, _, (high, low)), *_ in told]
    assert found["genome_id"].tolist() == ids
