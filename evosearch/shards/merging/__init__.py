"""Merging shards into one ranking.

Read `merge` first, then `engine`; `standing` says which copy of a genome is ranked. Door:
`merge.merge_checked`, `result.MergeOptions`, `result.MergeResult`, `groups.group_by_fingerprint`.
"""
