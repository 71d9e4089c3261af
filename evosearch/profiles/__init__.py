"""Profiles: what a search is told, from the text of a file to checked values.

`tables` names every setting and its limits, `files` finds and reads profiles, `toml_source` knows
where each value was written.
"""
