"""The files that people download load as they are: these bars, to the last digit."""

import hashlib
import shlex
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from evosearch.errors import DataError
from tests.trading.reading.exports import make_exports
from tests.trading.reading.loading import assert_same, list_advice, load, refuse, to_reading
from tests.trading.reading.more_exports import NO_BARS, make_more_exports
from tests.trading.reading.pieces import of_broker, packer, texts

pytestmark = pytest.mark.slow

EXPORTS = make_exports()
MORE = make_more_exports()
ALL = EXPORTS | MORE
FREE = sorted(name for name in ALL if ALL[name].needs is None)
ASKING = sorted(name for name in ALL if ALL[name].needs)
NAMED = sorted(name for name in FREE if ALL[name].n_above)


def test_at_least_23_of_28_layouts_need_no_option():
    assert len(EXPORTS) == 28
    assert sum(export.needs is None for export in EXPORTS.values()) >= 23


def assert_is_read(export):
    bars = load(export.data, export.suffix)
    assert_same(bars, export.bars)
    plain = hashlib.sha256(export.bars.us.astype("<i8").tobytes())
    for column in export.bars.columns:
        plain.update(column.astype("<f8").tobytes())
    assert bars.compute_hash() == plain.hexdigest()  # as it always was for a plain file
    assert export.note.lower() in f"{bars.layout} {bars.zone}".lower()


@pytest.mark.parametrize("name", sorted({*FREE} & EXPORTS.keys()))
def test_an_export_is_read_as_the_bars_it_holds(name, workspace):
    assert_is_read(EXPORTS[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*FREE} - EXPORTS.keys()))
def test_what_others_write_is_read_as_the_bars_it_holds(name, workspace):
    assert_is_read(MORE[name])


@pytest.mark.parametrize("name", ASKING)
def test_an_export_that_does_not_say_enough_is_refused_with_the_option_that_reads_it(
    name, workspace
):
    export = ALL[name]
    asked = list_advice(refuse(export.data, export.suffix))
    assert asked
    bars = load(export.data, export.suffix, asked[0])
    if export.local_us is None:
        wanted = export.bars
    else:  # whatever zone the example names, the clock of the file is read in it
        wanted = export.bars.moved(read_clock(export.local_us, to_reading(asked[:1])))
        assert_same(load(export.data, export.suffix, *export.needs), export.bars)
    assert_same(bars, wanted)


def read_clock(local_us, reading):
    zone, _, hours = reading.layout.timezone.partition("+")
    return of_broker(local_us, zone, int(hours or 0))


@pytest.mark.slow
def test_json_is_refused_with_a_command_that_converts_it(workspace):
    export = EXPORTS["freqtrade JSON"]
    (workspace / "candles.json").write_bytes(export.data)
    with pytest.raises(DataError) as caught:
        load(export.data, ".json")
    commands = [line.strip() for line in str(caught.value).splitlines() if "python" in line]
    command = shlex.split(commands[0][commands[0].index("python") :])
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    made = [path for path in workspace.iterdir() if path.suffix != ".json"]
    assert_same(load(made[0].read_bytes(), made[0].suffix), export.bars)


@pytest.mark.parametrize("name", sorted(NO_BARS))
def test_a_file_without_bars_is_refused(name, workspace):
    message = refuse(NO_BARS[name])
    assert "prices.csv" in message
    assert "no UTF-8" not in message
    assert "Save it as UTF-8" not in message


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMED)
def test_names_of_columns_are_read_in_any_case(name, workspace):
    export = ALL[name]
    for change in (str.upper, str.lower, str.title):
        rows = [list(row) for row in export.rows]
        rows[export.n_above - 1] = [change(cell) for cell in rows[export.n_above - 1]]
        if rows[0][0] == "Price":  # of three lines the first has the names
            rows[0] = [change(cell) for cell in rows[0]]
        assert_same(load(export.pack(rows), export.suffix), export.bars)


def add_column(export, at, cells, name="xyz"):
    rows = [list(row) for row in export.rows]
    for number, row in enumerate(rows):
        if len(row) != len(rows[-1]):
            continue  # an address or a title above the table
        if number < export.n_above:
            named = number == (0 if rows[0][0] == "Price" else export.n_above - 1)
            cell = name if named else ""
        else:
            cell = cells(number)
        row.insert(at, cell)
    return export.pack(rows)


CELLS = {
    "numbers": lambda k: f"{(k * 37) % 11}.5",
    "texts": lambda k: f"note {k}",
    "one text": lambda _: "abc",
    "nothing": lambda _: "",
    "counts": str,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMED)
def test_a_column_that_nobody_knows_changes_nothing(name, workspace):
    export = ALL[name]
    for kind in sorted(CELLS) if name in EXPORTS else ("counts", "texts"):
        for at in (len(export.rows[-1]), 3, 0):
            data = add_column(export, at, CELLS[kind])
            assert_same(load(data, export.suffix), export.bars)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(FREE) - set(NAMED)))
def test_a_column_more_without_names_is_read_right_or_refused(name, workspace):
    export = ALL[name]
    if export.rows is None:
        return
    for kind in CELLS.values():
        for at in (len(export.rows[-1]), 3, 0):
            data = add_column(export, at, kind)
            try:
                bars = load(data, export.suffix)
            except DataError:
                refuse(data, export.suffix)
            else:
                # HistData has no volume, and one more number behind its prices may be that.
                is_open = name == "HistData"
                assert_same(
                    bars, replace(export.bars, volume=bars.volume) if is_open else export.bars
                )


SHORT = make_exports(50) | make_more_exports(50)


@pytest.mark.slow
@pytest.mark.parametrize("name", FREE)
def test_fifty_rows_are_enough(name, workspace):
    export = SHORT[name]
    assert_same(load(export.data, export.suffix), export.bars)


@pytest.mark.parametrize("zone", ["+00:00", "Z", "+09:00", "-05:00", "+05:30", "+0200", "-03"])
def test_bars_written_with_another_offset_are_the_same_bars(zone, workspace):
    bars = EXPORTS["Binance spot CSV"].bars
    sign = -1 if zone.startswith("-") else 1
    digits = zone.strip("Z+-").replace(":", "").ljust(4, "0")
    moved = bars.moved(bars.us + sign * (int(digits[:2]) * 60 + int(digits[2:])) * 60_000_000)
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.000"):
        rows = [(row[0] + zone, *row[1:]) for row in texts(moved, form)]
        data = packer()([["timestamp", "open", "high", "low", "close", "volume"], *rows])
        assert_same(load(data), bars)


@pytest.mark.parametrize(
    ("zone", "hours"), [("UTC", 0), ("UTC-5", -5), ("+02:00", 2), ("Asia/Tokyo", 9)]
)
def test_times_without_a_zone_are_read_in_the_one_that_is_told(zone, hours, workspace):
    bars = EXPORTS["Binance spot CSV"].bars
    rows = texts(bars.moved(bars.us + hours * 3_600_000_000), "%Y-%m-%d %H:%M:%S")
    data = packer()([["date", "open", "high", "low", "close", "volume"], *rows])
    loaded = load(data, ".csv", f"problem.layout.timezone={zone}")
    assert_same(loaded, bars)
    assert loaded.compute_hash() == load(bars.plain()).compute_hash()


def test_the_exports_differ_from_each_other_and_move(workspace):
    for export in ALL.values():
        assert (np.diff(export.bars.us) > 0).all()
        assert len(np.unique(export.bars.close)) > 20
        assert (export.bars.high > export.bars.low).all()
