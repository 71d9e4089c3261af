"""Summaries of a ranking as plain data: rows, contributions, overlap of the searches.

Nothing here prints. Numbers stay numbers, and the command line formats them.
"""
