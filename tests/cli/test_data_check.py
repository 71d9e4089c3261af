"""``evosearch data check`` names what is odd or wrong in a file of prices, with its line."""

import json
import zipfile
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from evosearch.assemble.data.checking import check_data
from tests.bad_input.helpers import invoke

HEAD = "timestamp,open,high,low,close,volume"
START = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday


def rows(n=400, step=timedelta(hours=1), start=START, write=lambda t: f"{t:%Y-%m-%dT%H:%M:%SZ}"):
    """Rows that are in order; row k stands in line k + 2."""
    lines = []
    for k in range(n):
        open_, close = (100 + 9 * np.sin(t / 40) + 3 * np.sin(t / 5) for t in (k, k + 1))
        high, low = max(open_, close) + 1, min(open_, close) - 1
        lines.append(f"{write(start + k * step)},{open_:.2f},{high:.2f},{low:.2f},{close:.2f},{k % 9 + 1}")  # fmt: skip
    return lines


def change(lines, line, **cells):
    """Other cells in one line of the file."""
    names = HEAD.split(",")
    parts = lines[line - 2].split(",")
    for name, cell in cells.items():
        parts[names.index(name)] = str(cell)
    lines[line - 2] = ",".join(parts)
    return lines


def scaled(lines, line, factor):
    """Prices times a factor from one line on."""
    for k in range(line - 2, len(lines)):
        time, *prices, volume = lines[k].split(",")
        prices = [f"{float(price) * factor:.4f}" for price in prices]
        lines[k] = ",".join([time, *prices, volume])
    return lines


def epochs(n, unit_of):
    return rows(n, write=lambda t: str(int(t.timestamp() * unit_of(t))))


def by_wall_clock(n):
    """Hours of New York around the end of summer time, as a clock on the wall shows them."""
    from zoneinfo import ZoneInfo

    zone, start = ZoneInfo("America/New_York"), datetime(2023, 11, 1, 4, tzinfo=UTC)
    return rows(n, start=start, write=lambda t: f"{t.astimezone(zone):%Y-%m-%d %H:%M:%S}")


def swap(lines, line):
    lines[line - 2], lines[line - 1] = lines[line - 1], lines[line - 2]
    return lines


def repeat(lines, line, **cells):
    """The line above once more, with other cells."""
    lines.insert(line - 2, lines[line - 3])
    return change(lines, line, **cells)


def two_lengths():
    return rows(200) + rows(300, timedelta(minutes=5), START + timedelta(hours=200))


# What is planted: its kind, its line, whether the file is refused for it, and words of the message.
OUT_OF_ORDER = {"timestamp_before_the_one_above_it"}
PLANTED = {
    "K1 a unit that changes": (
        epochs(400, lambda t: 1000 if t.day < 10 else 1_000_000), "unit_changes", 218, False, "micro"),
    "K1 serial dates": (
        rows(40, write=lambda t: f"{45292 + t.hour / 24:.6f}"), "no_time", 2, True, "excel"),
    "K1 no plausible year": (
        change(epochs(400, lambda _: 1), 50, timestamp=86_400), "no_time", 50, True, "86400"),
    "K2 no zone among offsets": (
        change(rows(), 70, timestamp="2024-01-03 20:00:00"), "no_time", 70, True, "others do"),
    "K2 an autumn hour twice": (
        by_wall_clock(200), "repeated_hour", 100, True, "problem.layout.timezone="),
    "K3 an exact repeat": (repeat(rows(), 60), "duplicate", 60, True, "unsorted=sort"),
    "K3 a contradictory repeat": (
        repeat(rows(), 60, open=50, high=60, low=40, close=50), "contradictory_duplicate", 60, True, "contradict"),
    "K3 out of order": (swap(rows(), 80), "timestamp_before_the_one_above_it", 81, True, "unsorted=sort"),
    "K6 high below close": (change(rows(), 90, high=1), "high_below_open_or_close", 90, True, "high 1"),
    "K6 low above open": (change(rows(), 91, low=1e6), "low_above_open_or_close", 91, True, "low 1000000"),
    "K6 rounding": (change(rows(), 92, high="97.134559999999969", open="97.13456", close=97, low=96),
        "clipped", 92, False, "1"),
    "K6 a price of 0": (change(rows(), 93, open=0), "open_is_not_above_0", 93, True, "incomplete=drop"),
    "K6 a negative price": (change(rows(), 94, close=-5, low=-6), "close_is_not_above_0", 94, True, "-5"),
    "K6 an empty cell": (change(rows(), 95, close=""), "close_is_missing", 95, True, "incomplete=drop"),
    "K6 a row without prices": (
        change(rows(), 96, open="", high="", low="", close="", volume=""), "rows_without_price", 96,
        False, "1"),
    "K6 a word": (change(rows(), 97, open="closed"), "no_number", 97, True, "closed"),
    "K6 a negative volume": (change(rows(), 98, volume=-1), "negative_volume", 98, True, "-1"),
    "K6 a footer": ([*rows(), "Data from somewhere"], "ragged_line", 402, True, "1"),
    "K6 a second header": ([*rows(100), HEAD, *rows(100)], "column_names_in_the_middle", 102, True, "put together"),
    "K7 an unfinished last bar": (
        change(rows(), 401, timestamp="2024-01-17T14:02:17Z"), "last_bar", 401, False, "off the grid"),
    "K7 two lengths": (two_lengths(), "two_lengths", 202, True, "lengths=newest"),
    "K7 a split": (scaled(rows(), 200, 0.25), "split", 200, False, "4"),
    "K7 a jump": (scaled(rows(), 210, 2.6), "jump", 210, False, "robust"),
    "K7 a spike": (scaled(scaled(rows(), 211, 2.6), 212, 1 / 2.6), "spike", 211, False, "back"),
    "K7 flat": (
        [f"{line.split(',')[0]},1e-8,1e-8,1e-8,1e-8,5" for line in rows()], "flat", None, False, "never move"),
    "K7 no volume traded": (
        [f"{line.rsplit(',', 1)[0]},0" for line in rows()], "zero_volume", None, False, "0"),
    "K7 off the grid": (
        change(rows(), 120, timestamp="2024-01-05T22:07:00Z"), "off_grid", 120, False, ""),
    "K8 a gap": (rows()[:150] + rows()[157:], "gap", 151, False, "7 bars missing"),
}  # fmt: skip


def look(path, *words):
    result = invoke("data", "check", path, "--json", *words)
    assert result.exit_code in (0, 1), result.stderr
    return result.exit_code, json.loads(result.stdout)["data"]


def write(path, lines):
    path.write_text("\n".join([HEAD, *lines, ""]))
    return path


@pytest.mark.parametrize("name", PLANTED)
def test_each_planted_fault_is_named_with_its_line(workspace, name):
    lines, kind, line, is_refused, words = PLANTED[name]
    found = check_data(str(write(workspace / "bars.csv", lines))).to_plain()
    (group,) = [each for each in found["kinds"] if each["kind"] == kind]
    assert found["counts"][kind] == group["n"] >= 1
    assert line in [each["line"] for each in group["findings"]]
    said = [each["text"] for each in group["findings"]] + found["advice"]
    assert words in " ".join(said)
    assert (group["is_fault"], found["is_refused"]) == (is_refused, is_refused)
    assert (found["data"] is None) == is_refused
    # Nothing that is not planted: what else is found stands on the same rows.
    others = {each["kind"] for each in found["kinds"]} - {kind}
    of_jumps = {"jump", "spike", "gap", "mostly_missing"}
    assert others <= of_jumps | {"low_is_not_above_0", "no_time", "duplicate"} | OUT_OF_ORDER


def test_a_bar_that_is_refused_is_not_missing(workspace):
    lines = change(rows()[:150] + rows()[157:], 90, high=1)
    found = check_data(str(write(workspace / "bars.csv", lines))).to_plain()
    assert found["counts"] == {"high_below_open_or_close": 1, "gap": 1}


def test_a_clean_file_is_clean(workspace):
    code, found = look(write(workspace / "bars.csv", rows()))
    assert (code, found["kinds"], found["is_clean"]) == (0, [], True)
    assert found["data"]["interval_s"] == 3600
    text = invoke("data", "check", "bars.csv")
    assert (text.exit_code, "nothing was found" in text.stdout) == (0, True)
    assert "1-hour bars, all 400, 2024-01-01 to 2024-01-17, no gaps" in text.stdout


@pytest.mark.slow
@pytest.mark.parametrize("sample", ["sample:ibm-daily", "sample:fair-5min"])
def test_the_samples_are_clean(workspace, sample):
    assert invoke("data", "check", sample).exit_code == 0


def test_a_bar_of_which_a_part_lies_in_the_future_is_not_finished(workspace):
    path = str(write(workspace / "bars.csv", rows()))
    last_us = int((START + timedelta(hours=399)).timestamp() * 1e6)
    for minutes, counts in ((60, {}), (30, {"unfinished": 1}), (-120, {"future": 2})):
        found = check_data(path, now_us=last_us + minutes * 60_000_000)
        assert found.to_plain()["counts"] == counts
        assert {each.line for kind in found.kinds for each in kind.findings} <= {400, 401}


def test_people_read_the_data_then_the_findings_with_their_lines(workspace):
    lines = scaled(rows()[:150] + rows()[157:], 200, 2.6)
    write(workspace / "bars.csv", lines)
    done = invoke("data", "check", "bars.csv")
    first, *others = done.stdout.splitlines()
    assert first.startswith("data     bars.csv (")
    assert any(
        line.startswith("  bars.csv:151: 7 bars missing after 2024-01-07") for line in others
    )
    assert any(line.startswith("  bars.csv:200: close ") for line in others)
    assert (
        others[-1]
        == "result   2 findings of 2 kinds: the file can be searched, after a look at them"
    )


@pytest.mark.slow
def test_many_findings_are_counted_and_only_the_first_are_listed(workspace):
    lines = rows(30_000, timedelta(minutes=5))
    for line in range(10, 30_000, 4):
        change(lines, line, high=1)
    write(workspace / "bars.csv", lines)
    done = invoke("data", "check", "bars.csv")
    assert done.exit_code == 1
    assert len(done.stdout.splitlines()) <= 20
    assert max(map(len, done.stdout.splitlines())) <= 200
    assert "high below open or close: 7,498" in done.stdout
    assert "... and 7,493 more" in done.stdout
    _, found = look("bars.csv")
    (group,) = found["kinds"]
    assert (group["n"], len(group["findings"])) == (7498, 100)


@pytest.mark.slow
def test_a_file_is_looked_at_as_it_will_be_read(workspace):
    lines = by_wall_clock(200)
    write(workspace / "bars.csv", lines)
    _, found = look("bars.csv")
    (advice,) = found["advice"]
    assert "unsorted=sort" not in advice
    code, found = look("bars.csv", "--set", "problem.layout.timezone=America/New_York")
    assert (code, found["counts"]) == (0, {})
    assert "America/New_York" in found["data"]["layout"] + found["data"]["zone"]
    code, found = look(write(workspace / "two.csv", two_lengths()), "--set", "problem.timeframe=1h")
    assert (found["is_refused"], found["data"]["n_bars"]) == (False, 225)


@pytest.mark.slow
def test_a_market_of_its_own_calendar_has_no_invented_gaps(workspace):
    fx = [
        row
        for row in rows(24 * 7 * 60)
        if (hour := (datetime.fromisoformat(row[:20]) - START) / timedelta(hours=1) % 168)
        < 5 * 24 - 2
        or hour >= 7 * 24 - 2
    ]
    code, found = look(write(workspace / "fx.csv", fx))
    assert (code, found["data"]["n_gaps"]) == (0, 0)
    assert "313" in " ".join(found["said"])
    days = [f"{START + timedelta(days=k):%Y-%m-%d} 00:00:00+09:00" for k in range(700)]
    open_days = [day for k, day in enumerate(days) if k % 7 < 5]
    tokyo = [f"{day},{row.split(',', 1)[1]}" for day, row in zip(open_days, rows(500), strict=True)]
    code, found = look(write(workspace / "tokyo.csv", tokyo))
    assert (code, found["data"]["n_gaps"]) == (0, 0)
    assert found["data"]["days_per_year"] in (261, 262)  # five days a week, and no holidays


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("bars.json", b'[{"t": 1}]', "JSON"),
        ("broken.parquet", b"PAR1 and nothing more PAR1", "Parquet"),
        ("empty.csv", b"", "empty"),
        ("words.csv", b"once upon a time\nthere was a file\n", "words.csv"),
    ],
)
def test_what_holds_no_table_cannot_be_read(workspace, name, content, words):
    (workspace / name).write_bytes(content)
    result = invoke("data", "check", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert len(result.stderr.splitlines()) <= 20


@pytest.mark.slow
def test_several_members_no_file_and_wrong_options_cannot_be_read_either(workspace):
    with zipfile.ZipFile("two.zip", "w") as packed:
        for name in ("a.csv", "b.csv"):
            packed.writestr(name, "\n".join([HEAD, *rows(20)]))
    with zipfile.ZipFile("table.xlsx", "w") as packed:
        packed.writestr("xl/workbook.xml", "<workbook/>")
    write(workspace / "bars.csv", rows())
    for words in (
        ["two.zip"], ["table.xlsx"], ["gone.csv"], ["bars.csv", "--set", "problem.fee_frac=0.1"],
        ["bars.csv", "--set", "problem.timeframe=7m"], ["bars.csv", "--set", "problem.timeframe=45m"],
    ):  # fmt: skip
        assert invoke("data", "check", *words).exit_code == 2, words


@pytest.mark.slow
def test_the_users_file_has_what_is_known_of_it(btc_csv):
    _, found = look(btc_csv)
    assert found["counts"] == {"gap": 2, "jump": 9, "spike": 1}
    gaps = found["kinds"][0]["findings"]
    assert "69 bars missing after 2025-10-25 15:10 UTC" in gaps[1]["text"]
    assert found["data"]["n_missing"] == 70
