"""A server of monthly and daily ZIPs as Binance's archive has them, made from candles."""

import hashlib
import io
import zipfile

from evosearch.trading.fetching.windows import DAY_US, list_days, list_months, to_moment
from tests.trading.fetching.exchange import Answers, Server

HEADER = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,"
    "taker_buy_volume,taker_buy_quote_volume,ignore\n"
)
SWITCH_S = 1_735_689_600  # 2025-01-01: microseconds from here on


def print_klines(rows, step_s, has_header=False):
    """The text of a CSV: times in ms, or in us from 2025 on."""
    lines = []
    for moment in sorted(rows):
        _, low, high, opened, close, volume = rows[moment]
        factor = 1000 if moment < SWITCH_S else 10**6
        begin, end = moment * factor, (moment + step_s) * factor - 1
        lines.append(f"{begin},{opened},{high},{low},{close},{volume},{end},1.0,5,0.5,0.5,0\n")
    return (HEADER * has_header + "".join(lines)).encode()


def pack(name, text, members=()):
    """A ZIP with one CSV, and perhaps others."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name.removesuffix(".zip") + ".csv", text)
        for other in members:
            file.writestr(other, b"1")
    return sink.getvalue()


def state(name, packed):
    """The text of a checksum."""
    return f"{hashlib.sha256(packed).hexdigest()}  {name}\n".encode()


class _Files(Answers):
    def answer(self, fault):
        found = self.server.files.get(self.path)
        if callable(found):
            found(self)
        elif found is None:
            self.send(404, b"<Error><Code>NoSuchKey</Code></Error>")
        elif fault == "empty" or not self.send_fault(fault, found):
            self.send(200, found)


class Vision(Server):
    """The archive.

    Attributes
    ----------
    files : dict
        Bytes by path; or what answers the request.
    """

    def __init__(self, rows, step="5m", step_s=300, plan=None, product="BTCUSDT", now_s=2**40):
        super().__init__(_Files, plan)
        self.files, self.step, self.step_s, self.product = {}, step, step_s, product
        self.put_all(rows, now_s)

    def put_all(self, rows, now_s):
        """All months that are past, and all days that are."""
        first, last = min(rows) * 10**6, max(rows) * 10**6 + 1
        for place, month in enumerate(list_months(first, last)):
            if month.end_us <= now_s * 10**6:
                self.put(rows, month, has_header=place % 2 == 1)
            for day in list_days(month):
                if day.end_us <= now_s * 10**6:
                    self.put(rows, day)

    def put(self, rows, window, has_header=False, **more):
        """A file and its checksum; returns its path."""
        begin, end = window.begin_us // 10**6, window.end_us // 10**6
        inside = {t: row for t, row in rows.items() if begin <= t < end}
        if inside:
            text = print_klines(inside, self.step_s, has_header)
            self.put_packed(window, pack(self.name(window), text, **more))
        return self.path(window)

    def put_packed(self, window, packed):
        self.files[self.path(window)] = packed
        self.files[f"{self.path(window)}.CHECKSUM"] = state(self.name(window), packed)

    def name(self, window):
        moment, is_day = to_moment(window.begin_us), window.end_us - window.begin_us <= DAY_US
        return f"{self.product}-{self.step}-{moment:{'%Y-%m-%d' if is_day else '%Y-%m'}}.zip"

    def path(self, window):
        kind = "daily" if window.end_us - window.begin_us <= DAY_US else "monthly"
        return f"/data/spot/{kind}/klines/{self.product}/{self.step}/{self.name(window)}"
