"""Exports hold every digit, harm no spreadsheet, and never hold a ranking in memory."""

import csv
import io
import json
import math

import pandas as pd
import pyarrow as pa
import pytest

import evosearch
from evosearch.errors import EvosearchError, UsageError
from evosearch.shards.viewing.exports import (
    dump_row,
    plain_rows,
    write_csv,
    write_json,
    write_json_lines,
)
from tests.shards.helpers import write_shard

ROWS = [(k, math.sqrt(k), k % 3 > 0, 0.5, k % 10 == 9) for k in range(500)]


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    return [write_shard(folder, ROWS, "pro-a"), write_shard(folder, ROWS[:50], "air-b")]


@pytest.fixture(scope="module")
def rows(shards):
    return plain_rows(evosearch.merge(shards).table)


def as_csv(value):
    """What a cell of a CSV says of a value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "+".join(value)
    return "" if value is None else value


@pytest.mark.parametrize("kind", ["csv", "json", "jsonl"])
def test_an_export_read_back_is_the_ranking(shards, rows, tmp_path, kind):
    path = tmp_path / f"all.{kind}"
    assert evosearch.export(shards, path).n_rows == 500
    text = path.read_text()
    if kind == "json":
        assert json.loads(text) == rows
    elif kind == "jsonl":
        assert [json.loads(line) for line in text.splitlines()] == rows
    else:
        read = list(csv.DictReader(io.StringIO(text)))
        assert len(read) == len(rows)
        for cells, row in zip(read, rows, strict=True):
            assert cells.pop("evaluated_at_utc")[:10] == row["evaluated_at_utc"][:10]
            for name, cell in cells.items():
                number = isinstance(row[name], (int, float)) and not isinstance(row[name], bool)
                assert (type(row[name])(cell) if number else cell) == as_csv(row[name])


def test_filters_and_columns_choose_what_is_exported(shards, tmp_path):
    path = tmp_path / "few.csv"
    done = evosearch.export(
        shards, path, where="n_steps >= 40", profile="air", columns=["rank", "k"], n=4, sort="k"
    )
    assert done.n_rows == 4
    assert pd.read_csv(path).columns.tolist() == ["rank", "param_k"]
    assert pd.read_csv(path)["param_k"].tolist() == [49, 48, 47, 46]


def test_nothing_is_written_when_no_row_matches_or_a_file_is_there(shards, tmp_path):
    with pytest.raises(EvosearchError, match="No row matches") as refused:
        evosearch.export(shards, tmp_path / "none.csv", where="n_steps > 1000000")
    assert refused.value.exit_code == 1
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "mine.csv").write_text("mine")
    with pytest.raises(UsageError, match="--force"):
        evosearch.export(shards, tmp_path / "mine.csv")
    assert (tmp_path / "mine.csv").read_text() == "mine"
    assert evosearch.export(shards, tmp_path / "mine.csv", force=True).n_rows == 500


def test_a_format_must_be_known(shards, tmp_path):
    with pytest.raises(UsageError, match="Choose from"):
        evosearch.export(shards, tmp_path / "all.xls")
    with pytest.raises(UsageError, match="Did you mean 'csv'"):
        evosearch.export(shards, tmp_path / "all", format="cvs")
    with pytest.raises(UsageError, match="no columns"):
        evosearch.export(shards, tmp_path / "all.log", columns=["rank"])


HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@x",
    "\tx",
    "\rx",
    "\n=1",
    "\0",
    "a\x1b]0;t\x07",
    'q"u,o',
    "\u202eab",
    "ok",
]


def make_table(texts):
    return pa.table(
        {
            "plain": pa.array(texts),
            "coded": pa.array(texts).dictionary_encode(),
            "listed": pa.array([[text, "b"] for text in texts]),
            "number": pa.array([-1.5] * len(texts)),
            "whole": pa.array([-3] * len(texts)),
        }
    )


def test_text_in_a_csv_is_no_formula_and_no_escape_while_numbers_stay_numbers():
    sink = io.BytesIO()
    write_csv([make_table(HOSTILE)], ["plain", "coded", "listed", "number", "whole"], sink)
    rows = list(csv.DictReader(io.StringIO(sink.getvalue().decode(), newline="")))
    assert len(rows) == len(HOSTILE)
    for text, row in zip(HOSTILE, rows, strict=True):
        for name in ("plain", "coded", "listed"):
            assert not row[name].startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\0"))
            assert row[name].startswith("'") == (text[0] in "=+-@\t\r\n\0")
            assert row[name].isprintable()
        assert (row["number"], row["whole"]) == ("-1.5", "-3")
    assert rows[0]["plain"] == "'=1+1"
    assert rows[9]["plain"] == 'q"u,o'


def test_a_column_name_is_no_formula_either():
    sink = io.BytesIO()
    write_csv([pa.table({'=cmd("x")': [1]})], ['=cmd("x")'], sink)
    assert sink.getvalue() == b'"\'=cmd(""x"")"\n1\n'


@pytest.mark.parametrize("write", [write_json, write_json_lines])
def test_json_keeps_text_exactly_and_has_no_infinity(write):
    sink = io.BytesIO()
    table = make_table(HOSTILE).append_column("wild", pa.array([math.inf, math.nan] * 6))
    assert write([table], table.column_names, sink) == len(HOSTILE)
    text = sink.getvalue().decode()
    assert text.isascii()
    assert "\x1b" not in text
    rows = json.loads(text) if write is write_json else [json.loads(t) for t in text.splitlines()]
    assert [row["plain"] for row in rows] == HOSTILE
    assert {row["wild"] for row in rows} == {None}


def test_there_is_no_infinity_in_the_attributes_of_a_trial_either():
    assert (
        dump_row({"k": 1, "attrs": {"violation": math.inf}})
        == b'{"k":1,"attrs":{"violation":null}}'
    )


def test_an_empty_ranking_is_an_empty_array():
    sink = io.BytesIO()
    write_json([], ["a"], sink)
    assert json.loads(sink.getvalue()) == []
