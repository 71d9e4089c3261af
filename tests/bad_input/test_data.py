"""Rows 17 to 21 of the table: files of prices."""

import gzip
import os
import sys

import pytest

from tests.bad_input.helpers import SMALL, Case, check, invoke, parametrize, write

HEADER = "timestamp,open,high,low,close,volume\n"
RUN = ["run", "-p", "demo", "--data", "bars.csv", *SMALL]


def bars(n=6, **replaced):
    """n good lines, some of them replaced by number, counted from 1 as the header is."""
    lines = [f"2024-01-{day:02d},10,12,9,11,100" for day in range(1, n + 1)]
    for key, line in replaced.items():
        lines[int(key[1:]) - 2] = line
    return {"bars.csv": HEADER + "\n".join(lines) + "\n"}


def text(content):
    return {"bars.csv": content}


CASES = [
    Case("no such file", RUN, ["No data file bars.csv", "Looked for", "--data FILE"]),
    Case("no such sample", ["run", "-p", "demo", "--data", "sample:imb-daily"],
         ["No sample named 'imb-daily'", "Did you mean 'ibm-daily'?"]),
    Case("no such home", ["run", "-p", "demo", "--data", "~nobody-here/bars.csv"],
         ["No data file"]),
    Case("a name of 300 letters", ["run", "-p", "demo", "--data", "x" * 300], ["No data file"]),
    Case("a name with a NUL", ["run", "-p", "demo", "--data", "a\0b"], ["No data file a\\x00b"]),
    Case("a web address", ["run", "-p", "demo", "--data", "https://example.org/b.csv"],
         ["No data file"]),
    Case("a folder", RUN, ["bars.csv is a folder"], files={"bars.csv": None}),
    Case("an empty file", RUN, ["bars.csv is empty"], files=text("")),
    Case("only column names", RUN, ["no bars, only column names"], files=text(HEADER)),
    Case("only white space", RUN, ["bars.csv holds only blanks"], files=text("\n\n \n")),
    Case("a column missing", RUN, ["no column is known to be the low", "layout.columns.low=4"],
         files=text("timestamp,open,high,x,close\n2024-01-01,1,1,1,1\n")),
    Case("a column misspelt", RUN, ["no column is known to be the close; found: timestamp, open"],
         files=text(HEADER.replace("close", "clsoe") + "2024-01-01,1,1,1,1,1\n")),
    Case("a column twice", RUN, ["2 columns may be the open: open (2), open (7)", "columns.open=2"],
         files=text("timestamp,open,high,low,close,volume,open\n2024-01-01,1,1,1,1,1,1\n")),
    Case("a short line", RUN, ["bars.csv:4: 3 columns instead of 6"],
         files=bars(_4="2024-01-03,10,12")),
    Case("a long line", RUN, ["bars.csv:4: 7 columns instead of 6"],
         files=bars(_4="2024-01-03,10,12,9,11,100,5")),
    Case("a price that is no number", RUN, ["bars.csv:3: 'ten' is no number"],
         files=bars(_3="2024-01-02,ten,12,9,11,100")),
    Case("a comma for a decimal point", RUN, ["bars.csv:3: 7 columns instead of 6"],
         files=bars(_3="2024-01-02,10,5,12,9,11,100")),
    Case("an empty cell", RUN, ["bars.csv:3", "open 10, high -, low 9"],
         files=bars(_3="2024-01-02,10,,9,11,100")),
    Case("a price that is not finite", RUN, ["bars.csv:5", "close is not a finite number"],
         files=bars(_5="2024-01-04,10,12,9,inf,100")),
    Case("a price of zero", RUN, ["bars.csv:3", "low is not above 0"],
         files=bars(_3="2024-01-02,10,12,0,11,100")),
    Case("a volume below zero", RUN, ["bars.csv:3", "negative volume"],
         files=bars(_3="2024-01-02,10,12,9,11,-1")),
    Case("a high below its open", RUN, ["bars.csv:3", "high below open or close"],
         files=bars(_3="2024-01-02,10,9.5,9,9.2,100")),
    Case("a low above its close", RUN, ["bars.csv:3", "low above open or close"],
         files=bars(_3="2024-01-02,10,12,10,9.5,100")),
    Case("a time that is none", RUN, ["bars.csv:3: 'yesterday' is no time"],
         files=bars(_3="yesterday,10,12,9,11,100")),
    Case("the 30th of February", RUN, ["bars.csv:3: '2024-02-30' is no date"],
         files=bars(_3="2024-02-30,10,12,9,11,100")),
    Case("a time twice", RUN, ["bars.csv:4", "duplicate timestamp", 'unsorted = "sort"'],
         files=bars(_4="2024-01-02,10,12,9,11,100")),
    Case("times out of order", RUN, ["timestamp before the one above it"],
         files=bars(_4="2023-01-02,10,12,9,11,100")),
    Case("times with a zone and without", RUN, ["bars.csv:2: '2024-01-01' names no zone"],
         files=bars(_3="2024-01-02T00:00:00Z,10,12,9,11,100",
                    _4="2024-01-03T00:00:00+02:00,10,12,9,11,100")),
    Case("a NUL byte", RUN, ["bars.csv:3"], files=bars(_3="2024-01-02,10,1\x002,9,11,100")),
    Case("an open quote", RUN, ["bars.csv:"], files=bars(_3='"2024-01-02,10,12,9,11,100')),
    Case("UTF-16 without bars", RUN, ["bars.csv", "only column names"],
         files={"bars.csv": b"\xff\xfe" + HEADER.encode("utf-16-le")}),
    Case("no UTF-8 further down", RUN, ["bars.csv:3: 'ÿþ' is no number"],
         files={"bars.csv": bars()["bars.csv"].encode().replace(b"02,10", b"02,\xff\xfe", 1)}),
    Case("column names in the middle", RUN, ["bars.csv:4: the column names stand here again"],
         files=bars(_4=HEADER.strip())),
    Case("a footer", RUN, ["bars.csv:8: 1 column instead of 6", "A footer?"],
         files=text(bars()["bars.csv"] + "Total: 6 bars\n")),
    Case("a quotation mark in a column that is not read", RUN, ["bars.csv:3", "quotation mark"],
         files=text("\n".join(f"{line},{cell}" for line, cell in
                              zip(bars()["bars.csv"].split(), ["note", "", '"', *"abcd"], strict=True)))),
    Case("gzip cut off", RUN, ["bars.csv is damaged or cut off"],
         files={"bars.csv": gzip.compress(bars()["bars.csv"].encode())[:-20]}),
    Case("Feather cut off", RUN, ["bars.csv cannot be read as Feather"],
         files={"bars.csv": b"ARROW1\0\0" + bytes(64)}),
    Case("JSON", RUN, ["bars.csv is JSON", "json.load"],
         files=text("[[1704067200000, 10, 12, 9, 11, 100]]")),
    Case("a picture", RUN, ["bars.csv"], files={"bars.csv": b"\x89PNG\r\n\x1a\n" + bytes(64)}),
    Case("something zipped", RUN, ["bars.csv"], files={"bars.csv": b"PK\x03\x04" + bytes(64)}),
    Case("Parquet cut off", RUN, ["bars.csv cannot be read as Parquet"],
         files={"bars.csv": b"PAR1" + bytes(64)}),
    Case("a web page", RUN, ["bars.csv is a web page"],
         files=text("<!DOCTYPE html>\n<html><body>404</body></html>\n")),
]  # fmt: skip


@parametrize(CASES)
def test_data_that_cannot_be_trusted(case, workspace):
    check(case, workspace)


def test_the_first_faults_of_a_kind_are_shown_and_the_others_counted(workspace):
    lines = {f"_{line}": f"2024-01-{line - 1:02d},x,12,9,11,100" for line in range(3, 15)}
    said = check(Case("", RUN, ["bars.csv:3", "bars.csv:7", "7 more"], files=bars(20, **lines)),
                 workspace)  # fmt: skip
    assert "bars.csv:8:" not in said


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root reads everything")
@pytest.mark.posix
def test_a_file_that_may_not_be_read(workspace):
    case = Case("", RUN, ["bars.csv", "ermission"], files=bars(),
                prepare=lambda folder: (folder / "bars.csv").chmod(0))  # fmt: skip
    check(case, workspace)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
@pytest.mark.posix
def test_a_pipe_is_refused_and_not_waited_for(workspace):
    case = Case("", RUN, ["not a regular file"],
                prepare=lambda folder: os.mkfifo(folder / "bars.csv"))  # fmt: skip
    check(case, workspace)


def test_unsorted_bars_are_sorted_only_when_asked_to_and_then_said(workspace):
    days = [*range(1, 29), 28, 15]
    lines = [
        f"2024-{m:02d}-{d:02d},10,12,9,11,{n}" for m in range(1, 11) for n, d in enumerate(days)
    ]
    write(workspace, {"bars.csv": HEADER + "\n".join(lines) + "\n"})
    refused = invoke(*RUN)
    assert refused.exit_code == 2
    sorted_run = invoke(*RUN, "--set", "problem.unsorted=sort")
    assert sorted_run.exit_code == 0, sorted_run.stderr
    assert "20 duplicates were dropped" in sorted_run.stderr


@pytest.mark.parametrize("content", [
    bars(28)["bars.csv"].replace(",", ";"),
    bars(28)["bars.csv"].removeprefix(HEADER),
    bars(28)["bars.csv"].replace("-", "/"),
    HEADER + "2024-03-31T01:30:00+01:00,1,1,1,1,1\n2024-03-31T03:30:00+02:00,1,1,1,1,1\n",
], ids=["semicolons", "no column names", "slashes", "the turn of the clocks"])  # fmt: skip
def test_data_that_is_read_as_it_is(content, workspace):
    write(workspace, {"bars.csv": content})
    done = invoke(*RUN)
    assert done.exit_code == 0, done.stderr
