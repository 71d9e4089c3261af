"""The run seed and the only place where random generators are made.

A generator is named by (seed, purpose, generation, round) and by nothing else: no worker, no
clock, no call order. So the same profile and seed draw the same numbers for 1 or 40 workers. A
resumed run needs no saved generator state.
"""

from __future__ import annotations

import enum
import hashlib
import secrets

import numpy as np
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import DTypeLike, NDArray

# Part of the key: a change in how numbers are drawn must change every stream at once.
RNG_VERSION = 2
MAX_SEED = 2**128 - 1


class Purpose(enum.IntEnum):
    """What a stream of random numbers is for; a new purpose takes a new number."""

    INITIAL = 1
    CHILDREN = 2
    IMMIGRANTS = 3
    AUDIT = 4


class _Name(ISeedSequence):
    """A name in the place where numpy expects a seed: its hash, 256 bits.

    numpy's own SeedSequence would take four times as long, which a small population notices.
    """

    def __init__(self, name: str) -> None:
        self._digest = hashlib.sha256(name.encode()).digest()

    def generate_state(
        self, n_words: int, dtype: DTypeLike = np.uint32
    ) -> NDArray[np.uint32 | np.uint64]:
        """The four words of 64 bits that PCG64DXSM asks for."""
        return np.frombuffer(self._digest, "<u8").astype(np.uint64)


def draw_seed() -> int:
    """A seed for a run that names none: 48 bits, short enough to type again."""
    return secrets.randbits(48)


def derive_seed(*names: str) -> int:
    """A seed that follows from names alone, the same on every machine.

    Examples
    --------
    >>> derive_seed("9c0f", "noise") == derive_seed("9c0f", "noise") <= MAX_SEED
    True
    """
    text = f"evosearch-seed-{RNG_VERSION}:" + ":".join(names)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")


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
    O'Neill 2014, "PCG: a family of simple fast space-efficient statistically good algorithms for
    random number generation", in the form PCG64DXSM that numpy recommends for many streams. Of
    numpy's generators it draws three times as fast as the counter-based one, Philox; the name's
    hash, its 128-bit start and 127-bit stream number, is what a counter would have been for.

    Examples
    --------
    >>> make_generator(7, Purpose.CHILDREN, generation=3).random(2).tolist()
    [0.40360380900544157, 0.6877915552400624]
    """
    name = f"evosearch-rng-{RNG_VERSION}:{seed}:{int(purpose)}:{generation}:{attempt}"
    # numpy takes any ISeedSequence; only its type hints say otherwise.
    return np.random.Generator(np.random.PCG64DXSM(_Name(name)))  # type: ignore[arg-type]
