"""Refuse runs and merges whose files would exceed the limits of readers, before any work."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from evosearch.errors import ShardError, UsageError
from evosearch.shards.format.envelope import dump_document, encode_metadata, find_excess_of_text
from evosearch.shards.format.fields import MetadataFault, shorten
from evosearch.shards.format.limits import (
    MAX_COLUMNS,
    MAX_FOOTER_BYTES,
    MAX_NAME,
    MAX_SHARE_BYTES,
    PACK_BYTES,
)
from evosearch.shards.format.metadata import ShardMetadata
from evosearch.shards.format.schema import METADATA_KEY, PARAM
from evosearch.shards.writing.manifests import check_manifest

if TYPE_CHECKING:
    from evosearch.shards.reading.checked import Checked

# Bytes of one column of one row group in Parquet's footer, without its name: 55 as measured, 100
# with statistics, which few columns have.
_CHUNK_BYTES = 80
# Room for what a merge may remember of genomes that were measured differently.
_SPARE_BYTES = 8 * 2**20
_TOO_WIDE = (
    "This search cannot be recorded: {:,} genes, and a shard has at most {:,} columns, metrics and "
    "times among them. Use fewer genes."
)
_REMEDY = "Use fewer values, or short names for them that evaluate() looks up."


def refuse_run(manifest: Mapping[str, Any]) -> None:
    """Raise if the metadata of a new run would exceed the limits of a shard.

    Parameters
    ----------
    manifest : mapping
        As in `journal`.

    Raises
    ------
    UsageError
        Naming what is too long and what to do.
    """
    genes = manifest["space"]["genes"]
    if len(genes) > MAX_COLUMNS:
        raise UsageError(_TOO_WIDE.format(len(genes), MAX_COLUMNS))
    for gene in genes:
        _refuse_name(gene["name"])
    parts = [manifest[key] for key in ("space", "problem", "profile_toml")]
    n_bytes = sum(map(_measure, parts))
    if n_bytes > MAX_SHARE_BYTES:
        sizes = sorted(((_measure(v), name) for name, v in _list_texts(manifest)), reverse=True)
        listed = "".join(
            f"\n  {shorten(name)}: {_size(n)}" for n, name in sizes[:3] if n > n_bytes // 100
        )
        raise UsageError(
            f"This search cannot be recorded. Every shard repeats its space and its options, here "
            f"{_size(n_bytes)}; at most {_size(MAX_SHARE_BYTES)}. The longest:{listed}\n{_REMEDY}"
        )
    try:
        check_manifest(manifest)
    except MetadataFault as error:
        raise UsageError(f"This search cannot be recorded: {error}.") from error


def _list_texts(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Names and values that a person can shorten."""
    for gene in manifest["space"]["genes"]:
        yield f"gene {gene['name']!r} ({len(gene.get('values', ())):,} values)", gene
    options = manifest["problem"]["options"]
    yield from ((f"option {key!r}", value) for key, value in options.items())
    yield "what fingerprint_options() returns", manifest["problem"]["parts"].get("options")
    yield "description of the profile", tomllib.loads(manifest["profile_toml"]).get("description")


def refuse_columns(schema: pa.Schema) -> None:
    """Raise if a run has more columns, or longer names, than a shard may have.

    Raises
    ------
    UsageError
    """
    if len(schema) > MAX_COLUMNS:
        n_genes = sum(name.startswith(PARAM) for name in schema.names)
        raise UsageError(_TOO_WIDE.format(n_genes, MAX_COLUMNS))
    for name in schema.names:
        _refuse_name(name)


def refuse_merge(
    items: Sequence[Checked], merged: ShardMetadata, schema: pa.Schema, is_written: bool
) -> None:
    """Raise if a merged file would exceed the limits of readers.

    Parameters
    ----------
    items : sequence of Checked
    merged : ShardMetadata
        The union of their metadata.
    schema : pyarrow.Schema
        Of the merged file.
    is_written : bool
        False for a view in memory.

    Raises
    ------
    ShardError
        Naming the file with the most metadata.
    """
    if len(schema) > MAX_COLUMNS:
        widest = max(items, key=lambda item: len(item.schema or ()))
        name, n_columns = shorten(widest.path.name, 256), len(widest.schema or ())
        raise ShardError(
            f"Together these files have {len(schema):,} columns; at most {MAX_COLUMNS:,}. "
            f"{name} has {n_columns:,} of them: leave it out."
        )
    if not is_written:
        return
    n_rows = sum(item.n_rows for item in items)
    fault = find_oversize(merged.to_plain(), schema, n_rows, _SPARE_BYTES)
    if fault:
        stated = [{} if item.metadata is None else item.metadata.to_plain() for item in items]
        sizes = [len(dump_document(document)) for document in stated]
        largest = max(range(len(items)), key=sizes.__getitem__)
        raise ShardError(
            f"These files cannot be merged into one: {fault}. Of them "
            f"{shorten(items[largest].path.name, 256)} states most, {_size(sizes[largest])}. Merge "
            "fewer of them at a time, or leave that one out."
        )


def find_oversize(
    document: Mapping[str, Any], schema: pa.Schema, n_rows: int, spare_bytes: int = 0
) -> str | None:
    """Why a file with such metadata and `spare_bytes` more could not be read; None if it could."""
    text = dump_document(document)
    fault = find_excess_of_text(text)
    if fault:
        return fault
    packed = len(text if len(text) <= PACK_BYTES else encode_metadata(document)[METADATA_KEY])
    footer = packed + estimate_footer(schema, n_rows) + spare_bytes
    if footer > MAX_FOOTER_BYTES:
        return f"the footer would be {_size(footer)}; at most {_size(MAX_FOOTER_BYTES)}"
    return None


def estimate_footer(schema: pa.Schema, n_rows: int) -> int:
    """About how many bytes Parquet itself writes into the footer; rather too many."""
    # Row groups as `store` cuts them: a short one, then full ones. The schema counts as two more.
    n_groups = 4 + n_rows // 131_072
    return n_groups * sum(len(name) + _CHUNK_BYTES for name in schema.names)


def _refuse_name(name: str) -> None:
    if len(name) > MAX_NAME:
        raise UsageError(
            f"This search cannot be recorded: {shorten(name, 40)} is a name of {len(name):,} "
            f"characters; at most {MAX_NAME}. Use a shorter name."
        )


def _measure(value: Any) -> int:
    return len(json.dumps(value))


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 2**20:,.1f} MiB"
