"""Shards: the Parquet files a run writes, and their merge.

`schema` names the columns, `metadata` is what a file states of itself, `store` writes, `validate`
decides what may be read, `merge` joins what may be merged into one ranking. Only plain data is
ever read from a shard: no pickle, no code, no path that is followed.
"""
