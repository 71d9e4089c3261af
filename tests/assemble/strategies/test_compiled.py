"""Whoever looks at results compiles nothing that the search has not compiled."""

import os
import subprocess
import sys

import pytest

from tests.runs import ROOT

SCRIPT = """
import sys
from tests.cli.test_trades import invoke_wide
for command in sys.argv[1:]:
    done = invoke_wide(120, *command.split())
    assert done.exit_code in (0, 1), done.output
    assert "compil" not in done.output or command.startswith("run"), done.output
"""
SEARCH = (
    "run -p demo --data sample:fair-5min --seed 1 --backend processes --workers 1 "
    "--set search.population=6 --set search.generations=2 --set problem.min_trades=1"
)
LOOKS = ("top", "top --ideas 2", "trades 1", "show 1", "report -o report.html")


@pytest.mark.slow
def test_looks_at_what_workers_found_compile_nothing(workspace, tmp_path_factory):
    cache = tmp_path_factory.mktemp("numba")
    environ = os.environ | {"NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(ROOT)}

    def call(*commands):
        subprocess.run([sys.executable, "-c", SCRIPT, *commands], env=environ, check=True)
        return {path.name for path in cache.rglob("*.nbc")}

    compiled = call(SEARCH)
    assert len(compiled) > 10
    assert call(*LOOKS) - compiled == set()
