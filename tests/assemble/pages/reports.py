"""Small rankings to report on, and what their pages hold."""

import json
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from evosearch.assemble.pages.build import Asked, build_report
from evosearch.shards.format.digest import RowsDigest
from evosearch.shards.format.envelope import encode_metadata
from evosearch.shards.format.schema import METADATA_KEY
from tests.assemble.auditing.rankings import merge, search
from tests.forging import forge

HOSTILE = '</script><script>alert(1)</script><img src=x onerror="alert(2)"><b>pc'


@dataclass(frozen=True)
class Ranking:
    """A merged file, and the folder of its results."""

    merged: Path
    results: Path


def make_ranking(folder, host=HOSTILE, **more):
    """Two searches of prices, one by a machine with that name, merged."""
    paths = search(folder, "one", 1, **more)
    others = [forge(path, rename_host(host)) for path in search(folder, "two", 2, **more)]
    results = folder / "results"
    return Ranking(merge(results, [*paths, *others]), results)


def rename_host(host):
    """What gives a shard another machine."""

    def change(metadata):
        for run in metadata["sources"].values():
            run["machine"]["host"] = host

    return change


def forge_best(path, target, column, change):
    """Write a merged file whose first row states another figure; every hash is right."""
    table = parquet.read_table(path)
    place = table.schema.get_field_index(column)
    first, *others = table.column(place).to_pylist()
    field = table.schema.field(place)
    table = table.set_column(place, field, pa.array([change(first), *others], field.type))
    digest = RowsDigest()
    digest.update(table)
    metadata = json.loads(parquet.read_metadata(path).metadata[METADATA_KEY])
    metadata["rows_sha256"] = digest.hexdigest()
    parquet.write_table(
        table.replace_schema_metadata(encode_metadata(metadata)), target, write_page_checksum=True
    )
    return target


def build(ranking, folder, name="page.html", **asked):
    """Build a report; what was built, and its text."""
    built = build_report(
        Asked(ranking.merged, results=ranking.results, output=folder / name, **asked)
    )
    return built, built.path.read_text(encoding="utf-8")


def strip_scripts(text):
    """A page without its scripts and without its style."""
    return re.sub(r"<(script|style)\b.*?</\1>", "", text, flags=re.DOTALL)


def read_words(text):
    """What a person reads of a page, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", strip_scripts(text))).split())
