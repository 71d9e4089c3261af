"""What differs between machines: paths, folders, threads, imports, the cache of compiled code."""
