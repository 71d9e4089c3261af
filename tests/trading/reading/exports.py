"""The files of prices that people download, each written as its vendor writes it.

`make_exports` holds the 28 layouts of the first table; `more_exports.py` beside it holds others of
the same kind. Nothing here is taken from the reader that is tested.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile

import numpy as np
import pyarrow as pa
from pyarrow import feather, parquet

from tests.trading.reading.pieces import (
    DAY,
    HOUR,
    Export,
    Series,
    business_days,
    every,
    fixed,
    in_zone,
    make_bars,
    of_broker,
    packer,
    seconds,
    table,
    texts,
    utc,
    whole,
)

BINANCE = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
    "taker_buy_quote_volume,ignore"
)
BROKER = "America/New_York+7"


def make_exports(n=60) -> dict[str, Export]:
    """The 28 layouts by name, of so many bars each."""
    found: dict[str, Export] = {}
    for part in (_exchanges, _stocks, _forex, _vendors, _tables):
        found |= part(n)
    return found


def binance_rows(bars, unit=1000, step_s=HOUR):
    step = (bars.us[1:] - bars.us[:-1]).min()
    rows = []
    for k, row in enumerate(texts(bars, seconds(unit), fixed(8), fixed(8))):
        close_time = str((int(bars.us[k]) + int(step)) * unit // 1_000_000 - 1)
        quote = f"{bars.volume[k] * bars.close[k]:.8f}"
        rows.append((*row, close_time, quote, 1000 + k, fixed(8)(bars.volume[k] / 2), quote, 0))
    return rows


def _exchanges(n):
    hourly = make_bars(every(n, HOUR))
    newest = hourly.take(np.arange(n)[::-1])
    kraken = make_bars(np.delete(every(n + 5, 60), [7, 8, 20, 33, 34])[:n], 1, 8)
    coinbase = [(t, lo, hi, o, c, v) for t, o, hi, lo, c, v in texts(newest, seconds())]
    archive = [
        (s, t, "BTC/USD", *prices, v, f"{float(v) * 61000:.2f}")
        for s, (t, *prices, v) in zip(
            map(seconds(), newest.us.tolist()), texts(newest, "%Y-%m-%d %H:%M:%S"), strict=True
        )
    ]
    with_empty = every(n + 4, 60, "2017-03-01")
    is_empty = np.isin(np.arange(n + 4), [3, 11, 12, 40])  # minutes in which nothing was traded
    minutes = make_bars(with_empty[~is_empty])
    traded = iter(texts(minutes, seconds()))
    old = [
        (str(us // 1_000_000), *["NaN"] * 7) if empty else (*(row := next(traded)), row[5], row[4])
        for us, empty in zip(with_empty.tolist(), is_empty, strict=True)
    ]
    klines = binance_rows(hourly)
    return {
        "Binance spot CSV": table(hourly, klines, note="binance"),
        "Binance with open_time header": table(hourly, klines, BINANCE),
        "Binance zip": table(
            hourly, klines, suffix=".zip", pack=packer(wrap=zipped("BTCUSDT-1h-2024-03.csv"))
        ),
        "Kraken OHLCVT": table(
            kraken, [(*row, 3 + k % 9) for k, row in enumerate(texts(kraken, seconds()))]
        ),
        "Coinbase candles": table(hourly, coinbase, "time,low,high,open,close,volume"),
        "CryptoDataDownload": table(
            hourly, archive, "unix,date,symbol,open,high,low,close,Volume BTC,Volume USD",
            above=[["https://www.CryptoDataDownload.com"]],
        ),
        "Kaggle Bitstamp old": table(
            minutes, old, "Timestamp,Open,High,Low,Close,Volume_(BTC),Volume_(Currency),Weighted_Price",
        ),
        "Kaggle Bitstamp new": table(
            minutes, texts(minutes, lambda us: f"{us // 1_000_000}.0"),
            "Timestamp,Open,High,Low,Close,Volume",
        ),
    }  # fmt: skip


def _stocks(n):
    days = make_bars(business_days(n), 4, 0, 180.25)
    plain = texts(days, "%Y-%m-%d", repr, whole)
    instants, moments = in_zone(business_days(n))
    yahoo = [(t, o, h, lo, c, f"{float(c) * 0.98:.6f}", v) for t, o, h, lo, c, v in plain]
    offsets = [
        (moment.isoformat(" "), *row[1:], "0.0", "0.0")
        for moment, row in zip(moments, plain, strict=True)
    ]
    swapped = [(t, c, h, lo, o, v) for t, o, h, lo, c, v in plain]
    backwards = plain[::-1]
    index = make_bars(business_days(n), 2, 0, 5_100.5)
    investing = [
        (f"{t[5:7]}/{t[8:]}/{t[:4]}", _thousands(c), _thousands(o), _thousands(h), _thousands(lo),
         f"{float(v) / 10:.2f}K", "-0.42%")
        for t, o, h, lo, c, v in texts(index, "%Y-%m-%d", repr, whole)
    ][::-1]  # fmt: skip
    told = np.array([float(f"{v / 10:.2f}e3") for v in index.volume])
    return {
        "Yahoo web": table(days, yahoo, "Date,Open,High,Low,Close,Adj Close,Volume"),
        "yfinance download": table(
            days, swapped,
            above=[("Price", "Close", "High", "Low", "Open", "Volume"), ("Ticker", *["AAPL"] * 5),
                   ("Date", *[""] * 5)],
        ),
        "yfinance history": table(
            days.moved(instants), offsets,
            "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits",
        ),
        "Stooq": table(
            days, [("AAPL.US", "D", t.replace("-", ""), "000000", *row, "0") for t, *row in plain],
            "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>",
            suffix=".txt", pack=packer(end="\r\n"),
        ),
        "Alpha Vantage": table(
            days, backwards, "timestamp,open,high,low,close,volume",
            pack=packer(end="\r\n"),
        ),
        "Investing.com": table(
            Series(index.us, *index.columns[:4], told), investing,
            "Date,Price,Open,High,Low,Vol.,Change %",
            pack=packer(encoding="utf-8-sig", quoting=csv.QUOTE_ALL),
        ),
        "pandas to_csv unnamed index": table(
            days, plain, ",Open,High,Low,Close,Volume"
        ),
    }  # fmt: skip


def _thousands(text):
    return f"{float(text):,.2f}"


def _forex(n):
    # Friday and the week after, over the change of New York's clocks on Sunday.
    local = every(2 * n + 48, HOUR, "2024-03-08")
    local = local[[utc(us).weekday() < 5 for us in local.tolist()]][:n]
    bars = make_bars(local, 5, 0, 1.08512)
    broker = bars.moved(of_broker(local))
    five = texts(bars, "%Y.%m.%d", fixed(5), whole)
    clock = [utc(us).strftime("%H:%M:%S") for us in local.tolist()]
    newer = [
        (row[0], time, *row[1:], "0", str(k % 7))
        for k, (row, time) in enumerate(zip(five, clock, strict=True))
    ]
    names = "<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<TICKVOL>,<VOL>,<SPREAD>"
    older = [(row[0], time[:5], *row[1:]) for row, time in zip(five, clock, strict=True)]
    minutes = make_bars(every(n, 60, "2024-07-01T17:00"), 6, 0, 1.0851).without_volume()
    generic = texts(minutes, "%Y%m%d %H%M%S", fixed(6), whole)
    needs = {"needs": (f"problem.layout.timezone={BROKER}",), "local_us": local}
    return {
        "MetaTrader 5": table(broker, newer, names, pack=packer("\t", "\r\n"), **needs),
        "MetaTrader 5 UTF-16": table(
            broker, newer, names, pack=packer("\t", "\r\n", "utf-16"), **needs
        ),
        "MetaTrader 4": table(broker, older, pack=packer(end="\r\n"), **needs),
        "HistData": table(
            minutes.moved(minutes.us + 5 * HOUR * 1_000_000), generic, pack=packer(";", "\r\n"),
            note="UTC-05:00",
        ),
    }  # fmt: skip


def _vendors(n):
    minutes = make_bars(every(n, 60, "2024-07-01T13:30"), 4, 0, 180.25)
    hourly = make_bars(every(n, HOUR, "2024-07-01T08:00"), 2, 0, 180.25)
    flat = [
        ("AAPL", v, o, c, h, lo, t, 10 + k)
        for k, (t, o, h, lo, c, v) in enumerate(texts(minutes, seconds(10**9), repr, whole))
    ]
    names = "ticker,volume,open,close,high,low,window_start,transactions"
    databento = [
        (t, "33", "2", "15144", *row) for t, *row in texts(minutes, seconds(10**9), nano, whole)
    ]
    unix = [(*row, row[4]) for row in texts(hourly, seconds(), repr, whole)]
    _, moments = in_zone(hourly.us - 4 * HOUR * 1_000_000)
    iso = [
        (moment.isoformat(), *row[1:5], row[4], row[4], row[5])
        for moment, row in zip(moments, texts(hourly, "", repr, whole), strict=True)
    ]
    alpaca = [
        ("AAPL", *row, f"{100 + k}.0", row[4])
        for k, row in enumerate(texts(hourly, "%Y-%m-%d %H:%M:%S+00:00", repr, repr))
    ]
    return {
        "TradingView unix": table(hourly, unix, "time,open,high,low,close,Volume,MA"),
        "TradingView ISO": table(
            hourly, iso, "time,open,high,low,close,Basis,Upper,Volume"
        ),
        "Polygon flat file": table(minutes, flat, names),
        "Polygon flat file gz": table(
            minutes, flat, names, suffix=".csv.gz", pack=packer(wrap=gzipped)
        ),
        "Databento": table(
            minutes, databento,
            "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume",
        ),
        "Alpaca": table(
            hourly, alpaca,
            "symbol,timestamp,open,high,low,close,volume,trade_count,vwap",
        ),
    }  # fmt: skip


def _tables(n):
    bars = make_bars(every(n, 5 * 60), 2, 8)
    columns = dict(zip(("open", "high", "low", "close", "volume"), bars.columns, strict=True))
    dated = pa.table({"date": pa.array(bars.us // 1000, pa.timestamp("ms", "UTC")), **columns})
    rows = [
        [us // 1000, *row]
        for us, *row in zip(bars.us.tolist(), *(c.tolist() for c in bars.columns), strict=True)
    ]
    return {
        "freqtrade feather": Export(as_feather(dated), ".feather", bars),
        "freqtrade Parquet": Export(as_parquet(dated), ".parquet", bars),
        "freqtrade JSON": Export(json.dumps(rows).encode(), ".json", bars, needs=()),
    }


def nano(price):
    return str(round(price * 10**9))


def as_feather(data):
    out = io.BytesIO()
    feather.write_feather(data, out, compression="lz4")
    return out.getvalue()


def as_parquet(data):
    out = io.BytesIO()
    parquet.write_table(data, out)
    return out.getvalue()


def gzipped(data):
    return gzip.compress(data, mtime=0)


def zipped(name):
    def wrap(data):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo(name), data)
        return out.getvalue()

    return wrap


__all__ = ["BROKER", "DAY", "Export", "Series", "as_feather", "as_parquet", "make_exports"]
