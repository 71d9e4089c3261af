"""Tell by its first bytes what a file is, whatever its name, and open the text in it."""

from __future__ import annotations

import codecs
import contextlib
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from evosearch.errors import DataError
from evosearch.texts import list_names, make_visible
from evosearch.trading.reading.files.refused import explain_binary, explain_text
from evosearch.trading.reading.files.streams import Transcoded, open_gzip, open_member

HEAD_BYTES, TAIL_BYTES = 2**18, 2**12
_ARROW = {b"PAR1": "Parquet", b"ARROW1": "Feather", b"FEA1": "Feather V1"}
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Container:
    """A file that can be read.

    Attributes
    ----------
    path : Path
    kind : str
        "text", "Parquet", "Feather" or "Feather V1".
    packing : str
        "gzip", "zip" or empty.
    member : str
        Its name in the zip file.
    encoding : str
        Of the text, unless it is UTF-8.
    head : str
        The first characters of the text.
    """

    path: Path
    kind: str
    packing: str = ""
    member: str = ""
    encoding: str = ""
    head: str = ""

    def open(self) -> io.RawIOBase:
        """The text as UTF-8 bytes."""
        stream = _open_bytes(self.path, self.packing, self.member)
        return Transcoded(stream, self.encoding) if self.encoding else stream

    @property
    def words(self) -> list[str]:
        """What should be said about it."""
        encoding = {"cp1252": "", "utf-16": "UTF-16"}  # of the first, a note says more
        return [word for word in (self.packing, encoding.get(self.encoding, self.encoding)) if word]

    def first_lines(self, n_most: int) -> tuple[str, ...]:
        """The first lines, without their ends."""
        lines = _LINE_END.split(self.head.lstrip("\ufeff"), n_most)
        if len(self.head) < HEAD_BYTES // 4 and len(lines) <= n_most:
            return tuple(lines[:-1] if not lines[-1] else lines)
        return tuple(lines[:-1])  # the last one may be cut off

    def last_lines(self) -> tuple[str, ...]:
        """A few of the last lines; none of a packed text, which is read once only."""
        if self.packing or self.kind != "text":
            return ()
        with self.path.open("rb") as file:
            size = file.seek(0, 2)
            begin = max(0, size - TAIL_BYTES) // 2 * 2  # UTF-16 has two bytes a character
            file.seek(begin)
            raw = file.read(TAIL_BYTES + 2)
        encoding = self.encoding or "utf-8"
        if encoding == "utf-16" and begin:
            encoding = "utf-16-le" if self._is_little_endian() else "utf-16-be"
        text = raw.decode(encoding, "replace").rstrip("\r\n")
        # Of a short file the first line is among them: with its mark it would be another.
        lines = _LINE_END.split(text if begin else text.lstrip("\ufeff"))
        return tuple(lines[1:] if begin else lines)

    def _is_little_endian(self) -> bool:
        with self.path.open("rb") as file:
            return file.read(2) == codecs.BOM_UTF16_LE


def look_into(path: Path) -> Container:
    """What a file is.

    Raises
    ------
    DataError
        It is empty, or nothing that can be read; with the remedy.
    """
    with path.open("rb") as file:
        head = file.read(1024)
    if not head:
        raise DataError(f"{path} is empty.")
    for beginning, kind in _ARROW.items():
        if head.startswith(beginning):
            return Container(path, kind)
    if head.startswith(b"\x1f\x8b"):
        return _look_at_text(path, "gzip", "")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _look_at_text(path, "zip", _choose_member(path))
    return _look_at_text(path, "", "")


def _choose_member(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.filename.endswith("/")]
    except (zipfile.BadZipFile, OSError, ValueError, LookupError, NotImplementedError) as error:
        raise DataError(
            f"{path} is a damaged zip file: {make_visible(str(error)[:100])}."
        ) from error
    names = [info.filename for info in infos]
    if "[Content_Types].xml" in names or "xl/workbook.xml" in names:
        raise DataError(
            f"{path} is an Excel workbook. Save the sheet with the prices as CSV (UTF-8), and name "
            "that file."
        )
    infos = [
        info for info in infos if not re.search(r"(^|/)(__MACOSX/|\._|\.DS_Store)", info.filename)
    ]
    if not infos:
        raise DataError(f"{path} is a zip file without a file in it.")
    if len(infos) > 1:
        shown = list_names([make_visible(info.filename)[:60] for info in infos], 8)
        raise DataError(
            f"{path} is a zip file with {len(infos):,} files: {shown[:600]}.\n"
            "Unpack it and name the file that you want. A zip file with one file in it is read as "
            "it is."
        )
    if infos[0].flag_bits & 1:
        raise DataError(f"{path} is a zip file with a password. Unpack it and name the file in it.")
    return infos[0].filename


def _open_bytes(path: Path, packing: str, member: str) -> io.RawIOBase:
    if packing == "gzip":
        return open_gzip(path)
    return open_member(path, member) if packing == "zip" else path.open("rb", buffering=0)


def _look_at_text(path: Path, packing: str, member: str) -> Container:
    with contextlib.closing(_open_bytes(path, packing, member)) as stream:
        raw = _read_up_to(stream, HEAD_BYTES)
    if packing and raw.startswith((*_ARROW, b"PK\x03\x04", b"\x1f\x8b")):
        raise DataError(f"{path} holds a file within a file. Unpack it and name the file in it.")
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "")
    if not encoding:
        encoding = _guess_without_mark(raw)
    if not encoding:
        problem = explain_binary(path, raw)
        if problem:
            raise DataError(problem)
        try:
            codecs.getincrementaldecoder("utf-8")().decode(raw)
        except UnicodeDecodeError:
            encoding = "cp1252"
    decoder = codecs.getincrementaldecoder(encoding or "utf-8-sig")("replace")
    text = decoder.decode(raw, final=len(raw) < HEAD_BYTES)
    problem = explain_text(path, text, packing)
    if problem:
        raise DataError(problem)
    return Container(path, "text", packing, member, encoding, text)


def _guess_without_mark(raw: bytes) -> str:
    """UTF-16 without its mark: every second byte of a text of numbers is NUL."""
    n_pairs = len(raw) // 2
    for place, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if n_pairs > 8 and raw[place::2].count(0) > 0.9 * n_pairs > 10 * raw[1 - place :: 2].count(
            0
        ):
            return name
    return ""


def _read_up_to(stream: io.RawIOBase, size: int) -> bytes:
    pieces: list[bytes] = []
    missing = size
    while missing:
        block = stream.read(missing)
        if not block:
            break
        pieces.append(block)
        missing -= len(block)
    return b"".join(pieces)
