"""By what a file of prices is recognised.

`cells` and `grid` read texts, `names` reads headers, `content` knows prices by their values,
`timing` finds the time, and `known` holds the exceptions.
"""
