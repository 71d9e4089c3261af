"""Groups of runs beside each other: names become shards, shards become courses, courses a test."""
