"""The searches of a ranking made again on other bars, by the product's own runs and merge."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evosearch.assemble.auditing.prices import cut_bars
from evosearch.assemble.auditing.sources import Source
from evosearch.assemble.ranking.merging import MergeRequest
from evosearch.assemble.searching.search import run
from evosearch.loop.events import EvaluationsFinished
from evosearch.profiles.tables import RunTable
from evosearch.report.rows import list_params, list_rows
from evosearch.seeding import derive_seed
from evosearch.shards.disk.spill import open_spill
from evosearch.trading.bars import Bars
from evosearch.trading.problem import Trading


@dataclass(frozen=True)
class Repeat:
    """The searches of a ranking, made again once.

    Attributes
    ----------
    best : dict
        The row that ranks first in their merge.
    n_genomes : int
        Distinct strategies that were tried.
    """

    best: dict[str, Any]
    n_genomes: int

    @property
    def params(self) -> dict[str, Any] | None:
        """The active genes of the best row; None if it is not feasible."""
        if not (self.best["feasible"] and self.best["status"] == "ok"):
            return None
        return list_params(self.best)

    def read(self, column: str) -> float | None:
        """A number of the best row; None if it is undefined, or the row is not feasible."""
        value = self.best.get(column) if self.params is not None else None
        return None if value is None else float(value)


class Repeater:
    """Makes the searches of a ranking again, each time on other bars.

    Parameters
    ----------
    sources : sequence of Source
        At least one.
    make : callable
        A problem from options, on any bars.
    name : str
        What all seeds are derived from: the digest of the ranking's rows.
    """

    def __init__(
        self, sources: tuple[Source, ...], make: Callable[[Source], Trading], name: str
    ) -> None:
        self._sources, self._name = sources, name
        self._problems: list[Trading] = []
        known: dict[str, Trading] = {}
        for source in sources:
            key = source.options.model_dump_json()
            known[key] = known.get(key) or make(source)
            self._problems.append(known[key])

    @property
    def n_trials(self) -> int:
        """Of one repetition."""
        return sum(source.n_trials for source in self._sources)

    def search(self, bars: Bars, check: str, number: int, tell: Callable[[int], None]) -> Repeat:
        """Search all of some bars as the ranking was searched.

        Parameters
        ----------
        bars : Bars
        check : str
        number : int
            With the check, it makes the seeds of the runs.
        tell : callable
            Told how many trials of this repetition are done.
        """
        bars, n_before = cut_bars(bars, 0, len(bars)), 0
        paths: list[Path] = []

        def listen(event: object) -> None:
            if isinstance(event, EvaluationsFinished):
                tell(n_before + event.n_evaluated)

        with open_scratch() as folder:
            for place, (source, problem) in enumerate(
                zip(self._sources, self._problems, strict=True)
            ):
                profile = source.profile.replace(
                    seed=derive_seed(self._name, check, str(number), str(place)),
                    run=RunTable(results=str(folder)),
                )
                paths += run(profile, problem=problem.with_bars(bars), listen=listen).paths
                n_before += source.n_trials
            # Not what Python calls: nothing of this is a look, and no other trials count.
            (merged,) = MergeRequest([str(path) for path in paths], use_cache=False).run()
            ranked = merged.ranked
            (best,) = list_rows(ranked, 1)
            return Repeat(best, ranked.n_rows)


@contextmanager
def open_scratch() -> Iterator[Path]:
    """A temporary folder, removed at the end; by the next audit if this one is killed."""
    with open_spill(Path(tempfile.gettempdir())) as folder:
        yield folder
