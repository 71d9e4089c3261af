"""Metadata as the bytes of a Parquet footer, and back: JSON, its hash, and compression if large.

A text of more than `limits.PACK_BYTES` is compressed. Its envelope states schema version 2: an
evosearch that cannot unpack it calls the file newer, not damaged.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import pyarrow as pa

from evosearch.shards.format.fields import shorten
from evosearch.shards.format.limits import MAX_METADATA_BYTES, MAX_VALUES, PACK_BYTES
from evosearch.shards.format.schema import (
    FORMAT,
    MERGED_SCHEMA_VERSION,
    METADATA_KEY,
    PACKED_VERSION,
)
from evosearch.system.version import __version__

DIGEST_KEY = b"evosearch_sha256"
_CODEC = "zstd"
_LEVEL = 9
FOREIGN = "a Parquet file, but not evosearch's"


@dataclass(frozen=True)
class Refusal:
    """Why metadata cannot be read.

    Attributes
    ----------
    kind : str
        ``foreign``, ``newer`` or ``damaged``.
    text : str
    """

    kind: str
    text: str

    @property
    def reason(self) -> str:
        """Both in one, for a person."""
        return f"{self.kind}: {self.text}"


def encode_metadata(document: Mapping[str, Any]) -> dict[bytes, bytes]:
    """Key-value pairs for a Parquet footer: the text and its hash, to detect damage."""
    text = dump_document(document)
    if len(text) > PACK_BYTES:
        packed = pa.Codec(_CODEC, compression_level=_LEVEL).compress(text, asbytes=True)
        envelope = {"format": FORMAT, "schema_version": PACKED_VERSION, "kind": document["kind"]}
        envelope |= {"n_bytes": len(text), "packed": base64.b64encode(packed).decode()}
        text = dump_document(envelope)
    return {METADATA_KEY: text, DIGEST_KEY: hashlib.sha256(text).hexdigest().encode()}


def dump_document(document: Mapping[str, Any]) -> bytes:
    """A document as JSON, before compression."""
    return json.dumps(document, sort_keys=True, ensure_ascii=True, allow_nan=False).encode()


def find_excess_of_text(text: bytes) -> str | None:
    """Why a text is not parsed: it is too long or has too many values; None if it is parsed."""
    if len(text) > MAX_METADATA_BYTES:
        return f"{len(text):,} bytes of metadata; at most {MAX_METADATA_BYTES:,}"
    n_values = text.count(b",") + text.count(b"[") + text.count(b"{")
    if n_values > MAX_VALUES:
        return f"about {n_values:,} values in its metadata; at most {MAX_VALUES:,}"
    return None


def open_envelope(pairs: Mapping[bytes, bytes]) -> dict[str, Any] | Refusal:
    """The document in the pairs of a footer; only its format and version are checked."""
    text = pairs.get(METADATA_KEY)
    if text is None:
        return Refusal("foreign", FOREIGN)
    if hashlib.sha256(text).hexdigest().encode() != pairs.get(DIGEST_KEY):
        return Refusal("damaged", "its metadata do not match their hash")
    document = _load(text)
    if isinstance(document, dict) and "packed" in document:
        document = _unpack(document)
    if isinstance(document, Refusal):
        return document
    if document.get("format") != FORMAT:
        return Refusal("foreign", FOREIGN)
    version = document.get("schema_version")
    if type(version) is not int or not 1 <= version < 2**31:
        return Refusal("damaged", "its metadata are damaged: schema_version: no version")
    if version > MERGED_SCHEMA_VERSION:
        return Refusal("newer", _explain_newer(document, version))
    return document


def _unpack(envelope: dict[str, Any]) -> dict[str, Any] | Refusal:
    packed, n_bytes = envelope.get("packed"), envelope.get("n_bytes")
    wrong = Refusal("damaged", "its metadata are damaged: packed: cannot be unpacked")
    if not isinstance(packed, str) or type(n_bytes) is not int:
        return wrong
    if not 0 < n_bytes <= MAX_METADATA_BYTES:
        return Refusal("damaged", f"its metadata are damaged: n_bytes: {n_bytes:,} are refused")
    try:
        raw = base64.b64decode(packed, validate=True)
        text = pa.Codec(_CODEC).decompress(raw, decompressed_size=n_bytes, asbytes=True)
    except (ValueError, OSError, pa.ArrowException):
        return wrong
    return _load(text) if len(text) == n_bytes else wrong


def _load(text: bytes) -> dict[str, Any] | Refusal:
    fault = find_excess_of_text(text)
    if fault:
        return Refusal("damaged", fault)
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return Refusal("damaged", "its metadata are no JSON")
    return document if isinstance(document, dict) else Refusal("foreign", FOREIGN)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _explain_newer(document: Mapping[str, Any], version: int) -> str:
    """Which evosearch wrote it, if that can be read, and what to do here."""
    writers = []
    sources = document.get("sources")
    for run in sources.values() if isinstance(sources, dict) else ():
        with contextlib.suppress(TypeError, KeyError, IndexError):
            program, host = run["versions"]["evosearch"], run["machine"]["host"]
            if isinstance(program, str) and isinstance(host, str):
                writers.append((program, host))
    return f"schema version {version}, {name_writers(writers)}"


def name_writers(writers: Iterable[tuple[str, str]]) -> str:
    """Which newer evosearch wrote a file on which machine, and that the one here is older.

    Parameters
    ----------
    writers : iterable of (str, str)
        Version and host of each run.
    """
    from evosearch.provenance import name_host

    pairs = {(shorten(version, 24), shorten(host, 24)) for version, host in writers if version}
    shown = {f"evosearch {version} on {host}" for version, host in pairs}
    listed = ", ".join(sorted(shown)[:3]) or "a newer evosearch"
    return (
        f"written by {listed}; this machine, {name_host()}, has evosearch {__version__}: update "
        "evosearch here"
    )
