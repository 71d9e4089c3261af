"""What a strategy must stand besides its ranking: each check is a pure function of the problem.

A check takes a problem, one genome or several, and a generator where it draws; it returns a
`base.CheckResult` for each genome. `numbers` measures again, `costs` raises fees, `entries` enters
at random, `neighbours` changes a gene, `noise` shakes the prices, `lookahead` cuts the bars,
`concentration` leaves the best trades out; `folds` and `mirror` make the bars of new searches.
"""
