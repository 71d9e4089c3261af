"""What the evidence says of a ranking: trials and looks are counted, and rows judged.

`judge` decides which rows may show their hold-out, and fills the facts of the box under them.
"""
