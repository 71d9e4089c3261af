"""The command line: each command registers itself, in the order of the help.

Heavy libraries are imported inside the commands.
"""

# ruff: noqa: F401, I001
from evosearch.cli.app import app
from evosearch.cli.searching import run
from evosearch.cli.searching import resume
from evosearch.cli.searching import status
from evosearch.cli.ranking import merge
from evosearch.cli.ranking import leaderboard
from evosearch.cli.ranking import show
from evosearch.cli.trading import trades
from evosearch.cli.ranking import report
from evosearch.cli.ranking import audit
from evosearch.cli.ranking import check
from evosearch.cli.ranking import export
from evosearch.cli.ranking import compare
from evosearch.cli.searching import evaluate
from evosearch.cli.trading import data
from evosearch.cli.trading import check_data
from evosearch.cli.trading import fetch
from evosearch.cli.trading import resample
from evosearch.cli.searching import profiles
from evosearch.cli import doctor

__all__ = ["app"]
