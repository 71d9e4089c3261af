"""More files of the kind of `exports.py`: other exchanges, brokers, programs, and what is no bars."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa

from tests.trading.reading.exports import (
    BINANCE,
    as_parquet,
    binance_rows,
    gzipped,
    nano,
)
from tests.trading.reading.pieces import (
    HOUR,
    Export,
    business_days,
    every,
    fixed,
    in_zone,
    make_bars,
    packer,
    seconds,
    table,
    texts,
    utc,
    whole,
)

MINUTE_US = 60_000_000


def make_more_exports(n=60) -> dict[str, Export]:
    """Layouts beyond the 28, by name."""
    found: dict[str, Export] = {}
    for part in (_exchanges, _brokers, _days, _programs):
        found |= part(n)
    return found


def _exchanges(n):
    bars = make_bars(every(n, HOUR, "2025-02-01"))
    newest = bars.take(np.arange(n)[::-1])
    change = make_bars(every(n, HOUR, "2024-12-30T12:00"))
    mixed = [
        micro if us >= 1735689600_000_000 else milli
        for us, micro, milli in zip(
            change.us.tolist(), binance_rows(change, 10**6), binance_rows(change), strict=True
        )
    ]
    ocl = [(t, o, c, h, lo, v) for t, o, h, lo, c, v in texts(newest, seconds(1000))]
    step = timedelta(hours=1)
    until = [
        (utc(int(us)) + step - timedelta(milliseconds=1)).isoformat(" ", "milliseconds")[:23]
        for us in bars.us
    ]
    script = [
        (*row, end, "1.5", 3, "0.5", "0.7", 0)
        for row, end in zip(texts(bars, "%Y-%m-%d %H:%M:%S"), until, strict=True)
    ]
    iso = texts(newest, "%Y-%m-%dT%H:%M:%S.000Z")
    last = [t.replace(":00:00.000Z", ":59:59.999Z") for t, *_ in iso]
    cap = [
        (t, end, t, end, "2781", *row, "1200000000.5", "19800000", end)
        for (t, *row), end in zip(iso, last, strict=True)
    ]
    coin_api = [
        (t + "0000Z", e, t + "0000Z", e, *row, 77)
        for (t, *row), e in zip(
            texts(bars, "%Y-%m-%dT%H:%M:%S.000"),
            [x.replace(" ", "T") + "0000Z" for x in until],
            strict=True,
        )
    ]
    return {
        "Binance futures": table(bars, binance_rows(bars), BINANCE),
        "Binance in us": table(bars, binance_rows(bars, 10**6)),
        "Binance ms then us": table(change, mixed),
        "Binance ms then us with header": table(change, mixed, BINANCE),
        "python-binance": table(
            bars, script,
            "Open Time,Open,High,Low,Close,Volume,Close Time,Quote Asset Volume,"
            "Number of Trades,TB Base Volume,TB Quote Volume,Ignore",
        ),
        "Bybit": table(
            bars, [(*row, row[1]) for row in texts(newest, seconds(1000))],
            "startTime,openPrice,highPrice,lowPrice,closePrice,volume,turnover",
        ),
        "OKX": table(
            bars, [(*row, row[5], row[5], 1) for row in texts(newest, seconds(1000))],
            "ts,o,h,l,c,vol,volCcy,volCcyQuote,confirm",
        ),
        "Bitstamp API": table(bars, texts(bars, seconds()), "timestamp,open,high,low,close,volume"),
        "Bitfinex": table(bars, ocl, "time,open,close,high,low,volume"),
        "Gemini": table(
            bars,
            [(s[0], t, "BTCUSD", *row) for s, (t, *row) in zip(
                texts(newest, seconds(1000)), texts(newest, "%Y-%m-%d %H:%M:%S"), strict=True)],
            "Unix Timestamp,Date,Symbol,Open,High,Low,Close,Volume",
            above=[["https://www.CryptoDataDownload.com"]],
        ),
        "KuCoin": table(
            bars, [(t, o, c, h, lo, v, v) for t, o, h, lo, c, v in texts(newest, seconds())],
            "time,open,close,high,low,volume,turnover",
        ),
        "ccxt script with index": table(
            bars, [(k, *row) for k, row in enumerate(texts(bars, seconds(1000)))],
            ",timestamp,open,high,low,close,volume",
        ),
        "ccxt headerless": table(bars, texts(bars, seconds(1000))),
        "CoinMarketCap": table(
            bars, cap,
            "timeOpen,timeClose,timeHigh,timeLow,name,open,high,low,close,volume,marketCap,"
            "circulatingSupply,timestamp",
            pack=packer(";", quoting=csv.QUOTE_ALL),
        ),
        "CoinAPI": table(
            bars, coin_api,
            "time_period_start,time_period_end,time_open,time_close,price_open,price_high,"
            "price_low,price_close,volume_traded,trades_count",
        ),
    }  # fmt: skip


def _brokers(n):
    clock = every(n, 60, "2024-07-22T09:31")
    instants, moments = in_zone(clock)
    bars = make_bars(instants, 2, 0, 545.25)
    naive = make_bars(every(n, 60, "2024-07-22T13:31"), 5, 2, 1.08512)
    rows = texts(bars, "", repr, whole)
    offset = [(m.isoformat(" "), *row[1:]) for m, row in zip(moments, rows, strict=True)]
    unzoned = make_bars(every(n, 60, "2024-07-22T13:31"), 2, 0, 545.25)
    index = make_bars(unzoned.us, 2, 0, 17_545.25)
    german = texts(index, "%d.%m.%Y %H:%M", _with_comma, whole)
    return {
        "Interactive Brokers ib_insync": table(
            bars, [(k, *row, row[4], 12) for k, row in enumerate(offset)],
            ",date,open,high,low,close,volume,average,barCount",
        ),
        "Interactive Brokers API": table(
            unzoned,
            [(*row, 5, row[4], "False") for row in
             texts(unzoned, "%Y%m%d  %H:%M:%S", repr, whole)],
            "date,open,high,low,close,volume,barCount,average,hasGaps",
        ),
        "NinjaTrader": table(
            unzoned, texts(unzoned, "%Y%m%d %H%M%S", fixed(2), whole), suffix=".txt",
            pack=packer(";", "\r\n"),
        ),
        "Dukascopy": table(
            naive, texts(naive, "%d.%m.%Y %H:%M:%S.000", fixed(5), fixed(2)),
            "Gmt time,Open,High,Low,Close,Volume",
        ),
        "Dukascopy local": table(
            naive.moved(naive.us - 60 * MINUTE_US),
            texts(naive, "%d.%m.%Y %H:%M:%S.000 GMT+0100", fixed(5), fixed(2)),
            "Local time,Open,High,Low,Close,Volume",
        ),
        "Sierra Chart": table(
            unzoned,
            [(f"{t:%Y}/{t.month}/{t.day}", f" {t:%H:%M:%S}.0", *(f" {cell}" for cell in row[1:]),
              " 9", " 50", " 60")
             for t, row in zip(map(utc, unzoned.us), texts(unzoned, "", fixed(2), whole),
                               strict=True)],
            "Date, Time, Open, High, Low, Last, Volume, NumberOfTrades, BidVolume, AskVolume",
        ),
        "Kibot": table(
            unzoned,
            [(*row[0].split(), *row[1:]) for row in texts(unzoned, "%m/%d/%Y %H:%M", repr, whole)],
            suffix=".txt",
        ),
        "FirstRate": table(
            unzoned, texts(unzoned, "%Y-%m-%d %H:%M:%S", repr, whole), suffix=".txt"
        ),
        "TradeStation": table(
            unzoned,
            [(*row[0].split(), *row[1:]) for row in texts(unzoned, "%m/%d/%Y %H:%M", repr, whole)],
            "Date,Time,Open,High,Low,Close,Vol", pack=packer(quoting=csv.QUOTE_ALL),
        ),
        "Barchart": table(
            unzoned,
            [(t, o, h, lo, c, "0.12", "+0.02%", v)
             for t, o, h, lo, c, v in texts(unzoned, "%m/%d/%Y %H:%M", repr, whole)][::-1],
            "Time,Open,High,Low,Last,Change,%Chg,Volume",
        ),
        "Finam": table(
            unzoned,
            [("SPY", "1", *row[0].split(), *row[1:])
             for row in texts(unzoned, "%Y%m%d %H%M%S", fixed(7), whole)],
            "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>", suffix=".txt",
            pack=packer(";", "\r\n"),
        ),
        "LibreOffice Spanish": table(
            index, [(t.replace(".", "/"), *row) for t, *row in german],
            "Fecha,Apertura,Máximo,Mínimo,Cierre,Volumen", pack=packer(";"),
        ),
        "Excel German": table(
            index, german, "Datum,Eröffnung,Hoch,Tief,Schluss,Volumen",
            pack=packer(";", "\r\n", "utf-8-sig"),
        ),
    }  # fmt: skip


def _with_comma(price):
    return f"{price:,.2f}".translate(str.maketrans(",.", ".,"))


def _days(n):
    days = make_bars(business_days(n), 2, 0, 180.25)
    rows = texts(days, "%m/%d/%Y", fixed(2), whole)
    newest = rows[::-1]
    grand = [(t, *(f"{float(c) * 100:,.2f}" for c in row[:4]), f"{int(row[4]):,}")
             for t, *row in texts(days, _month_day, fixed(2), whole)]  # fmt: skip
    hundred = make_like(days, grand)
    adjusted = [
        (t, c, h, lo, o, v, c, h, lo, o, v, "0.0", "1.0")
        for t, o, h, lo, c, v in texts(days, "%Y-%m-%dT00:00:00+00:00", repr, whole)
    ]
    quandl = [(*row[:6], "0.0", "1.0", *row[1:5], row[5])
              for row in texts(days, "%Y-%m-%d", repr, lambda v: f"{v:.1f}")][::-1]  # fmt: skip
    return {
        "Nasdaq.com": table(
            days, [(t, f"${c}", v, f"${o}", f"${h}", f"${lo}") for t, o, h, lo, c, v in newest],
            "Date,Close/Last,Volume,Open,High,Low",
        ),
        "Tiingo": table(
            days, adjusted,
            "date,close,high,low,open,volume,adjClose,adjHigh,adjLow,adjOpen,adjVolume,divCash,"
            "splitFactor",
        ),
        "Quandl WIKI": table(
            days, quandl,
            "Date,Open,High,Low,Close,Volume,Ex-Dividend,Split Ratio,Adj. Open,Adj. High,Adj. Low,"
            "Adj. Close,Adj. Volume",
        ),
        "Stooq web": table(
            days, texts(days, "%Y-%m-%d", repr, whole), "Date,Open,High,Low,Close,Volume"
        ),
        "Yahoo page copied": table(
            hundred, [(*row[:5], row[4], row[5]) for row in grand][::-1],
            "Date,Open,High,Low,Close,Adj Close,Volume",
        ),
        "Google Finance": table(
            days.moved(days.us + 16 * HOUR * 1_000_000),
            [(f"{t.month}/{t.day}/{t.year} 16:00:00", *row[1:])
             for t, row in zip(map(utc, days.us), rows, strict=True)],
            "Date,Open,High,Low,Close,Volume",
        ),
        "EODHD": table(
            days, [(t, o, h, lo, c, c, v)
                   for t, o, h, lo, c, v in texts(days, "%Y-%m-%d", repr, whole)],
            "Date,Open,High,Low,Close,Adjusted_close,Volume",
        ),
        "backtrader sample": table(
            days, [(*row, 0) for row in texts(days, "%Y-%m-%d", fixed(2), whole)],
            "Date,Open,High,Low,Close,Volume,OpenInterest", suffix=".txt",
        ),
        "Dates as integers": table(
            days, texts(days, "%Y%m%d", repr, whole), "date,open,high,low,close,volume"
        ),
        "Excel serial dates": table(
            days, texts(days, lambda us: str(us // 86_400_000_000 + 25_569), repr, whole),
            "Date,Open,High,Low,Close,Volume", needs=("problem.layout.time_format=excel",),
        ),
    }  # fmt: skip


def _month_day(us):
    moment = utc(us)
    return f"{moment:%b} {moment.day}, {moment.year}"


def make_like(bars, rows):
    """The bars whose texts are these, with commas between thousands."""
    columns = [np.array([float(row[k].replace(",", "")) for row in rows]) for k in (1, 2, 3, 4, 5)]
    return type(bars)(bars.us, *columns)


def make_like_whole(bars):
    return replace(bars, volume=np.floor(bars.volume))


def _programs(n):
    bars = make_bars(every(n, HOUR, "2024-07-20T10:00"), 2, 3)
    names = ("open", "high", "low", "close", "volume")
    columns = dict(zip(names, bars.columns, strict=True))
    naive = pa.table({"datetime": pa.array(bars.us, pa.timestamp("us")), **columns})
    pretty = [
        (t, "34", "2", "15144", *row, "BTC")
        for t, *row in texts(bars, "%Y-%m-%dT%H:%M:%S.000000000Z", fixed(9), repr)
    ]
    iso = texts(bars.without_volume(), "%Y-%m-%dT%H:%M:%SZ")
    zoned = pa.table({
        "open": bars.open, "high": bars.high, "low": bars.low, "close": bars.close,
        "volume": bars.volume,
        "Datetime": pa.array(bars.us * 1000, pa.timestamp("ns", "America/New_York")),
    })  # fmt: skip
    return {
        "polars Parquet": Export(as_parquet(naive), ".parquet", bars),
        "pandas Parquet with index": Export(as_parquet(zoned), ".parquet", bars),
        "Databento pretty": table(
            bars, pretty,
            "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol",
        ),
        "TradingView without volume": table(
            bars.without_volume(), [row[:5] for row in iso], "time,open,high,low,close"
        ),
        "ccxt gz": table(
            bars, texts(bars, seconds(1000)), "timestamp,open,high,low,close,volume",
            suffix=".csv.gz", pack=packer(wrap=gzipped),
        ),
        "Databento with symbol": table(
            make_like_whole(bars),
            [(t, "34", "2", "15144", *row, "BTC")
             for t, *row in texts(bars, seconds(10**9), nano, whole)],
            "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol",
        ),
        "tabs": table(
            bars, texts(bars, "%Y-%m-%d %H:%M:%S"), "Date,Open,High,Low,Close,Volume",
            suffix=".tsv", pack=packer("\t"),
        ),
        "bars between pipes": table(
            bars, texts(bars, "%Y-%m-%d %H:%M:%S"), "Date,Open,High,Low,Close,Volume",
            pack=packer("|"),
        ),
        "date and time in two columns": table(
            bars, [(*row[0].split(), *row[1:]) for row in texts(bars, "%Y-%m-%d %H:%M:%S")],
            "Date,Time,Open,High,Low,Close,Volume",
        ),
    }  # fmt: skip


NO_BARS = {
    "CoinGecko": (
        b"snapped_at,price,market_cap,total_volume\n"
        + b"".join(b"2024-03-%02d 00:00:00 UTC,61.5,1.0,2.0\n" % day for day in range(1, 31))
    ),
    "TrueFX ticks": b"".join(
        b"EUR/USD,20240301 00:00:%02d.123,1.08511,1.08513\n" % s for s in range(60)
    ),
    "Binance trades": b"".join(
        b"%d,61234.5,0.01,612.345,%d,True,True\n" % (3_000_000 + k, 1709251200000 + 371 * k)
        for k in range(60)
    ),
    "closes alone": b"Date,Close\n" + b"".join(b"2024-03-%02d,5.5\n" % d for d in range(1, 31)),
    "a balance": b"Date,Account,Amount\n2024-03-01,cash,12.5\n2024-03-02,cash,13.5\n",
    "JSON of an API": b'{"Time Series (Daily)": {"2024-03-01": {"1. open": "180.2"}}}',
    "xlsx": b"PK\x03\x04\x14\x00\x06\x00\x08\x00" + b"\0" * 16 + b"[Content_Types].xml" + b"x" * 60,
    "old xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512),
    "a page": b"<!DOCTYPE html>\n<html><body><h1>Too many requests</h1></body></html>\n",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(64),
    "zstd": b"\x28\xb5\x2f\xfd" + bytes(64),
    "SQLite": b"SQLite format 3\x00" + bytes(84),
    "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(64),
    "pickle": b"\x80\x04\x95" + bytes(64),
    "a Git LFS pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"
    ),
    "an error of an API": b'{"Note": "Thank you for using our API! 25 requests per day."}\n',
}
