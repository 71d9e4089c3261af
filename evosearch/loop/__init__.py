"""The loop of a search and what is told of it.

`runner` asks, measures and tells until `budget` says enough. `health` stops a search that fails
everywhere. `events` are passed to listeners. `result` is what a run leaves.
"""
