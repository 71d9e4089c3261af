"""Whether a search is worth continuing: an objective that always fails is broken.

One genome that fails is data. Where all of the first evaluations fail, or nearly a whole
generation, the objective has a mistake. A person wants to know it at once.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from evosearch.errors import ObjectiveFails
from evosearch.population import Evaluations, Status

# Fewer could fail by chance where most of a space is bad.
_FEWEST = 10
_MOST_FAILED_FRAC = 0.9


class Health:
    """Counts failures as evaluations arrive, and raises when more of them make no sense.

    Parameters
    ----------
    n_workers : int
        The first verdict is given after twice as many evaluations, but not before ten.

    Examples
    --------
    >>> health = Health(n_workers=2)
    >>> for generation in generations:  # doctest: +SKIP
    ...     for rows, part in executor.evaluate(genomes):
    ...         health.take(part)
    ...     health.end_generation()
    """

    def __init__(self, n_workers: int) -> None:
        self._n_first = max(2 * n_workers, _FEWEST)
        self._n_seen = 0
        self._has_succeeded = False
        self._n_of_generation = 0
        self._errors: Counter[str] = Counter()  # of this generation

    def take(self, part: Evaluations) -> None:
        """Count evaluations, in any order.

        Raises
        ------
        ObjectiveFails
            The first evaluations have all failed.
        """
        self._n_seen += len(part)
        self._n_of_generation += len(part)
        has_failed = ~part.is_ok
        self._has_succeeded |= not has_failed.all()
        for row in np.flatnonzero(has_failed):
            status = Status(part.status[row]).name.lower()
            self._errors[part.error[row] or status] += 1
        if not self._has_succeeded and self._n_seen >= self._n_first:
            self._give_up(f"all of the first {self._n_seen} evaluations")

    def end_generation(self) -> None:
        """A generation is complete.

        Raises
        ------
        ObjectiveFails
            Nearly all of it failed, or all evaluations so far.
        """
        n, n_failed = self._n_of_generation, self._errors.total()
        if n and not self._has_succeeded:
            self._give_up(f"all {self._n_seen} evaluations")
        if n >= _FEWEST and n_failed > _MOST_FAILED_FRAC * n:
            self._give_up(f"{n_failed} of the {n} evaluations of a generation")
        self._n_of_generation = 0
        self._errors.clear()

    def _give_up(self, which: str) -> None:
        (text, count), *_ = self._errors.most_common(1)
        often = "once" if count == 1 else f"{count} times"
        raise ObjectiveFails(
            f"Stopped: {which} failed, most often ({often}) with\n"
            f"{text}\n"
            "Mend the objective; `evosearch evaluate` measures one and shows what it says."
        )
