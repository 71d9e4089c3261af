"""Files of prices, apart from any search: looked at, fetched, formed into longer bars.

`checking` says what is odd in a file. `fetching` makes a file of the candles of an exchange.
`resampling` writes bars of a timeframe into a file.
"""
