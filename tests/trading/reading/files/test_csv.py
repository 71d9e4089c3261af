"""Both ways of reading a text: the same rows, and each fault with its line."""

from dataclasses import replace

import numpy as np
import pytest

from evosearch.errors import DataError
from evosearch.trading.reading.shape import TimeSpec
from tests.trading.reading.files.making import (
    HEADER,
    SHAPE,
    assert_same,
    list_faults,
    make_lines,
    make_text,
    read,
)

WAYS = pytest.mark.parametrize("by_line", [False, True], ids=["fast", "by line"])
TRAILING = "".join(line + ",\n" for line in make_lines())[len(HEADER) + 2 :]


@WAYS
def test_rows_of_a_plain_file(tmp_path, by_line):
    table, faults = read(tmp_path, make_text(), by_line=by_line)
    assert not len(faults)
    assert np.diff(table.timestamp_us).tolist() == [86_400_000_000] * 27
    assert [column[3] for column in table.values] == [10, 12.5, 9, 11.25, 4]
    assert table.lines.tolist() == list(range(2, 30))
    assert table.has_volume


@WAYS
def test_lines_are_counted_as_an_editor_counts_them(tmp_path, by_line):
    lines = make_lines(9)
    lines[3:3] = ["", "2024-01-03,10", " \t"]
    lines[8:8] = ["2024-01-05,10,12,9,11,5,7", ",,,,,"]
    table, faults = read(tmp_path, "\n".join(lines), by_line=by_line)
    assert table.lines.tolist() == [2, 3, 7, 8, 11, 12, 13, 14, 15]
    assert list_faults(faults) == [
        (5, "2 columns instead of 6: '2024-01-03,10'."),
        (9, "7 columns instead of 6: '2024-01-05,10,12,9,11,5,7'."),
    ]
    assert not table.findings  # an empty line is no row


def test_any_number_of_blank_lines(tmp_path):
    lines = [f"{line}\n \t" for line in make_lines() * 50]
    text = "\n".join([HEADER, *(line for line in lines if not line.startswith(HEADER))])
    table, faults = read(tmp_path, text, by_line=False)
    assert not len(faults)
    assert table.lines.tolist() == list(range(2, 2 * 28 * 50 + 1, 2))


@WAYS
def test_one_fault_for_a_row_with_its_cells(tmp_path, by_line):
    text = make_text(_3="2024-01-02,x,y,9,,1_0", _5="2024-01-04,10,12,9,\x1b[1m,1")
    table, faults = read(tmp_path, text, by_line=by_line)
    assert list_faults(faults) == [
        (3, "'x', 'y', '1_0' are no numbers (2024-01-02, x, y, 9, , 1_0)"),
        (5, "'\\x1b[1m' is no number (2024-01-04, 10, 12, 9, \\x1b[1m, 1)"),
    ]
    assert len(table) == 26


@WAYS
def test_column_names_in_the_middle_are_named(tmp_path, by_line):
    _, faults = read(tmp_path, make_text() + make_text(), by_line=by_line)
    ((line, text),) = list_faults(faults)
    assert line == 30
    assert "column names stand here again" in text


def test_a_footer_is_named(tmp_path):
    _, faults = read(tmp_path, make_text() + "28 rows")
    assert list_faults(faults) == [
        (30, "1 column instead of 6: '28 rows'. A footer? Remove this line")
    ]


def test_a_file_that_ends_within_a_bar_is_no_footer(tmp_path):
    _, faults = read(tmp_path, make_text() + "2024-01-29,10,12")
    ((line, text),) = list_faults(faults)
    assert line == 30
    assert text.endswith("The file ends within this line")
    assert "Remove" not in text


@WAYS
def test_an_empty_cell_at_the_end_of_all_lines(tmp_path, by_line):
    plain = read(tmp_path, make_text())[0]
    table, faults = read(tmp_path, HEADER + "\n" + TRAILING, by_line=by_line)
    assert not len(faults)
    assert_same(table, plain)


def test_a_cell_that_no_column_name_stands_above(tmp_path):
    text = HEADER + "\n" + TRAILING.replace("11.25,7,", "11.25,7,oh")
    _, faults = read(tmp_path, text)
    assert list_faults(faults) == [(8, "a cell after the last column: 'oh'")]


def test_a_quoted_cell_may_have_lines(tmp_path):
    lines = [f'{line},"a ""note""\nof two lines"' for line in make_lines(5)[1:]]
    text = "\n".join([HEADER + ",note", *lines]) + "\n"
    shape = replace(SHAPE, n_columns=7)
    table, faults = read(tmp_path, text, shape)
    assert not len(faults)
    assert table.lines.tolist() == [2, 4, 6, 8, 10]
    assert_same(replace(table, lines=table.lines), read(tmp_path, text, shape, by_line=True)[0])


@pytest.mark.parametrize("is_closed", [False, True])
def test_an_open_quote_swallows_no_bar_unseen(tmp_path, is_closed):
    lines = [f"{line},x" for line in make_lines()]
    lines[6] = lines[6][:-1] + '"x'
    if is_closed:
        lines[20] += '"'
    _, faults = read(tmp_path, "\n".join(lines) + "\n", replace(SHAPE, n_columns=7))
    ((line, text),) = list_faults(faults)
    assert line == 7
    assert "quotation mark" in text


@WAYS
def test_rows_without_any_price_are_left_out_and_counted(tmp_path, by_line):
    text = make_text(
        _4="2024-01-03,NaN,NaN,NaN,NaN,NaN", _5="2024-01-04,,,,,7", _9="2024-01-08,10,,9,11,",
        _10="2024-01-09,10,12,9,11,null",
    )  # fmt: skip
    table, faults = read(tmp_path, text, by_line=by_line)
    assert not len(faults)
    assert 4 not in table.lines
    assert np.isnan(table.values[1][5])  # it lacks one price: for those to judge that check rows
    assert table.values[4][[5, 6]].tolist() == [0, 0]
    found = {item.kind: (item.line, item.text) for item in table.findings}
    assert found == {
        "rows_without_price": (4, "2 rows without any price left out"),
        "rows_without_volume": (9, "2 rows without a volume, counted as 0"),
    }


def test_a_file_without_any_price_says_so(tmp_path):
    _, faults = read(tmp_path, HEADER + "\n2024-01-01,,,,,\n2024-01-02,,,,,\n")
    assert list_faults(faults) == [(None, "none of 2 rows has a price")]


@WAYS
def test_a_file_without_volume(tmp_path, by_line):
    text = "".join(line.rsplit(",", 1)[0] + "\n" for line in make_lines())
    shape = replace(SHAPE, volume=None, n_columns=5)
    table, faults = read(tmp_path, text, shape, by_line=by_line)
    assert not len(faults)
    assert not table.has_volume
    assert table.layout.endswith(", volume missing: counted as 0")
    assert not table.values[4].any()


@WAYS
def test_the_marks_of_other_countries(tmp_path, by_line):
    plain, _ = read(tmp_path, make_text(_4="2024-01-03,1234.5,12345678.25,9,11,53680"))
    text = make_text(_4="2024-01-03,1.234.5,12.345.678.25,9,11,53.68K")
    text = text.replace(".", "~").replace(",", ";").replace("~", ",")
    text = text.replace("1,234,5", "1.234,5").replace("12,345,678,25", "12.345.678,25")
    shape = replace(SHAPE, separator=";", decimal=",")
    table, faults = read(tmp_path, text, shape, by_line=by_line)
    assert not len(faults)
    assert_same(table, plain)
    (finding,) = table.findings
    assert finding.kind == "marked_numbers"


@WAYS
def test_dates_and_times_in_two_columns(tmp_path, by_line):
    lines = [f"2024-01-01,{hour:02d}:00,1,2,1,2,5" for hour in range(24)]
    shape = replace(
        SHAPE, times=TimeSpec((0, 1)), prices=(2, 3, 4, 5), volume=6, n_columns=7, first_line=1
    )
    table, _ = read(tmp_path, "\n".join(lines), shape, by_line=by_line)
    assert np.diff(table.timestamp_us).tolist() == [3_600_000_000] * 23
    assert table.lines[0] == 1


@WAYS
def test_whole_prices_are_divided(tmp_path, by_line):
    shape = replace(SHAPE, divisor=1e9)
    text = make_text(_3="2024-01-02,187150000000,187150000001,9223372036854775807,187150000000,5")
    table, _ = read(tmp_path, text, shape, by_line=by_line)
    assert table.values[0][1].hex() == (187.15).hex()
    assert table.values[1][1].hex() == (187.150000001).hex()
    assert np.isnan(table.values[2][1])


def of_two(chosen):
    lines = make_lines()
    rows = [f"{line},{'BTC' if k % 3 else ' ETH'}" for k, line in enumerate(lines)]
    text = "\n".join([HEADER + ",symbol", *rows[1:]])
    return text, replace(SHAPE, n_columns=7, symbol=6, chosen=chosen)


@WAYS
def test_rows_of_the_chosen_symbol(tmp_path, by_line):
    text, shape = of_two("ETH")
    table, faults = read(tmp_path, text, shape, is_asked=True, by_line=by_line)
    assert not len(faults)
    assert table.lines.tolist() == list(range(4, 30, 3))
    assert table.symbol == "ETH"
    table, _ = read(tmp_path, text, replace(shape, volume=None), is_asked=True, by_line=by_line)
    assert [len(column) for column in table.values] == [len(table)] * 5


@WAYS
@pytest.mark.parametrize(
    ("chosen", "is_asked", "words"),
    [(None, False, "holds 2 symbols; found: BTC, ETH. Choose one of them, for example:\n  --set problem.layout.symbol=BTC"),
     ("BTC", False, "holds 2 symbols"), ("XRP", True, "symbol = 'XRP' is not in the file; found: BTC, ETH"),
     ("eth", True, "--set problem.layout.symbol=ETH")],
)  # fmt: skip
def test_a_symbol_must_be_chosen(tmp_path, by_line, chosen, is_asked, words):
    text, shape = of_two(chosen)
    with pytest.raises(DataError) as caught:
        read(tmp_path, text, shape, is_asked, by_line)
    assert words in str(caught.value)


@WAYS
def test_very_many_faults_cost_little_and_say_little(tmp_path, by_line):
    _, faults = read(tmp_path, HEADER + "\n" + "2024-01-01,1\n" * 5000, by_line=by_line)
    with pytest.raises(DataError) as caught:
        faults.raise_if_any()
    assert len(str(caught.value).splitlines()) <= 20
    assert "were not read" in str(caught.value)


def test_bytes_that_are_no_text_far_below(tmp_path):
    raw = (make_text() * 400).replace(HEADER + "\n", "").encode()
    assert len(raw) > 2**18
    _, faults = read(tmp_path, HEADER.encode() + b"\n" + raw + b"2024-01-01,1\xff,1,1,1,1\n")
    ((line, text),) = list_faults(faults)
    assert line == 28 * 400 + 2
    assert r"1\xff" in text


def test_a_header_that_ends_with_a_comma(tmp_path):
    plain = read(tmp_path, make_text())[0]
    shape = replace(SHAPE, n_columns=7, header=(*SHAPE.header, ""))
    table, faults = read(tmp_path, make_text().replace(HEADER, HEADER + ",", 1), shape)
    assert not len(faults)
    assert_same(table, plain)


@pytest.mark.parametrize(("cell", "advice"), [("1,2,3", "layout.decimal=comma"), ("halt", "NaN")])
def test_what_is_no_number_has_a_remedy(tmp_path, cell, advice):
    _, faults = read(tmp_path, make_text(_3=f'2024-01-02,"{cell}",12,9,11,1'))
    assert advice in "".join(faults.advice)


def test_the_only_symbol_of_a_file_is_named(tmp_path):
    text = "\n".join(f"{line},{'symbol' if line == HEADER else 'BTC'}" for line in make_lines())
    table, _ = read(tmp_path, text, replace(SHAPE, n_columns=7, symbol=6))
    assert table.symbol == "BTC"
