"""What each setting of a profile means, in plain words with units, for a profile that is new.

Beside the words stands an example, for a setting that has no value.
"""

from __future__ import annotations

# By dotted key: words, and an example as it is written in TOML.
WORDS: dict[str, tuple[str, str]] = {
    "description": ("One line about this profile, for lists.", '""'),
    "seed": (
        "A whole number. The same seed, settings and data give the same rows again. "
        "Without one, each run draws a new seed, and says which.",
        "1",
    ),
    "search.algorithm": (
        '"genetic" learns from what it has tried; "random" tries without learning.',
        '"genetic"',
    ),
    "search.population": ("Tries in each generation, 2 or more.", "40"),
    "search.generations": (
        "Generations. Population x generations = tries in all.",
        "30",
    ),
    "search.evaluations": ("Tries in all, in place of generations.", "1200"),
    "search.target": ("Stop when the objective is as good as this.", "0.1"),
    "search.stagnation": (
        "Stop after so many generations in which none was better than before.",
        "50",
    ),
    "genetic.tournament": (
        "Of so many, picked by chance, the best becomes a parent. More is stricter.",
        "3",
    ),
    "genetic.crossover_rate": ("Share of children that have two parents, 0 to 1.", "0.9"),
    "genetic.crossover_spread": (
        "How far a child's numbers may lie outside those of its parents, 0 to 1.",
        "0.25",
    ),
    "genetic.mutation_rate": ("Chance that one number of a child is changed, 0 to 1.", "0.1"),
    "genetic.mutation_eta": (
        "How small these changes are: a larger number, smaller changes.",
        "20",
    ),
    "genetic.elite_frac": ("Share of the parents that may stay, 0 to 1.", "1"),
    "problem.name": (
        'What is searched: "trading", or a class of your own, "my_problem.py:MyProblem".',
        '"trading"',
    ),
    "run.workers": ('Processor cores to use: a number, or "auto" for all.', '"auto"'),
    "run.backend": (
        'How the work is shared: "auto" is right on one machine, "ray" joins a cluster.',
        '"auto"',
    ),
    "run.address": ("The head of the Ray cluster, host and port.", '"192.168.1.10:6379"'),
    "run.timeout_s": ("Give up on one try after so many seconds.", "60"),
    "run.memory_gib": ("Memory that one worker may use, in GiB.", "2"),
    "run.results": ("Folder for the results, seen from where you start.", '"results"'),
    "run.budget": ('Time for one run: "90s", "45m" or "2h".', '"45m"'),
    "run.machine": (
        "Name of this machine in the results: a-z, 0-9 and -. Without it, its network name.",
        '"air"',
    ),
}


def find_words(key: str, problem: str) -> tuple[str, str]:
    """Words and an example for a setting; empty for an option of a person's own problem."""
    table, _, name = key.partition(".")
    if table == "problem" and name != "name":
        from evosearch.problems.words import find_built_in

        return find_built_in(problem).option_words.get(name, ("", ""))
    return WORDS.get(key, ("", ""))
