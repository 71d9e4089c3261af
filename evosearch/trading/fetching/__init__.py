"""Candles from exchanges, window by window: finished windows are kept, gaps are never filled.

`collect` goes through the windows of a source; `exchanges` asks exchanges through ccxt, `archive`
takes Binance's monthly files, each checked against its checksum. `candles` is the one place where
their answers become numbers. `store` keeps finished windows, `output` writes the file of prices.
`patience` has the pace and the waiting. `windows` has steps and the borders of windows.
"""
