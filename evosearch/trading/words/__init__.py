"""What is said of strategies, options and searches of prices.

`stating` says how a strategy trades, `reasons` why one or all are infeasible, and `describe` what
options mean. It gathers all that a problem answers from a shard alone.
"""
