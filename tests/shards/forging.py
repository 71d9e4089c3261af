"""Shards as a stranger may write them: any metadata, with every hash made to agree with them."""

import copy
import hashlib
import io
import json

from pyarrow import parquet

from evosearch.shards.format.envelope import encode_metadata
from evosearch.shards.format.fields import short_hash
from evosearch.shards.format.schema import METADATA_KEY
from evosearch.shards.writing.store import writer_options


def read_document(path):
    """The metadata of a shard as plain data."""
    return json.loads(parquet.read_metadata(path).metadata[METADATA_KEY])


class _Missing:
    def __repr__(self):
        return "missing"


# In place of a value: the key itself is gone.
MISSING = _Missing()


class Original:
    """An honest shard, of which copies with other metadata are made."""

    def __init__(self, path):
        self.stem = path.name.rpartition("-")[0]
        self.table = parquet.read_table(path).replace_schema_metadata(None)
        self.document = read_document(path)

    def write(self, folder, document, stem=None):
        """A copy with these metadata; its path."""
        sink = io.BytesIO()
        schema = self.table.schema
        with parquet.ParquetWriter(sink, schema, **writer_options(schema)) as writer:
            writer.write_table(self.table)
            writer.add_key_value_metadata(encode_metadata(document))
        raw = sink.getvalue()
        path = folder / f"{stem or self.stem}-{hashlib.sha256(raw).hexdigest()[:16]}.parquet"
        path.write_bytes(raw)
        return path


def list_places(value, place=()):
    """The place of every value inside plain data."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        yield (*place, key)
        if isinstance(item, (dict, list)):
            yield from list_places(item, (*place, key))


def put_plain(document, place, value):
    """Plain data with another value at a place, or none."""
    changed = copy.deepcopy(document)
    here = changed
    for key in place[:-1]:
        here = here[key]
    if value is MISSING:
        del here[place[-1]]
    else:
        here[place[-1]] = value
    return changed


def put(document, place, value):
    """The document with another value at a place, or none; keys that are hashes agree with it again."""
    changed = put_plain(document, place, value)
    if len(place) > 1 and place[0] in ("spaces", "profiles"):
        kept = changed[place[0]].pop(place[1], MISSING)
        if kept is MISSING:
            return changed
        key = short_hash(kept)
        changed[place[0]][key] = kept
        for run in changed["sources"].values():
            run[place[0].removesuffix("s")] = key
    return changed


__all__ = ["MISSING", "Original", "list_places", "put", "put_plain", "read_document"]
