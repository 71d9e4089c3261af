"""Files of prices as whole things: fetched, checked, resampled.

`fetching` makes a file of prices from the candles of an exchange.
"""
