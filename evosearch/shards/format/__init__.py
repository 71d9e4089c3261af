"""What a shard holds: columns, metadata, limits, and when two measurements are in conflict.

Read `schema` first, then `metadata`. Door: `schema.metric_names`, `schema.PARAM`,
`metadata.ShardMetadata` and its records in `records`, `spaces` and `conflicts`.
"""
