"""What modules of evosearch are called in fingerprints, wherever they lie now.

A user's class that derives from ours, or uses our genes, is identified by their names too. These
stay when a file moves, so that shards made before and after it merge.
"""

from __future__ import annotations

# Where modules lie now, and what shards call them. More specific places first.
_PLACES = (
    ("evosearch.genome.", "evosearch."),
    ("evosearch.trading", "evosearch.problems.trading"),
)


def name_in_fingerprint(module: str) -> str:
    """The lasting name of a module.

    Examples
    --------
    >>> name_in_fingerprint("evosearch.genome.genes"), name_in_fingerprint("numpy")
    ('evosearch.genes', 'numpy')
    """
    for now, then in _PLACES:
        if module.startswith(now):
            return then + module[len(now) :]
    return module
