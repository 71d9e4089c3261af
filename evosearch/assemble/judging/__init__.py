"""What the evidence says of a ranking: trials and looks are counted, and rows judged.

`folder` reads what else was tried on the same bars, `trials` counts N exactly once, `looking` knows
the looks, `case` makes a case of a row, `bench` holds all of that together, and `facts` is what the
box says. `judge` decides which rows may show their hold-out.
"""
