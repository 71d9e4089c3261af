"""The fetch from exchanges, through the real ccxt, against a server that misbehaves by a plan."""

import json
import random
import sys
from pathlib import Path

import pytest

from evosearch.errors import DataError, EnvironmentFailed, UsageError
from evosearch.report.data import describe_data
from evosearch.trading.fetching import limits
from evosearch.trading.fetching.patience import Refused
from evosearch.trading.fetching.tables import read_table, write_table
from evosearch.trading.loading.load import load_bars
from evosearch.trading.window import us_to_instant
from tests.trading.fetching.exchange import (
    FAULTS,
    Coinbase,
    Kraken,
    make_candles,
    make_plan,
    to_candles,
)
from tests.trading.fetching.local import fetch

pytestmark = pytest.mark.slow

STEP_S, BEGIN_S, N = 300, 1_735_689_600, 2100  # from 2025-01-01 on, 7 windows and a bit
END_S = BEGIN_S + N * STEP_S
ROWS = make_candles(BEGIN_S, N, seed=5)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def date(moment_s):
    return us_to_instant(moment_s * 10**6)


def get(server, path, since_s=BEGIN_S, until_s=END_S, **more):
    return fetch(server, "coinbase:BTC/USD", "5m", date(since_s), date(until_s), path, **more)


def hash_of(path):
    return read_table(path)[0].compute_hash()


WHOLE = to_candles(ROWS, BEGIN_S, END_S).compute_hash()


def test_random_slices_with_faults_are_the_whole_at_once(tmp_path, monkeypatch):
    """And the faults of all seeds together met every request that a fetch consists of."""
    with Coinbase(ROWS) as calm:
        get(calm, tmp_path / "calm.parquet")
    assert hash_of(tmp_path / "calm.parquet") == WHOLE
    asked, met, kinds = {path for path, _ in calm.asked}, set(), set()
    # The last two: is there more before the first candle, and behind the last?
    assert len(asked) == len(calm.asked) == 2 + 8 + 2
    for seed in range(12):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / f"cache{seed}"))
        rng = random.Random(seed)
        with Coinbase(ROWS, make_plan(seed)) as server:
            path = tmp_path / f"{seed}.parquet"
            for _ in range(rng.randrange(3)):
                first, last = sorted(rng.sample(range(N), 2))
                get(server, path, BEGIN_S + first * STEP_S, BEGIN_S + last * STEP_S)
            get(server, path)
        assert hash_of(path) == WHOLE, seed
        met |= {path for path, fault in server.asked if fault}
        kinds |= set(server.count_faults())
    assert asked <= met
    assert kinds == set(FAULTS)


def test_a_file_is_extended_on_both_sides_and_has_no_hole_between(tmp_path):
    path = tmp_path / "a.parquet"
    with Coinbase(ROWS) as server:
        get(server, path, BEGIN_S + 600 * STEP_S, BEGIN_S + 700 * STEP_S)
        assert len(read_table(path)[0]) == len(
            to_candles(ROWS, BEGIN_S + 600 * STEP_S, BEGIN_S + 700 * STEP_S)
        )
        get(server, path, BEGIN_S + 1990 * STEP_S, END_S)
        get(server, path, BEGIN_S, BEGIN_S + 10 * STEP_S)
        n_asked = len(server.asked)
        fetch(server, "coinbase:btc-usd", "5m", None, date(END_S), path)
    assert hash_of(path) == WHOLE
    assert len(server.asked) == n_asked + 2  # the list of products: all windows were kept


def test_what_is_written_loads_at_once_and_its_data_line_is_right(tmp_path):
    path = tmp_path / "a.parquet"
    with Coinbase(ROWS) as server:
        found, _ = get(server, path)
    bars = load_bars(str(path), (Path(),))
    assert bars.compute_hash() == WHOLE == found["rows_sha256"]
    n = len(to_candles(ROWS, BEGIN_S, END_S))
    assert describe_data(bars.summarise()).startswith(
        f"a.parquet ({WHOLE[:8]}), 5-minute bars, all {n:,}, 2025-01-01 to 2025-01-08"
    )
    missing = {date(t) for t in range(min(ROWS), max(ROWS), STEP_S)} - {date(t) for t in ROWS}
    assert found["n_missing"] == len(missing) == sum(gap["n_missing"] for gap in found["gaps"])
    assert {gap["first_missing_utc"] for gap in found["gaps"]} <= missing
    assert "for your own use" in found["terms"]
    _, facts = read_table(path)
    assert (facts["source"], facts["product"], facts["step"]) == ("coinbase", "BTC/USD", "5m")
    assert facts["since"] == "2025-01-01T00:00:00Z" and '"count": 8' in facts["windows"]


@pytest.mark.parametrize("late_s", [-1, 0, 1, STEP_S - 1, STEP_S])
def test_an_unfinished_candle_is_never_kept(tmp_path, late_s):
    """The clock stands around the end of the last candle of a window, then much later."""
    path, last = tmp_path / "a.parquet", max(ROWS)
    end_s = (BEGIN_S // (300 * STEP_S) + 3) * 300 * STEP_S  # where a window ends
    rows = dict(ROWS) | {end_s - STEP_S: [str(end_s - STEP_S), *ROWS[last][1:]]}
    now_s = end_s + late_s
    with Coinbase(rows, now_s=now_s) as server:
        fetch(server, "coinbase:BTC/USD", "5m", date(BEGIN_S), "now", path, now_s=now_s)
        n_asked = len(server.asked)
        finished = to_candles(rows, BEGIN_S, now_s - STEP_S + 1)
        assert hash_of(path) == finished.compute_hash()
        has_last = (end_s - STEP_S) * 10**6 in finished.timestamp_us
        assert has_last == (late_s >= 0)
        # Once more: the open window is asked for again, one that is final is not.
        fetch(server, "coinbase:BTC/USD", "5m", date(BEGIN_S), date(end_s), path, now_s=now_s)
        window = date(end_s - 300 * STEP_S).removesuffix("Z").replace(":", "%3A")
        again = [path for path, _ in server.asked[n_asked:] if f"start={window}" in path]
        assert len(again) == (late_s < STEP_S)
        server.now_s = END_S * 2
        get(server, path, now_s=END_S * 2)
    assert hash_of(path) == to_candles(rows, BEGIN_S, END_S).compute_hash()


@pytest.mark.parametrize("ahead_s", [7, 3600])
def test_a_clock_that_is_ahead_keeps_no_unfinished_candle_either(tmp_path, ahead_s):
    path, now_s = tmp_path / "a.parquet", BEGIN_S + 1000 * STEP_S - 5
    with Coinbase(ROWS, now_s=now_s) as server:
        found, _ = get(server, path, now_s=now_s + ahead_s)
        assert any("60 minutes ahead" in note for note in found["notes"]) == (ahead_s == 3600)
        assert hash_of(path) == to_candles(ROWS, BEGIN_S, now_s - STEP_S + 1).compute_hash()
        server.now_s = END_S * 2
        get(server, path, now_s=END_S * 2)
    assert hash_of(path) == WHOLE


def test_eight_failures_end_it_with_what_is_kept_and_the_way_on(tmp_path):
    path = tmp_path / "a b.parquet"
    plan = dict.fromkeys(range(6, 14), "503")
    with Coinbase(ROWS, plan) as server:
        with pytest.raises(EnvironmentFailed) as found:
            get(server, path)
        assert not path.exists() and len(server.asked) == 14
        text = str(found.value)
        assert "did not answer in 8 tries: HTTP 503" in text
        assert "3 of 8 windows were done" in text
        assert "evosearch data fetch coinbase:BTC/USD 5m --since 2025-01-01" in text
        assert found.value.exit_code == 5
        facts, _ = get(server, path)
    assert facts["n_windows_fetched"] == 5
    assert hash_of(path) == WHOLE


def test_pace_and_retry_after(tmp_path):
    with Coinbase(ROWS, {4: "429"}) as server:
        _, waits = get(server, tmp_path / "a.parquet")
    assert 3 in waits.pauses
    # Waits of the pace alone, between any two requests.
    assert waits.now_s - 3 == pytest.approx((len(server.asked) - 2) / 8, abs=0.3)


def test_a_slow_answer_is_asked_for_again(tmp_path):
    with Coinbase(ROWS, {3: "slow"}) as server:
        _, waits = get(server, tmp_path / "a.parquet", timeout_ms=300)
    assert hash_of(tmp_path / "a.parquet") == WHOLE
    assert len(waits.told) == 1


def test_a_no_is_told_in_the_words_of_the_server_made_harmless(tmp_path):
    with Coinbase(ROWS, {3: "403"}) as server, pytest.raises(Refused) as found:
        get(server, tmp_path / "a.parquet")
    text = str(found.value)
    assert "HTTP 403, not for \\x1b[31myou!!!" in text and "\x1b" not in text
    assert found.value.exit_code == 2 and max(map(len, text.splitlines())) < 300
    assert len(server.asked) == 4


def test_what_is_unknown_is_refused_with_the_nearest_name(tmp_path):
    def ask(reference, step="5m", since="2025-01-01", **more):
        with Coinbase(ROWS) as server:
            return fetch(server, reference, step, since, **more)

    for reference, step, words in [
        ("conbase:BTC/USD", "5m", "Did you mean 'coinbase'?"),
        ("coinbase:BTC/USB", "5m", "Did you mean 'BTC/USD'?"),
        ("coinbase:zzzz", "5m", "BTC/USD, ETH/USD, SOL/USD"),
        ("coinbase:BTC/USD", "7m", "Its steps: 1m, 5m, 15m, 1h, 6h, 1d"),
        ("coinbase", "5m", "such as coinbase:BTC/USD"),
        ("coinbase:", "5m", "such as coinbase:BTC/USD"),
    ]:
        with pytest.raises(UsageError) as found:
            ask(reference, step, output=tmp_path / "a.parquet")
        assert words in str(found.value)
    for since, until, words in [
        (None, "now", "Say from when"),
        ("yesterday", "now", "--since: expected a date"),
        ("2025-01-01", "2024-01-01", "before --until"),
        ("1066-01-01", "now", "no exchange has candles of that time"),
    ]:
        with pytest.raises(UsageError, match=words):
            ask("coinbase:BTC/USD", since=since, until=until, output=tmp_path / "a.parquet")
    with Coinbase(ROWS) as server, pytest.raises(UsageError, match="and before now"):
        fetch(server, "coinbase:BTC/USD", "5m", "2150-01-01")
    assert not server.asked
    assert not list(tmp_path.iterdir())


def test_steps_and_products_by_other_names(tmp_path):
    with Coinbase(make_candles(BEGIN_S, 30, 3600), now_s=END_S) as server:
        for name, step in [("BTC-USD", "60m"), ("btc/usd", "1h"), ("BTC_USD", "1h")]:
            path = tmp_path / "a.parquet"
            found, _ = fetch(server, f"Coinbase:{name}", step, "2025-01-01", "2025-01-02", path)
            assert (found["product"], found["step"]) == ("BTC/USD", "1h")


def test_no_other_file_is_replaced(tmp_path):
    path = tmp_path / "a.parquet"
    with Coinbase(ROWS) as server:
        get(server, path)
        whole = path.read_bytes()
        with pytest.raises(UsageError, match="holds coinbase BTC/USD 5m, not coinbase ETH/USD 5m"):
            fetch(server, "coinbase:ETH/USD", "5m", date(BEGIN_S), date(END_S), path)
        assert path.read_bytes() == whole
        with pytest.raises(UsageError, match=r"name end in \.parquet"):
            get(server, tmp_path / "a.csv")
        for other in (b"timestamp,open\n", whole[:-50], b""):
            path.write_bytes(other)
            with pytest.raises(UsageError, match="it is not replaced"):
                get(server, path)
            assert path.read_bytes() == other


def test_a_file_that_another_program_wrote_meanwhile_is_not_replaced(tmp_path):
    path = tmp_path / "a.parquet"
    with Coinbase(ROWS) as server:
        get(server, path, BEGIN_S, BEGIN_S + 100 * STEP_S)
        whole = path.read_bytes()
        path.unlink()
        server.on_request = lambda place: (
            path.write_bytes(whole) if "candles" in server.asked[place][0] else None
        )
        with pytest.raises(DataError, match="by another program meanwhile"):
            get(server, path)
        assert path.read_bytes() == whole
        get(server, path)
    assert hash_of(path) == WHOLE


@pytest.mark.parametrize("side", ["oldest", "newest"])
def test_an_exchange_that_sends_fewer_than_it_says_leaves_no_hole(tmp_path, side):
    class Stingy(Coinbase):
        def list_rows(self, *asked):
            rows = json.loads(super().list_rows(*asked))  # the newest come first
            return json.dumps(rows[:70] if side == "newest" else rows[-70:]).encode()

    with Stingy(ROWS) as server:
        get(server, tmp_path / "a.parquet")
    assert hash_of(tmp_path / "a.parquet") == WHOLE


def test_candles_that_begin_elsewhere_are_refused_at_once_with_what_to_do(tmp_path):
    """As the days of some exchanges, from 16:00 UTC on."""
    rows = {t + 60: [str(t + 60), *row[1:]] for t, row in ROWS.items()}

    class Elsewhere(Coinbase):
        def list_rows(self, begin, end, step, fault):
            return f"[{','.join('[' + ','.join(row) + ']' for row in self.rows.values())}]".encode()

    with (
        Elsewhere(rows) as server,
        pytest.raises(Refused, match="evosearch data resample") as found,
    ):
        get(server, tmp_path / "a.parquet")
    assert len(server.asked) == 4 and "begins between two of step 5m" in str(found.value)


def test_no_redirect_to_another_host_is_followed(tmp_path):
    with Coinbase(ROWS) as other, Coinbase(ROWS, {3: "elsewhere"}) as server:
        server.elsewhere = other.url
        with pytest.raises(Refused, match="leads to another host"):
            get(server, tmp_path / "a.parquet")
        assert not other.asked


@pytest.mark.parametrize("since", ["2025-01-01", "x", "", "9999-01-01T00:00:00Z"])
def test_facts_of_a_file_that_are_none_do_no_harm(tmp_path, since):
    path, some = tmp_path / "a.parquet", to_candles(ROWS, BEGIN_S, BEGIN_S + 50 * STEP_S)
    facts = {"source": "coinbase", "product": "BTC/USD", "step": "5m", "since": since, "until": "x"}
    with Coinbase(ROWS) as server:
        with path.open("wb") as file:
            write_table(some, facts, file)
        get(server, path)
        assert hash_of(path) == WHOLE
        with path.open("wb") as file:
            write_table(some.within(0, 1), facts, file)
        with pytest.raises(UsageError, match="it is not replaced"):
            get(server, path)


def test_nothing_at_all_is_said(tmp_path):
    with Coinbase({}) as server, pytest.raises(UsageError, match="no finished candles"):
        get(server, tmp_path / "a.parquet")
    assert not list(tmp_path.glob("*.parquet"))


def test_candles_that_the_exchange_changed_later_are_said(tmp_path, monkeypatch):
    path, rows = tmp_path / "a.parquet", dict(ROWS)
    with Coinbase(rows) as server:
        get(server, path)
        moment = sorted(rows)[50]
        rows[moment] = [*rows[moment][:5], "777"]
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))  # the cache was cleared
        found, _ = get(server, path)
        assert any("otherwise than before of 1 candles" in note for note in found["notes"])
        assert hash_of(path) == to_candles(rows, BEGIN_S, END_S).compute_hash()
        # What an exchange knows no longer, the file still does.
        whole = dict(rows)
        for gone in sorted(rows)[20:23]:
            del rows[gone]
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "third"))
        found, _ = get(server, path)
        assert any("3 candles of the file are no longer" in note for note in found["notes"])
        assert hash_of(path) == to_candles(whole, BEGIN_S, END_S).compute_hash()


def test_an_empty_window_is_asked_for_again_each_time(tmp_path):
    """So a hole that was a mistake of the exchange closes by itself."""
    path, rows = tmp_path / "a.parquet", dict(ROWS)
    hole = {t: rows.pop(t) for t in list(rows) if BEGIN_S + 500 <= t < BEGIN_S + 1200 * STEP_S}
    with Coinbase(rows) as server:
        found, _ = get(server, path)
        assert found["n_missing"] > 1100
        rows |= hole
        get(server, path)
        get(server, tmp_path / "b.parquet")
    for each in (path, tmp_path / "b.parquet"):
        # A window that had some candles is final: it is not asked for again.
        missing = set(to_candles(ROWS, BEGIN_S, END_S).timestamp_us) - set(
            read_table(each)[0].timestamp_us
        )
        assert missing < {t * 10**6 for t in hole} and len(missing) < 600


STRANGE = (
    b"{}", b"null", b"5", b'"text"', b"[5]", b"[[]]", b"[null]", b'{"a": []}', b"[[NaN]]", b"[{}]",
    b"[[1735689600, 1e999, 1, 1, 1, 1]]", b"[[" * 100_000, b"\xff\xfe\x00",
    b"[[1735689600, -1, 5, 1, 1, 1]]", b"[[1735689600, 1, 5, 1, 1, " + b"9" * 10_000 + b"]]",
    b'[[1735689600, "a", 5, 1, 1, 1]]', b"[[1735689660, 1, 5, 1, 1, 1]]",
    b"[[1735689600, 1, 5, 1, 1, 1], [1735689600, 1, 6, 1, 1, 1]]",
    b"[[1735689600, null, 5, 1, 1, 1]]", b"[[1735689600, Infinity, 5, 1, 1, 1]]",
)  # fmt: skip


@pytest.mark.parametrize("strange", STRANGE, ids=lambda text: text[:20].decode("latin-1"))
def test_a_strange_answer_is_asked_for_again_whatever_it_is(tmp_path, strange):
    path = tmp_path / "a.parquet"
    with Coinbase(ROWS, {2: "strange"}) as server:  # at the first window, which holds 2025-01-01
        server.strange = strange
        _, waits = get(server, path)
        assert len(waits.told) == 1 and len(waits.told[0]) < 300, waits.told
        assert waits.told[0].isprintable()
    assert hash_of(path) == WHOLE


@pytest.mark.parametrize("strange", [b"[]", b"[[1535689600, 1, 5, 1, 1, 1]]", b'[["1735689600"]]'])
def test_no_candles_are_believed_only_when_that_is_said_twice(tmp_path, strange):
    with Coinbase(ROWS, {2: "strange"}) as server:
        server.strange = strange
        get(server, tmp_path / "a.parquet")
    assert hash_of(tmp_path / "a.parquet") == WHOLE


def test_an_answer_without_end_is_not_read_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MOST_BYTES", 200_000)
    with Coinbase(ROWS, {4: "flood"}) as server:
        _, waits = get(server, tmp_path / "a.parquet")
    assert "an answer of more than" in waits.told[0]
    assert hash_of(tmp_path / "a.parquet") == WHOLE


def test_kraken_has_its_newest_candles_only_and_the_file_grows(tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    now_s = BEGIN_S + 900 * STEP_S + 100
    with Kraken(ROWS, now_s) as server:
        found, _ = fetch(server, "kraken:BTC/USD", "5m", date(BEGIN_S), "now", path, now_s=now_s)
        first = read_table(path)[0]
        assert any("newest 720 candles only" in note for note in found["notes"])
        assert any("has nothing of 2025-01-01" in note for note in found["notes"])
        newest = sorted(t for t in ROWS if t <= now_s)[-720:]
        assert (
            hash_of(path)
            == to_candles(ROWS, first.timestamp_us[0] // 10**6, now_s - STEP_S + 1).compute_hash()
        )
        assert first.timestamp_us[0] >= newest[0] * 10**6 and len(first) > 700
        server.now_s = now_s = now_s + 600 * STEP_S
        fetch(server, "kraken:BTC/USD", "5m", None, "now", path, now_s=now_s)
        both = to_candles(ROWS, first.timestamp_us[0] // 10**6, now_s - STEP_S + 1)
        assert hash_of(path) == both.compute_hash()
        # Without the file, finished windows of the cache remain: whole ones, and none that began
        # before what could be reached.
        path.unlink()
        fetch(server, "kraken:BTC/USD", "5m", date(BEGIN_S), "now", path, now_s=now_s)
        rest = read_table(path)[0]
        assert len(both) - 130 < len(rest) <= len(both)
        assert rest.timestamp_us[0] % (60 * STEP_S * 10**6) < 3 * STEP_S * 10**6
        assert (
            rest.compute_hash()
            == to_candles(ROWS, rest.timestamp_us[0] // 10**6, now_s - STEP_S + 1).compute_hash()
        )


def test_without_the_extra_the_command_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ccxt", None)
    with Coinbase(ROWS) as server, pytest.raises(EnvironmentFailed) as found:
        get(server, tmp_path / "a.parquet")
    assert "uv tool install 'evosearch[data]'" in str(found.value)
    assert "binance-archive:BTCUSDT" in str(found.value) and not server.asked
