"""A Ray cluster on Linux.

`executor` is what a search uses; `machines` knows the nodes, `station` runs on each of them.
"""
