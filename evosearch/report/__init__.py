"""A ranking as plain summaries: rows, who brought what, how the searches overlapped.

Nothing here prints or colours. Numbers stay numbers; the command line decides how they look.
"""

from evosearch.report.machines import (
    count_ranked,
    list_conflicts,
    list_differences,
    list_machines,
    list_runs,
)
from evosearch.report.merged import describe_file, summarise_merge
from evosearch.report.overlap import compare_spaces
from evosearch.report.rows import MIN_ID_DIGITS, find_row, list_rows, read_rank, split_row

__all__ = [
    "MIN_ID_DIGITS",
    "compare_spaces",
    "count_ranked",
    "describe_file",
    "find_row",
    "list_conflicts",
    "list_differences",
    "list_machines",
    "list_rows",
    "list_runs",
    "read_rank",
    "split_row",
    "summarise_merge",
]
