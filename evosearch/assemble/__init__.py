"""Whole things a person may want, put together: the only room that knows every other.

Load a profile, run it, measure a strategy, merge shards. The command line calls these and
nothing deeper, and so can anyone from Python. Rooms never construct each other; they are chosen
by name here.
"""

from evosearch.assemble.continuation import resume
from evosearch.assemble.folder import find_unfinished, status
from evosearch.assemble.many import Search, plan_searches, run_many
from evosearch.assemble.measure import evaluate
from evosearch.assemble.profiles import check_draft, draft_profile, load_profile
from evosearch.assemble.ranking import merge
from evosearch.assemble.search import load_problem, run

__all__ = [
    "Search",
    "check_draft",
    "draft_profile",
    "evaluate",
    "find_unfinished",
    "load_problem",
    "load_profile",
    "merge",
    "plan_searches",
    "resume",
    "run",
    "run_many",
    "status",
]
