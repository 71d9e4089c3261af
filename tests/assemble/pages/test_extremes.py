"""Rows of strangers: numbers of any size, rows that are all alike, and none at all."""

import json
import math
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

from evosearch.assemble.judging.ratio import Ratio
from evosearch.assemble.pages.gathering.all_rows import make_cloud, make_histogram
from evosearch.assemble.pages.gathering.columns import BestOf, Columns, GeneColumn
from evosearch.assemble.pages.gathering.different import choose_by_columns
from evosearch.assemble.pages.gathering.gene_cells import make_genes, make_plateau
from evosearch.assemble.pages.gathering.searches import make_progress
from evosearch.report.figures import draw_all
from evosearch.report.page.data import Facts, PageData
from evosearch.shards.format.records import Run

METADATA = SimpleNamespace(sources={"a": Run("", "pc", 1, "", "", "", "", None, {}, {})}, spaces={})
RATIO = Ratio("ratio", 19.1, "return", "")
LARGE = 1e150


def make_columns(fitness, feasible=True):
    fitness = np.array(fitness, float)
    n = len(fitness)
    genes = (
        GeneColumn("x", (), fitness, False),
        GeneColumn("k", (), np.arange(n) % 3.0, True),
        GeneColumn("c", tuple(f"c{k}" for k in range(40)), np.arange(n) % 40.0, False),
        GeneColumn("off", (), np.full(n, np.nan), False),
    )
    best = np.fmax.reduce(fitness) if n else np.nan
    once = np.zeros(1 if n else 0, np.int64)
    return Columns(
        ("a",), np.arange(n) + 1, np.zeros(n, np.int64), np.zeros(n, np.int64),
        np.arange(n, dtype=np.uint64), fitness, np.full(n, feasible),
        {"ratio": fitness, "ratio_oos": -fitness}, genes,
        BestOf(once, once, np.full(len(once), best), once + n), n,
    )  # fmt: skip


@pytest.mark.parametrize(
    "fitness",
    [
        [],
        [1.0],
        [math.nan] * 5,
        [2.0] * 50,
        [-LARGE, LARGE] * 30,
        [1e-300, LARGE, 0.0, -1e-300] * 20,
        [*range(100)],
    ],
    ids=["none", "one", "undefined", "alike", "large", "small", "usual"],
)
@pytest.mark.parametrize("feasible", [True, False])
@pytest.mark.parametrize("to_value", [1.0, -1.0])
def test_numbers_of_any_size_are_drawn_or_left_out(fitness, feasible, to_value):
    columns = make_columns(fitness, feasible)
    params = {"x": LARGE, "k": 2, "c": "c39", "unknown": 5}
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        data = PageData(
            Facts("candidate", 1, 100, 100, 100, is_minimised=to_value < 0),
            luck=make_cloud(columns, RATIO, METADATA, None, None),
            best_of_n=make_histogram(
                columns.fitness * to_value, is_ratio=False, is_minimised=to_value < 0, focus=LARGE
            ),
            search=make_progress(columns, METADATA, to_value),
            plateau=make_plateau(columns, METADATA, params, to_value),
            genes=make_genes(columns, METADATA, params, to_value, 1.0),
        )
        chosen, n = choose_by_columns(columns, "")
        pictures = draw_all(data, "es")
    assert n == (np.isfinite(fitness).sum() if feasible else 0)
    assert bool(chosen) == bool(n) and sum(many for _, many in chosen) <= n
    for picture in pictures:
        json.dumps(picture.figure, allow_nan=False)
        assert picture.missing or picture.tables
    if data.genes is not None and n > 50:
        (choices,) = [gene for gene in data.genes.genes if gene.name == "c"]
        assert len(choices.labels) == 12 and choices.x.max() <= 11
        assert choices.focus[0] == 11
