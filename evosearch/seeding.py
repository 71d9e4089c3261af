"""The run seed and the only place where random generators are made.

A generator is named by (seed, purpose, generation, round) and by nothing else: no worker, no
clock, no call order. So the same profile and seed draw the same numbers for 1 or 40 workers,
interrupted or not, and a resumed run needs no saved generator state.
"""

from __future__ import annotations

import enum
import hashlib
import secrets

import numpy as np

# Part of the key: a change in how numbers are drawn must change every stream at once.
RNG_VERSION = 1
MAX_SEED = 2**128 - 1


class Purpose(enum.IntEnum):
    """What a stream of random numbers is for; a new purpose takes a new number."""

    INITIAL = 1
    PARENTS = 2
    CROSSOVER = 3
    MUTATION = 4
    FILL = 5
    IMMIGRANTS = 6


def draw_seed() -> int:
    """A seed for a run that names none: 48 bits, short enough to type again."""
    return secrets.randbits(48)


def make_generator(
    seed: int, purpose: Purpose, generation: int, attempt: int = 0
) -> np.random.Generator:
    """The generator that belongs to one purpose in one generation.

    Parameters
    ----------
    seed : int in [0, 2**128)
        The seed of the run.
    purpose : Purpose
    generation : int, >= 0
    attempt : int, >= 0
        Counts the rounds in which duplicates are drawn again.

    Returns
    -------
    numpy.random.Generator
        Callers use only ``random`` and what they compute from it: its stream is the one that
        numpy keeps stable.

    References
    ----------
    Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3" (Philox, counter-based).
    """
    digest = hashlib.sha256(f"evosearch-rng-{RNG_VERSION}:{seed}".encode()).digest()
    # The low counter word is left to the stream itself: 2**64 blocks for each name.
    bits = np.random.Philox(
        key=int.from_bytes(digest[:16], "big"), counter=[0, attempt, int(purpose), generation]
    )
    return np.random.Generator(bits)
