"""Reading shards.

`check` decides what may be read, `cache` remembers it, `ranked` opens a ranking.
"""
