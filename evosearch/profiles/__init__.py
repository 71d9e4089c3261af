"""Profiles: what a search is told, from the text of a file to checked values.

`tables` names every setting and its limits, `explain` says what is wrong with a value, `files`
finds and reads profiles, `toml_source` knows where each value was written.
"""
