"""Files of prices, apart from any search: formed into longer bars.

`resampling` writes bars of a timeframe into a file.
"""
