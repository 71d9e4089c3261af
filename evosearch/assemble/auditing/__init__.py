"""Audits: the leaders of a ranking are measured again, and its searches made again without edge."""
