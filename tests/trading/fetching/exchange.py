"""A server that speaks as Coinbase's Exchange does, and misbehaves by a plan.

It answers candles of made bars: 300 at most, newest first, nothing where nothing traded, and at
times rows that lie before what was asked for. What goes wrong, and at which request, is a plan
that a seed makes.
"""

import collections
import http.server
import json
import random
import threading
import urllib.parse
from datetime import datetime

import numpy as np

from evosearch.trading.fetching.candles import Candles

FAULTS = ("429", "500", "503", "cut", "closed", "invalid", "empty", "nulls", "differing")
PRODUCTS = [
    {"id": f"{base}-USD", "base_currency": base, "quote_currency": "USD", "status": "online",
     "base_increment": "0.00000001", "quote_increment": "0.01", "trading_disabled": False}
    for base in ("BTC", "ETH", "SOL")
]  # fmt: skip
CURRENCIES = [{"id": name, "name": name, "status": "online", "details": {"type": "crypto"}}
              for name in ("BTC", "ETH", "SOL", "USD")]  # fmt: skip


def make_candles(begin_s, n, step_s=300, seed=0, holes=0.01):
    """Printed rows (time, low, high, open, close, volume) by time, without some of them."""
    rng, close, rows = random.Random(seed), 64_000.0, {}
    for place in range(n):
        opened = close * (1 + rng.gauss(0, 0.0005))
        close = opened * (1 + rng.gauss(0, 0.002))
        high, low = max(opened, close) * 1.0007, min(opened, close) * 0.9993
        moment = begin_s + place * step_s
        texts = [f"{each:.2f}" for each in (low, high, opened, close)]
        if rng.random() >= holes:
            rows[moment] = [str(moment), *texts, f"{rng.expovariate(0.1):.8f}"]
    return rows


def to_candles(rows, begin_s, end_s):
    """What must be fetched of printed rows: floats of the printed texts."""
    times = sorted(each for each in rows if begin_s <= each < end_s)
    table = [[float(rows[t][k]) for k in (3, 2, 1, 4, 5)] for t in times]
    values = np.array(table, np.float64).reshape(len(times), 5)
    return Candles(np.array(times, np.int64) * 10**6, values)


def make_plan(seed, n=400, share=0.3, kinds=FAULTS):
    """Faults by the number of a request; never eight in a row, which would end a fetch."""
    rng, plan, row = random.Random(seed), {}, 0
    for place in range(n):
        row = row + 1 if row < 3 and rng.random() < share else 0
        if row:
            plan[place] = rng.choice(kinds)
    return plan


class Server(http.server.ThreadingHTTPServer):
    """A local HTTP server that is stopped at the end of a ``with``, and keeps what it was asked.

    Attributes
    ----------
    plan : dict of int to str
        What goes wrong at which request.
    asked : list of (str, str)
        Path and fault of each request.
    on_request : callable or None
        Called with the number of a request before it is answered.
    """

    daemon_threads = True

    def __init__(self, handler, plan=None):
        super().__init__(("127.0.0.1", 0), handler)
        self.plan, self.asked, self.on_request = plan or {}, [], None
        self.lock = threading.Lock()
        self.released = threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """Clients that are killed leave broken connections."""

    def __enter__(self):
        self.thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.released.set()
        self.shutdown()
        self.server_close()
        self.thread.join()


class Answers(http.server.BaseHTTPRequestHandler):
    """Counts a request, and sends its answer or what the plan says."""

    def log_message(self, *args):
        pass

    def date_time_string(self, timestamp=None):
        """The clock of the server in its header Date, where it has one."""
        now_s = getattr(self.server, "now_s", None)
        return super().date_time_string(now_s if now_s is not None and now_s < 2**32 else timestamp)

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        server = self.server
        with server.lock:
            place = len(server.asked)
            fault = server.plan.get(place, "")
            server.asked.append((self.path, fault))
        if server.on_request is not None:
            server.on_request(place)
        self.answer(fault)

    def send(self, status, body, headers=(), n_sent=None, is_sized=True):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        if is_sized:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body if n_sent is None else body[:n_sent])

    def send_fault(self, fault, body):
        """One of FAULTS, or False where it needs an answer of another kind."""
        half = len(body) // 2
        if fault == "429":
            self.send(429, b'{"message": "Slow down"}', [("Retry-After", "3")])
        elif fault in ("500", "503"):
            self.send(int(fault), b"<html>busy</html>")
        elif fault == "cut":
            self.send(200, body, n_sent=half)
        elif fault == "closed":
            self.send(200, body[:half], is_sized=False)
        elif fault == "invalid":
            self.send(200, b"[[1, 2" + body)
        elif fault == "empty":
            self.send(200, b"")
        elif fault == "403":
            self.send(403, b'{"message": "not for \\u001b[31myou' + b"!" * 5000 + b'"}')
        elif fault == "strange":
            self.send(200, self.server.strange)
        elif fault == "flood":
            self.send(200, b"[" * 50_000_000, is_sized=False)
        elif fault == "elsewhere":
            self.send(302, b"", [("Location", self.server.elsewhere + self.path)])
        elif fault == "slow":
            self.server.released.wait(20)
        else:
            return False
        return True


class _Candles(Answers):
    def answer(self, fault):
        url = urllib.parse.urlsplit(self.path)
        if url.path == "/products":
            body = json.dumps(PRODUCTS).encode()
        elif url.path == "/currencies":
            body = json.dumps(CURRENCIES).encode()
        else:
            asked = dict(urllib.parse.parse_qsl(url.query))
            begin, end = (self.read_time(asked[key]) for key in ("start", "end"))
            step = int(asked["granularity"])
            if (end - begin) // step + 1 > 300:
                self.send(400, b'{"message": "granularity too small for the requested time range"}')
                return
            body = self.server.list_rows(begin, end, step, fault)
        if not self.send_fault(fault, body):
            self.send(200, body)

    def read_time(self, text):
        return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


class Coinbase(Server):
    """Coinbase's Exchange.

    Attributes
    ----------
    rows : dict of int to list of str
        Printed candles by time.
    now_s : int
        Its clock: the candle of now is unfinished, later ones are not there.
    """

    def __init__(self, rows, plan=None, now_s=2**40):
        super().__init__(_Candles, plan)
        self.rows, self.now_s = rows, now_s

    def list_rows(self, begin, end, step, fault):
        # As the real one: at times what lies before is sent, too.
        first = begin - 3 * step if len(self.asked) % 3 == 0 else begin
        times = [t for t in range(first - first % step, end + 1, step) if t in self.rows]
        rows = [list(self.rows[t]) for t in times if t <= self.now_s]
        for row in rows:
            if int(row[0]) + step > self.now_s:  # it is not finished
                row[4], row[5] = row[3], "0.00000001"
        if rows and fault == "nulls":
            rows[len(rows) // 2][4] = "null"
        if rows and fault == "differing":
            rows.append([*rows[-1][:5], "123.5"])
        if len(self.asked) % 4 == 0:
            rows += rows[-1:]  # once more, the same
        return f"[{','.join('[' + ','.join(row) + ']' for row in reversed(rows))}]".encode()

    def count_faults(self):
        return collections.Counter(fault for _, fault in self.asked if fault)


class _Ohlc(Answers):
    def answer(self, fault):
        url = urllib.parse.urlsplit(self.path)
        asked = dict(urllib.parse.parse_qsl(url.query))
        if url.path.endswith("/Assets"):
            names = {"XXBT": "XBT", "ZUSD": "USD"}
            found = {
                key: {"altname": name, "decimals": 8, "status": "enabled"}
                for key, name in names.items()
            }
        elif url.path.endswith("/AssetPairs"):
            found = {"XXBTZUSD": {
                "altname": "XBTUSD", "wsname": "XBT/USD", "base": "XXBT", "quote": "ZUSD",
                "pair_decimals": 1, "lot_decimals": 8, "fees": [[0, 0.26]], "fees_maker": [[0, 0.16]],
                "ordermin": "0.0001", "costmin": "0.5", "tick_size": "0.1", "status": "online",
                "leverage_buy": [], "leverage_sell": [],
            }}  # fmt: skip
        else:
            found = {"XXBTZUSD": self.server.list_rows(asked), "last": 0}
        self.send(200, json.dumps({"error": [], "result": found}).encode())


class Kraken(Server):
    """Kraken: its newest 720 candles behind `since`, the last one unfinished, never older ones."""

    def __init__(self, rows, now_s):
        super().__init__(_Ohlc)
        self.rows, self.now_s = rows, now_s

    def list_rows(self, asked):
        step, since = int(asked["interval"]) * 60, int(asked.get("since", 0))
        newest = [t for t in sorted(self.rows) if t <= self.now_s][-720:]
        rows = []
        for moment, low, high, opened, close, volume in (self.rows[t] for t in newest):
            is_finished = int(moment) + step <= self.now_s
            price = close if is_finished else opened
            rows.append([int(moment), opened, high, low, price, "1.0", volume, 5])
        return [row for row in rows if row[0] > since]
