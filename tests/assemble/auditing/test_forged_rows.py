"""Rows that say more than their genes earn: nothing else of such a row is looked at."""

import json

import pyarrow as pa
import pytest
from pyarrow import parquet

import evosearch
from evosearch.shards.format.digest import RowsDigest
from evosearch.shards.format.envelope import encode_metadata
from evosearch.shards.format.schema import METADATA_KEY
from tests.assemble.auditing.rankings import merge, search


def forge_best(path, target, sharpe):
    """Write a merged file whose first row states another Sharpe ratio; every hash is right."""
    table = parquet.read_table(path)
    place = table.schema.get_field_index("sharpe_daily")
    values = [sharpe, *table.column(place).to_pylist()[1:]]
    field = table.schema.field(place)
    table = table.set_column(place, field, pa.array(values, field.type))
    digest = RowsDigest()
    digest.update(table)
    metadata = json.loads(parquet.read_metadata(path).metadata[METADATA_KEY])
    metadata["rows_sha256"] = digest.hexdigest()
    table = table.replace_schema_metadata(encode_metadata(metadata))
    parquet.write_table(table, target, write_page_checksum=True)
    return target


@pytest.mark.slow
def test_a_row_that_states_more_than_it_earns_ends_there(tmp_path):
    honest = merge(tmp_path, search(tmp_path, generations=2))
    forged = forge_best(honest, tmp_path / "forged.parquet", 0.9)
    found = evosearch.audit(forged, top=2, surrogates=0, results=tmp_path / "results").file
    first, second = found.rows
    assert [(check.name, check.passed) for check in first.checks] == [("same_numbers", False)]
    assert first.checks[0].facts["first"] == "sharpe_daily"
    assert (first.checks[0].facts["recorded"], first.failed) == (0.9, ("same_numbers",))
    assert second.checks[0].passed and len(second.checks) == 7
