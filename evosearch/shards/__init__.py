"""Shards: the Parquet files that runs write, and their merge.

Six rooms; each may use those after it: `merging` and `viewing`, which never import each other,
`writing`, `reading`, `format`, `disk`. A room's guide names its door: the files from which other
rooms import. The guides import nothing themselves, so that `disk.locks` takes 20 ms to load, not
the 500 ms of pyarrow.

Only plain data is ever read from a shard: no pickle, no code, no path that is followed.
"""
