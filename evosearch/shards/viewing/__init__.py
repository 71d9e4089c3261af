"""Rows as people want them: filtered, sorted, exported."""
