"""How much of an answer is read, and for how long, whatever its server sends."""

from __future__ import annotations

import time
from typing import Any

from evosearch.trading.fetching.patience import Busy

# The list of products of a large exchange has 20 MB.
MOST_BYTES = 64 * 2**20
MOST_S = 120.0
_CHUNK = 65_536


def limit_answers(session: Any) -> None:
    """Let a session read no answer without end. Proxies are those of the environment.

    Parameters
    ----------
    session : requests.Session
    """
    session.trust_env = True
    session.auth = _add_nothing  # else a password of ~/.netrc would be sent
    session.hooks["response"] = [read_bounded]


def read_bounded(response: Any, **options: object) -> None:
    """Read the body of a response.

    Raises
    ------
    Busy
        It is too large, or does not end.
    """
    began, parts, n_bytes = time.monotonic(), [], 0
    for chunk in response.iter_content(_CHUNK):
        parts.append(chunk)
        n_bytes += len(chunk)
        if n_bytes > MOST_BYTES:
            raise Busy(f"an answer of more than {MOST_BYTES // 2**20} MB")
        if time.monotonic() - began > MOST_S:
            raise Busy(f"an answer that takes longer than {MOST_S:.0f} s")
    response._content = b"".join(parts)


def _add_nothing(request: Any) -> Any:
    return request
