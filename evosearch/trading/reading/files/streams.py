"""Bytes of a text, unpacked and decoded block by block, never more than a limit."""

from __future__ import annotations

import codecs
import gzip
import io
import lzma
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

from evosearch.errors import DataError
from evosearch.texts import make_visible

MAX_UNPACKED = 4 * 2**30
MAX_RATIO, FREE_BYTES = 200, 64 * 2**20  # prices pack to a tenth; what packs further is a bomb
_BLOCK = 2**18


class Stream(io.RawIOBase):
    """Bytes that are made as they are read."""

    def readable(self) -> bool:
        """Whether it can be read: yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, as readers of lines do."""
        block = self.read(len(buffer)) or b""
        buffer[: len(block)] = block
        return len(block)


class Limited(Stream):
    """A packed stream that is refused once it holds too much.

    Parameters
    ----------
    stream : file
        Gives unpacked bytes.
    path : Path
        For messages.
    n_packed : int
        Bytes before unpacking.
    """

    def __init__(self, stream: IO[bytes] | io.BufferedIOBase, path: Path, n_packed: int) -> None:
        self._stream, self._path, self._n_packed = stream, path, n_packed
        self._n_bytes = 0

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes."""
        try:
            block = self._stream.read(size if size >= 0 else _BLOCK) or b""
        except (
            zlib.error,
            lzma.LZMAError,
            zipfile.BadZipFile,
            EOFError,
            OSError,
            ValueError,
        ) as error:
            said = make_visible(str(error)[:100])
            raise DataError(
                f"{self._path} is damaged or cut off: {said}. Download it again."
            ) from error
        self._n_bytes += len(block)
        most = min(MAX_UNPACKED, max(FREE_BYTES, MAX_RATIO * self._n_packed))
        if self._n_bytes > most:
            raise DataError(
                f"{self._path} unpacks to more than {most // 2**20:,} MiB from "
                f"{self._n_packed:,} bytes: it is refused. Unpack it yourself if you trust it."
            )
        return block

    def close(self) -> None:
        """Close the file below, too."""
        self._stream.close()
        super().close()


class Transcoded(Stream):
    """A text of another encoding as UTF-8; what cannot be decoded becomes a question mark."""

    def __init__(self, stream: IO[bytes] | io.RawIOBase, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._rest = b""
        self._is_over = False

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes."""
        size = size if size >= 0 else _BLOCK
        while len(self._rest) < size and not self._is_over:
            block = self._stream.read(max(size, _BLOCK)) or b""
            self._is_over = not block
            self._rest += self._decoder.decode(block, final=not block).encode("utf-8")
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece

    def close(self) -> None:
        """Close the stream below, too."""
        self._stream.close()
        super().close()


def open_gzip(path: Path) -> io.RawIOBase:
    """The bytes in a gzip file."""
    return Limited(gzip.open(path), path, path.stat().st_size)


def open_member(path: Path, member: str) -> io.RawIOBase:
    """The bytes of one member of a zip file; nothing is written to the disk."""
    try:
        archive = zipfile.ZipFile(path)
        info = archive.getinfo(member)
        stream = archive.open(info)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise DataError(f"{path} cannot be unpacked: {make_visible(str(error)[:100])}.") from error
    return Limited(stream, path, min(info.compress_size, path.stat().st_size))
