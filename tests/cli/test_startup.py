import subprocess
import sys

import pytest

CODE = """
import sys
from evosearch.cli.commands import app
sys.argv = ["evosearch", *{arguments!r}]
try:
    app()
finally:
    print("loaded:", *(name for name in {heavy!r} if name in sys.modules), file=sys.stderr)
"""


def list_loaded(arguments, heavy, folder):
    code = CODE.format(arguments=arguments, heavy=heavy.split())
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stderr.partition("loaded:")[2].split()


def test_help_loads_no_numeric_library(workspace):
    heavy = "numpy numba pandas pyarrow duckdb pydantic psutil rich"
    assert list_loaded(["--help"], heavy, workspace) == []


@pytest.mark.parametrize("data", ["sample:ibm-daily", "bars.csv"])
def test_a_run_loads_neither_pandas_nor_duckdb(workspace, data):
    lines = ["timestamp,open,high,low,close,volume"]
    for day in range(1, 29):
        lines.append(f"2024-02-{day:02d}T00:00:00Z,{day + 9},{day + 12},{day + 8},{day + 10},5")
    (workspace / "bars.csv").write_text("\n".join(lines) + "\n")
    arguments = ["run", "-p", "demo", "--data", data, "--set", "search.generations=1", "--quiet"]
    assert list_loaded(arguments, "pandas duckdb ray", workspace) == []


@pytest.mark.slow
def test_a_ranking_loads_neither_pandas_nor_what_draws(workspace):
    arguments = ["run", "-p", "demo", "--set", "search.generations=1", "--quiet"]
    assert list_loaded(arguments, "plotly jinja2", workspace) == []
    for command in (["merge", "--quiet"], ["top"], ["show", "1"], ["compare", "demo"], ["status"]):
        assert list_loaded(command, "pandas duckdb plotly jinja2", workspace) == [], command
