"""The files of row 15: each reader reads the same bars out of each."""

import pytest

from benchmarks.loading import LAYOUTS, read_ours, read_pandas, write_file

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_reader_reads_the_same_bars(name, tmp_path):
    path = str(write_file(name, 30_000, tmp_path))
    ours = read_ours(name, path)
    assert ours[0] == 30_000
    assert ours == read_pandas(name, path)
