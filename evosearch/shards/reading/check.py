"""Whether a file may be read: every check before a row is used.

list -> regular file -> size, magic, footer length -> SHA-256 against the name -> metadata and
their hash -> exact schema -> limits. The outcome is a typed verdict, never a library's message.
A file whose name lost its hash is accepted only after its rows were decoded and matched against
the digest in its metadata. A light check skips that: each page has a checksum.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import re
import stat
from io import BufferedReader
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from evosearch.shards.disk.files import SHA_DIGITS, is_machine_short
from evosearch.shards.disk.opening import iter_batches, open_parquet
from evosearch.shards.format.digest import RowsDigest
from evosearch.shards.format.envelope import Refusal
from evosearch.shards.format.limits import (
    CHUNK_VALUES,
    MAX_CHUNKS,
    MAX_COLUMNS,
    MAX_FOOTER_BYTES,
    find_excess,
)
from evosearch.shards.format.metadata import ShardMetadata, count_rows
from evosearch.shards.format.schema import (
    BASE_NAMES,
    MERGED_NAMES,
    check_schema,
    describe_columns,
    metadata_of,
)
from evosearch.shards.reading.cache import Sound, VerdictCache
from evosearch.shards.reading.checked import Checked, Verdict, identify
from evosearch.shards.reading.footer import RowGroup
from evosearch.shards.reading.pages import survey_pages

_MIN_BYTES = 12
HASHED_NAME = re.compile(rf"-([0-9a-f]{{{SHA_DIGITS}}})\.parquet$")


def check_shard(
    path: Path, deep: bool = False, cache: VerdictCache | None = None, is_light: bool = False
) -> Checked:
    """Check one file, reading its bytes once.

    Parameters
    ----------
    path : Path
    deep : bool
        Decode every row and match the digest, even if the name has the file's hash.
    cache : VerdictCache, optional
        Unchanged files that were sound before are not hashed again.
    is_light : bool
        Do not hash the file: enough to read a few pages, each of which has its own checksum.

    Returns
    -------
    Checked
        Never raises for what is wrong with the file.

    Raises
    ------
    OSError
        This machine is short of memory or of open files.
    """
    try:
        # Without O_NONBLOCK, opening a named pipe waits for a writer.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)
    except OSError as error:
        if is_machine_short(error):
            raise
        return Checked(path, Verdict.UNREADABLE, f"cannot be opened: {error.strerror}")
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        return Checked(path, Verdict.NOT_REGULAR, "not a regular file")
    with os.fdopen(descriptor, "rb") as file:
        try:
            return _check_open(path, file, status, deep, None if deep else cache, is_light)
        except OSError as error:
            if error.errno is None:  # pyarrow: the bytes are not valid Parquet
                return _damaged(path, error)
            if is_machine_short(error):
                raise
            return Checked(path, Verdict.UNREADABLE, f"cannot be read: {error.strerror}")


_BINARY = getattr(os, "O_BINARY", 0)
_REWRITTEN = (
    ". A shard that another program wrote again cannot be used: take the original file. To write "
    "some of its rows or columns: evosearch export, with filters"
)


def _damaged(path: Path, why: object) -> Checked:
    text = str(why).partition("\n")[0][:120]
    return Checked(path, Verdict.DAMAGED, f"damaged: {text}")


def _check_open(
    path: Path,
    file: BufferedReader,
    status: os.stat_result,
    deep: bool,
    cache: VerdictCache | None,
    is_light: bool,
) -> Checked:
    identity = identify(status)
    named = HASHED_NAME.search(path.name)
    fault = _find_broken_end(path, file, status.st_size, named)
    if fault is not None:
        return fault
    known = cache.find(path, identity) if cache else None
    is_trusted = known is not None or is_light
    sha256 = known.sha256 if known else ""
    if not is_trusted:
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if named and not is_trusted and not sha256.startswith(named[1]):
        return _damaged(path, "its SHA-256 is not the one in its name")
    try:
        file.seek(0)
        opened = open_parquet(file)
        schema = opened.schema_arrow
        metadata = read_footer(path, opened.metadata, schema)
        if isinstance(metadata, Checked):
            return metadata
        schema, n_rows = schema.remove_metadata(), opened.metadata.num_rows
        seen: Sound | None = known
        unread: tuple[RowGroup, ...] = ()
        if not seen:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                n_columns = opened.metadata.num_columns
                survey = survey_pages(data, n_rows, n_columns, is_light)
            if is_light and not survey.has_checksums:
                file.seek(0)
                return _check_open(path, file, status, deep, cache, is_light=False)
            seen, unread = Sound(sha256, survey.page_bytes, survey.is_sorted), survey.unread
        if (deep or not (named or is_trusted)) and not _rows_match(file, schema, metadata):
            return _damaged(path, "its rows do not match their digest")
    except (pa.ArrowException, ValueError, KeyError, OverflowError, MemoryError) as error:
        return _damaged(path, error)
    verdict, reason = Verdict.OK, ""
    if not named and metadata.kind == "shard":
        verdict = Verdict.RENAMED
        reason = "renamed: its rows were checked instead of its name"
        if is_light and not deep:
            reason = "renamed: only the rows that are looked at are checked"
    if cache and not is_trusted:
        cache.add(path, identity, seen)
    return Checked(
        path, verdict, reason, metadata, schema, n_rows, identity, sha256,
        seen.is_sorted, seen.page_bytes, not is_trusted, unread,
    )  # fmt: skip


def _find_broken_end(
    path: Path, file: BufferedReader, size: int, named: re.Match[str] | None
) -> Checked | None:
    """The verdict on a file that does not begin or end as Parquet does, or None."""
    if size == 0:
        return Checked(path, Verdict.EMPTY, "empty (copy in progress?)")
    if file.read(4) != b"PAR1":
        return Checked(path, Verdict.NOT_PARQUET, "not a Parquet file")
    file.seek(max(0, size - 8))
    tail = file.read(8)
    if size < _MIN_BYTES or tail[4:] != b"PAR1":
        hint = f"; its SHA-256 should begin with {named[1]}" if named else ""
        reason = f"partial copy ({size:,} bytes{hint}): copy it again"
        return Checked(path, Verdict.TRUNCATED, reason)
    footer = int.from_bytes(tail[:4], "little")
    if footer > min(MAX_FOOTER_BYTES, size - _MIN_BYTES):
        return _damaged(path, f"a footer of {footer:,} bytes is refused")
    return None


def read_footer(
    path: Path, footer: parquet.FileMetaData, schema: pa.Schema
) -> ShardMetadata | Checked:
    """The metadata of a file, or the verdict on a file that cannot be used.

    Parameters
    ----------
    path : Path
    footer : pyarrow.parquet.FileMetaData
    schema : pyarrow.Schema
        With the metadata of the file.
    """
    if footer.num_columns > MAX_COLUMNS:
        reason = f"wrong columns: {footer.num_columns:,} of them; at most {MAX_COLUMNS:,}"
        return Checked(path, Verdict.BAD_SCHEMA, reason)
    n_chunks = footer.num_columns * footer.num_row_groups
    if n_chunks > MAX_CHUNKS + footer.num_columns * footer.num_rows // CHUNK_VALUES:
        return _damaged(path, f"{footer.num_row_groups:,} row groups for {footer.num_rows:,} rows")
    metadata = ShardMetadata.parse({**metadata_of(schema), **(footer.metadata or {})})
    if isinstance(metadata, Refusal):
        verdict, reason = Verdict(metadata.kind), metadata.reason
        is_ours = verdict is Verdict.FOREIGN and {*BASE_NAMES} <= {*schema.names}
        return Checked(path, verdict, reason + _REWRITTEN * is_ours)
    schema = schema.remove_metadata()
    fault = check_schema(schema)
    if not fault and metadata.kind == "shard" and {*MERGED_NAMES} & {*schema.names}:
        fault = "it calls itself a shard and has columns of a merged file"
    if fault:
        remedy = _REWRITTEN * fault.startswith("column")
        return Checked(path, Verdict.BAD_SCHEMA, f"wrong columns: {fault}{remedy}")
    if metadata.columns is not None and metadata.columns != tuple(describe_columns(schema)):
        return _damaged(path, "its columns are not those it states")
    n_stated = count_rows(metadata) if metadata.kind == "shard" else metadata.n_rows
    if footer.num_rows != n_stated:
        return _damaged(path, "its metadata state other row counts")
    return metadata


def _rows_match(file: BufferedReader, schema: pa.Schema, metadata: ShardMetadata) -> bool:
    digest = RowsDigest()
    file.seek(0)
    for batch in iter_batches(open_parquet(file, schema, pre_buffer=False), 65_536):
        rows = pa.Table.from_batches([batch])
        fault = find_excess(rows)
        if fault:
            raise ValueError(fault)
        digest.update(rows)
    if metadata.kind == "merged":
        return digest.hexdigest() == metadata.rows_sha256
    parts = [part for run in metadata.sources.values() for part in run.parts.values()]
    return digest.hexdigest() in {part.rows_sha256 for part in parts}
