"""Shards as a stranger might hand them over: honest rows, another tale in the footer.

Every hash is right: anybody can compute it.
"""

import hashlib
import json
import tomllib

from pyarrow import parquet

from evosearch.plain import write_value
from evosearch.shards.format.envelope import encode_metadata
from evosearch.shards.format.fields import short_hash
from evosearch.shards.format.schema import METADATA_KEY


def forge(path, change):
    """Replace the metadata of a shard by what `change` makes of them; its new path."""
    table = parquet.read_table(path)
    metadata = json.loads(parquet.read_metadata(path).metadata[METADATA_KEY])
    table = table.replace_schema_metadata(encode_metadata(change(metadata) or metadata))
    path.unlink()
    parquet.write_table(table, path, write_page_checksum=True)
    name = f"{path.stem.rsplit('-', 1)[0]}-{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"
    return path.rename(path.with_name(f"{name}.parquet"))


def forge_profile(path, text):
    """Give the run of a shard another profile: a text, or a function of the honest one."""

    def change(metadata):
        (honest,) = metadata["profiles"].values()
        told = text(honest) if callable(text) else text
        metadata["profiles"] = {short_hash(told): told}
        for run in metadata["sources"].values():
            run["profile"] = short_hash(told)

    return forge(path, change)


def with_tables(**tables):
    """A function that replaces keys of the tables of a profile's text; None removes a key."""

    def change(honest):
        values = tomllib.loads(honest)
        for table, keys in tables.items():
            values.setdefault(table, {}).update(keys)
            values[table] = {key: v for key, v in values[table].items() if v is not None}
        plain = [
            f"{key} = {write_value(v)}" for key, v in values.items() if not isinstance(v, dict)
        ]
        for table, keys in values.items():
            if isinstance(keys, dict):
                plain += [f"[{table}]", *(f"{key} = {write_value(v)}" for key, v in keys.items())]
        return "\n".join(plain) + "\n"

    return change
