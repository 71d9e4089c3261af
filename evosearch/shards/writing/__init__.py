"""Writing a run's journal and shards.

Read `recorder` first: it takes rows in. `store` writes the files. Door: `recorder.Recorder`,
`journal.Journal`, `recall.Recall`.
"""
