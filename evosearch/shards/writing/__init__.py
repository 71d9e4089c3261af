"""Writing a run's journal and shards: `recorder` takes rows in, `store` writes the files."""
