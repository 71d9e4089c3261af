"""Single strategies, played again exactly as they were measured.

`replay` gives trades and money bar by bar. `now` says whether a strategy is in the market at the
last bar, and `fees` what it would have earned at other costs. `returns` has daily returns of many.
"""
