"""A user's own source files, packed so that another machine can import them by the same names.

For a file: that file and its imports from the same folder. For a module of a package that is not
installed: all of that package. Installed packages must be installed there too. A problem that a
script defines itself needs no file.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from evosearch.errors import ProblemError
from evosearch.problems.base import Problem
from evosearch.problems.code.definitions import is_installed
from evosearch.problems.code.importing import (
    file_of_module,
    find_file,
    import_module,
    name_of_file,
    register_arrival,
)
from evosearch.problems.code.neighbours import find_neighbours
from evosearch.problems.loading import BUILT_IN
from evosearch.system.search_path import add_folder

_MOST_BYTES = 20 * 2**20


@dataclass(frozen=True)
class Sources:
    """Source files of one problem.

    Attributes
    ----------
    spec : str
        The file as a profile names it; empty for a module of a package.
    main : str
        That file among `files`.
    module : str
        The name it was imported under.
    files : tuple of (str, bytes)
        Path below the folder they lay in, and content.
    """

    spec: str
    main: str
    module: str
    files: tuple[tuple[str, bytes], ...]

    def unpack(self) -> ModuleType:
        """Make the files importable in this process, and import the problem's file."""
        digest = hashlib.sha256(repr(self.files).encode()).hexdigest()
        user = os.getuid() if hasattr(os, "getuid") else 0
        folder = Path(tempfile.gettempdir()) / f"evosearch-problem-{user}-{digest[:16]}"
        if not folder.is_dir():
            fresh = Path(tempfile.mkdtemp(prefix="evosearch-problem-"))
            for name, text in self.files:
                path = fresh / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text)
                os.utime(path, (0, 315532800))  # what is compiled is kept by its source's date
            try:
                fresh.rename(folder)
            except OSError:  # another worker was faster
                shutil.rmtree(fresh, ignore_errors=True)
        if hasattr(os, "getuid") and folder.stat().st_uid != user:
            raise ProblemError(f"{folder} belongs to somebody else; it cannot hold the problem.")
        for name, text in self.files:
            if (folder / name).read_bytes() != text:
                raise ProblemError(f"{folder / name} was changed; remove {folder}.")
        add_folder(folder)
        if self.spec:
            register_arrival(self.spec, folder / self.main, self.module)
        return import_module(self.spec or self.module)


def collect_sources(
    problem: Problem, name: str | None, folders: tuple[Path, ...]
) -> Sources | None:
    """The files that another machine needs to import a problem; None when it needs none.

    Raises
    ------
    ProblemError
        They are too large to travel.
    """
    if name in BUILT_IN:
        return None
    spec = name.rpartition(":")[0] if name else type(problem).__module__
    loaded = None if name else file_of_module(spec)
    if loaded is not None:
        spec, folders = loaded.name, (loaded.parent,)
    if spec.endswith(".py"):
        path = find_file(spec, folders)
        files = find_neighbours(path)
        return _pack(spec, path.name, name_of_file(path), path.parent, files)
    module = sys.modules.get(spec)
    origin = getattr(module, "__file__", None)
    if spec == "__main__" or origin is None or is_installed(Path(origin)):
        return None
    top = spec.partition(".")[0]
    place = Path(origin).resolve()
    n_up = spec.count(".") + (place.name == "__init__.py")
    folder = place.parents[n_up]
    package = folder / top
    files = sorted(package.rglob("*.py")) if package.is_dir() else [folder / f"{top}.py"]
    return _pack("", files[0].name, spec, folder, files)


def _pack(spec: str, main: str, module: str, folder: Path, files: list[Path]) -> Sources:
    n_bytes = sum(path.stat().st_size for path in files)
    if n_bytes > _MOST_BYTES:
        raise ProblemError(
            f"The source of problem {spec or module} in {folder} is {n_bytes / 2**20:.0f} MB; at "
            f"most {_MOST_BYTES / 2**20:.0f} MB travel to a cluster. Install it on its machines."
        )
    return Sources(
        spec,
        main,
        module,
        tuple((path.relative_to(folder).as_posix(), path.read_bytes()) for path in files),
    )
