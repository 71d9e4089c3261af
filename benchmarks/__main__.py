"""Run rows, each as a process of its own, and write RESULTS.md.

``python -m benchmarks`` runs all; ``python -m benchmarks row05 row06`` some;
``--quick`` with small settings; ``--report`` runs none and only writes the report anew.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import report
from benchmarks.harness import QUICK, RESULTS, ROOT, Row, save

# A row that hangs must not keep the others from being measured.
LIMIT_S = 3600.0


def find_scripts(folder: Path) -> list[Path]:
    """The scripts of all rows: ``rows/row*.py``."""
    return sorted((folder / "rows").glob("row[0-9]*.py"))


def name_row(script: Path) -> str:
    """``row05`` for ``rows/row05_engine.py``."""
    return script.stem.partition("_")[0]


def run_script(command: list[str], row: str, folder: Path, limit_s: float, quick: bool) -> bool:
    """Run one row as a process that writes its result into a folder.

    A row that fails or hangs leaves a result all the same: one that says so.

    Returns
    -------
    bool
        Whether it came to its end.
    """
    (folder / f"{row}.json").unlink(missing_ok=True)
    environment = os.environ | ({"BENCH_QUICK": "1"} if quick else {})
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # it would make every start a cold one
    try:
        code = subprocess.run(
            command, cwd=ROOT, env=environment, timeout=limit_s, check=False
        ).returncode
        reason = f"ended with exit code {code}" if code else None
    except subprocess.TimeoutExpired:
        reason = f"took longer than {limit_s:g} s"
    if reason is None:
        return True
    failed = Row(row, "not measured", f"`python {' '.join(command[1:])}` {reason}.")
    failed.fail("the script itself", reason)
    save(failed, folder)
    return False


def main() -> int:
    """As the module says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", help="such as row05; all without any")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--report", action="store_true", help="only write the report anew")
    parser.add_argument("--limit-s", type=float, default=LIMIT_S)
    options = parser.parse_args()
    scripts = find_scripts(Path(__file__).parent)
    known = {name_row(script) for script in scripts}
    unknown = sorted(set(options.rows) - known)
    if unknown:
        parser.error(f"no such row: {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    all_ran, began = True, time.perf_counter()
    results, folder = (QUICK, QUICK) if options.quick else (RESULTS, ROOT / "benchmarks")
    for script in [] if options.report else scripts:
        row = name_row(script)
        if not options.rows or row in options.rows:
            command = [sys.executable, "-m", f"benchmarks.rows.{script.stem}"]
            all_ran &= run_script(command, row, results, options.limit_s, options.quick)
    path = report.write(results, folder)
    print(f"{path} written after {time.perf_counter() - began:.0f} s")
    return 0 if all_ran else 1


if __name__ == "__main__":
    sys.exit(main())
