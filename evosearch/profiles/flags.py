"""The settings of a run that are given by name: one table for the command line and for Python.

A line here makes the option of ``evosearch run`` and of the commands that share it, the argument
of `run` and `load_profile`, and, where it may change between sessions, that of `resume`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

RUN = ("run", "profiles show")
# What a resumed run may be told too: it changes no row that is measured already.
ANY = (*RUN, "resume")


@dataclass(frozen=True)
class Flag:
    """One setting.

    Attributes
    ----------
    name : str
        Of the argument in Python; the option has dashes in front.
    key : str
        Dotted, of the value in a profile.
    help : str
        For ``--help``; empty where no command has it.
    commands : tuple of str
        Commands that have it as an option.
    kind : type
        Of what is typed: int, float, str, Path, or ``int | str`` for a number or a word.
    short, metavar, variable : str or None
        Its short option, what stands for its value in the help, its environment variable.
    """

    name: str
    key: str
    help: str = ""
    commands: tuple[str, ...] = ()
    kind: object = str
    short: str | None = None
    metavar: str | None = None
    variable: str | None = None

    @property
    def label(self) -> str:
        """What a message calls it: the option, or the argument where no command has it."""
        return f"--{self.name}" if self.commands else f"{self.name}="


# In the order of the help.
FLAGS = (
    Flag("seed", "seed", "Seed of the run; drawn if not given.", RUN, int | str, metavar="N"),
    Flag(
        "workers", "run.workers", "Number of workers, or auto.", ANY, int | str, "-w",
        metavar="N|auto",         variable="EVOSEARCH_WORKERS",
    ),
    Flag(
        "data", "problem.data",
        "File of prices (CSV, Parquet, Feather, .gz, .zip), or sample:NAME. Default: the "
        "profile's, EVOSEARCH_DATA, what `evosearch data use` set, or a sample.",
        (*ANY, "evaluate"), metavar="FILE",
    ),
    Flag(
        "results", "run.results", "Folder of results.", RUN, Path,
        metavar="FOLDER", variable="EVOSEARCH_RESULTS",
    ),
    Flag("backend", "run.backend", "auto, serial, threads, processes or ray.", ANY, metavar="NAME"),
    Flag(
        "address", "run.address",
        "Head of the Ray cluster, for --backend ray. Default: RAY_ADDRESS.",
        ANY, metavar="HOST:PORT",
    ),
    Flag("generations", "search.generations", "Generations to breed in all.", ANY, int, "-g"),
    Flag("evaluations", "search.evaluations", "Candidates to evaluate in all.", ANY, int),
    Flag("budget", "run.budget", "Time to spend, such as 90s, 45m or 2h.", ANY, metavar="TIME"),
    Flag("target", "search.target", "Stop when the objective is as good as this.", ANY, float),
    Flag(
        "stagnation", "search.stagnation",
        "Stop after so many generations without a better one.", ANY, int,
    ),
    Flag("machine", "run.machine"),
    Flag("population", "search.population"),
    Flag("algorithm", "search.algorithm"),
    Flag("timeout_s", "run.timeout_s"),
    Flag("memory_gib", "run.memory_gib"),
)  # fmt: skip
KEYS = {flag.name: flag.key for flag in FLAGS}
LABELS = {flag.name: flag.label for flag in FLAGS}
RESUMABLE = tuple(flag.name for flag in FLAGS if "resume" in flag.commands)
# What a resumed run may be asked for anew: it changes where it ends and no row before.
HOW_FAR = tuple(name for name in RESUMABLE if KEYS[name].startswith("search."))
