"""What travels to a cluster: the evaluator once, its arrays apart, and the code that reads it.

Everything here becomes plain dicts of bytes and arrays. Ray keeps one copy on each machine and
hands it to that machine's workers without copying.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import io
import pickle
import zipfile
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np

from evosearch.errors import ProblemError
from evosearch.executors.base import Evaluator, Limits

# Whatever rounds a float: a worker with another version could give another last bit.
_DECIDING = ("numpy", "numba")
_DATE = (1980, 1, 1, 0, 0, 0)


def pack_code() -> dict[str, Any]:
    """The source of this very package, for workers that lack it.

    Returns
    -------
    dict
        ``digest`` of all sources, ``archive`` (zip, ndarray of uint8) of the package, and
        ``versions`` of the libraries that decide results.
    """
    package = Path(__file__).parents[2]
    whole, file = hashlib.sha256(), io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(package.rglob("*.py")):
            name, text = path.relative_to(package).as_posix(), path.read_bytes()
            whole.update(name.encode() + b"\0")
            whole.update(text + b"\0")
            # Compiled kernels are kept by the date of their source, so it must not change.
            archive.writestr(zipfile.ZipInfo(f"evosearch/{name}", _DATE), text)
    return {
        "digest": whole.hexdigest(),
        "archive": np.frombuffer(file.getvalue(), np.uint8),
        "versions": {name: importlib.metadata.version(name) for name in _DECIDING},
    }


def pack_evaluator(evaluator: Evaluator, limits: Limits) -> dict[str, Any]:
    """An evaluator that can be rebuilt on a machine that has none of the user's files.

    Returns
    -------
    dict
        ``payload`` and ``buffers`` (ndarrays of uint8), ``limits``, and ``digest`` of it all.

    Raises
    ------
    ProblemError
        The problem cannot travel.
    """
    cloudpickle: Any = importlib.import_module("ray.cloudpickle")

    buffers: list[pickle.PickleBuffer] = []
    try:
        # By value what a script defines itself, by name whatever can be imported.
        payload = cloudpickle.dumps(
            evaluator.for_other_machines(), protocol=5, buffer_callback=buffers.append
        )
    except ProblemError:
        raise
    except Exception as error:
        raise ProblemError(
            f"The problem cannot be sent to a cluster: {type(error).__name__}: {error}. Open "
            "files, locks and lambdas belong in setup(), which runs on each worker."
        ) from error
    arrays = [np.frombuffer(buffer.raw(), np.uint8) for buffer in buffers]
    # Folders are of this machine, and each search has its own.
    given = astuple(Limits(limits.timeout_s, limits.memory_bytes))
    digest = hashlib.sha256(payload + repr(given).encode())
    for array in arrays:
        digest.update(array.data)
    return {
        "digest": digest.hexdigest(),
        "payload": np.frombuffer(payload, np.uint8),
        "buffers": arrays,
        "limits": given,
    }
