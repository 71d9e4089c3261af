"""Files of prices, apart from any search: fetched, formed into longer bars.

`fetching` makes a file of the candles of an exchange. `resampling` writes bars of a timeframe into
a file.
"""
