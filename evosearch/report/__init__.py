"""A ranking as plain summaries: rows, who brought what, how the searches overlapped.

Nothing here prints or colours. Numbers stay numbers; the command line decides how they look.
"""
