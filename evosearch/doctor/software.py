"""Python, the packages, the compiler, and whether worker processes start."""

from __future__ import annotations

import codecs
import importlib
import importlib.metadata
import locale
import multiprocessing
import os
import platform
import sys
import time
from typing import Any, cast

from evosearch.doctor.base import FAILED, GOOD, WARNING, Finding
from evosearch.system import compile_cache

PACKAGES = (
    "numpy",
    "numba",
    "llvmlite",
    "pandas",
    "pyarrow",
    "duckdb",
    "pydantic",
    "psutil",
    "typer",
    "rich",
)
_START_TIMEOUT_S = 60.0


def check_python() -> list[Finding]:
    """The interpreter: version, kind, width of a word."""
    version, bits = platform.python_version(), 64 if sys.maxsize > 2**32 else 32
    kind = platform.python_implementation()
    facts = {"version": version, "implementation": kind, "bits": bits, "path": sys.executable}
    text = f"{kind} {version}, {bits} bit, {sys.executable}"
    if bits < 64 or kind != "CPython":
        advice = "numba and pyarrow have wheels for 64-bit CPython only."
        return [Finding("python", WARNING, text, advice, facts)]
    return [Finding("python", GOOD, text, facts=facts)]


def check_output() -> list[Finding]:
    """Whether text that is sent to a file keeps every letter; JSON and CSV do in any case."""
    named = os.environ.get("PYTHONIOENCODING", "").partition(":")[0]
    is_utf8 = sys.flags.utf8_mode and not named
    encoding = "utf-8" if is_utf8 else codecs.lookup(named or locale.getencoding()).name
    if encoding in ("utf-8", "utf-8-sig"):
        return []
    text = f"text sent to a file is written as {encoding}; other letters become codes"
    advice = "Set PYTHONUTF8=1 in the environment for UTF-8."
    return [Finding("output", WARNING, text, advice, {"encoding": encoding})]


def check_packages() -> list[Finding]:
    """Every package, imported: a wheel for another machine shows only then."""
    versions, broken = {}, []
    for name in PACKAGES:
        try:
            importlib.import_module(name)
            versions[name] = importlib.metadata.version(name)
        except Exception as error:  # a broken wheel may raise anything
            broken.append(f"{name}: {type(error).__name__}: {str(error)[:120]}")
    text = ", ".join(f"{name} {version}" for name, version in versions.items())
    if not broken:
        return [Finding("packages", GOOD, text, facts=versions)]
    advice = "Install evosearch again: uv sync, or pip install --force-reinstall ."
    return [Finding("packages", FAILED, "; ".join(broken), advice, versions)]


def check_numba() -> list[Finding]:
    """Whether numba compiles, and may keep what it compiled."""
    import numba

    if compile_cache.is_switched_off():
        text = "switched off by NUMBA_DISABLE_JIT"
        return [Finding("numba", FAILED, text, "Unset NUMBA_DISABLE_JIT: searches need it.")]
    began = time.perf_counter()
    result = cast(Any, numba.njit(_add))(1.0, 2.0)
    elapsed_s = time.perf_counter() - began
    state = GOOD if result == 3.0 else FAILED
    findings = [
        Finding(
            "numba",
            state,
            f"compiles, {elapsed_s:.1f} s for a first function",
            "" if state == GOOD else "Install numba and llvmlite again.",
            {"compile_s": round(elapsed_s, 3)},
        )
    ]
    folder = compile_cache.find_folder(compile_cache.PACKAGE / "genome/canonical.py")
    if folder is not None:
        facts = {"folder": str(folder)}
        return [*findings, Finding("numba cache", GOOD, str(folder), facts=facts)]
    text = f"neither {compile_cache.PACKAGE} nor your home can be written to"
    advice = "Every start compiles anew. Set NUMBA_CACHE_DIR to a folder you may write to."
    return [*findings, Finding("numba cache", WARNING, text, advice, {"folder": None})]


def check_workers() -> list[Finding]:
    """Whether a worker process starts, the way that searches start theirs."""
    context = multiprocessing.get_context("spawn")
    began = time.perf_counter()
    process = context.Process(target=os.getpid, daemon=True)
    process.start()
    process.join(_START_TIMEOUT_S)
    elapsed_s = time.perf_counter() - began
    if process.exitcode is None:
        process.kill()
        process.join()
    facts = {"start_method": "spawn", "start_s": round(elapsed_s, 3), "exit": process.exitcode}
    if process.exitcode == 0:
        text = f"start by spawn, {elapsed_s:.2f} s each"
        return [Finding("workers", GOOD, text, facts=facts)]
    text = f"a worker process ended with exit code {process.exitcode}"
    advice = "Searches of your own problems need worker processes; --backend serial does without."
    return [Finding("workers", FAILED, text, advice, facts)]


def _add(a: float, b: float) -> float:
    return a + b
