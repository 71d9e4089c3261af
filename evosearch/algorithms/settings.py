"""What algorithms can be told: the table of a profile that is called after each.

Apart from the algorithms, because those load a compiler, and who reads a profile needs none.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from evosearch.profiles.tables import Table

Rate = Annotated[float, Field(ge=0, le=1)]


class AlgorithmSettings(Table):
    """Base of each algorithm's table, and the table of one that cannot be told anything.

    The description of a field is what a new profile says of it.
    """

    def find_faults(self, population: int) -> list[tuple[str, str]]:
        """What the rest of the search contradicts, key and message each."""
        return []


class GeneticSettings(AlgorithmSettings):
    """``[genetic]``: how the genetic algorithm breeds.

    Attributes
    ----------
    tournament : int, >= 1
        Entrants of each selection tournament.
    crossover_rate : float in [0, 1]
        Chance that a child has two parents.
    crossover_spread : float in [0, 1]
        How far beyond its parents a blended number may fall, as a share of their distance.
    mutation_rate : float in [0, 1]
        Chance that a gene of a child moves.
    mutation_eta : float, > 0
        Larger keeps the moves smaller.
    elite_frac : float in [0, 1]
        Share of the parents that may stay parents, if no child beats them.
    """

    tournament: int = Field(
        3,
        ge=1,
        le=1000,
        description="Of so many, picked by chance, the best becomes a parent. More is stricter.",
    )
    crossover_rate: Rate = Field(
        0.9, description="Share of children that have two parents, 0 to 1."
    )
    crossover_spread: Rate = Field(
        0.25,
        description="How far a child's numbers may lie outside those of its parents, 0 to 1.",
    )
    mutation_rate: Rate = Field(
        0.1, description="Chance that one number of a child is changed, 0 to 1."
    )
    mutation_eta: float = Field(
        20.0,
        gt=0,
        le=1000,
        description="How small these changes are: a larger number, smaller changes.",
    )
    elite_frac: Rate = Field(1.0, description="Share of the parents that may stay, 0 to 1.")

    def find_faults(self, population: int) -> list[tuple[str, str]]:
        """As in the base class."""
        if self.tournament <= population:
            return []
        text = f"{self.tournament} entrants are more than the population of {population}. Try 3."
        return [("tournament", text)]
