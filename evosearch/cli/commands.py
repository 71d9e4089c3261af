"""The command line: each command registers itself, in the order of the help.

Heavy libraries are imported inside the commands.
"""

# ruff: noqa: F401, I001
from evosearch.cli.app import app
from evosearch.cli import run
from evosearch.cli import resume
from evosearch.cli import status
from evosearch.cli import merge
from evosearch.cli import report
from evosearch.cli import check
from evosearch.cli import export
from evosearch.cli import evaluate
from evosearch.cli import data
from evosearch.cli import profiles
from evosearch.cli import doctor

__all__ = ["app"]
