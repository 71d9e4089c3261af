"""What a file is that cannot be read as prices, and what to do about it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from evosearch.texts import make_visible, quote, quote_path

_EXPORT = "Save its table as CSV (UTF-8) and name that file."
_UNPACK = "Unpack it and name the file in it."
_BEGINNINGS = (
    (b"\xd0\xcf\x11\xe0", f"is an old Excel workbook (.xls). {_EXPORT}"),
    (b"7z\xbc\xaf\x27\x1c", f"is a 7-Zip archive. {_UNPACK}"),
    (b"Rar!", f"is a RAR archive. {_UNPACK}"),
    (b"\x28\xb5\x2f\xfd", "is packed with zstd. Unpack it (`unzstd FILE`) and name what is in it."),
    (b"BZh", "is packed with bzip2. Unpack it (`bunzip2 -k FILE`) and name what is in it."),
    (b"\xfd7zXZ\0", "is packed with xz. Unpack it (`unxz -k FILE`) and name what is in it."),
    (b"\x04\x22\x4d\x18", f"is packed with lz4. {_UNPACK}"),
    (b"]\0\0", f"is packed with LZMA, as Dukascopy's .bi5 files are. {_UNPACK}"),
    (b"DBN", "is a Databento DBN file. Write it as CSV or Parquet with Databento's own library."),
    (b"\x89HDF", "is an HDF5 file. Write its table as Parquet or CSV and name that file."),
    (b"SQLite format 3", "is an SQLite database. Write the table as CSV and name that file."),
    (b"ORC", "is an ORC file. Write its table as Parquet or CSV and name that file."),
    (b"Obj\x01", "is an Avro file. Write its table as Parquet or CSV and name that file."),
    (b"%PDF", "is a PDF document. Get the prices as CSV."),
    (b"\x89PNG", "is a picture. Get the prices as CSV."),
    (b"version https://git-lfs", "is a pointer of Git LFS. Fetch the file: `git lfs pull`."),
)  # fmt: skip
_CONTROLS = {*range(9), *range(14, 32)}
_OF_TEXTS = bytes(byte for byte in range(256) if byte not in _CONTROLS)
# Short, as a command must fit one line; 'x' because no file of the user's may be overwritten.
_LIST_TO_CSV = (
    "import csv,json,sys;p=sys.argv[1];csv.writer(open(p+'.csv','x',newline='')).writerows("
    "[[*'tohlcv'],*json.load(open(p))])"
)
_RECORDS_TO_CSV = (
    "import csv,json,sys;p=sys.argv[1];r=json.load(open(p));w=csv.DictWriter(open(p+'.csv','x',"
    "newline=''),r[0]);w.writeheader();w.writerows(r)"
)


def explain_binary(path: Path, head: bytes) -> str:
    """What a file is by its first bytes, with the remedy; empty if it may be a text."""
    for beginning, words in _BEGINNINGS:
        if head.startswith(beginning):
            return f"{path} {words.replace('FILE', quote_path(path))}"
    if head[257:262] == b"ustar":
        return f"{path} is a tar archive. {_UNPACK}"
    if re.match(rb"\x80[\x02-\x05]", head):
        return (
            f"{path} is a Python pickle, which is never loaded. Write its table as Parquet or CSV."
        )
    if head[:4] == b"\xff\xff\xff\xff":
        return (
            f"{path} is a stream of Arrow. Write its table as Feather, Parquet or CSV, such as "
            "with pyarrow.feather.write_feather."
        )
    if len(head.translate(None, _OF_TEXTS)) > len(head) // 50:
        what = "holds NUL bytes" if b"\0" in head else "holds control characters"
        return f"{path} is no text: it {what}. Give CSV, Parquet or Feather."
    return ""


def explain_text(path: Path, text: str, packing: str) -> str:
    """What a text is that is no table, with the remedy; empty if it may be one.

    Parameters
    ----------
    path : Path
    text : str
        Its beginning.
    packing : str
        "gzip", "zip" or empty.
    """
    start = text.lstrip("\ufeff \t\r\n")
    if not start:
        return f"{path} is empty." if not text.strip("\ufeff") else f"{path} holds only blanks."
    if re.match(r"(?i)<(!doctype\s+html|html|head|\?xml|!--)", start):
        shown = re.search(r"(?is)<title[^>]*>\s*(.{1,80}?)\s*</title>", start)
        title = f" ({make_visible(shown[1])})" if shown else ""
        return (
            f"{path} is a web page{title}, not prices: the download gave a page in place of the "
            "file. Open it in a browser to see why, and download again."
        )
    if start[0] in "[{":
        told = _explain_json(path, start)
        if told and packing:
            return (
                f"{path} holds JSON, which is not read. {_UNPACK} How to convert it is said then."
            )
        return told
    return ""


def _explain_json(path: Path, start: str) -> str:
    told = f"{path} is JSON, which is not read."
    if re.match(r"\[\s*\[\s*-?\d", start):
        code, what = _LIST_TO_CSV, "time, open, high, low, close, volume of each bar"
    elif re.match(r"\[\s*\{", start):
        code, what = _RECORDS_TO_CSV, "one record a bar"
    elif re.match(r"[\[{]", start) and not re.match(r"[\[{]\s*[\]}\"'\d\[{tfn-]", start):
        return ""  # such as [index],open,...: no JSON after all
    else:
        return (
            f"{told} Write its bars as CSV with the columns time, open, high, low, close, volume."
        )
    command = f'{quote(sys.executable)} -c "{code}" {quote_path(path)}'
    target = quote_path(f"{path}.csv")
    lines = [f"{told} It looks like {what}.", f"This command writes {target}; name that file then:"]
    return "\n".join([*lines, command])
