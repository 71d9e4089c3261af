"""Options that say how a file is read: checked strictly, recorded, and no part of what is measured."""

import tomllib
from datetime import UTC, datetime

import pytest

from evosearch.assemble.auditing.sources import read_options
from evosearch.errors import OptionError, ProfileError
from evosearch.profiles.files import parse_assignments, read_draft
from evosearch.trading.options import READING, TradingOptions, parse_options
from evosearch.trading.problem import Trading
from evosearch.trading.reading.layout import Layout
from evosearch.trading.reading.settings import Reading

BEGIN = 1_705_104_000  # the 13th: a day that is no month
ROWS = [(100 + k % 7, 103 + k % 7, 98 + k % 7, 101 + k % 7, 5 + k) for k in range(60)]


def write_plain(path):
    rows = [f"{BEGIN + 3600 * k},{','.join(map(str, row))}" for k, row in enumerate(ROWS)]
    path.write_text("timestamp,open,high,low,close,volume\n" + "\n".join(rows) + "\n")
    return path


def write_german(path):
    """The same bars by a clock that is an hour ahead."""
    lines = ["Zeit;A;B;C;D;Stück"]
    for k, row in enumerate(ROWS):
        local = datetime.fromtimestamp(BEGIN + 3600 * (k + 1), UTC)
        lines.append(";".join([f"{local:%d.%m.%Y %H:%M}", *(f"{x},0" for x in row)]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"layout": 3}, "layout: expected a table, got 3."),
        ({"layout": {"colums": {}}}, "layout.colums: unknown key. Did you mean 'columns'?"),
        (
            {"layout": {"columns": {"opne": "x"}}},
            "'opne' is none of the five columns. Did you mean",
        ),
        ({"layout": {"columns": {"time": "Date"}}}, "time_columns = ['Date']"),
        ({"layout": {"columns": {"open": 0}}}, "its position counted from 1, got 0."),
        ({"layout": {"columns": {"open": "x" * 201}}}, "layout.columns: open: expected the name"),
        ({"layout": {"time_columns": []}}, "one column, or a date and a time, got 0."),
        ({"layout": {"time_columns": ["a", "b", "c"]}}, "one column, or a date and a time, got 3."),
        ({"layout": {"separator": "x"}}, "expected comma, semicolon, tab, pipe or space, got 'x'."),
        ({"layout": {"decimal": "b"}}, "layout.decimal: expected dot or comma"),
        ({"layout": {"decimal": ",", "thousands": "comma"}}, "is the decimal mark, too."),
        ({"layout": {"header": "yes"}}, "layout.header: expected true or false"),
        ({"layout": {"skip_rows": -1}}, "layout.skip_rows: expected"),
        ({"layout": {"timezone": "Europe/Atens"}}, "layout.timezone:"),
        ({"layout": {"symbol": ""}}, "layout.symbol: expected"),
        ({"incomplete": "keep"}, "incomplete: expected"),
        ({"lengths": "oldest"}, "lengths: expected"),
        ({"timeframe": "5"}, "timeframe: "),
        ({"days_per_year": 400}, "days_per_year: expected"),
        ({"drop_last": 1}, "drop_last: expected true or false"),
    ],
)
def test_a_mistake_says_what_was_found_and_what_is_expected(given, says):
    with pytest.raises(OptionError) as caught:
        parse_options(given)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 600


def test_words_stand_for_marks_and_lists_for_columns():
    layout = parse_options(
        {
            "layout": {
                "separator": "tab", "decimal": "Comma", "thousands": "none",
                "time_columns": '["Date", 2]', "symbol": 7203,
            }
        }
    ).layout  # fmt: skip
    assert (layout.separator, layout.decimal, layout.thousands) == ("\t", ",", "")
    assert layout.time_columns == ("Date", 2) and layout.symbol == "7203"
    assert Layout(time_columns="Date").time_columns == ("Date",)
    again = Layout.model_validate(layout.to_plain())
    assert again == layout


@pytest.mark.parametrize(
    "plain",
    [
        3, {"unknown": 1}, {"unsorted": "no"}, {"layout": {"columns": {"open": [1]}}},
        {"layout": {"columns": dict.fromkeys(map(str, range(99)), "x")}}, {"timeframe": "x" * 999},
        {"layout": "tab"}, {"days_per_year": True}, {"days_per_year": 10**30}, {"drop_last": 1},
        {"layout": {"symbol": "x" * 201}},
    ],
)  # fmt: skip
def test_what_a_stranger_says_of_reading_is_none_unless_it_is_all_right(plain):
    assert Reading.parse(plain) is None


def test_only_what_differs_is_kept_and_read_again():
    assert Reading().to_plain() == {} and Reading.parse({}) == Reading()
    options = {"layout": {"timezone": "UTC-5"}, "unsorted": "sort", "timeframe": "1h"}
    reading = parse_options(options).reading
    assert reading.to_plain() == options and Reading.parse(options) == reading


def test_a_mistake_in_a_profile_is_shown_with_its_line(workspace):
    import evosearch

    text = 'extends = "demo"\n[problem.layout]\ndecimal = "x"\n[problem.layout.columns]\nopn = 2\n'
    (workspace / "mine.toml").write_text(text)
    with pytest.raises(ProfileError) as caught:
        evosearch.load_profile("./mine.toml")
    assert "mine.toml:3, [problem.layout] decimal: expected dot or comma" in str(caught.value)
    assert "mine.toml:5, [problem.layout] columns: 'opn' is none" in str(caught.value)


def test_what_is_typed_goes_into_the_tables_of_a_profile(workspace):
    from evosearch.assemble.settings.listing import list_settings
    from evosearch.assemble.settings.loading import check_draft

    text = 'extends = "demo"\n[problem]\nlayout = { columns = { open = "A", low = 4 } }\n'
    (workspace / "mine.toml").write_text(text)
    typed = parse_assignments(["problem.layout.columns.open=Open", "problem.layout.separator=;"])
    profile = check_draft(read_draft("./mine.toml", typed))
    layout = parse_options(profile.problem_options).layout
    assert layout.columns == {"open": "Open", "low": 4} and layout.separator == ";"
    origins = list_settings(profile).origins
    assert origins["problem.layout.columns.open"] == "--set problem.layout.columns.open"
    assert origins["problem.layout.columns.low"].endswith("mine.toml:3")
    again = tomllib.loads(profile.to_toml())["problem"]["layout"]
    assert Layout.model_validate(again) == layout


def test_how_a_file_is_read_is_recorded_only_where_it_was_said():
    filled, _ = Trading.fill_options({"data": "x.csv"})
    said = {key: filled[key] for key in READING}
    assert said == dict.fromkeys(READING) | {"unsorted": "refuse"}  # as older programs state it
    assert parse_options(filled).reading == Reading()
    given = {"data": "x.csv", "layout": {"symbol": "A"}, "drop_last": True}
    filled, _ = Trading.fill_options(given)
    assert filled["layout"] == {"symbol": "A"} and filled["drop_last"] is True


def test_how_a_file_is_read_is_no_part_of_what_is_measured(tmp_path):
    names = {role: place for place, role in enumerate(("open", "high", "low", "close"), start=2)}
    layout = {"columns": names | {"volume": "stück"}, "timezone": "UTC+1", "decimal": "comma"}
    plain = Trading((tmp_path,), data=write_plain(tmp_path / "plain.csv").name)
    german = Trading((tmp_path,), data=write_german(tmp_path / "g.csv").name, layout=layout)
    assert plain.fingerprint_options() == german.fingerprint_options()
    assert not {*READING} & ({*german.fingerprint_options()} - {"days_per_year"})


def test_options_of_a_shard_never_say_how_a_file_of_this_machine_is_read():
    class Facts:
        objective = "sharpe_daily"
        plain = {"parts": {"options": {"days_per_year": 365, "fee_frac": 0.001}}}  # noqa: RUF012

    given = {"layout": {"symbol": "X"}, "timeframe": "1h", "incomplete": "drop", "min_trades": 5}
    options = read_options(Facts, given)
    assert (options.fee_frac, options.min_trades) == (0.001, 5)
    # Days a year are no way to read a file: they are what was measured with.
    assert options.reading == TradingOptions(days_per_year=365).reading
