"""Kept windows: one name for each, on every system, and believed only if they prove it."""

import pytest

from evosearch.shards.disk.files import write_atomically
from evosearch.trading.fetching.candles import Answer
from evosearch.trading.fetching.store import Store, name_folder
from evosearch.trading.fetching.tables import read_table, write_table
from evosearch.trading.fetching.windows import list_slots, parse_step
from tests.trading.fetching.exchange import make_candles, to_candles

pytestmark = pytest.mark.slow

STEP = parse_step("5m")
BEGIN_S = 1_735_689_600
WINDOW, NEXT = list_slots(STEP, 300, BEGIN_S * 10**6, BEGIN_S * 10**6 + 301 * STEP.us)
CANDLES = to_candles(make_candles(WINDOW.begin_us // 10**6, 300), 0, 2**40)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path, "coinbase", "BTC/USD", STEP, write_atomically)


def keep(store, window=WINDOW, candles=CANDLES):
    store.keep(window, Answer(candles, checksum="ab"), "2025-02-01T00:00:00Z")
    return next(iter(store.folder.iterdir()))


def test_a_window_is_read_as_it_was_kept(store, tmp_path):
    path = keep(store)
    assert path.relative_to(tmp_path).as_posix() == (
        f"candles/coinbase/BTC-USD/5m/{WINDOW.name}.parquet"
    )
    kept = store.read(WINDOW)
    assert kept.candles.compute_hash() == CANDLES.compute_hash()
    assert (kept.checksum, kept.fetched_at) == ("ab", "2025-02-01T00:00:00Z")
    assert store.read(NEXT) is None


def test_an_empty_window_is_kept_too(store):
    keep(store, candles=CANDLES.within(0, 1))
    assert len(store.read(WINDOW).candles) == 0


def test_what_is_of_another_product_step_or_window_is_not_believed(store, tmp_path):
    path = keep(store)
    for source, product, step in [("kraken", "BTC/USD", "5m"), ("coinbase", "ETH/USD", "5m"),
                                  ("coinbase", "BTC/USD", "15m")]:  # fmt: skip
        other = Store(tmp_path, source, product, parse_step(step), write_atomically)
        other.folder.mkdir(parents=True, exist_ok=True)
        (other.folder / path.name).write_bytes(path.read_bytes())
        assert other.read(WINDOW) is None
    path.rename(path.with_name(f"{NEXT.name}.parquet"))
    assert store.read(NEXT) is None


def test_a_damaged_window_is_fetched_again(store):
    path = keep(store)
    whole = path.read_bytes()
    for damaged in (b"", whole[:100], whole[:-1], b"x" * len(whole), whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        assert store.read(WINDOW) is None
    path.unlink()
    path.mkdir()
    assert store.read(WINDOW) is None


def test_one_changed_price_is_noticed(store, tmp_path):
    changed = CANDLES.values.copy()
    changed[7, 3] += 0.01
    keep(store)
    from pyarrow import parquet

    path = next(iter(store.folder.iterdir()))
    table = parquet.read_table(path)
    import pyarrow as pa

    column = pa.array(changed[:, 3])
    parquet.write_table(table.set_column(4, table.schema.field(4), column), path)
    assert parquet.read_table(path).schema.metadata == table.schema.metadata
    assert store.read(WINDOW) is None
    assert read_table(path) is None


def test_what_killed_processes_left_is_swept_after_a_day(store):
    path = keep(store)
    left = path.with_name(".tmp-1-2-3")
    left.write_bytes(b"half")
    moment = left.stat().st_mtime
    store.sweep(moment + 3600)
    assert left.exists()
    store.sweep(moment + 90_000)
    assert not left.exists() and store.read(WINDOW) is not None


def test_names_are_plain_where_they_can_be_and_never_meet():
    products = ["BTC/USD", "BTC-USD", "btc/usd", "BTC/USD:USD", "CON", "con", "a/b/c", "..", "x" * 99,
                "x" * 98, "BTC USD", "../../etc", "日本", "日木", "NUL", "LPT1", "BTCUSDT", "", "."]  # fmt: skip
    names = [name_folder(each) for each in products]
    assert names[0] == "BTC-USD" and name_folder("BTCUSDT") == "BTCUSDT"
    assert len({name.lower() for name in names}) == len(products)
    for name in names:
        assert name.replace("-", "").isalnum() and name.isascii() and len(name) < 60
        assert name.lower() not in ("con", "nul", "lpt1")


def test_facts_stand_in_the_file(tmp_path):
    with (tmp_path / "a.parquet").open("wb") as file:
        write_table(CANDLES, {"source": "coinbase", "product": "日本"}, file)
    candles, facts = read_table(tmp_path / "a.parquet")
    assert facts == {"source": "coinbase", "product": "日本"}
    assert candles.compute_hash() == CANDLES.compute_hash()
