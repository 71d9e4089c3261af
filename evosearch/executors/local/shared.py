"""Memory that the main process and its workers share, which no objective can truncate.

A process that touches the missing part of a truncated mapped file is killed by SIGBUS, and an
objective may truncate any descriptor it finds. On Linux the memory is therefore a sealed file in
memory: its size cannot change, and where workers only read, neither can its content. On every
POSIX system a worker closes the descriptor once the memory is mapped: an objective does not find
it among its open files.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import sys
import tempfile
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from multiprocessing import reduction
from typing import Any

from evosearch.executors.base import Evaluator

# Of linux/memfd.h and linux/fcntl.h: not every Python build knows all of them by name.
_MFD_CLOEXEC, _MFD_ALLOW_SEALING = 1, 2
_F_ADD_SEALS = 1033
_SEAL_SEAL, _SEAL_SHRINK, _SEAL_GROW, _SEAL_WRITE = 1, 2, 4, 8
_ZEROS = bytes(2**20)


class Shared:
    """A block of memory that travels to a worker as the worker starts.

    Made by `allocate` or `hold`.

    Attributes
    ----------
    buffer : ctypes array of char
        The memory as this process sees it; alive as long as anything refers to it. Empty in the
        process that called `hold`.
    """

    def __init__(self, size: int, descriptor: int, is_writable: bool, buffer: Any) -> None:
        self._size, self._descriptor, self._is_writable = size, descriptor, is_writable
        self.buffer = buffer
        if descriptor >= 0:
            self._closing = weakref.finalize(self, os.close, descriptor)

    @classmethod
    def allocate(cls, context: Any, size: int) -> Shared:
        """Zeros that both sides write to.

        Raises
        ------
        OSError
        """
        if sys.platform == "win32":
            return cls(size, -1, True, context.RawArray("c", size))
        descriptor, is_sealed = _make_file(size)
        shared = cls(size, descriptor, True, None)
        if is_sealed:
            _seal(descriptor, _SEAL_SHRINK | _SEAL_GROW | _SEAL_SEAL)
        else:
            # A file of holes kills by SIGBUS when the disk is full; now that is an error.
            _write(descriptor, 0, (_ZEROS[: size - at] for at in range(0, size, len(_ZEROS))))
        shared.buffer = _map(descriptor, size, is_writable=True)
        return shared

    @classmethod
    def hold(cls, context: Any, size: int, pieces: Iterable[tuple[int, Any]]) -> Shared:
        """A block that workers only read.

        Parameters
        ----------
        context : multiprocessing context
        size : int
        pieces : iterable of (int, buffer of bytes)
            Where each piece begins; the rest is zeros.

        Raises
        ------
        OSError
        """
        if sys.platform == "win32":
            array = context.RawArray("c", size)
            target = memoryview(array).cast("B")
            for begin, piece in pieces:
                target[begin : begin + len(piece)] = piece
            return cls(size, -1, False, array)
        descriptor, is_sealed = _make_file(size)
        shared = cls(size, descriptor, False, b"")
        for begin, piece in pieces:
            _write(descriptor, begin, [piece])
        if is_sealed:
            _seal(descriptor, _SEAL_SHRINK | _SEAL_GROW | _SEAL_WRITE | _SEAL_SEAL)
        return shared

    def __len__(self) -> int:
        return self._size

    def close_descriptor(self) -> None:
        """Once the worker has started: the memory stays mapped where it is."""
        if self._descriptor >= 0:
            self._closing()
            self._descriptor = -1

    def __reduce__(self) -> tuple[Any, ...]:
        if sys.platform == "win32" or self._descriptor < 0:
            return Shared, (self._size, -1, self._is_writable, self.buffer)
        inherited = reduction.DupFd(self._descriptor)  # only while a process starts
        return _receive, (self._size, inherited, self._is_writable)


@dataclass(frozen=True)
class Package:
    """An evaluator ready to travel: pickled, its large arrays in memory that workers share.

    Attributes
    ----------
    payload : bytes
    shared : Shared or None
    spans : list of (int, int)
        Where each array begins and ends in `shared`.
    """

    payload: bytes
    shared: Shared | None
    spans: list[tuple[int, int]]

    @staticmethod
    def pack(evaluator: Evaluator, context: Any) -> Package:
        """Pickle once, for all workers."""
        buffers: list[pickle.PickleBuffer] = []
        payload = pickle.dumps(evaluator, protocol=5, buffer_callback=buffers.append)
        spans, end = [], 0
        for buffer in buffers:
            size = buffer.raw().nbytes
            spans.append((end, end + size))
            end += -(-size // 64) * 64  # aligned for the processor's wide registers
        pieces = ((begin, buffer.raw()) for buffer, (begin, _) in zip(buffers, spans, strict=True))
        return Package(payload, Shared.hold(context, end, pieces) if end else None, spans)

    def open(self) -> Evaluator:
        """The evaluator, in a worker."""
        whole = memoryview(self.shared.buffer if self.shared else b"").cast("B").toreadonly()
        buffers = [whole[begin:end] for begin, end in self.spans]
        evaluator: Evaluator = pickle.loads(self.payload, buffers=buffers)  # noqa: S301 (our parent's)
        return evaluator


def _receive(size: int, inherited: Any, is_writable: bool) -> Shared:
    """The same memory in the worker, with no descriptor of it left."""
    descriptor = inherited.detach()
    try:
        return Shared(size, -1, is_writable, _map(descriptor, size, is_writable))
    finally:
        os.close(descriptor)


def _make_file(size: int) -> tuple[int, bool]:
    """A nameless file of zeros, and whether it can be sealed."""
    with contextlib.suppress(AttributeError, OSError):  # an old kernel, another system
        make = ctypes.CDLL(None, use_errno=True).memfd_create
        make.argtypes = (ctypes.c_char_p, ctypes.c_uint)
        descriptor = make(b"evosearch", _MFD_CLOEXEC | _MFD_ALLOW_SEALING)
        if descriptor >= 0:
            os.ftruncate(descriptor, size)
            return descriptor, True
    descriptor, name = tempfile.mkstemp(prefix="evosearch-")
    os.unlink(name)  # noqa: PTH108 (a text)
    os.ftruncate(descriptor, size)
    return descriptor, False


def _seal(descriptor: int, seals: int) -> None:
    if sys.platform == "win32":
        raise NotImplementedError  # memory has a name there
    import fcntl

    fcntl.fcntl(descriptor, _F_ADD_SEALS, seals)


def _write(descriptor: int, begin: int, pieces: Iterable[Any]) -> None:
    if sys.platform == "win32":
        raise NotImplementedError  # memory has a name there
    for piece in pieces:
        left = memoryview(piece).cast("B")
        while left:  # the system takes at most 2 GiB at once
            n_bytes = os.pwrite(descriptor, left, begin)
            begin, left = begin + n_bytes, left[n_bytes:]


def _map(descriptor: int, size: int, is_writable: bool) -> Any:
    """A ctypes array over a file; Python's own mmap would keep a descriptor open."""
    if sys.platform == "win32":
        raise NotImplementedError  # memory has a name there
    import mmap

    library = ctypes.CDLL(None, use_errno=True)
    call, call_unmap = library.mmap, library.munmap
    call.restype = ctypes.c_void_p
    call.argtypes = (
        ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long,
    )  # fmt: skip
    call_unmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
    protection = mmap.PROT_READ | (mmap.PROT_WRITE if is_writable else 0)
    # Kernels before 6.7 share what is sealed against writing only as a private mapping.
    flags = mmap.MAP_SHARED if is_writable else mmap.MAP_PRIVATE
    address = call(None, size, protection, flags, descriptor, 0)
    if address is None or address == ctypes.c_void_p(-1).value:
        number = ctypes.get_errno()
        raise OSError(number, f"memory cannot be shared: {os.strerror(number)}")
    array = (ctypes.c_char * size).from_address(address)
    unmap = weakref.finalize(array, call_unmap, address, size)
    unmap.atexit = False  # it may still be read when the process ends
    return array
