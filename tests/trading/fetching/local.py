"""Points the fetch at servers of this machine, for tests: the product has no switch for it.

As a program, it is the command line itself, with the addresses replaced and without its waits:

    python -m tests.trading.fetching.local URL data fetch coinbase:BTC/USD 5m ...
"""

import contextlib
import os
import sys
from unittest import mock

from evosearch.assemble.data.fetching import Fetch, FetchRequest
from evosearch.trading.fetching import archive, patience
from evosearch.trading.fetching.exchanges import Exchange
from evosearch.trading.fetching.patience import Patience


@contextlib.contextmanager
def at(url, timeout_ms=None):
    """Every exchange, and the archive, answer at this address meanwhile."""
    opened, base = Exchange._open, archive.BASE

    def open_here(self):
        client = opened(self)
        client.urls["api"] = dict.fromkeys(client.urls["api"], url)
        client.rateLimit = 1
        client.timeout = timeout_ms or client.timeout
        return client

    Exchange._open, archive.BASE = open_here, url
    try:
        with mock.patch.dict(os.environ, no_proxy="127.0.0.1"):
            yield
    finally:
        Exchange._open, archive.BASE = opened, base


class Waits:
    """A clock of seconds that goes on only by waiting, and how long was waited."""

    def __init__(self):
        self.now_s, self.pauses, self.told = 0.0, [], []

    def pause(self, seconds):
        self.pauses.append(seconds)
        self.now_s += seconds

    def make_patience(self):
        return Patience(self.pause, lambda: self.now_s, self.told.append)


def fetch(server, reference, step, since=None, until="now", output=None, *, now_s=None, **more):
    """What `data fetch` does, in this process, without waiting; its facts and its waits."""
    waits = Waits()
    now = {} if now_s is None else {"now": lambda: int(now_s * 10**6)}
    request = FetchRequest(reference, step, since, until, output)
    with at(server.url, **more):
        found = Fetch(request, lambda done, of: None, patience=waits.make_patience(), **now).run()
    return found, waits


def main():
    """The command line against a local server."""
    patience.LONGEST_S, patience.MOST_PER_S = 0.01, 1000.0
    patience.read_retry_after = lambda *told: None
    url = sys.argv.pop(1)
    from evosearch.__main__ import main as run

    with at(url):
        return run()


if __name__ == "__main__":
    sys.exit(main())
