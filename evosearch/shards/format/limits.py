"""The limits of a file, so that reading a file of unknown origin never fills memory.

Writer and reader have the same limits: a search or merge that would exceed them is refused before
anything is measured or written.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from evosearch.shards.format.schema import BASE_FIELDS

# Parquet's footer: schema, place of every column of every row group, and our metadata. In memory
# it takes up to twenty times as much.
MAX_FOOTER_BYTES = 16 * 2**20
# Metadata as JSON; a text longer than the second limit is compressed. Shorter ones are not, so
# that older versions can read them.
MAX_METADATA_BYTES = 128 * 2**20
PACK_BYTES = 8 * 2**20
# Metadata of one run: problem, space and profile together. Each of its files repeats them, and so
# does every merged file.
MAX_SHARE_BYTES = 4 * 2**20
# Values in one metadata text: a few bytes each there, up to a hundred in memory.
MAX_VALUES = 2_500_000
MAX_DEPTH = 32
MAX_COLUMNS = 4096
MAX_NAME = 256
# Columns of row groups in a footer cost about 0.1 ms each: any file may have MAX_CHUNKS, and one
# more for each CHUNK_VALUES values. Our row groups have 131,072 rows.
MAX_CHUNKS = 50_000
CHUNK_VALUES = 1024
# Names, versions, hosts, processors; texts of the profile are bounded by the share alone.
MAX_WORD = 1024
MAX_RUNS = 100_000
MAX_PARTS = 1_000_000
MAX_SKIPPED = 1000
# Fingerprints by which an earlier evosearch knew one problem.
MAX_FORMER = 10_000
MAX_NOTES = 1000
MAX_NUMBER = 1e300
# 30,000 years.
MAX_SECONDS = 1e12
# Our own texts end at 4,000 characters of up to four bytes.
MAX_TEXT_BYTES = 16_384
_REQUIRED = frozenset(field.name for field in BASE_FIELDS if not field.nullable)
# Kinds of columns that hold texts. A set, because every piece of every file is looked up in it.
_WITH_TEXTS = frozenset(
    kind.id for kind in (pa.string(), pa.dictionary(pa.int32(), pa.string()), pa.list_(pa.string()))
)


def find_excess(rows: pa.Table) -> str | None:
    """Why rows break the limits, or None."""
    for place, field in enumerate(rows.schema):
        is_required, has_texts = field.name in _REQUIRED, field.type.id in _WITH_TEXTS
        if not (is_required or has_texts):
            continue
        column = rows.column(place)
        if is_required and column.null_count:
            return f"column {field.name!r} has rows without a value"
        if not has_texts:
            continue
        for chunk in column.chunks:
            values = chunk.flatten() if pa.types.is_list(chunk.type) else chunk
            if pa.types.is_dictionary(values.type):
                codes = pc.min_max(values.indices).as_py()
                values = values.dictionary
                if values.null_count:
                    return (
                        f"column {field.name!r} has a text that is none"  # a null in its dictionary
                    )
                if not 0 <= (codes["min"] or 0) <= (codes["max"] or 0) < max(1, len(values)):
                    return f"column {field.name!r} has a number without a text"
            if values.nbytes <= MAX_TEXT_BYTES:
                continue  # even all of them together are short enough
            longest = pc.max(pc.binary_length(values)).as_py() if len(values) else 0
            if (longest or 0) > MAX_TEXT_BYTES:
                return f"column {field.name!r} has a text of {longest:,} bytes"
    return None
