"""Rows as people want them: filtered, sorted, counted, exported.

Read `selection` first. Door: all files, which are the pieces of a view; `exports.write_csv`,
`frames.to_frame`, `contributions.count_contributions`.
"""
