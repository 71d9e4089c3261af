"""What one calls from Python: everything that the command line does, in as many lines.

The public names of evosearch stand here and in `authoring`, and nowhere else.
"""

# ruff: noqa: PLC0414 (a name imported as itself is one that a type checker hands on)
from evosearch import evidence as evidence
from evosearch.assemble.auditing.audit import audit as audit
from evosearch.assemble.comparing.compare import compare as compare
from evosearch.assemble.measure import evaluate as evaluate
from evosearch.assemble.ranking.checks import check as check
from evosearch.assemble.ranking.checks import plan_merge as plan_merge
from evosearch.assemble.ranking.exporting import export as export
from evosearch.assemble.ranking.leaderboard import top as top
from evosearch.assemble.ranking.merging import merge as merge
from evosearch.assemble.searching.continuation import resume as resume
from evosearch.assemble.searching.folder import status as status
from evosearch.assemble.searching.search import load_problem as load_problem
from evosearch.assemble.searching.search import run as run
from evosearch.assemble.settings.loading import load_profile as load_profile
from evosearch.assemble.strategies.showing import show as show
