"""Files of vendors by the thousand, damaged: what is not touched is read as it was, or nothing is.

A change of a few lines may change the bars of those lines. It never moves a column, a zone, a unit
or a separator of the others without a word.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evosearch.errors import DataError
from tests.fuzz.settings import N_EXAMPLES, damaged, fuzzing
from tests.trading.reading.exports import make_exports
from tests.trading.reading.loading import assert_short, load
from tests.trading.reading.more_exports import make_more_exports

pytestmark = pytest.mark.slow
fuzzing = settings(fuzzing, max_examples=max(N_EXAMPLES // 3, 1))  # five times: 10 seconds

ALL = make_exports(40) | make_more_exports(40)
TEXTS = {name: export for name, export in ALL.items() if export.rows}
BINARY = {name: ALL[name] for name in ALL.keys() - TEXTS.keys()} | {
    name: ALL[name] for name in ("Binance zip", "Polygon flat file gz", "MetaTrader 5 UTF-16")
}
CELLS = ["", " ", "0", "-1", "nan", "null", "1e400", "ten", "1,5", "1.5", "61.234,5", '"', "'",
         "2024-03-05", "05/03/2024", "1709251200", "1709251200000000", "45292", "20240305",
         "2024-03-05 01:00:00+09:00", "2024.03.05", "9" * 30, "\x00", "\x1b[2J", "é", ";", "\t",
         "timestamp", "close", "AAPL", "-0", "5%", "$5", "5K"]  # fmt: skip


def try_loading(data, export):
    try:
        return load(data, export.suffix, *(export.needs or ()))
    except DataError as error:
        assert_short(str(error))
        return None


def as_rows(us, columns):
    return set(zip(us.tolist(), *(column.tolist() for column in columns), strict=True))


def assert_others_are_whole(bars, export, n_touched, is_header_touched=False):
    wanted, found = (
        as_rows(b, c[:4] if is_header_touched else c)
        for b, c in ((export.bars.us, export.bars.columns), (bars.timestamp_us, bars.columns))
    )
    assert len(wanted - found) <= n_touched, (len(wanted - found), bars.layout, bars.notes)
    assert len(found - wanted) <= n_touched, (len(found - wanted), bars.layout, bars.notes)
    assert (bars.high >= bars.low).all()
    assert (bars.low > 0).all()


# Where no name says the beginning of a bar its end is taken, and said; Databento's unit goes by names.
ENDS = {"close_time", "Close Time", "timeClose", "time_period_end", "rtype"}
HAS_ENDS = {name for name in TEXTS if any(ENDS & {*row} for row in TEXTS[name].rows[:2])}
names = st.sampled_from(sorted(TEXTS))


@fuzzing
@given(names, st.data())
def test_lines_that_are_changed_do_not_change_the_others(workspace, name, data):
    export = TEXTS[name]
    rows = [list(row) for row in export.rows]
    touched = set()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(export.n_above, len(rows) - 1))
        kind = data.draw(
            st.sampled_from(["cell", "swap", "cut", "repeat", "move", "short", "long"])
        )
        row = rows[at]
        place = data.draw(st.integers(0, max(0, len(row) - 1)))
        if kind == "cell" and row:
            row[place] = data.draw(st.sampled_from(CELLS))
        elif kind == "swap" and row:
            other = data.draw(st.integers(0, len(row) - 1))
            row[place], row[other] = row[other], row[place]
        elif kind == "cut":
            del rows[at:]
            touched |= set(range(len(export.rows) - at))
        elif kind == "repeat":
            rows.insert(at, list(row))
        elif kind == "move":
            rows.insert(data.draw(st.integers(export.n_above, len(rows) - 1)), rows.pop(at))
        elif kind == "short":
            del row[place:]
        else:
            row.insert(place, data.draw(st.sampled_from(CELLS)))
        touched.add(("line", at))
        if len(rows) <= export.n_above:
            break
    bars = try_loading(export.pack(rows), export)
    if bars is not None:
        assert_others_are_whole(bars, export, len(touched))


@fuzzing
@given(names, st.data())
def test_names_that_are_changed_move_no_column(workspace, name, data):
    export = TEXTS[name]
    rows = [list(row) for row in export.rows]
    if not export.n_above or name in HAS_ENDS:
        return
    row = rows[data.draw(st.integers(0, export.n_above - 1))]
    place = data.draw(st.integers(0, len(row) - 1))
    row[place] = data.draw(st.sampled_from(["", "x", "Unnamed: 0", "note", row[place] + " x", " ",
                                            row[place] * 2, row[place][:-1], "\x00"]))  # fmt: skip
    bars = try_loading(export.pack(rows), export)
    if bars is not None:
        assert_others_are_whole(bars, export, 0, is_header_touched=True)


@fuzzing
@given(
    names, st.sampled_from([",", ";", "\t", "|", ", ", " "]), st.sampled_from(["\n", "\r\n", "\r"])
)
def test_another_separator_is_read_right_or_refused(workspace, name, separator, end):
    export = TEXTS[name]
    is_safe = not any(separator.strip() in cell for row in export.rows for cell in row)
    if not separator.strip() and any(" " in cell for row in export.rows for cell in row):
        return
    if not is_safe and separator.strip():
        return
    data = "".join(separator.join(row) + end for row in export.rows).encode()
    bars = try_loading(data, export)
    if bars is not None:
        assert_others_are_whole(bars, export, 0)


@fuzzing
@given(names, st.data())
def test_bytes_that_are_changed_do_not_change_other_lines(workspace, name, data):
    export = TEXTS[name]
    raw = export.data
    if export.suffix.endswith(("gz", "zip")) or "UTF-16" in name or name in HAS_ENDS:
        return
    broken = data.draw(damaged(raw, [b",", b";", b"\n", b"\r", b'"', b"\0", b".", b"\xff"], 1))
    bars = try_loading(broken, export)
    if bars is None:
        return
    before, after = raw.split(b"\n"), broken.split(b"\n")
    n_changed = len(set(before) ^ set(after)) + abs(len(before) - len(after))
    above = b"\n".join(before[: export.n_above])
    assert_others_are_whole(bars, export, n_changed, not broken.startswith(above))


@fuzzing
@given(st.sampled_from(sorted(BINARY)), st.data())
def test_damaged_archives_are_refused_or_whole(workspace, name, data):
    export = BINARY[name]
    broken = data.draw(damaged(export.data, [b"PK\x03\x04", b"\x1f\x8b", b"PAR1", b"ARROW1"]))
    bars = try_loading(broken, export)
    if (bars is not None and "Binance zip" in name) or "gz" in name:
        assert bars is None or as_rows(bars.timestamp_us, bars.columns) == as_rows(
            export.bars.us, export.bars.columns
        )
