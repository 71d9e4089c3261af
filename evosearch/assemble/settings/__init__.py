"""Every setting of a search with its origin: profiles, flags, environment and prices."""
