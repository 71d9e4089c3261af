"""A file is what its bytes say: the same bars, whatever they are packed in."""

import bz2
import gzip
import io
import json
import lzma
import pickle
import subprocess
import tarfile
import zipfile
import zlib

import pytest

from evosearch.errors import DataError
from evosearch.trading.reading.files.containers import look_into
from evosearch.trading.reading.files.streams import FREE_BYTES, Limited
from evosearch.trading.reading.layout import Layout
from evosearch.trading.reading.parsing import read_table
from evosearch.trading.reading.tables import Faults
from tests.trading.reading.files.making import assert_same, make_text, read

TEXT = make_text().replace("time,", "timestamp,", 1)


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def tarred():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("bars.csv"))
    return file.getvalue()


RAW = TEXT.encode()
NOTED = TEXT.replace("\n", ",5\n").replace("volume,5", "volume,gr\u00f6\u00dfe")
PACKED = {
    "gzip": gzip.compress(RAW),
    "gzip in two members": gzip.compress(RAW[:100]) + gzip.compress(RAW[100:]) + b"\0" * 64,
    "zip": zipped(**{"../../evil.csv": RAW, "__MACOSX/._bars.csv": b"x", "folder/": b""}),
    "UTF-8 with a mark": TEXT.encode("utf-8-sig"),
    "UTF-16": TEXT.encode("utf-16"),
    "UTF-16, big end first": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "UTF-16 without a mark": TEXT.encode("utf-16-le"),
    "UTF-16 in gzip": gzip.compress(TEXT.encode("utf-16")),
    "Latin-1 in a column that is not read": NOTED.encode("latin-1"),
    "lines end as on Windows": TEXT.replace("\n", "\r\n").encode(),
    "lines end as on old Macs": TEXT.replace("\n", "\r").encode(),
}


@pytest.mark.parametrize("raw", PACKED.values(), ids=PACKED)
def test_the_same_bars_whatever_they_are_packed_in(raw, tmp_path):
    path = tmp_path / "bars.parquet"  # the name says nothing
    path.write_bytes(raw)
    faults = Faults(path)
    table = read_table(path, Layout(), faults)
    assert not len(faults)
    assert_same(table, read(tmp_path, TEXT)[0])
    assert [item.name for item in tmp_path.iterdir() if item.name != "bars.csv"] == ["bars.parquet"]


def test_how_a_text_was_packed_is_said(tmp_path):
    path = tmp_path / "bars"
    for name, word in (("gzip", ", gzip"), ("zip", ", zip"), ("UTF-16", ", UTF-16")):
        path.write_bytes(PACKED[name])
        assert read_table(path, Layout(), Faults(path)).layout.endswith(word)
    path.write_bytes(NOTED.encode("latin-1"))
    (finding,) = read_table(path, Layout(), Faults(path)).findings
    assert "cp1252" in finding.text


def crowd(n):
    return zipped(**{f"month-{k:02d}.csv": RAW for k in range(n)})


REFUSED = {
    "nothing": (b"", "is empty"),
    "blanks": (b" \n\n", "holds only blanks"),
    "old Excel": (b"\xd0\xcf\x11\xe0" + bytes(600), "old Excel workbook"),
    "Excel": (zipped(**{"[Content_Types].xml": b"<x/>"}), "Save the sheet with the prices as CSV"),
    "two members": (crowd(2), "2 files: month-00.csv, month-01.csv.\nUnpack it"),
    "many members": (crowd(50), "and 42 more"),
    "no member": (zipped(), "without a file in it"),
    "a zip in gzip": (gzip.compress(crowd(1)), "a file within a file"),
    "Parquet in zip": (zipped(bars=b"PAR1" + bytes(99)), "a file within a file"),
    "a damaged zip": (b"PK\x03\x04" + bytes(64), "damaged zip file"),
    "gzip cut off": (gzip.compress(RAW)[:-20], "damaged or cut off"),
    "tar": (tarred(), "tar archive"),
    "tar in gzip": (gzip.compress(tarred()), "tar archive"),
    "bzip2": (bz2.compress(RAW), "bunzip2 -k"),
    "xz": (lzma.compress(RAW), "unxz -k"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(64), "unzstd"),
    "7-Zip": (b"7z\xbc\xaf\x27\x1c" + bytes(64), "7-Zip"),
    "a pickle": (pickle.dumps([1]), "never loaded"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(64), "HDF5"),
    "NUL bytes": (b"a" + bytes(99), "NUL bytes"),
    "a page": (b"<!doctype html><title>Too many\x1b requests</title><p>Slow down, please.", "web page (Too many\\x1b requests)"),
    "JSON of another kind": (b'{"s": "ok", "t": [1]}', "is JSON"),
    "JSON in gzip": (gzip.compress(b"[[1, 2]]"), "Unpack it"),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_named(raw, words, tmp_path):
    path = tmp_path / "bars.csv"
    path.write_bytes(raw)
    with pytest.raises(DataError) as caught:
        look_into(path)
    message = str(caught.value)
    assert words in message
    assert str(path) in message
    assert len(message.splitlines()) <= 3


@pytest.mark.posix
@pytest.mark.parametrize("kind", ["lists", "records"])
def test_the_command_that_converts_json_can_be_pasted(kind, tmp_path):
    names = ["time", "open", "high", "low", "close", "volume"]
    bars = [[1704067200000 + 60_000 * k, 0.1 + k, 1.5 + k, 0.05, 1.0 / 3, 1e-8] for k in range(9)]
    path = tmp_path / "BTC USDT-5m.json"
    rows = bars if kind == "lists" else [dict(zip(names, bar, strict=True)) for bar in bars]
    path.write_text(json.dumps(rows))
    with pytest.raises(DataError) as caught:
        look_into(path)
    command = str(caught.value).splitlines()[-1]
    subprocess.run(command, shell=True, check=True, cwd=tmp_path)
    lines = (tmp_path / "BTC USDT-5m.json.csv").read_text().splitlines()
    assert lines[0].split(",") == ([*"tohlcv"] if kind == "lists" else names)
    assert [[float(cell) for cell in line.split(",")] for line in lines[1:]] == bars


@pytest.mark.slow
def test_a_gzip_bomb_is_refused(tmp_path):
    packer = zlib.compressobj(1, wbits=31)
    blocks = [packer.compress(bytes(2**20)) for _ in range(FREE_BYTES // 2**20 + 2)]
    begin = gzip.compress(RAW * 500)
    path = tmp_path / "bars.csv.gz"
    path.write_bytes(begin + b"".join(blocks) + packer.flush())
    with pytest.raises(DataError, match="unpacks to more than 64 MiB"):
        read_table(path, Layout(), Faults(path))


@pytest.mark.parametrize("n_packed", [1000, FREE_BYTES // 200 + 1])
def test_how_far_a_text_may_unpack(n_packed, tmp_path):
    most = max(FREE_BYTES, 200 * n_packed)
    stream = Limited(io.BytesIO(bytes(most)), tmp_path / "flat.gz", n_packed)
    while stream.read(2**22):
        pass
    stream = Limited(io.BytesIO(bytes(most + 1)), tmp_path / "flat.gz", n_packed)
    with pytest.raises(DataError, match="flat.gz unpacks to more than 64 MiB"):
        while stream.read(2**22):
            pass


def test_last_lines_of_a_text(tmp_path):
    path = tmp_path / "bars"
    long = make_text(28) * 20
    for raw in (long.encode(), long.encode("utf-16")):
        path.write_bytes(raw)
        assert look_into(path).last_lines()[-28:] == tuple(make_text().split())[1:]
    path.write_bytes(gzip.compress(long.encode()))
    assert look_into(path).last_lines() == ()
