"""What a shard holds: `schema` names the columns, `metadata` is what a file states of itself."""
