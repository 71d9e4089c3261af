"""The first code that runs on a worker of a cluster: it makes evosearch importable there.

These functions travel by value, because evosearch itself may be missing on the worker or be
another version; so they lean on nothing but the standard library, and on nothing outside
themselves. A worker that has the very same code uses its own, whose compiled kernels it may
have kept; any other is given ours.
"""

from __future__ import annotations

from typing import Any


def measure(code: dict[str, Any], parcel: dict[str, Any], genomes: Any) -> tuple[Any, ...]:
    """Measure genomes on a worker.

    Parameters
    ----------
    code : dict
        As `parcel.pack_code` makes it.
    parcel : dict
        As `parcel.pack_evaluator` makes it.
    genomes : ndarray of float64, shape (n, n_genes)

    Returns
    -------
    tuple
        ``("done", node, elapsed_s, columns)``, or ``("unfit", node, reason)`` when this machine
        cannot measure this problem at all.
    """
    import importlib
    import importlib.metadata
    import importlib.util
    import os
    import sys
    import zipfile
    from hashlib import sha256
    from io import BytesIO
    from pathlib import Path
    from tempfile import gettempdir, mkdtemp

    import ray

    def digest_of(folder: Path) -> str:
        whole = sha256()
        for path in sorted(folder.rglob("*.py")):
            whole.update(path.relative_to(folder).as_posix().encode() + b"\0")
            whole.update(path.read_bytes() + b"\0")
        return whole.hexdigest()

    def unpack() -> Path:
        if sys.platform == "win32":
            raise OSError("Ray is used on Linux alone")
        # Kept between runs, so that compiled code is reused; never another user's folder.
        folder = Path(gettempdir()) / f"evosearch-{os.getuid()}-{code['digest'][:16]}"
        if not folder.is_dir():
            fresh = Path(mkdtemp(prefix="evosearch-", dir=gettempdir()))
            zipfile.ZipFile(BytesIO(code["archive"].tobytes())).extractall(fresh)
            try:
                fresh.rename(folder)
            except OSError:  # another worker was faster
                import shutil

                shutil.rmtree(fresh, ignore_errors=True)
        if folder.stat().st_uid != os.getuid():
            raise PermissionError(f"{folder} belongs to somebody else")
        if digest_of(folder / "evosearch") != code["digest"]:
            raise RuntimeError(f"{folder} was changed; remove it")
        return folder

    node = ray.get_runtime_context().get_node_id()
    if "evosearch.executors.cluster.station" not in sys.modules:
        faults = []
        for name, wanted in code["versions"].items():
            try:
                found = importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                found = "none"
            if found != wanted:
                faults.append(f"{name} {wanted} is needed there, {found} is installed")
        if faults:
            return "unfit", node, "; ".join(faults)
        try:
            found_spec = importlib.util.find_spec("evosearch")
            origin = found_spec.origin if found_spec else None
            if origin is None or digest_of(Path(origin).parent) != code["digest"]:
                sys.path.insert(0, str(unpack()))
                for name in [m for m in sys.modules if m.partition(".")[0] == "evosearch"]:
                    del sys.modules[name]
                importlib.invalidate_caches()
            importlib.import_module("evosearch.executors.cluster.station")
        except Exception as error:
            return "unfit", node, f"{type(error).__name__}: {error}"
    station = importlib.import_module("evosearch.executors.cluster.station")
    return station.measure(node, parcel, genomes)  # type: ignore[no-any-return]
