"""One way to compile a numeric kernel, with types that mypy can follow.

Kernels are cached on disk beside their file, release the interpreter lock, and never use fast
maths: two runs of one seed must agree to the last bit. numba does not notice edits in helpers
that live in another file, so a kernel and all it calls stand in one module.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile `function` on its first call and keep the machine code on disk."""
    try:
        return cast(F, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # no folder may hold it: then each process compiles for itself
        return cast(F, numba.njit(nogil=True)(function))
