"""Bars from a file: found, read, checked.

`find` turns a reference into a path; `load` makes bars of a file; `faults` and `order` say what is
refused; `lengths` settles two lengths of bars; `looks` lists what only a look at a file says;
`writing` writes bars into a file.
"""
