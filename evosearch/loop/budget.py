"""When a run has done enough: generations, evaluations, time, a target, or no more progress.

All but the time are counted in what was measured, so they end a run at the same row wherever
and however often it was interrupted.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """What ends a run, whichever comes first.

    Attributes
    ----------
    n_generations : int or None
        None leaves them open.
    n_evaluations : int or None
        Cuts the last generation short.
    target_fitness : float or None
        Enough when a feasible individual reaches it.
    stagnation : int or None
        Generations in a row without a better individual.
    time_s : float or None
        Of this session; a resumed run has it anew.
    """

    n_generations: int | None
    n_evaluations: int | None = None
    target_fitness: float | None = None
    stagnation: int | None = None
    time_s: float | None = None

    def find_end(
        self,
        generation: int,
        n_evaluated: int,
        fitness: float | None,
        n_stagnant: int,
    ) -> str | None:
        """Why a run ends before this generation, or None.

        Parameters
        ----------
        generation : int
            The next one, counted from 0.
        n_evaluated : int
        fitness : float or None
            Of the best feasible individual.
        n_stagnant : int
            Generations since the best individual last changed.

        Returns
        -------
        str or None
            ``"target"``, ``"evaluations"``, ``"generations"`` or ``"stagnation"``.

        Examples
        --------
        >>> budget = Budget(n_generations=30, stagnation=5)
        >>> budget.find_end(generation=12, n_evaluated=480, fitness=0.1, n_stagnant=5)
        'stagnation'
        """
        target = self.target_fitness
        if target is not None and fitness is not None and fitness >= target:
            return "target"
        if self.n_evaluations is not None and n_evaluated >= self.n_evaluations:
            return "evaluations"
        if self.n_generations is not None and generation >= self.n_generations:
            return "generations"
        if self.stagnation is not None and n_stagnant >= self.stagnation:
            return "stagnation"
        return None
