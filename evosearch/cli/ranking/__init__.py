"""Commands that look at shards: merge, top, show, export and check."""
