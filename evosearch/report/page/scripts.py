"""The two scripts of a page, and the policy that allows these two and nothing else."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

# Scripts by their hash alone. Styles are set by the script that draws, as it draws. No address is
# allowed for anything: the page needs no network, and could not use one.
_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def read_text(name: str) -> str:
    """The text of a file of this room, such as ``style.css``."""
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


@functools.cache
def read_bundle() -> str:
    """The script that draws, whole.

    Raises
    ------
    ValueError
        It holds what would end the element around it.
    """
    from plotly.offline import get_plotlyjs

    # A browser reads every end of line as a line feed, before it computes the hash.
    bundle = str(get_plotlyjs()).replace("\r\n", "\n").replace("\r", "\n")
    lowered = bundle.lower()
    if "</script" in lowered or "<!--" in lowered:
        raise ValueError("plotly's script cannot be put into a page: it holds an end of a script")
    return bundle


def make_policy(scripts: tuple[str, ...]) -> str:
    """The content of the meta element that allows these scripts."""
    hashes = (hashlib.sha256(text.encode()).digest() for text in scripts)
    allowed = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in hashes)
    return _POLICY.format(scripts=allowed)


def write_json(value: Mapping[str, Any]) -> str:
    r"""Plain data for an element of a page: nothing in it can end that element.

    Raises
    ------
    ValueError
        A number is not finite.

    Examples
    --------
    >>> write_json({"name": "</script>"})
    '{"name":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    for mark in "<>&":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text
