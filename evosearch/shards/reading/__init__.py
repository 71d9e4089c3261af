"""Reading shards of any origin.

Read `check` first: it decides whether a file may be read. Door: `check.check_shard`,
`checked.Checked`, `checked.Verdict`, `deep_check.check_deep`, `rows.read_rows`, `ranked.Ranked`,
`summary.summarise`, `union.merge_metadata`, `cache.FooterCache`.
"""
