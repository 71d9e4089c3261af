"""Series that are valid and odd: said, never changed; calendars; and all of it in the commands."""

import json
import re

import numpy as np
import pytest

from evosearch.errors import DataError
from tests.bad_input.helpers import invoke
from tests.bad_input.prices import (
    HEADER,
    NAIVE,
    csv,
    epochs,
    hours,
    is_fx,
    is_us_extended,
    local_days,
    open_hours,
    replaced,
    wall,
    with_offset,
)
from tests.trading.reading.exports import binance_rows, zipped
from tests.trading.reading.loading import (
    MOST_LETTERS,
    MOST_LINES,
    assert_same,
    list_advice,
    load,
    refuse,
    said,
)
from tests.trading.reading.pieces import business_days, every, make_bars, packer, seconds, texts

pytestmark = pytest.mark.slow

DAY_US = 86_400_000_000
H60 = hours(60)


def use(data, *options):
    """The bars as a search takes them, and all that is told."""
    bars = load(data, ".csv", *options).choose()
    return bars, said(bars)


def joined(*parts):
    return make_bars(np.concatenate(parts))


# K7: suspicious but valid.

LONG, SHORT = every(1500, 3600), every(1500, 300, "2024-05-02T12:00")
TWO_LENGTHS = {
    "hours then minutes": (joined(LONG, SHORT), 1500, "5m"),
    "minutes then hours": (
        joined(every(1200, 300), every(1800, 3600, "2024-03-05T04:00")), 1200, "1h",
    ),
    "a day of minutes behind days": (
        joined(every(200, 86_400, "2023-09-01"), every(300, 60, "2024-03-20")), 200, "1m",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(TWO_LENGTHS))
def test_two_lengths_of_bars_in_one_file_are_refused_at_their_line(name, workspace):
    bars, n_first, _ = TWO_LENGTHS[name]
    data = csv(texts(bars, NAIVE))
    message = refuse(data)
    lines = [int(each.replace(",", "")) for each in re.findall(r"(?::|line )([\d,]+)", message)]
    assert any(abs(line - n_first - 2) <= 1 for line in lines), message
    assert "problem.lengths=newest" in list_advice(message)
    newest = load(data, ".csv", "problem.lengths=newest")
    assert abs(len(newest) - (len(bars) - n_first)) <= 1
    np.testing.assert_array_equal(newest.close, bars.close[-len(newest) :])
    for each in list_advice(message):
        if "timeframe" in each:
            assert len(np.unique(np.diff(load(data, ".csv", each).timestamp_us))) == 1


def test_one_length_is_not_taken_for_two(workspace):
    holes = np.delete(np.arange(2_000), np.r_[300:420, 900:930, 1500:1501])
    for us in (
        every(2_000, 300)[holes],
        open_hours("2024-01-01", 120, "America/New_York", is_us_extended).us,
        business_days(400),
        every(2_000, 60)[::7],
        every(600, 60)[np.random.default_rng(5).random(600) < 0.4],
    ):
        assert len(load(csv(texts(make_bars(us), NAIVE)))) == len(us)


def test_a_last_bar_that_is_not_finished_is_said_and_dropped_on_request(workspace):
    base = every(60, 300)
    for late in (base[-1] + 137_000_000, base[-1] + 437_000_000):
        bars = joined(base, [late])
        data = csv(texts(bars, NAIVE))
        loaded, words = use(data)
        assert len(loaded) == 61
        assert "last bar" in words.lower()
        dropped, words = use(data, "problem.drop_last=true")
        assert_same(dropped, bars.take(slice(0, 60)))
    days = business_days(300)
    for extra in (days[-1] + 21 * 3_600_000_000, days[-1] + 57_600_000_000):
        bars = joined(days, [extra])
        loaded, words = use(csv(texts(bars, NAIVE)))
        assert "last bar" in words.lower()
        assert len(use(csv(texts(bars, NAIVE)), "problem.drop_last=true")[0]) == 300
    weeks = every(120, 7 * 86_400, "2022-01-03")
    bars = joined(weeks, [weeks[-1] + 10 * DAY_US])
    _, words = use(csv(texts(bars, "%Y-%m-%d")))
    assert "last bar" in words.lower()
    whole, words = use(csv(texts(H60, NAIVE)), "problem.drop_last=true")
    assert len(whole) == 60


@pytest.mark.parametrize("ratio", [4, 2, 3, 10, 20, 0.5, 0.1, 1.5])
def test_a_split_that_was_not_adjusted_is_said_with_its_date(ratio, workspace):
    bars = make_bars(business_days(300), 4, 0, 180.0)
    columns = [np.concatenate([c[:200], c[200:] / ratio]) for c in bars.columns[:4]]
    split = type(bars)(bars.us, *columns, bars.volume)
    _, words = use(csv(texts(split, "%Y-%m-%d")))
    date = str(np.datetime64(int(bars.us[200]), "us"))[:10]
    assert ("split" in words.lower() and date in words) or ratio == 1.5
    _, words = use(csv(texts(bars, "%Y-%m-%d")))
    assert "split" not in words.lower()


def test_prices_that_never_move_and_volumes_of_zero_are_said(workspace):
    flat = [(t, "0.00000001", "0.00000001", "0.00000001", "0.00000001", "9")
            for t, *_ in texts(H60, NAIVE)]  # fmt: skip
    _, words = use(csv(flat))
    assert "distinct" in words or "different price" in words or "never move" in words, words
    _, words = use(csv([(*row[:5], "0") for row in texts(H60, NAIVE)]))
    assert "volume" in words.lower()
    _, words = use(csv([row[:5] for row in texts(H60, NAIVE)], HEADER.rpartition(",")[0]))
    assert "volume" in words.lower()


def test_times_that_are_the_ends_of_bars_are_said(workspace):
    for less in (1_000, 1_000_000):
        bars = H60.moved(H60.us + 3_600_000_000 - less)
        _, words = use(csv(texts(bars, seconds(1000))))
        assert "ends of bars" in words
    _, words = use(csv(texts(H60, seconds(1000))))
    assert "ends of bars" not in words


def test_holes_are_counted_and_the_largest_is_placed(workspace):
    us = np.delete(every(3_000, 300), np.r_[1000:1800, 2000:2003])
    bars, words = use(csv(texts(make_bars(us), NAIVE)))
    assert len(bars) == len(us)
    assert "803" in words
    assert "800" in words


def test_tiny_and_huge_prices_are_read_as_they_are(workspace):
    for start, decimals in ((3.3e-8, 14), (6.1e16, 0)):
        bars = make_bars(H60.us, decimals, 0, start)
        assert_same(load(csv(texts(bars, NAIVE))), bars)


# K9: calendars. The numbers are counted from the calendar of each market.

CALENDARS = {
    "US stocks": local_days("UTC", "2022-01-03", "2024-01-03"),
    "Tokyo at midnight": local_days("Asia/Tokyo", "2022-01-03", "2024-01-03"),
    "Tokyo for some months": local_days("Asia/Tokyo", "2024-01-01", "2024-08-01"),
    "Frankfurt at midnight": local_days("Europe/Berlin", "2022-01-03", "2024-01-03"),
    "Riyadh, Sunday to Thursday": local_days("UTC", "2022-01-03", "2024-01-03", (6, 0, 1, 2, 3)),
    "crypto by the day": local_days("UTC", "2022-01-03", "2024-01-03", range(7)),
    "crypto for two months": local_days("UTC", "2024-01-03", "2024-03-03", range(7)),
    "FX by the hour": open_hours("2022-01-03", 728, "America/New_York", is_fx),
    "US, 04:00 to 20:00 New York": open_hours(
        "2022-01-03", 728, "America/New_York", is_us_extended
    ),
    "one Saturday among stocks": make_bars(
        np.sort(np.append(local_days("UTC", "2022-01-03", "2024-01-03").us, 19_301 * DAY_US))
    ),
}
HOLIDAYS = {"US stocks", "Tokyo at midnight", "Tokyo for some months", "Frankfurt at midnight",
            "Riyadh, Sunday to Thursday", "one Saturday among stocks"}  # fmt: skip


@pytest.mark.parametrize("name", sorted(CALENDARS))
def test_the_calendar_comes_from_the_days_that_have_bars_and_invents_no_gap(name, workspace):
    bars = CALENDARS[name]
    used, words = use(csv(texts(bars, NAIVE)))
    n_days = len(np.unique(bars.us // DAY_US))
    per_year = n_days / ((bars.us[-1] - bars.us[0]) / DAY_US + 1) * 365.25
    assert used.days_per_year == pytest.approx(per_year, rel=0.045 if name in HOLIDAYS else 0.01)
    assert "missing" not in words, words


def test_weeks_and_months_are_annualised_by_their_number_in_a_year(workspace):
    for us, wanted in (
        (every(200, 7 * 86_400, "2020-01-06"), 52),
        (every(200, 7 * 86_400, "2020-01-05"), 52),
        (np.arange("2010-01", "2024-01", dtype="datetime64[M]").astype("M8[us]").astype(int), 12),
        (np.arange("2000-01", "2024-01", 3, dtype="datetime64[M]").astype("M8[us]").astype(int), 4),
        (every(200, 3 * 86_400, "2020-01-05"), 122),
    ):
        bars, words = use(csv(texts(make_bars(us), "%Y-%m-%d")))
        assert bars.days_per_year == wanted
        assert "missing" not in words, words


def test_the_calendar_can_be_overridden(workspace):
    days = local_days("UTC", "2022-01-03", "2024-01-03")
    bars, _ = use(csv(texts(days, NAIVE)), "problem.days_per_year=260")
    assert bars.days_per_year == 260


# The commands: nothing is silent, nothing is long, nothing is a traceback.

PARAMS = {"stop_loss_frac": 0.03, "take_profit_frac": 0.06, "n_rules": 1, "rule1_kind": "rsi_level",
          "rule1_op": "below", "rule1_period": 14, "rule1_level": 30}  # fmt: skip


def command(*args):
    done = invoke(*args)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def evaluate(*more):
    return command("evaluate", "-p", "demo", "--data", "prices.csv", "--json",
                   "--params", json.dumps(PARAMS), *more)  # fmt: skip


def check(*more):
    done = command("data", "check", "prices.csv", "--json", *more)
    lines = done.stdout.splitlines()
    return done, json.loads(lines[-1]) if lines else None


PLANTED = {
    "K1 units": (csv(epochs(H60, (30, 10**3), (30, 10**6))), 1, 32),
    "K1 absurd": (csv(replaced(texts(H60, NAIVE), 20, timestamp="1900-01-01 00:00:00")), 1, 22),
    "K2 mixed": (csv(replaced(texts(H60, NAIVE), 20, timestamp="2024-03-01 20:00:00+00:00")), 1, None),
    "K3 repeat": (csv([*texts(H60, NAIVE)[:20], *texts(H60, NAIVE)[19:]]), 1, 22),
    "K3 contradiction": (csv([*texts(H60, NAIVE)[:20], replaced(texts(H60, NAIVE), 19, close=texts(H60, NAIVE)[19][1])[19], *texts(H60, NAIVE)[20:]]), 1, 22),
    "K6 zero": (csv(replaced(texts(H60, NAIVE), 20, open="0")), 1, 22),
    "K6 high": (csv(replaced(texts(H60, NAIVE), 20, high="1")), 1, 22),
    "K6 word": (csv(replaced(texts(H60, NAIVE), 20, high="ten")), 1, 22),
    "K6 footer": (csv([*texts(H60, NAIVE), ("the end",)]), 1, 62),
    "K7 off the grid": (csv([*texts(H60, NAIVE), ("2024-03-03 11:13:07", "5", "6", "4", "5", "1")]), 1, 62),
    "K7 split": (csv([*texts(H60, NAIVE)[:40], *((t, *(repr(float(c) / 4) for c in row[:4]), row[4]) for t, *row in texts(H60, NAIVE)[40:])]), 1, 42),
    "K7 lengths": (csv(texts(TWO_LENGTHS["hours then minutes"][0], NAIVE)), 1, 1502),
    "K7 spike": (csv(replaced(texts(H60, NAIVE), 20, high="99999")), 1, 22),
    "K8 gap": (csv([*texts(H60, NAIVE)[:20], *texts(H60, NAIVE)[25:]]), 1, 21),
    "clean": (csv(texts(H60, "%Y-%m-%dT%H:%M:%SZ")), 0, None),
    "unreadable": (b"PK\x03\x04" + bytes(64), 2, None),
    "no table": (b"<html></html>\n", 2, None),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_a_check_names_what_is_planted_with_its_line(name, workspace):
    data, code, line = PLANTED[name]
    (workspace / "prices.csv").write_bytes(data)
    done, answer = check()
    assert done.exit_code == code, done.stdout + done.stderr
    if line is not None:
        found = json.dumps(answer)
        assert re.search(rf"\b{line}\b", found) or f"{line:,}" in found, found
    shown = command("data", "check", "prices.csv")
    assert shown.exit_code == code
    assert "Traceback" not in shown.output
    if line is not None:
        assert re.search(rf"\b{line}\b", shown.output) or f"{line:,}" in shown.output, shown.output


def test_what_is_odd_is_in_the_warnings_of_evaluate(workspace):
    us = np.delete(every(3_000, 300), np.r_[1000:1800])
    (workspace / "prices.csv").write_bytes(csv(texts(make_bars(us), NAIVE)))
    done = evaluate()
    assert done.exit_code == 0, done.stderr
    answer = json.loads(done.stdout)
    assert "800" in json.dumps(answer["warnings"])


def test_a_profile_is_not_ok_when_its_data_are_not(workspace):
    (workspace / "p.toml").write_text('extends = "demo"\n[problem]\ndata = "prices.csv"\n')
    assert command("profiles", "validate", "p.toml").exit_code == 2
    (workspace / "prices.csv").write_bytes(csv(replaced(texts(H60, NAIVE), 20, open="0")))
    done = command("profiles", "validate", "p.toml")
    assert done.exit_code == 2
    assert "prices.csv:22" in done.stderr
    (workspace / "prices.csv").write_bytes(csv(texts(hours(2_000), NAIVE)))
    assert command("profiles", "validate", "p.toml").exit_code == 0


def test_why_nothing_is_feasible_is_said_before_and_after(workspace):
    minutes = make_bars(every(100_000, 60))
    (workspace / "prices.csv").write_bytes(csv(texts(minutes, seconds())))
    done = command("run", "-p", "demo", "--data", "prices.csv", "--set", "search.population=4",
                   "--set", "search.generations=1", "--set", "problem.last_bars=3000",
                   "--backend", "serial")  # fmt: skip
    words = done.stdout + done.stderr
    assert "3,000 of 100,000" in words, words
    assert re.search(r"\b[12]\b.* days|days.*\b30\b", words), words
    assert "last_bars" in words


def test_a_flat_market_does_not_lose_money_in_words(workspace):
    flat = [(t, *["0.00000001"] * 4, "9") for t, *_ in texts(hours(2_000), NAIVE)]
    (workspace / "prices.csv").write_bytes(csv(flat))
    done = command("run", "-p", "demo", "--data", "prices.csv", "--set", "search.population=8",
                   "--set", "search.generations=1", "--backend", "serial")  # fmt: skip
    assert done.exit_code == 0, done.stderr
    shown = command("show", "1")
    assert "loses money" not in shown.output


@pytest.mark.parametrize("data", [
    csv(wall(hours(60, "2023-11-04"))),
    csv([(45_292 + k / 24, *row[1:]) for k, row in enumerate(texts(H60, ""))]),
    csv([(k, *row[1:]) for k, row in enumerate(texts(H60, ""))]),
    csv([(t, "x", "-1", "", "nan", "y") for t, *_ in texts(H60, NAIVE)] * 20),
    b"\0" * 4096,
], ids=["autumn", "serial", "counts", "all wrong", "zeros"])  # fmt: skip
def test_commands_refuse_in_a_few_lines(data, workspace):
    (workspace / "prices.csv").write_bytes(data)
    for args in (
        ("run", "-p", "demo", "--data", "prices.csv", "--set", "search.population=4"),
        ("evaluate", "-p", "demo", "--data", "prices.csv", "--params", "{}"),
        ("data", "check", "prices.csv"),
        ("data", "resample", "prices.csv", "1d", "-o", "o.parquet"),
        ("data", "use", "prices.csv"),
    ):
        done = command(*args)
        words = done.stderr + (done.stdout if args[:2] == ("data", "check") else "")
        assert done.exit_code in (1, 2), (args, words)
        lines = words.splitlines()
        assert len(lines) <= MOST_LINES + 2, words
        assert max(map(len, lines), default=0) <= MOST_LETTERS + len("error: "), words


def test_the_helpers_of_these_tests_make_what_they_say(workspace):
    fx = open_hours("2024-01-01", 21, "America/New_York", is_fx)
    assert len(fx) == pytest.approx(3 * 120, abs=24)
    with pytest.raises(DataError):
        load(csv([]))


def test_shards_of_the_same_bars_in_other_layouts_merge(workspace):
    bars = hours(2_000)
    klines = packer(wrap=zipped("BTCUSDT-1h.csv"))(binance_rows(bars))
    (workspace / "a.zip").write_bytes(klines)
    (workspace / "b.csv").write_bytes(csv(with_offset(bars, "Asia/Tokyo")))
    (workspace / "c.csv").write_bytes(csv(wall(bars, "Europe/Athens")))
    more = ("--set", "problem.layout.timezone=Europe/Athens")
    small = ("--set", "search.population=8", "--set", "search.generations=1", "--backend", "serial")
    for seed, (name, options) in enumerate((("a.zip", ()), ("b.csv", ()), ("c.csv", more))):
        done = command("run", "-p", "demo", "--data", name, "--seed", str(seed), *small, *options)
        assert done.exit_code == 0, done.stderr
    shards = sorted(str(path) for path in (workspace / "results").glob("*.parquet"))
    done = command("merge", *shards, "-o", "merged.parquet", "--json")
    assert done.exit_code == 0, done.stderr
    assert len(shards) == 3
    assert json.loads(done.stdout)["data"]["skipped"] == []
