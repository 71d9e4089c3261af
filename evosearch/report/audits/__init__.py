"""Audits in words: each check of a strategy, and what newer bars say of it."""
