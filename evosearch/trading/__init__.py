"""Long-only trading strategies over a series of bars: the first problem evosearch was built for.

`options` names everything a profile may say; `bars` loads and checks prices, whose files `reading`
reads; `indicators` and `rules` turn genes into signals; `backtest` turns signals into metrics, and
`trades` into the trades one by one; `problem` joins them; `checks` tries what it found.
"""
