"""Which file a reference means, and what is said when there is none."""

import pytest

from evosearch.errors import DataError
from evosearch.trading.loading.find import find_file


@pytest.mark.parametrize(
    ("there", "typed", "meant"),
    [
        (["btc.csv.gz"], "btc.csv", "btc.csv.gz"),
        (["BTC-USD.feather", "other.csv"], "btc-usd.csv", "BTC-USD.feather"),
        (["prices.zip", "notes.md"], "price.zip", "prices.zip"),
        (["eur.txt"], "eru.txt", "eur.txt"),
        (["a.csv", "a.parquet"], "a.parqet", "a.parquet"),
        (["mt5.tsv"], "mt4.tsv", "mt5.tsv"),
    ],
)
def test_a_near_name_of_any_file_that_is_read_is_suggested(tmp_path, there, typed, meant):
    for name in there:
        (tmp_path / name).write_text("")
    with pytest.raises(DataError) as error:
        find_file(typed, (tmp_path,))
    assert f"Did you mean {meant}?" in str(error.value)


def test_other_files_are_not_suggested_and_all_kinds_are_named(tmp_path):
    (tmp_path / "prices.md").write_text("")
    with pytest.raises(DataError) as error:
        find_file("prices.csv", (tmp_path,))
    assert "Did you mean" not in str(error.value)
    with pytest.raises(DataError) as folder:
        find_file(".", (tmp_path,))
    for text in (str(error.value), str(folder.value)):
        for kind in ("CSV", "Parquet", "Feather", ".gz", ".zip"):
            assert kind in text
