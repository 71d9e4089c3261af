"""Plain files over HTTPS, by the standard library: bounded, and from one host only.

The system's certificates are used, and the proxies of the environment.
"""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import IO, Any

from evosearch.trading.fetching.limits import refuse_other_host
from evosearch.trading.fetching.patience import (
    Busy,
    Patience,
    Refused,
    Untrusted,
    find_reason,
    read_retry_after,
    shorten,
)

MOST_BYTES = 64 * 2**20
_TIMEOUT_S, MOST_S = 30.0, 600.0
_CHUNK = 65_536
_BUSY = frozenset({408, 418, 425, 429})


class Download:
    """Files of one server.

    Parameters
    ----------
    base : str
        Scheme and host.
    title : str
        For people.
    patience : Patience
    now : callable
        Microseconds since 1970.
    """

    def __init__(self, base: str, title: str, patience: Patience, now: Callable[[], int]) -> None:
        self._base, self._title, self._patience, self._now = base, title, patience, now
        self._opener = urllib.request.build_opener(_OneHost)

    def get(self, path: str, most: int = MOST_BYTES) -> bytes | None:
        """A file; None if there is none.

        Raises
        ------
        Silent
            The server does not answer.
        Refused
            It says no, or leads to another host.
        Untrusted
            It sends more than `most` bytes.
        """
        return self._patience.ask(self._title, lambda: self._try("GET", path, most))

    def exists(self, path: str) -> bool:
        """Whether there is such a file."""
        return self._patience.ask(self._title, lambda: self._try("HEAD", path, 0)) is not None

    def _try(self, method: str, path: str, most: int) -> bytes | None:
        self._patience.keep_pace()
        request = urllib.request.Request(  # noqa: S310 (the scheme is ours)
            self._base + urllib.parse.quote(path),
            method=method,
            headers={"User-Agent": "evosearch"},
        )
        try:
            with self._opener.open(request, timeout=_TIMEOUT_S) as response:
                return b"" if method == "HEAD" else self._read(response, path, most)
        except urllib.error.HTTPError as error:
            with error:
                self._read_error(error, path)
                return None
        except (OSError, http.client.HTTPException) as error:  # URLError is an OSError
            raise Busy(shorten(find_reason(error))) from error

    def _read(self, response: Any, path: str, most: int) -> bytes:
        name = path.rpartition("/")[2]
        told = response.headers.get("Content-Length") or ""
        parts, n_bytes, began = [], 0, time.monotonic()
        while chunk := response.read(_CHUNK):
            parts.append(chunk)
            n_bytes += len(chunk)
            if n_bytes > most:
                raise Untrusted(f"{name} is larger than {most:,} bytes; it is not taken.")
            if time.monotonic() - began > MOST_S:
                raise Busy(f"{name} takes longer than {MOST_S:.0f} s")
        if told.isdigit() and n_bytes < int(told):
            raise Busy(f"{name} was cut after {n_bytes:,} of {shorten(told, 20)} bytes")
        return b"".join(parts)

    def _read_error(self, error: urllib.error.HTTPError, path: str) -> None:
        if error.code == 404:
            return
        if error.code in _BUSY or error.code >= 500:
            wait_s = read_retry_after(error.headers.get("Retry-After"), self._now() / 1e6)
            raise Busy(f"HTTP {error.code} {shorten(error.reason, 40)}", wait_s)
        words = shorten(error.read(1000).decode("utf-8", "replace")) or shorten(error.reason)
        raise Refused(f"{self._title} refuses {path}: HTTP {error.code}, {words}.")


class _OneHost(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to the same scheme and host."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any,
        newurl: str,
    ) -> urllib.request.Request | None:  # fmt: skip
        refuse_other_host(req.full_url, newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)
