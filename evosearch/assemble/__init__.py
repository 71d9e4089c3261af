"""Whole things a person may want, put together: the only room that knows every other.

Load a profile, run it, measure a strategy, merge shards. The command line calls these and
nothing deeper, and so can anyone from Python. Rooms never construct each other; they are chosen
by name here.
"""

from evosearch.assemble.measure import evaluate
from evosearch.assemble.ranking.checks import check, plan_merge
from evosearch.assemble.ranking.choosing import is_chosen
from evosearch.assemble.ranking.exporting import export
from evosearch.assemble.ranking.leaderboard import show, top
from evosearch.assemble.ranking.merging import merge
from evosearch.assemble.ranking.opening import open_ranking
from evosearch.assemble.ranking.view import View, choose_columns
from evosearch.assemble.searching.continuation import resume
from evosearch.assemble.searching.folder import find_unfinished, is_mixed, status
from evosearch.assemble.searching.many import Search, plan_searches, run_many
from evosearch.assemble.searching.search import load_problem, run
from evosearch.assemble.settings.listing import list_settings
from evosearch.assemble.settings.loading import check_draft, draft_profile, load_profile
from evosearch.assemble.settings.new_profile import new_profile

__all__ = [
    "Search",
    "View",
    "check",
    "check_draft",
    "choose_columns",
    "draft_profile",
    "evaluate",
    "export",
    "find_unfinished",
    "is_chosen",
    "is_mixed",
    "list_settings",
    "load_problem",
    "load_profile",
    "merge",
    "new_profile",
    "open_ranking",
    "plan_merge",
    "plan_searches",
    "resume",
    "run",
    "run_many",
    "show",
    "status",
    "top",
]
