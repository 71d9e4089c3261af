"""How to merge: what one may ask of it, and what it may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# Told the stage ("check", "keys", "merge"), how much of it is done, and how much there is:
# files in the first stage, rows in the others.
Listener = Callable[[str, int, int], None]


@dataclass(frozen=True)
class MergeOptions:
    """How to merge.

    Attributes
    ----------
    strict : bool
        Refuse conflicts, and inputs that turn out to be unusable.
    top : int or None
        Only the best so many, read from the first rows of each input.
    memory_bytes : int
    n_threads : int
    listen : callable or None
    use_cache : bool
        Believe what was remembered of files that are unchanged.
    """

    strict: bool = False
    top: int | None = None
    memory_bytes: int = 2**30
    n_threads: int = 1
    listen: Listener | None = None
    use_cache: bool = True


PLAIN = MergeOptions()
