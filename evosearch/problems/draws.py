"""The global random generators of Python and numpy, which any objective may draw from.

They are seeded from the genome before each evaluation. So the numbers drawn depend on the genome
alone, not on genomes measured before it, beside it or in the same batch.
"""

from __future__ import annotations

import contextlib
import marshal
import random
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from evosearch.genome.space import Space, Value
from evosearch.population import Evaluations

MeasureBatch: TypeAlias = Callable[[NDArray[np.float64], Evaluations], None]


def seed_generators(params: Mapping[str, Value | None]) -> None:
    """Seed the global generators of Python and numpy from a genome."""
    values = list(params.values())
    try:
        # Ten times as fast as text; version 2 knows no references, so that equal values are equal
        # bytes whichever objects hold them.
        raw = marshal.dumps(values, 2)
    except ValueError:
        raw = repr(values).encode()  # choices of a class of the user's own, such as StrEnum
    _seed(zlib.crc32(raw))


@contextlib.contextmanager
def own_generators() -> Iterator[None]:
    """Restore the global generators afterwards, for the user or for an enclosing search."""
    plain, numpys = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(plain)
        np.random.set_state(numpys)


@own_generators()
def measure_apart(
    measure: MeasureBatch, space: Space, genomes: NDArray[np.float64], found: Evaluations
) -> None:
    """Measure a batch so that no row depends on which others share it.

    Whether a batch draws is seen from the generators afterwards. One that seeds them itself may
    measure the same whatever was in them and however it is cut; of any other, each row is measured
    alone, with the generators seeded from its genome.

    Parameters
    ----------
    measure : callable
        Given genomes and room for their results, measures them.
    space : Space
    genomes : ndarray of float64, shape (n, n_genes)
    found : Evaluations
        n rows, as `Evaluations.empty` makes them; written to.
    """
    n = len(genomes)
    if n > 1:
        if not _measure_seeded(1, measure, genomes, found):
            return
        again = Evaluations.empty(n, found.metrics.shape[1])
        for cut in (slice(0, 1), slice(1, n)):
            _measure_seeded(2, measure, genomes[cut], again.take(cut))
        if _are_equal(found, again):
            return
        found.place(np.arange(n), Evaluations.empty(n, found.metrics.shape[1]))
    for row, params in enumerate(space.decode(genomes)):
        seed_generators(params)
        measure(genomes[row : row + 1], found.take(slice(row, row + 1)))


def _measure_seeded(
    seed: int, measure: MeasureBatch, genomes: NDArray[np.float64], found: Evaluations
) -> bool:
    """Whether the batch drew from the generators, or seeded them."""
    _seed(seed)
    before = _read_generators()
    measure(genomes, found)
    return _read_generators() != before


def _seed(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)


def _read_generators() -> tuple[Any, ...]:
    name, key, *rest = np.random.get_state()
    return random.getstate(), name, np.asarray(key).tobytes(), rest


def _are_equal(one: Evaluations, other: Evaluations) -> bool:
    names = [
        each.name for each in fields(one) if each.name not in ("evaluated_at_us", "evaluation_s")
    ]
    return all(
        getattr(one, name).tolist() == getattr(other, name).tolist()
        if name == "error"
        else np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
        for name in names
    )
