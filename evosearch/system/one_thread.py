"""One thread for each numeric library, wherever evaluations run.

Workers share the cores, and the rounding of a sum must not depend on a library's threads: a
product of two matrices of 700 rows differs in its last digits. Libraries read these variables
once, when they are loaded. Values set by the user are overwritten, because rows must not depend on
them either. An objective that needs more threads can ask its library for them.
"""

from __future__ import annotations

import os

ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMBA_NUM_THREADS",
    ),
    "1",
)


def limit_threads() -> None:
    """For this process, in which numpy must not have been loaded yet."""
    os.environ.update(ONE_THREAD)
