"""The pictures of the report as plotly reads them, from numbers that are made by hand."""

import dataclasses
import json
import re

import numpy as np
import pytest

from evosearch.report.figures import WITH_PRICES, WITHOUT_PRICES, draw, draw_all
from evosearch.report.page.records import PLACES, SERIES
from tests.report.figures.made import DAY, EVIL, UNSEEN, make_data, make_prices, make_run

KINDS = {"scatter", "bar", "heatmap", "candlestick"}


@pytest.fixture(scope="module", params=["en", "es"])
def pictures(request):
    drawn = [*draw_all(make_data(), request.param), draw("genes", make_data(), request.param)]
    return {picture.key: picture for picture in drawn}


def list_texts(value):
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for each in value.values() for text in list_texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in list_texts(each)]
    return []


def test_each_picture_has_its_place_and_says_the_same_in_words_and_tables(pictures):
    assert {*WITH_PRICES, *WITHOUT_PRICES} == {*pictures} <= {*PLACES}
    for picture in pictures.values():
        assert picture.title and picture.caption and not picture.missing
        assert picture.tables and all(table.rows for table in picture.tables)
        assert "{" not in picture.caption + picture.title
        assert "2024-10-04" in picture.caption, picture.key  # dates and seeds in each
        assert re.search("seed|semilla", picture.caption, re.IGNORECASE), picture.key
        assert (picture.figure is None) == (picture.key == "ideas")


def test_figures_are_plain_small_and_of_kinds_that_need_no_more_than_the_page_allows(pictures):
    for picture in pictures.values():
        if picture.figure is None:
            continue
        text = json.dumps(picture.figure, allow_nan=False)
        assert set(picture.figure) == {"data", "layout"} and picture.figure["data"]
        assert {trace["type"] for trace in picture.figure["data"]} <= KINDS
        # 1/3 and the like have seven digits.
        assert "3333333333" not in text


def test_names_of_strangers_are_text_in_figures_and_are_left_to_the_page_elsewhere(pictures):
    found = 0
    for picture in pictures.values():
        for text in list_texts(picture.figure or {}):
            assert "<a" not in text
            found += "&lt;a href" in text
    assert found >= 8
    assert any(EVIL in str(row) for row in pictures["machines"].tables[0].rows)


def test_a_metric_of_a_stranger_is_text_on_every_axis_and_no_name_is_a_colour():
    data = make_data(name="--gain/x", is_money=False)
    data = dataclasses.replace(data, facts=dataclasses.replace(data.facts, objective=EVIL))
    texts = [t for each in draw_all(data, "en") for t in list_texts(each.figure or {})]
    assert not [text for text in texts if "<a" in text]
    assert sum("&lt;a href" in text for text in texts) >= 4
    assert not [text for text in texts if text.startswith("--gain/x")]
    assert any(text.startswith("&#45;-gain/x") for text in texts)


def test_series_differ_without_their_colours(pictures):
    def look(trace):
        line, marker = trace.get("line", {}), trace.get("marker", {})
        pattern = marker.get("pattern", {}).get("shape")
        shown = trace["mode"] if trace["type"] == "scatter" else trace["type"]
        dash = line.get("dash") if "lines" in shown else None
        symbol = marker.get("symbol") if "markers" in shown else None
        return shown, dash, symbol, pattern, trace.get("orientation")

    for key in ("equity", "luck", "best-of-n", "price", "search", "costs", "machines"):
        told = [t for t in pictures[key].figure["data"] if t.get("showlegend", True)]
        looks = [look(trace) for trace in told]
        assert len({*looks}) == len(looks), (key, looks)


def test_axes_have_titles_and_none_is_cut(pictures):
    for picture in pictures.values():
        layout = (picture.figure or {}).get("layout", {})
        for name, axis in layout.items():
            if name.startswith(("xaxis", "yaxis")) and picture.key != "machines":
                assert axis["title"]["text"], (picture.key, name)
                # Ends are set only where they are those of the data.
                assert "range" not in axis or picture.key in (
                    "equity",
                    "price",
                    "months",
                    "plateau",
                )


def test_spanish_writes_numbers_and_words_its_own_way():
    english, spanish = ({p.key: p for p in draw_all(make_data(), each)} for each in ("en", "es"))
    assert "12,345" in english["luck"].caption and "12.345" in spanish["luck"].caption
    assert english["costs"].figure["layout"]["separators"] == ".,"
    assert spanish["costs"].figure["layout"]["separators"] == ",."
    assert english["luck"].tables[0].rows[0][1:] == spanish["luck"].tables[0].rows[0][1:]
    for key, picture in english.items():
        assert picture.caption != spanish[key].caption and picture.title != spanish[key].title


def test_the_hold_out_stands_on_a_shade_in_every_picture_of_time(pictures):
    for key, begin in (("equity", UNSEEN.begin), ("price", UNSEEN.begin), ("months", 0.5)):
        (shade,) = [s for s in pictures[key].figure["layout"]["shapes"] if s["type"] == "rect"]
        assert shade["x0"] == begin and shade["layer"] == "below"


def test_the_cloud_tells_nothing_when_it_is_pointed_at(pictures):
    traces = pictures["luck"].figure["data"]
    dots = [
        trace for trace in traces if trace["marker" if "marker" in trace else "line"].get("opacity")
    ]
    assert len(dots) == 2 and sum(len(trace["x"]) for trace in dots) == 3
    for trace in dots:
        assert trace["hoverinfo"] == "skip" and not {"text", "ids", "customdata"} & {*trace}


def test_the_equity_is_logarithmic_unless_it_owes_money():
    data = make_data()
    assert draw("equity", data, "en").figure["layout"]["yaxis"]["type"] == "log"
    data.equity.parts[0].own.values[1] = -5.0
    assert draw("equity", data, "en").figure["layout"]["yaxis"]["type"] == "linear"


def test_few_bars_are_candles():
    picture = draw("price", make_data(price=make_prices(has_candles=True)), "en")
    assert picture.figure["data"][0]["type"] == "candlestick"
    assert "15 bars" in picture.caption
    assert draw("price", make_data(), "en").figure["data"][0]["mode"] == "lines"


def test_many_runs_are_drawn_without_their_medians_and_named_once():
    data = make_data()
    runs = tuple(make_run("pro", seed, False) for seed in range(9))
    found = type(data.search)(runs, 60, data.search.spread)
    picture = draw("search", make_data(search=found), "en")
    traces = picture.figure["data"]
    assert len(traces) == 9 and sum(trace["showlegend"] for trace in traces) == 1
    assert "The best 9 of 60 runs are drawn." in picture.caption
    assert "none was still improving" in picture.sentences[0]
    assert {trace["line"]["color"] for trace in traces} == {SERIES[0]}


def test_months_become_a_grid_of_years_when_they_are_many():
    months = tuple((2020 + n // 12, n % 12 + 1) for n in range(30))
    returns = np.full(30, 0.01)
    found = type(make_data().months)(months, (False,) * 30, returns, returns)
    (table,) = draw("months", make_data(months=found), "en").tables
    assert len(table.headers) == 16 and [row[0] for row in table.rows[::2]] == [
        "2020",
        "2021",
        "2022",
    ]
    assert table.rows[0][-1] == pytest.approx(1.01**12 - 1)


def test_what_cannot_be_drawn_says_why_and_how_to_get_it():
    lacking = dict.fromkeys(("equity", "price", "costs", "months"), "no_bars") | {
        "luck": "unmerged"
    }
    for language in ("en", "es"):
        for picture in draw_all(make_data(lacking=lacking), language):
            assert picture.figure is None and picture.missing and not picture.caption
            if lacking.get(picture.key) == "no_bars":
                assert "evosearch report x --data FILE" in picture.missing
    assert "evosearch merge" in draw("luck", make_data(lacking=lacking), "en").missing


def test_another_problem_has_its_own_pictures_and_words():
    data = make_data(is_money=False)
    pictures = {picture.key: picture for picture in draw_all(data, "en")}
    assert tuple(pictures) == WITHOUT_PRICES
    words = json.dumps(
        [vars(p) | {"tables": [vars(t) for t in p.tables]} for p in pictures.values()]
    )
    for word in ("trade", "Sharpe", "strateg", "holding"):
        assert word not in words.replace("strategy.gene", ""), word
    assert pictures["search"].figure["layout"]["yaxis"]["title"]["text"] == "loss"
    assert pictures["plateau"].figure["layout"]["coloraxis"]["reversescale"]


def test_the_same_numbers_give_the_same_text():
    first, again = (
        json.dumps([picture.figure for picture in draw_all(make_data(), "en")]) for _ in range(2)
    )
    assert first == again and str(20_000 * DAY) in first


def test_curves_of_many_generations_differ_by_their_dashes():
    data = make_data()
    run = make_run("pro", 1, False)
    long = dataclasses.replace(
        run, generations=np.arange(500), best=np.arange(500.0), median=np.zeros(500)
    )
    found = type(data.search)((long, dataclasses.replace(long, run_id="b", name="air@pc")), 2, ())
    traces = draw("search", make_data(search=found), "en").figure["data"]
    best = [trace for trace in traces if trace["showlegend"]]
    assert {trace["mode"] for trace in best} == {"lines"}
    assert len({trace["line"]["dash"] for trace in best}) == 2
