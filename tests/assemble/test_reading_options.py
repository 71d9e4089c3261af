"""Options that say how a file is read: typed, kept with a file, and found again with its bars."""

import json

import pytest

from evosearch import load_profile
from evosearch.assemble.settings.reading import (
    parse_reading,
    quote_assignments,
    write_assignments,
)
from evosearch.errors import ProfileError, UsageError
from evosearch.profiles import known_data
from evosearch.trading.reading.settings import Reading
from tests.bad_input.helpers import invoke
from tests.markets import write_bars

TYPED = [
    ["problem.timeframe=1h"],
    ["problem.timeframe=30s", "problem.lengths=newest", "problem.drop_last=true"],
    ["problem.layout.timezone=America/New_York+7", "problem.days_per_year=252"],
    ["problem.layout.timezone=+02:00", "problem.incomplete=drop"],
    ["problem.layout.time_format=%d.%m.%Y %H:%M", "problem.layout.header=false"],
    ['problem.layout.symbol="12"', 'problem.layout.symbol_column=" it\'s "'],
    ["problem.layout.columns.open=4", "problem.layout.columns.close=Last Price"],
    ['problem.layout.time_columns=["Date", "Time"]', "problem.layout.separator=;"],
    ['problem.layout.symbol="true"', "problem.layout.skip_rows=3", "problem.layout.decimal=,"],
    ['problem.layout.columns={open = "O", high = 3}', "problem.unsorted=sort"],
]


@pytest.mark.parametrize("typed", TYPED)
def test_options_are_written_as_they_are_typed_and_kept_as_they_are_read(typed):
    reading = parse_reading(typed)
    plain = json.loads(json.dumps(reading.to_plain()))
    assert plain
    assert Reading.parse(plain) == reading
    assert parse_reading(write_assignments(plain)) == reading
    assert quote_assignments(plain).count("--set ") == len(write_assignments(plain))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("problem.fee_frac=0.1", "--set problem.fee_frac: here only options are taken"),
        ("run.workers=2", "problem.layout, problem.unsorted"),
        ("problem.layout.timezon=UTC", "timezon"),
        ("problem.timeframe=7h", "--set problem.timeframe: 7h does not divide a day"),
        ("problem.layout=Athens", "--set problem.layout"),
        ("timeframe", "expected KEY=VALUE"),
    ],
)
def test_other_options_are_refused_with_what_was_typed(typed, words):
    with pytest.raises(ProfileError) as error:
        parse_reading([typed])
    assert words in str(error.value)


def test_what_a_profile_says_itself_counts_and_the_rest_comes_with_the_file(workspace, monkeypatch):
    kept = {"timeframe": "1h", "layout": {"timezone": "UTC-5", "columns": {"open": "O"}}}
    known_data.write_setting("/machine.csv", kept)
    found = load_profile("pro").problem
    assert (found["data"], found["timeframe"]) == ("/machine.csv", "1h")
    assert found["layout"] == {"timezone": "UTC-5", "columns": {"open": "O"}}
    typed = load_profile("pro", ["problem.layout.timezone=UTC", "problem.timeframe=4h"]).problem
    assert typed["timeframe"] == "4h"
    assert typed["layout"] == {"timezone": "UTC", "columns": {"open": "O"}}
    # With another file the options stay behind.
    assert "layout" not in load_profile("pro", data="other.csv").problem
    monkeypatch.setenv("EVOSEARCH_DATA", "variable.csv")
    assert not {"layout", "timeframe"} & {*load_profile("pro").problem}


@pytest.mark.parametrize(
    "reading", ["x", [], {"layout": 1}, {"more": 1}, {"timeframe": "7h"}, {"unsorted": 1}]
)
def test_a_setting_that_is_damaged_stops_a_run(workspace, reading):
    known_data.write_setting("x.csv")
    known_data.setting_path().write_text(json.dumps({"data": "x.csv", "reading": reading}))
    with pytest.raises(UsageError, match="evosearch data use FILE"):
        load_profile("pro")
    assert load_profile("pro", data="sample:ibm-daily").problem["data"] == "sample:ibm-daily"


def test_data_use_takes_options_only_with_a_file(workspace):
    write_bars(workspace / "btc.csv")
    for words in (["--set", "problem.timeframe=1h"], ["--remove", "--set", "problem.timeframe=1h"]):
        result = invoke("data", "use", *words)
        assert result.exit_code == 2
        assert "file" in result.stderr
    result = invoke("data", "use", "btc.csv", "--set", "problem.fee_frac=0.1")
    assert (result.exit_code, known_data.read_setting()) == (2, None)
