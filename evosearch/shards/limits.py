"""What no honest row exceeds; a stranger's file must never fill memory."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from evosearch.shards.schema import BASE_FIELDS

# Our own texts end at 4,000 characters of up to four bytes.
MAX_TEXT_BYTES = 16_384
_REQUIRED = frozenset(field.name for field in BASE_FIELDS if not field.nullable)
# Kinds of columns that hold texts: asked for every piece of every file.
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
                    return f"column {field.name!r} has a text that is none"
                if not 0 <= (codes["min"] or 0) <= (codes["max"] or 0) < max(1, len(values)):
                    return f"column {field.name!r} has a number without a text"
            if values.nbytes <= MAX_TEXT_BYTES:
                continue  # all of them together are short enough
            longest = pc.max(pc.binary_length(values)).as_py() if len(values) else 0
            if (longest or 0) > MAX_TEXT_BYTES:
                return f"column {field.name!r} has a text of {longest:,} bytes"
    return None
