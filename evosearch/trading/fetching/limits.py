"""What is read of an answer, how much, for how long and from where, whatever its server sends."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urljoin, urlsplit

from evosearch.trading.fetching.patience import Busy, Refused, shorten

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
    Refused
        It leads to another host.
    """
    if response.is_redirect:
        refuse_other_host(response.url, urljoin(response.url, response.headers["location"]))
    began, parts, n_bytes = time.monotonic(), [], 0
    for chunk in response.iter_content(_CHUNK):
        parts.append(chunk)
        n_bytes += len(chunk)
        if n_bytes > MOST_BYTES:
            raise Busy(f"an answer of more than {MOST_BYTES // 2**20} MB")
        if time.monotonic() - began > MOST_S:
            raise Busy(f"an answer that takes longer than {MOST_S:.0f} s")
    response._content = b"".join(parts)


def refuse_other_host(old: str, new: str) -> None:
    """Raise Refused for a redirect to another host, or to one without encryption."""
    here, there = urlsplit(old), urlsplit(new)
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        raise Refused(
            f"{here.netloc} leads to another host, {shorten(there.netloc, 80)}: not followed."
        )


def _add_nothing(request: Any) -> Any:
    return request


def parse_json(body: str) -> Any:
    """What a body holds; None for what is no JSON, such as the page of an error."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def read_words(body: str) -> str:
    """What an exchange says for people, from its answer."""
    found = parse_json(body)
    if isinstance(found, dict):
        told = [found[key] for key in ("message", "msg", "error", "detail") if found.get(key)]
        return shorten(told[0] if told else body)
    return shorten(body)
