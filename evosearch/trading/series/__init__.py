"""Facts about a series of bars, from its times and columns alone: pure numpy, no files.

`calendar` finds the days a market trades a year; `gaps` counts missing bars;
`clock` forms longer bars; `jumps` finds moves far outside the usual.
"""
