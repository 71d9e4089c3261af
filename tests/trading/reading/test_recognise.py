"""What is decided of a file before its rows are read: columns, marks, time, symbol, and refusals."""

from pathlib import Path

import numpy as np
import pytest

from evosearch.errors import DataError
from evosearch.trading.reading.files.containers import look_into
from evosearch.trading.reading.layout import Layout
from evosearch.trading.reading.parsing import find_shape
from evosearch.trading.reading.recognise import Sample, recognise

PATH = Path("prices.csv")
ROLES = ("open", "high", "low", "close")


def make_rows(n=12, decimals=2, start=100.0, seed=3):
    """Times in seconds, open, high, low, close and volume as numbers."""
    rng = np.random.default_rng(seed)
    close = start + np.cumsum(rng.normal(0, 1, n))
    opens = np.concatenate([[start], close[:-1]]) + 0.02
    high, low = np.maximum(opens, close) + 0.5, np.minimum(opens, close) - 0.5
    volume = rng.uniform(10, 90, n)
    rows = zip(opens, high, low, close, volume, strict=True)
    return [
        (1_709_251_200 + 3600 * k, *(round(float(x), decimals) for x in row))
        for k, row in enumerate(rows)
    ]


def look(lines, **layout):
    if isinstance(lines, str):
        lines = lines.splitlines()
    return recognise(Sample(tuple(lines)), Layout.model_validate(layout), PATH)


def write(header, order="tohlcv", n=12, mark=",", **made):
    """A text whose columns stand in this order."""
    rows = [dict(zip("tohlcv", row, strict=True)) for row in make_rows(n, **made)]
    lines = [mark.join(str(row[key]) for key in order) for row in rows]
    return [*([header] if header else []), *lines]


def places(shape):
    """The keys of the columns by their places."""
    found = dict(zip("ohlc", shape.prices, strict=True))
    found |= {"t": shape.times.columns[0], "v": shape.volume}
    return "".join(sorted((key for key in found if found[key] is not None), key=found.get))


@pytest.mark.parametrize(
    "header",
    [
        "timestamp,open,high,low,close,volume",
        "<DATE>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>",
        "timestamp,1. open,2. high,3. low,4. close,5. volume",
        "Open time,Open Price,High Price,Low Price,Close Price,Volume (BTC)",
        "t,o,h,l,c,v",
        "Fecha,Apertura,Máximo,Mínimo,Cierre,Volumen",
        "Fecha,Apertura,Maximo,Minimo,Último,Vol.",
        "Datum,Eröffnung,Hoch,Tief,Schluss,Volumen",
        "Datum,Eröffnungskurs,Tageshoch,Tagestief,Schlußkurs,Umsatz",
        "Date,Open,High,Low,Close/Last,Volume",
        "date,open,high,low,last,vol",
        ",Open,High,Low,Close,Volume",
        "Unnamed: 0,AAPL.Open,AAPL.High,AAPL.Low,AAPL.Close,AAPL.Volume",
        "time_period_start,price_open,price_high,price_low,price_close,volume_traded",
        "TIMEOPEN,OPENPRICE,HIGHPRICE,LOWPRICE,CLOSEPRICE,VOLUME",
    ],
)
def test_columns_are_known_by_many_names(header):
    shape = look(write(header))
    assert places(shape) == "tohlcv"
    assert shape.name == "CSV with a header" and shape.first_line == 2


@pytest.mark.parametrize("order", ["tohlcv", "tlhocv", "tochlv", "tvochl", "thlocv", "tcohlv"])
@pytest.mark.parametrize("backwards", [False, True])
def test_columns_without_names_are_known_by_their_values(order, backwards):
    lines = write("", order, n=40)
    shape = look(lines[::-1] if backwards else lines)
    assert places(shape) == order
    assert shape.first_line == 1 and shape.name.startswith(
        ("CSV without a header, columns by content: 1 time", "Coinbase candles without")
    )


def test_names_of_an_unknown_language_are_passed_over():
    shape = look(write("aika,avaus,ylin,alin,paatos,vaihto", n=40))
    assert places(shape) == "tohlcv" and shape.first_line == 2
    assert "columns by content" in shape.name


def test_open_and_close_that_cannot_be_told_apart_are_asked_for():
    lines = ["1709251200,10,10.2,11,9,5", "1709254800,10.1,9.9,11,9,5", "1709258400,10,10.1,11,9,5"]
    with pytest.raises(DataError) as caught:
        look(lines)
    first, second = (line for line in str(caught.value).splitlines() if "--set" in line)
    assert "columns.open=2" in first and "columns.close=3" in first
    assert "columns.open=3" in second and "columns.close=2" in second
    told = {role: place for role, place in zip(ROLES, (2, 4, 5, 3), strict=True)}
    assert look(lines, columns=told).prices == (1, 3, 4, 2)
    assert look(lines, columns={"open": 3}).prices == (2, 3, 4, 1)
    assert look(lines, columns={"close": 3}).prices == (1, 3, 4, 2)


@pytest.mark.parametrize("n_moved", [1, 2, 6])
def test_minutes_in_which_hardly_anything_was_traded(n_moved):
    rows = [f"{1_709_251_200 + 60 * k},5,5,5,5,0.{k % 9}" for k in range(290)]
    rows[40 : 40 + n_moved] = [f"{1_709_253_600 + 60 * k},5,6,5,6,1.5" for k in range(n_moved)]
    assert look(rows).prices == (1, 2, 3, 4) and look(rows).volume == 5


def test_an_average_between_the_prices_is_no_volume():
    rows = [(t, o, h, lo, c, round((h + lo) / 2, 3), v, 7) for t, o, h, lo, c, v in make_rows(30)]
    shape = look([",".join(map(str, row)) for row in rows])
    assert shape.prices == (1, 2, 3, 4) and shape.volume == 6
    assert shape.name == "Kraken OHLCVT without a header"


@pytest.mark.parametrize("header", ["", "t,open,high,low,close,Volume USD,Volume BTC"])
def test_of_two_volumes_the_one_that_is_not_money(header):
    rows = [(t, o, h, lo, c, round(v * c, 4), v) for t, o, h, lo, c, v in make_rows(30)]
    shape = look([*([header] if header else []), *(",".join(map(str, row)) for row in rows)])
    assert shape.volume == 6


def test_nothing_is_said_of_a_volume_that_was_named():
    rows = [(t, o, h, lo, c, round(v * c, 4), v) for t, o, h, lo, c, v in make_rows(30)]
    lines = ["t,open,high,low,close,Volume USD,Volume BTC", *(",".join(map(str, r)) for r in rows)]
    assert any("Volume BTC" in note for note in look(lines).notes)
    shape = look(lines, columns={"volume": "Volume USD"})
    assert (shape.volume, shape.notes) == (5, ())


@pytest.mark.parametrize("adjusted", [0.97, 1.0])
def test_a_close_adjusted_for_dividends_is_no_volume(adjusted):
    rows = [(t, o, h, lo, c, round(c * adjusted, 6), v) for t, o, h, lo, c, v in make_rows(30)]
    assert look([",".join(map(str, row)) for row in rows]).volume == 6


def test_prices_bid_and_asked_are_asked_for():
    header = "date,bidopen,bidclose,bidhigh,bidlow,askopen,askclose,askhigh,asklow,tickqty"
    rows = [
        ",".join(map(str, (t, o, c, h, lo, o + 1, c + 1, h + 1, lo + 1, v)))
        for t, o, h, lo, c, v in make_rows()
    ]
    with pytest.raises(DataError, match="found: bid, ask.*\n.*--set problem.layout.symbol=bid"):
        look([header, *rows])
    assert look([header, *rows], symbol="ask").prices == (5, 7, 8, 6)


def test_several_blanks_are_no_mark():
    with pytest.raises(DataError, match="several blanks stand between its columns"):
        look(write("", mark="   "))
    assert look(write("", mark=" ")).separator == " "


def test_time_columns_may_be_typed_with_a_comma():
    lines = ["Datum,Zeit,O,H,L,C", *(f"2024-01-02,0{k}:00,10,12,9,11" for k in range(9))]
    for typed in ("Datum,Zeit", "1,2", "[1,2]", ["Datum", 2]):
        assert look(lines, time_columns=typed).times.columns == (0, 1)


def test_ticks_are_the_volume_where_nothing_else_counts():
    header = "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>"
    row = "2024.01.02\t0{}:00:00\t1.1\t1.3\t1.0\t1.2\t{}\t{}\t2"
    without = look([header, *(row.format(k, 50 + k, 0) for k in range(6))])
    assert without.volume == 6 and "the volume is taken from <TICKVOL>" in without.notes
    assert without.times.columns == (0, 1) and without.separator == "\t"
    assert look([header, *(row.format(k, 50 + k, k) for k in range(6))]).volume == 7


def test_an_adjusted_close_is_never_the_close_beside_a_close():
    header = "Date,Open,High,Low,Adj Close,Close,Volume"
    shape = look([header, "2024-01-02,10,12,9,8,11,5", "2024-01-03,10,12,9,8,11,5"])
    assert shape.prices == (1, 2, 3, 5) and shape.notes == ("Adj Close is not used",)


@pytest.mark.parametrize(
    ("cells", "mark", "decimal", "thousands"),
    [
        ("30.000,10;30.100,20;29.900,00;30.050,55;1.250", ";", ",", "."),
        ("30000,1;30100,25;29900,5;30050,75;12", ";", ",", ""),
        ("151,234;151,300;151,100;151,250;12", ";", ",", ""),
        ('"30,000.10","30,100.20","29,900.00","30,050.55","1,250"', ",", ".", ","),
        ('"30,000","30,100","29,900","30,050","1,250"', ",", ".", ","),
        ("30'000.10;30'100.20;29'900.00;30'050.55;1'250", ";", ".", "'"),
        ("30 000,10;30 100,20;29 900,00;30 050,55;1 250", ";", ",", " "),
        ("$187.15,$188.44,$183.89,$185.64,82488670", ",", ".", ""),
        ("1.5e-8,1.6e-8,1.4e-8,1.55e-8,1e14", ",", ".", ""),
    ],
)
def test_marks_of_numbers_are_known_by_the_numbers(cells, mark, decimal, thousands):
    header = mark.join(["Datum", "Open", "High", "Low", "Close", "Volume"])
    days = [f"0{day}.01.2024{mark}{cells}" for day in range(1, 6)]
    shape = look([header, *days])
    assert (shape.decimal, shape.thousands, shape.separator) == (decimal, thousands, mark)


def test_a_comma_that_may_be_either_is_asked_for():
    header = "Date\tOpen\tHigh\tLow\tClose"
    lines = [header, *(f"2024-01-0{day}\t30,000\t30,100\t29,900\t30,050" for day in range(1, 6))]
    with pytest.raises(DataError, match=r"decimal=comma\n  --set problem.layout.thousands=comma"):
        look(lines)
    assert look(lines, decimal="comma").decimal == ","
    shape = look(lines, thousands="comma")
    assert (shape.decimal, shape.thousands) == (".", ",")


def test_lines_above_the_names_are_passed_over():
    lines = write("date,open,high,low,close,volume")
    shape = look(["https://www.example.org/", "", *lines])
    assert shape.first_line == 4
    assert look(["a title", *lines[1:]]).first_line == 2
    assert look([*["x"] * 3, *lines], skip_rows=3).first_line == 5


@pytest.mark.parametrize("rows", ["price", "ticker"])
def test_three_rows_of_names_in_either_order(rows):
    fields, ticker = ["Close", "High", "Low", "Open", "Volume"], ["AAPL"] * 5
    above = [",".join(["Price", *fields]), ",".join(["Ticker", *ticker])]
    lines = [*(above if rows == "price" else above[::-1]), "Date,,,,,"]
    lines += [f"2024-01-0{day},11,12,9,10,5" for day in range(1, 6)]
    shape = look(lines)
    assert shape.prices == (4, 2, 3, 1) and shape.volume == 5 and shape.first_line == 4
    assert shape.chosen == "AAPL" and shape.symbol is None


def test_two_rows_of_names_are_enough():
    above = ["Price,Close,High,Low,Open,Volume", "Ticker,AAPL,AAPL,AAPL,AAPL,AAPL"]
    shape = look([*above, *(f"2024-01-0{day},11,12,9,10,5" for day in range(1, 6))])
    assert shape.times.columns == (0,) and shape.prices == (4, 2, 3, 1) and shape.first_line == 3


def test_times_that_are_not_known_are_shown_with_both_options():
    lines = ["when,o,h,l,c", *(f"0{day}Jan2024_1200,10,12,9,11" for day in range(1, 6))]
    with pytest.raises(DataError, match=r"'01Jan2024_1200' is column 1.\n.*time_columns=1.*time_f"):
        look(lines)
    assert look(lines, time_format="%d%b%Y_%H%M").times.columns == (0,)


def test_several_symbols_beside_each_other_are_asked_for():
    tickers = [f"T{k}" for k in range(12)]
    fields = ["Open", "High", "Low", "Close", "Volume"]
    pairs = [(field, ticker) for field in fields for ticker in tickers]
    lines = [
        ",".join(["Price", *(f for f, _ in pairs)]),
        ",".join(["Ticker", *(t for _, t in pairs)]),
    ]
    lines.append(",".join(["Date", *[""] * len(pairs)]))
    value = {"Open": "10", "High": "12", "Low": "9", "Close": "11", "Volume": "5"}
    lines += [",".join([f"2024-01-0{d}", *(value[f] for f, _ in pairs)]) for d in range(1, 6)]
    with pytest.raises(DataError) as caught:
        look(lines)
    text = str(caught.value)
    assert "12 symbols; found: T0, T1, T2, T3, T4, T5, T6, T7, T8, T9 and 2 more" in text
    assert "--set problem.layout.symbol=T0" in text
    shape = look(lines, symbol="t3")
    assert shape.prices == (4, 16, 28, 40) and shape.volume == 52 and shape.chosen == "T3"
    with pytest.raises(DataError, match="symbol = 'X' is not in the file; found: T0, T1"):
        look(lines, symbol="X")


def test_a_column_of_symbols_is_found_and_its_only_one_chosen():
    header = "symbol,timestamp,open,high,low,close,volume"
    rows = [f"BTC/USD,{line}" for line in write("")]
    assert (look([header, *rows]).symbol, look([header, *rows]).chosen) == (0, "BTC/USD")
    mixed = [*rows, *(line.replace("BTC", "ETH") for line in rows)]
    assert (look([header, *mixed]).symbol, look([header, *mixed]).chosen) == (0, None)
    assert look([header, *mixed], symbol="ETH/USD").chosen == "ETH/USD"
    assert look(mixed).symbol == 0  # without names: two tickers for one time
    with pytest.raises(DataError, match="no column names a symbol"):
        look(write("t,o,h,l,c,v"), symbol="BTC")


def test_of_several_times_the_one_that_begins_a_bar():
    header = "close_time,open_time,open,high,low,close,volume"
    rows = [f"{int(line.split(',')[0]) + 3599},{line}" for line in write("")]
    assert look([header, *rows]).times.columns == (1,)
    header = "unix,date,open,high,low,close,volume"
    rows = [
        line.replace(",", f",2024-03-01 0{k}:00:00,", 1) for k, line in enumerate(write("", n=9))
    ]
    assert look([header, *rows]).times.columns == (0,)


def test_times_at_which_bars_end_are_said():
    shape = look(write("close_time,open,high,low,close,volume"))
    assert shape.times.columns == (0,) and "the ends of bars" in shape.notes[-1]
    assert not look(write("open_time,open,high,low,close,volume")).notes


def test_prices_behind_dates_are_no_times_of_day():
    lines = [f"202401{day},{1100 + day},1150,1050,1120,{day}" for day in range(11, 30)]
    assert look(lines).times.columns == (0,) and look(lines).prices == (1, 2, 3, 4)
    lines = [f"20240102,{hour}00,1100,1150,1050,1120,{hour}" for hour in range(10, 24)]
    assert look(lines).times.columns == (0, 1) and look(lines).prices == (2, 3, 4, 5)


def test_what_is_said_replaces_what_is_found():
    lines = write("a,b,c,d,e,f", n=40)
    assert (
        look(lines, columns={"volume": "f", "open": 2, "high": "C", "low": 4, "close": "e"}).volume
        == 5
    )
    shape = look(lines, time_columns="A", timezone="UTC-5")
    assert (shape.times.columns, shape.times.zone) == ((0,), "UTC-5")
    assert look(lines, header=False, skip_rows=1).first_line == 2


@pytest.mark.parametrize(
    ("layout", "says"),
    [
        ({"columns": {"open": "Opn"}}, "no column is called 'Opn'; found: Datum, Eröffnung, Hoch"),
        ({"columns": {"open": 9}}, "columns.open = 9, but there are 6 columns; found: Datum"),
        ({"columns": {"open": "Hoch"}}, "open and high are both column 3"),
        ({"time_columns": ["Datum", "Uhr"]}, "no column is called 'Uhr'"),
        ({"time_columns": "Tief"}, "time_columns names column 4, but '9' is no time"),
        ({"header": False}, "header = false, but here are names: 'Datum;"),
        ({"separator": ","}, "--set problem.layout.separator=semicolon"),
        ({"skip_rows": 99}, "the file ends within the 99 lines"),
        ({"decimal": "comma"}, "decimal = ',', but the open is '10.5'"),
        ({"symbol": "BTC"}, "symbol = 'BTC' is not in the file"),
        ({"symbol_column": "x"}, "symbol_column: no column is called 'x'"),
    ],
)
def test_an_option_that_contradicts_the_file_is_refused(layout, says):
    lines = ["Datum;Eröffnung;Hoch;Tief;Schluss;Volumen"]
    lines += [f"2024-01-0{day};10.5;12;9;11;5" for day in range(1, 7)]
    assert look(lines).prices == (1, 2, 3, 4)
    with pytest.raises(DataError) as caught:
        look(lines, **layout)
    assert says in str(caught.value)
    assert str(caught.value).startswith("prices.csv:")


def test_a_header_over_other_columns_is_not_believed():
    lines = write("time,open,low,high,close,volume", n=8)
    with pytest.raises(DataError) as caught:
        look(lines)
    assert "in 8 of 8 rows" in str(caught.value) and "prices.csv:2:" in str(caught.value)
    assert look(lines, columns={"high": 3, "low": 4}).prices == (1, 2, 3, 4)


def test_a_header_over_no_rows_is_still_a_header():
    shape = look("timestamp,open,high,low,close,volume")
    assert shape.prices == (1, 2, 3, 4) and shape.first_line == 2


def test_a_missing_column_is_named_with_what_was_found():
    header = "when,initial,top,Low,Close,Volume"
    with pytest.raises(DataError) as caught:
        look(write(header))
    text = str(caught.value)
    assert "the open and high" in text and "found: when, initial, top, Low" in text
    line = text.splitlines()[-1].split()
    told = dict(word.removeprefix("problem.layout.columns.").split("=") for word in line[1::2])
    shape = look(write(header), columns={role: int(place) for role, place in told.items()})
    assert places(shape) == "tohlcv"


def test_messages_hold_nothing_that_could_do_harm():
    with pytest.raises(DataError) as caught:
        look(["\x1b[31mred,\u202eopen", *["x" * 5000] * 50])
    text = str(caught.value)
    assert "\x1b" not in text and "\u202e" not in text
    assert len(text.splitlines()) <= 20 and max(map(len, text.splitlines())) <= 200


def test_a_table_of_arrow_is_recognised_by_its_names():
    cells = tuple(tuple(map(str, row)) for row in make_rows())
    names = ("date", "open", "high", "low", "close", "volume")
    shape = recognise(Sample(names=names, cells=cells), Layout(), PATH)
    assert places(shape) == "tohlcv" and shape.first_line == 1
    pairs = ("Date", *(f"('{name.title()}', 'AAPL')" for name in names[1:]))
    assert places(recognise(Sample(names=pairs, cells=cells), Layout(), PATH)) == "tohlcv"


def test_lines_that_a_person_skips_do_not_count_as_looked_at(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("\n".join(["# of no use"] * 400 + write("time,open,high,low,close,volume")))
    shape = find_shape(look_into(path), Layout(skip_rows=400))
    assert (shape.first_line, places(shape)) == (402, "tohlcv")
