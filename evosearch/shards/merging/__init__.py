"""Merging shards: `merge` joins what may be merged into one ranking."""
