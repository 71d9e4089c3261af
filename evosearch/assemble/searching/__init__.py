"""From a profile to a finished run, its first session or a later one."""
