"""Whole things that a person wants, put together from rooms that do not know each other.

Load a profile, run it, measure a strategy, merge shards. The command line calls these and nothing
deeper; api.py hands them to Python.
"""
