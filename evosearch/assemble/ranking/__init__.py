"""From shards to one ranking: choose, check, merge, view and export them."""
