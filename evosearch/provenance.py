"""The facts needed to repeat a run and to compare it: machine, versions, names, fingerprint.

The fingerprint covers all that changes a genome's fitness and nothing else. Search bounds, seed
and algorithm are left out, so that runs over different ranges of one problem can be merged.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import secrets
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.system.version import __version__
from evosearch.texts import slugify

if TYPE_CHECKING:
    from evosearch.genome.space import Space

_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"


def name_host() -> str:
    """The name of this machine, as shards record it."""
    return slugify(platform.node().split(".")[0])


@dataclass(frozen=True)
class RunPlan:
    """What a run is, and what its rows have: for its loop and for its files.

    Attributes
    ----------
    manifest : mapping
        What the run says of itself, in every file of it.
    space : Space
    metrics : sequence of str
        Names of the metric columns.
    int_metrics : frozenset of str
        Those that are whole numbers.
    results : Path
        Where its shards are published.
    folders : tuple of Path
        Of the profile: no file tells of them.
    summarised : frozenset of str
        Metrics whose least and greatest value files keep.
    objective : str
        The metric that is searched.
    """

    manifest: Mapping[str, Any]
    space: Space
    metrics: Sequence[str]
    int_metrics: frozenset[str]
    results: Path
    folders: tuple[Path, ...] = ()
    summarised: frozenset[str] = frozenset()
    objective: str = ""

    @property
    def run_id(self) -> str:
        """The run's name."""
        return str(self.manifest["run"]["run_id"])


def describe_machine(name: str | None = None) -> dict[str, Any]:
    """The machine as plain data; `name` replaces the name of its host."""
    return {
        "host": name or name_host(),
        "system": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        "cpu": _cpu_name(),
        "n_cores": os.cpu_count() or 1,
    }


def describe_versions(packages: Iterable[str] = ()) -> dict[str, str]:
    """Versions that can change a result, those of packages that a problem uses among them."""
    import numba
    import numpy as np

    versions = {
        "evosearch": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
    }
    for name in sorted({*packages} - {*versions} - {"numba"}):
        version = _find_version(name)
        versions |= {name: version} if version else {}
    commit = _code_commit()
    return versions | {"commit": commit} if commit else versions


def make_run_id(profile_name: str, host: str) -> str:
    """``<profile>-<host>-<utc>-<6 base32>``: sortable, speakable, safe on every file system."""
    stamp = datetime.now(UTC).strftime("%Y%m%dt%H%M%Sz")
    tail = "".join(secrets.choice(_BASE32) for _ in range(6))
    return f"{profile_name}-{host}-{stamp}-{tail}"


def compute_fingerprint(parts: Mapping[str, Any]) -> str:
    """32 hexadecimal digits for everything that decides the fitness of a genome.

    Parameters
    ----------
    parts : mapping
        Plain data: problem, version, objective, direction and the problem's own options.

    Examples
    --------
    >>> compute_fingerprint({"version": "1", "problem": "made.py:Made"})
    'e8a5a783364bd58814cfce6314d75b35'
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def list_differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    """What differs between the parts of two fingerprints: dotted keys, each with both values."""
    first, second = flatten(a), flatten(b)
    return [
        f"{key[:200]}: {str(first.get(key))[:60]} | {str(second.get(key))[:60]}"
        for key in sorted({*first, *second})
        if first.get(key) != second.get(key)
    ]


def is_same_problem(then: Mapping[str, Any], now: Mapping[str, Any], is_by_profile: bool) -> bool:
    """Whether a run of then measures what a problem does now.

    Parameters
    ----------
    then, now : mapping
        Descriptions of the problem; that of then may be by an earlier evosearch.
    is_by_profile : bool
        A profile made the problem of then, and named the file that it comes from.
    """
    origin = read_formerly(now).get(then["fingerprint"]) if is_former(then) else None
    return then["fingerprint"] == now["fingerprint"] or (
        origin == "any" or (origin == "profile" and is_by_profile)
    )


def read_formerly(problem: Mapping[str, Any]) -> dict[str, str]:
    """Former fingerprints of a problem, and the rows that each is true for: any, or a profile's."""
    former = problem.get("formerly")
    items = former.items() if isinstance(former, Mapping) else ()
    return {key: "any" if origin == "any" else "profile" for key, origin in items}


def is_former(problem: Mapping[str, Any]) -> bool:
    """Whether an evosearch described a problem that did not yet record code and arguments."""
    return "formerly" not in problem


def join_problems(problems: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One description for all of one problem, in any order and grouping the same.

    They differ at most in what they say for people, and in the fingerprints that they had before;
    a description by today's evosearch speaks for one by an earlier.
    """

    def order(problem: Mapping[str, Any]) -> tuple[bool, str]:
        return is_former(problem), json.dumps({**problem, "formerly": 0}, sort_keys=True)

    chosen = min(problems, key=order)
    if is_former(chosen):
        return dict(chosen)
    former: dict[str, str] = {}
    for each in problems:
        for fingerprint, origin in read_formerly(each).items():
            # One that holds for all rows includes the other.
            former[fingerprint] = min(former.get(fingerprint, origin), origin)
    return {**chosen, "formerly": dict(sorted(former.items()))}


def flatten(value: Any, prefix: str = "") -> dict[str, Any]:
    """Nested plain data by dotted keys; an item of a list by its name, where it has one."""
    if isinstance(value, Mapping):
        items = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        items = [(str(item.get("name", place)), item) for place, item in enumerate(value)]
    else:
        return {prefix: value}
    flat: dict[str, Any] = {}
    for key, item in items:
        flat |= flatten(item, f"{prefix}.{key}" if prefix else key)
    return flat


def format_utc(moment: datetime) -> str:
    """A moment as ISO 8601 with a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _find_version(module: str) -> str | None:
    """The version of an installed package by the name it is imported by."""
    if module in sys.stdlib_module_names:
        return None
    try:
        return importlib.metadata.version(module)
    except (importlib.metadata.PackageNotFoundError, ValueError):
        version = getattr(sys.modules.get(module), "__version__", None)
        return version[:100] if isinstance(version, str) else None


def _cpu_name() -> str:
    if sys.platform == "linux":
        with suppress(OSError):
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    if sys.platform == "darwin":
        import subprocess

        done = subprocess.run(
            ["sysctl", "-n", "machdep.cpu.brand_string"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.stdout.strip():
            return done.stdout.strip()
    return platform.processor() or platform.machine()


def _code_commit() -> str | None:
    """The commit of the checkout this package runs from, read without calling git."""
    folder = Path(__file__).resolve().parent.parent / ".git"
    with suppress(OSError):
        head = (folder / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return head[:40]
        name = head.removeprefix("ref: ")
        loose = folder / name
        if loose.is_file():
            return loose.read_text(encoding="utf-8").strip()[:40]
        for line in (folder / "packed-refs").read_text(encoding="utf-8").splitlines():
            if line.endswith(f" {name}"):
                return line.split(" ")[0]
    return None
