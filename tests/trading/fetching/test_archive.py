"""Binance's archive: each file against its checksum, and nothing in it is believed unseen."""

import io
import random
import zipfile

import pytest

from evosearch.errors import EnvironmentFailed, UsageError
from evosearch.trading.fetching import archive_files, download
from evosearch.trading.fetching.archive_files import parse_checksum, read_klines
from evosearch.trading.fetching.patience import Refused
from evosearch.trading.fetching.tables import read_table
from evosearch.trading.fetching.windows import list_days, list_months, parse_step
from evosearch.trading.window import us_to_instant
from tests.trading.fetching.exchange import make_candles, make_plan, to_candles
from tests.trading.fetching.local import fetch
from tests.trading.fetching.vision import SWITCH_S, Vision, pack, print_klines, state

pytestmark = pytest.mark.slow

STEP = parse_step("1h")
DAY_S, BEGIN_S = 86_400, 1_730_419_200  # 2024-11-01
N_DAYS = 97  # three months and 5 days
END_S = BEGIN_S + N_DAYS * DAY_S  # in February 2025, in the middle of a month
ROWS = make_candles(BEGIN_S, N_DAYS * 24, 3600, seed=3)
MONTHS = list_months(BEGIN_S * 10**6, END_S * 10**6)
KINDS = ("429", "500", "503", "cut")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def serve(plan=None, rows=ROWS):
    return Vision(rows, "1h", 3600, plan, now_s=END_S)


def get(server, path, since_s=BEGIN_S, until_s=END_S, now_s=END_S + 3700):
    since, until = (us_to_instant(each * 10**6) for each in (since_s, until_s))
    return fetch(server, "binance-archive:BTCUSDT", "1h", since, until, path, now_s=now_s)


def hash_of(path):
    return read_table(path)[0].compute_hash()


WHOLE = to_candles(ROWS, BEGIN_S, END_S).compute_hash()


@pytest.mark.slow
def test_months_and_the_days_of_the_open_month_with_faults_anywhere(tmp_path, monkeypatch):
    """Milliseconds, then microseconds; with a header and without; in slices or at once."""
    with serve() as calm:
        found, _ = get(calm, tmp_path / "calm.parquet")
        assert hash_of(tmp_path / "calm.parquet") == WHOLE
        assert found["n_windows"] == 3 + 5 and not found["notes"]
        n_asked = len(calm.asked)
        found, _ = get(calm, tmp_path / "calm.parquet")
        assert found["n_windows_fetched"] == 0
        assert all(path.endswith(".CHECKSUM") for path, _ in calm.asked[n_asked:])
    asked, met = {path for path, _ in calm.asked}, set()
    for seed in range(9):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / f"cache{seed}"))
        rng, path = random.Random(seed), tmp_path / f"{seed}.parquet"
        with serve(make_plan(seed, share=0.45, kinds=KINDS)) as server:
            for _ in range(rng.randrange(3)):
                first, last = sorted(rng.sample(range(N_DAYS), 2))
                get(server, path, BEGIN_S + first * DAY_S, BEGIN_S + last * DAY_S)
            get(server, path)
        assert hash_of(path) == WHOLE, seed
        met |= {path for path, fault in server.asked if fault}
    assert asked <= met


@pytest.mark.slow
def test_before_the_first_month_nothing_is_asked_by_days(tmp_path):
    path = tmp_path / "a.parquet"
    with serve() as server:
        found, _ = get(server, path, since_s=BEGIN_S - 300 * DAY_S)
        assert hash_of(path) == WHOLE
        assert sum("daily" in each for each, _ in server.asked) == 1 + 2 * 5
    assert any("has nothing of 2024-01-06 until 2024-11-01" in note for note in found["notes"])


@pytest.mark.slow
def test_a_month_that_is_missing_or_cannot_be_trusted_comes_by_its_days(tmp_path):
    with serve() as server:
        for spoil in ("missing", "no checksum", "bad checksum", "other members"):
            month, path = MONTHS[1], tmp_path / f"{spoil}.parquet"
            where = server.path(month)
            server.put(ROWS, month)
            if spoil in ("missing", "no checksum"):
                del server.files[f"{where}.CHECKSUM"]
            if spoil == "missing":
                del server.files[where]
            if spoil == "bad checksum":
                server.files[where] = b"x" + server.files[where]
            if spoil == "other members":
                server.put(ROWS, month, members=("evil.csv",))
            found, _ = get(server, path)
            assert hash_of(path) == WHOLE
            named = [note for note in found["notes"] if "BTCUSDT-1h-2024-12.zip" in note]
            assert bool(named) == (spoil != "missing")
            for kept in tmp_path.parent.rglob("20241201T000000Z.parquet"):
                kept.unlink()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "words"),
    [("bad checksum", "does not have the checksum"), ("no checksum", "has no checksum at")],
)
def test_a_file_that_cannot_be_trusted_is_refused_by_name(tmp_path, spoil, words):
    month = MONTHS[1]
    with serve() as server:
        where = server.path(month)
        server.files = {path: each for path, each in server.files.items() if "2024-12-" not in path}
        if spoil == "no checksum":
            del server.files[f"{where}.CHECKSUM"]
        else:
            server.files[where] = server.files[where] + b"x"
        with pytest.raises(Refused, match=words) as found:
            get(server, tmp_path / "a.parquet")
    assert "BTCUSDT-1h-2024-12.zip" in str(found.value) and found.value.exit_code == 2
    assert "1 of 8 windows were done" in str(found.value)
    assert not (tmp_path / "a.parquet").exists()


@pytest.mark.slow
def test_a_file_that_changed_at_the_source_is_said(tmp_path):
    path, rows = tmp_path / "a.parquet", dict(ROWS)
    with serve() as server:
        get(server, path)
        moment = sorted(rows)[3]
        rows[moment] = [*rows[moment][:5], "777.0"]
        server.put(rows, MONTHS[0])
        found, _ = get(server, path)
        assert hash_of(path) == to_candles(rows, BEGIN_S, END_S).compute_hash()
        assert any("changed its file of 2024-11-01" in note and "1 candles differ" in note
                   for note in found["notes"])  # fmt: skip
        assert not any("changed" in note for note in get(server, path)[0]["notes"])
        # A checksum that is gone later takes nothing away of what was checked.
        del server.files[f"{server.path(MONTHS[0])}.CHECKSUM"]
        get(server, path)
        assert hash_of(path) == to_candles(rows, BEGIN_S, END_S).compute_hash()


@pytest.mark.slow
def test_another_host_is_not_followed_and_the_own_one_is(tmp_path):
    with serve() as other, serve() as server:

        def lead(url):
            def answer(request):
                request.send(302, b"", [("Location", url + request.path.replace("?x", ""))])

            return answer

        where = server.path(MONTHS[0])
        server.files[where + "2"] = server.files[where]
        server.files[where] = lambda request: request.send(302, b"", [("Location", f"{where}2")])
        get(server, tmp_path / "a.parquet")
        assert hash_of(tmp_path / "a.parquet") == WHOLE
        server.files = dict.fromkeys(server.files, lead(other.url))
        with pytest.raises(Refused, match="leads to another host, 127.0.0.1"):
            get(server, tmp_path / "a.parquet")
        assert not other.asked


@pytest.mark.slow
def test_more_than_the_limit_is_not_taken(tmp_path, monkeypatch):
    with serve() as server:
        monkeypatch.setattr(download.Download.get, "__defaults__", (300,))
        with pytest.raises(Refused, match="larger than 300 bytes"):
            get(server, tmp_path / "a.parquet")


@pytest.mark.slow
def test_eight_failures_and_a_no(tmp_path):
    with serve(dict.fromkeys(range(4, 12), "500")) as server:
        with pytest.raises(EnvironmentFailed, match="did not answer in 8 tries: HTTP 500"):
            get(server, tmp_path / "a.parquet")
        get(server, tmp_path / "a.parquet")
    assert hash_of(tmp_path / "a.parquet") == WHOLE
    with serve({1: "403"}) as server, pytest.raises(Refused, match="HTTP 403") as found:
        get(server, tmp_path / "b.parquet")
    assert "\x1b" not in str(found.value) and len(str(found.value)) < 600


@pytest.mark.slow
def test_a_product_that_is_no_longer_traded_is_not_asked_for_day_by_day(tmp_path):
    later = END_S + 400 * DAY_S
    with serve() as server:
        for month in MONTHS[2:]:
            for day in list_days(month):
                server.files.pop(server.path(day) + ".CHECKSUM", None)
        found, _ = get(server, tmp_path / "a.parquet", until_s=later, now_s=later)
        assert len(server.asked) < 2 * 18 + 4 * 16
    assert (
        hash_of(tmp_path / "a.parquet")
        == to_candles(ROWS, BEGIN_S, MONTHS[2].end_us // 10**6).compute_hash()
    )
    assert any("has nothing of 2025-02-01 until 2026-03-" in note for note in found["notes"])


@pytest.mark.slow
def test_an_unknown_product_is_said(tmp_path):
    with serve() as server, pytest.raises(UsageError, match="no finished candles of ABCUSDT"):
        fetch(server, "binance-archive:abc/usdt", "1h", "2024-11-01", "now", tmp_path / "a.parquet",
              now_s=END_S)  # fmt: skip
    for reference in ("binance-archive:../../etc", "binance-archive:BTC USDT", "binance-archive:é"):
        with serve() as server, pytest.raises(UsageError, match="Try BTCUSDT"):
            fetch(server, reference, "1h", "2024-11-01")
        assert not server.asked


DECEMBER = MONTHS[1]
NAME = "BTCUSDT-1h-2024-12.zip"
INSIDE = {t: row for t, row in ROWS.items() if DECEMBER.begin_us <= t * 10**6 < DECEMBER.end_us}


def read(packed, window=DECEMBER, step=STEP, name=NAME):
    return read_klines(packed, name, state(name, packed)[:64].decode(), window, step)


@pytest.mark.parametrize("has_header", [False, True])
def test_prices_are_exactly_as_printed(has_header):
    candles = read(pack(NAME, print_klines(INSIDE, 3600, has_header)))
    assert candles.compute_hash() == to_candles(INSIDE, 0, 2**40).compute_hash()


def test_a_day_around_the_switch_to_microseconds():
    days = [day for month in MONTHS for day in list_days(month)]
    for day in days:
        if abs(day.begin_us // 10**6 - SWITCH_S) <= DAY_S:
            rows = {t: row for t, row in ROWS.items() if day.begin_us <= t * 10**6 < day.end_us}
            candles = read(pack(NAME, print_klines(rows, 3600)), day)
            assert candles.compute_hash() == to_candles(rows, 0, 2**40).compute_hash()


def change(old, new):
    return pack(NAME, print_klines(INSIDE, 3600).replace(old.encode(), new.encode(), 1))


FIRST = min(INSIDE)
TEXT = print_klines(INSIDE, 3600)


@pytest.mark.parametrize(
    ("packed", "words"),
    [
        (b"", "is no ZIP"), (b"PK" + b"\0" * 100, "is no ZIP"),
        (pack(NAME, TEXT)[:-40], "is no ZIP"),
        (pack("other.zip", TEXT), "holds other files"),
        (pack(NAME, TEXT, ["../../x"]), "holds other files"),
        (pack(NAME, b""), "is no table|holds no candles"),
        (pack(NAME, b"a,b,c\n1,2,3\n"), "is no table"),
        (pack(NAME, TEXT + b"1,2\n"), "is no table"),
        (pack(NAME, TEXT.replace(b",", b";")), "is no table"),
        (pack(NAME, b"\xff\xfe" + TEXT), "is no table|neither"),
        (pack(NAME, TEXT + TEXT), "does not come after"),
        (pack(NAME, b"".join(reversed(TEXT.splitlines(True)))), "does not come after"),
        (change(f"{FIRST}000", f"{FIRST}"), "neither milliseconds nor microseconds"),
        (change(f"{FIRST}000", f"{FIRST}000000000000"), "neither|is no table"),
        (change(f"{FIRST}000", f"{FIRST - 3600}000"), "lies outside its dates"),
        (change(f"{FIRST}000", f"{FIRST + 60}000"), "between two of step 1h"),
        (change(f",{INSIDE[FIRST][3]}", ",-1"), "not above 0"),
        (change(f",{INSIDE[FIRST][3]}", ",nan"), "not above 0"),
        (change(f",{INSIDE[FIRST][3]}", ",inf"), "not above 0"),
        (change(f",{INSIDE[FIRST][3]}", ",abc"), "is no table"),
        (change(f",{INSIDE[FIRST][5]}", ",-5"), "has no volume"),
    ],
)  # fmt: skip
def test_a_file_with_anything_odd_is_refused_by_name(packed, words):
    with pytest.raises(Refused, match=words) as found:
        read(packed)
    assert NAME in str(found.value) and len(str(found.value)) < 400


def test_a_file_with_another_checksum_is_refused():
    packed = pack(NAME, TEXT)
    with pytest.raises(Refused, match="does not have the checksum"):
        read_klines(packed, NAME, "0" * 64, DECEMBER, STEP)


def test_a_bomb_is_refused_before_it_is_unpacked_whole(monkeypatch):
    monkeypatch.setattr(archive_files, "MOST_UNPACKED", 3_000_000)
    packed = pack(NAME, b"0" * 30_000_000)
    assert len(packed) < 100_000
    read_sizes = []
    real = zipfile.ZipExtFile.read
    monkeypatch.setattr(
        zipfile.ZipExtFile, "read", lambda self, n=-1: read_sizes.append(n) or real(self, n)
    )
    with pytest.raises(Refused, match="unpacks to more than 3,000,000 bytes"):
        read(packed)
    assert sum(read_sizes) < 6_000_000 and min(read_sizes) > 0


def test_an_encrypted_file_is_refused():
    packed = bytearray(pack(NAME, TEXT))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.index(mark) + place] |= 1
    with zipfile.ZipFile(io.BytesIO(bytes(packed))) as file:
        assert file.infolist()[0].flag_bits & 1
    with pytest.raises(Refused, match="is encrypted"):
        read(bytes(packed))


@pytest.mark.parametrize(
    "told",
    [b"", b"\xff" * 80, b"<html>", b"0" * 64, b"0" * 63 + b"  " + NAME.encode(),
     b"0" * 64 + b"  OTHER.zip", b"g" * 64 + b"  " + NAME.encode(), b"0" * 4096],
)  # fmt: skip
def test_a_checksum_that_is_none_is_refused(told):
    with pytest.raises(Refused, match=f"The checksum of {NAME} is none"):
        parse_checksum(told, NAME)
    assert parse_checksum(b"A" * 64 + b" *" + NAME.encode() + b"\r\n", NAME) == "a" * 64
