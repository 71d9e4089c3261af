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

from evosearch.doctor.base import FAILED, Finding, judge
from evosearch.system import compile_cache

PACKAGES = (
    *("numpy", "numba", "llvmlite", "pandas", "pyarrow"),
    *("duckdb", "pydantic", "psutil", "typer", "rich"),
)
_START_TIMEOUT_S = 60.0


def check_python() -> list[Finding]:
    """The interpreter: version, kind, width of a word."""
    version, bits = platform.python_version(), 64 if sys.maxsize > 2**32 else 32
    kind = platform.python_implementation()
    facts = {"version": version, "implementation": kind, "bits": bits, "path": sys.executable}
    text = f"{kind} {version}, {bits} bit, {sys.executable}"
    advice = "numba and pyarrow have wheels for 64-bit CPython only."
    return judge("python", text, facts, advice if bits < 64 or kind != "CPython" else "")


def check_output() -> list[Finding]:
    """Whether text that is sent to a file keeps every letter; JSON and CSV do in any case."""
    named = os.environ.get("PYTHONIOENCODING", "").partition(":")[0]
    is_utf8 = sys.flags.utf8_mode and not named
    encoding = "utf-8" if is_utf8 else codecs.lookup(named or locale.getencoding()).name
    if encoding in ("utf-8", "utf-8-sig"):
        return []
    text = f"text sent to a file is written as {encoding}; other letters become codes"
    advice = "Set PYTHONUTF8=1 in the environment for UTF-8."
    return judge("output", text, {"encoding": encoding}, advice)


def check_packages() -> list[Finding]:
    """Every package, imported: a wheel for another machine shows only then."""
    versions, broken = {}, []
    for name in PACKAGES:
        try:
            importlib.import_module(name)
            versions[name] = importlib.metadata.version(name)
        except Exception as error:  # a broken wheel may raise anything
            broken.append(f"{name}: {type(error).__name__}: {str(error)[:120]}")
    if not broken:
        text = ", ".join(f"{name} {version}" for name, version in versions.items())
        return judge("packages", text, versions)
    advice = "Install evosearch again: uv sync, or pip install --force-reinstall ."
    return judge("packages", "; ".join(broken), versions, advice, FAILED)


def check_numba() -> list[Finding]:
    """Whether numba compiles, and can store its code."""
    import numba

    if compile_cache.is_switched_off():
        advice = "Unset NUMBA_DISABLE_JIT: searches need it."
        return judge("numba", "switched off by NUMBA_DISABLE_JIT", {}, advice, FAILED)
    began = time.perf_counter()
    result = cast(Any, numba.njit(_add))(1.0, 2.0)
    elapsed_s = time.perf_counter() - began
    text = f"compiles, {elapsed_s:.1f} s for a first function"
    facts = {"compile_s": round(elapsed_s, 3)}
    advice = "" if result == 3.0 else "Install numba and llvmlite again."
    findings = judge("numba", text, facts, advice, FAILED)
    folder = compile_cache.find_folder(compile_cache.PACKAGE / "genome/canonical.py")
    if folder is not None:
        return findings + judge("numba cache", str(folder), {"folder": str(folder)})
    text = f"neither {compile_cache.PACKAGE} nor your home can be written to"
    advice = "Every start compiles anew. Set NUMBA_CACHE_DIR to a folder you may write to."
    return findings + judge("numba cache", text, {"folder": None}, advice)


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
        return judge("workers", f"start by spawn, {elapsed_s:.2f} s each", facts)
    text = f"a worker process ended with exit code {process.exitcode}"
    advice = "Searches of your own problems need worker processes; --backend serial does without."
    return judge("workers", text, facts, advice, FAILED)


CHECKS = (check_python, check_output, check_packages, check_numba, check_workers)


def _add(a: float, b: float) -> float:
    return a + b
