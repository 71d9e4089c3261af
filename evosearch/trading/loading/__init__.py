"""Bars from a file: found, read, checked.

`find` turns a reference into a path; `load` makes bars of a file; `faults` says what is refused;
`looks` lists what only a look at a file says; `order` sorts rows; `writing` writes bars into a
file.
"""
