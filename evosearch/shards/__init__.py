"""Shards: the Parquet files a run writes, and their merge.

`schema` names the columns, `store` writes, `validate` decides what may be read, `algebra` is the
merge as an operation on rows, `merge` joins these into one ranking. Only plain data is ever read
from a shard: no pickle, no code, no path that is followed.
"""
