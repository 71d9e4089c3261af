"""Numbers of pictures, made by hand."""

import numpy as np

from evosearch.report.page.data import Facts, PageData
from evosearch.report.page.genes_data import Axis, Gene, Genes, Plateau
from evosearch.report.page.money_data import (
    Candles,
    Curve,
    Fall,
    Fees,
    Money,
    MoneyPart,
    Months,
    Positions,
    Prices,
    Span,
)
from evosearch.report.page.rows_data import (
    Cloud,
    Histogram,
    Idea,
    Ideas,
    Machine,
    Machines,
    Progress,
    RunCurve,
)
from evosearch.statements import Statement

DAY = 86_400_000
BEGIN = 20_000 * DAY
EVIL = '<a href="x">&pc</a>'
SEARCHED, UNSEEN = Span(BEGIN, BEGIN + 9 * DAY, 10), Span(BEGIN + 10 * DAY, BEGIN + 14 * DAY, 5)


def make_data(name=EVIL, is_money=True, lacking=None, **more):
    facts = Facts(
        noun="strategy" if is_money else "candidate", rank=1, n_rows=12_345, n_drawn=1_000,
        n_trials=12_000, seeds=(3, 4), seed=3, searched=SEARCHED, unseen=UNSEEN,
        objective="sharpe_daily" if is_money else "loss", is_ratio=is_money,
        is_minimised=not is_money, is_money=is_money, remedy="evosearch report x --data FILE",
    )  # fmt: skip
    if lacking is not None:
        return PageData(facts, lacking=lacking)
    parts = {
        "equity": Money((_make_part("in", SEARCHED, 0.9), _make_part("oos", UNSEEN, 1.1))),
        "luck": Cloud(
            (name, "b@c"), np.array([0, 1, 0]), np.array([-1.0, 0.5, 2.0]),
            np.array([1.0, -0.5, 0.25]), (2.0, 0.25), 7, 3, 0.5, (1, 1, 1, 0), (0.1, 0.2),
        ),
        "best_of_n": Histogram(
            np.linspace(-3, 3, 4), np.array([4, 0, 2]), is_money, False, 2.0,
            (1.5, 2.5, 3.5) if is_money else None, 0.5 if is_money else None, -1.0, 2.0, 1,
        ),
        "price": make_prices(),
        "search": Progress(
            (make_run(name, 3, True), make_run(name, 4, False)), 2, ((name, 2, 1.0, 1.5, 2.0),)
        ),
        "plateau": Plateau(
            Axis("rule1_kind", (name, "b"), np.empty(0), False, 0.5, 1),
            Axis("stop_loss_frac", (), np.array([0.01, 0.02, 0.03]), False, 0.25, 0),
            np.array([[1.0, 2.0], [np.nan, 0.5]]), np.array([[0.5, 1.0], [np.nan, 0.5]]),
            np.array([[2, 3], [0, 1]]), 6,
        ),
        "costs": Fees(
            np.array([0.0, 0.001, 0.004]), np.array([[0.1, 0.05, -0.1], [0.2, 0.1, 0.0]]), 0.004,
            0.0005, np.array([0.12, 0.22]), 0.002, np.array([-0.2, 0.01]),
        ),
        "months": Months(
            ((2024, 10), (2024, 10), (2024, 11)), (False, True, True),
            np.array([-0.1, 0.05, 1 / 3]), np.array([0.0, 0.1, -0.1]),
        ),
        "ideas": Ideas((_make_idea(name, 1), _make_idea(name, 8)), 500, 0.7),
        "machines": Machines(
            (
                Machine(name, (name,), 2, 9, 5, 3, 1.5, None, 2.0, 1),
                Machine("other", ("air",), 1, 4, 0, 3, 1e-5, 400.0, None, None),
            )
        ),
        "genes": Genes(
            (
                Gene(name, (name, "b"), np.array([0.0, 1.0]), np.array([1.0, 2.0]), 2, (1.0, 2.0),
                     0.5, False),
                Gene("x", (), np.array([0.1, 10.0]), np.array([1.0, 2.0]), 2, None, 0.25, True),
            ), 2, 2,
        ),
    }  # fmt: skip
    return PageData(facts, **(parts | more))


def _make_curve(span, values):
    times = np.linspace(span.begin, span.end, len(values)).astype(np.int64)
    return Curve(times, np.array(values, float), 1_000)


def _make_part(name, span, end):
    below = _make_curve(span, [0, -0.2, -0.1])
    fall = Fall(span.begin, span.begin + DAY, None, 0.2)
    own = _make_curve(span, [10_000, 8_000, 10_000 * end])
    hold, free = _make_curve(span, [10_000, 9_500]), _make_curve(span, [10_000, 10_500])
    return MoneyPart(
        name, span, own, hold, free, below, (fall,), 10_000.0, 10_000 * end, 9_500.0, 10_500.0, 0.2
    )


def make_prices(has_candles=False):
    times = BEGIN + DAY * np.arange(15)
    price = 100.0 + np.arange(15)
    positions = Positions(
        times[[1, 11]], times[[3, 13]], price[[1, 11]], price[[3, 13]], price[[1, 11]] * 0.9,
        price[[1, 11]] * 1.1, np.array([1, 0]), np.array([5.0, -3.0]), np.array([False, True]),
    )  # fmt: skip
    candles = Candles(times, price, price + 1, price - 1, price + 0.5)
    line = Curve(times, price, 15_000)
    return Prices(
        None if has_candles else line, candles if has_candles else None, positions, 40, UNSEEN.begin
    )


def make_run(name, seed, is_rising):
    return RunCurve(
        f"{name}@pc", f"run-{seed}", seed, np.arange(3), np.array([np.nan, 1.0, 2.0]),
        np.array([np.nan, 0.5, 0.75]), 30, 2, 2, is_rising,
    )  # fmt: skip


def _make_idea(name, rank):
    words = (Statement("strategy.gene", {"name": "x", "value": name}),)
    curve = Curve(np.array([1, 2]), np.array([1.0, 1.5]), 100)
    return Idea(rank, "ab" * 16, 5, 1.5, 0.25, (f"pro@{name}",), curve, words)
