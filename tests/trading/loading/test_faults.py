"""Rows that cannot be true: refused with line, values and remedy, one line a row."""

import numpy as np
import pandas as pd
import pytest

from evosearch.errors import DataError
from evosearch.trading.loading.faults import TOLERANCE
from tests.trading.loading.making import File, make_frame

PRICES = ["open", "high", "low", "close"]


@pytest.fixture
def frame():
    frame = make_frame(pd.date_range("2024-01-01", periods=120, freq="5min"))
    return frame.astype({"volume": float})


def refuse(folder, frame, **options):
    with pytest.raises(DataError) as error:
        File(folder, frame).load(**options)
    return str(error.value)


@pytest.mark.parametrize(
    ("column", "value", "says", "is_droppable"),
    [
        ("open", 0.0, "open is not above 0", True), ("close", -3.0, "close is not above 0", False),
        ("low", np.nan, "low is missing", True), ("high", np.inf, "high is not a finite number", False),
        ("volume", -5.0, "negative volume", False), ("volume", np.inf, "volume is not a finite number", False),
        ("high", 1.0, "high below open or close", False), ("low", 900.0, "low above open or close", False),
    ],
)  # fmt: skip
def test_a_row_is_shown_with_its_values_and_the_remedy_if_there_is_one(
    tmp_path, monkeypatch, frame, column, value, says, is_droppable
):
    frame.loc[7, column] = value
    monkeypatch.chdir(tmp_path)  # the folder of a test is long, and lines have an end
    text = refuse("", frame)
    lines = [line for line in text.splitlines() if "bars.csv:9:" in line]
    assert len(lines) == 1
    assert says in lines[0]
    assert f"close {frame.close[7]:.10g}" in lines[0]
    assert ("--set problem.incomplete=drop" in text) is is_droppable
    if is_droppable:
        bars = File(tmp_path, frame).load(incomplete="drop")
        assert len(bars) == 119
        assert any("1 row lacks a price" in note for note in bars.summarise()["notes"])
    else:
        assert refuse("", frame, incomplete="drop") == text


def test_a_row_that_is_wrong_in_several_ways_is_one_line(tmp_path, frame):
    frame.loc[7, ["open", "close"]] = np.nan
    frame.loc[7, "volume"] = -1
    text = refuse(tmp_path, frame)
    assert sum("bars.csv:9:" in line for line in text.splitlines()) == 1


def test_rows_without_any_price_and_cells_without_volume_are_counted(tmp_path, frame):
    frame.loc[30, PRICES] = np.nan
    frame.loc[40, "volume"] = np.nan
    bars = File(tmp_path, frame).load()
    assert len(bars) == 119
    assert bars.volume[39] == 0
    assert {"rows_without_price": [32], "rows_without_volume": [42]}.items() <= File(
        tmp_path, frame
    ).inspect().items()


def test_many_faults_stay_a_short_message(tmp_path, frame):
    frame.loc[::2, "open"] = 0
    frame.loc[1::3, "volume"] = -1
    frame.loc[5::7, "high"] = 0.5
    frame.loc[3::11, "low"] = np.nan
    text = refuse(tmp_path, frame)
    assert len(text.splitlines()) <= 20
    assert max(map(len, text.splitlines())) <= 200


@pytest.mark.parametrize("sign", [1, -1], ids=["high below", "low above"])
def test_a_rounding_error_is_clipped_and_counted_and_more_is_refused(tmp_path, frame, sign):
    column = "high" if sign > 0 else "low"
    edge = (
        frame[["open", "close"]].max(axis=1) if sign > 0 else frame[["open", "close"]].min(axis=1)
    )
    frame.loc[5::10, column] = edge[5::10] * (1 - sign * 3e-15)
    is_off = frame[column] < edge if sign > 0 else frame[column] > edge
    assert is_off.sum() > 8
    file = File(tmp_path, frame)
    bars = file.load()
    assert np.array_equal(getattr(bars, column)[is_off], edge[is_off])
    first = int(np.argmax(is_off)) + 2
    assert file.inspect()["clipped"] == [first]
    assert any(f"{is_off.sum()} bars had a high or a low" in each.text for each in bars.findings)
    frame.loc[100, column] = edge[100] * (1 - sign * 2 * TOLERANCE)
    assert "bars.csv:102:" in refuse(tmp_path, frame)
    frame.loc[100, column] = edge[100] * (1 - sign * 0.5 * TOLERANCE)
    File(tmp_path, frame).load()
