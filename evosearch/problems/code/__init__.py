"""The text of a user's code: where it was written, what it refers to, which files it needs."""
