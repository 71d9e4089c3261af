"""The evaluations of an interrupted run, read back generation by generation.

An algorithm that is told the same evaluations proposes the same genomes. So a run is resumed by
running it again from its start and answering from disk as long as rows are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evosearch.errors import IncomparableShards
from evosearch.population import Population
from evosearch.shards.format.records import Part
from evosearch.shards.format.schema import metric_names
from evosearch.shards.reading.check import check_shard
from evosearch.shards.reading.checked import Checked
from evosearch.shards.writing.kept import read_places, read_rows, to_population

# Whether a row is on disk, and where.
NEW, COMMITTED, PUBLISHED = 0, 1, 2


@dataclass
class _Source:
    path: Path
    state: int
    part: Part
    rows: Population | None = None


class Recall:
    """The rows of one run that are on disk.

    Parameters
    ----------
    run_id : str
    published, committed : sequence of Path
        Shards of the run and its commits. Damaged files are left out, and measured again.
    metrics : sequence of str
        Names of the metric columns.

    Attributes
    ----------
    metrics : tuple of str
        Those of them that each file has, in the order of the files: the problem may measure more
        now than when the run began.
    """

    def __init__(
        self,
        run_id: str,
        published: Sequence[Path],
        committed: Sequence[Path],
        metrics: Sequence[str],
    ) -> None:
        self._run_id, self.metrics = run_id, tuple(metrics)
        self._published = published
        self.damaged: list[Checked] = []
        self._sources: list[_Source] = []
        self._reached = (-1, 0)  # the generation asked for last, and how many rows it has
        # Published rows come last: they overwrite the state of a row that is committed too.
        for paths, state in ((committed, COMMITTED), (published, PUBLISHED)):
            for path in paths:
                self._add(check_shard(path), state)

        n_published = sum(s.part.n_rows for s in self._sources if s.state == PUBLISHED)
        n_committed = sum(int(np.count_nonzero(is_ours)) for _, is_ours in self._find_rest())
        self.n_rows = n_published + n_committed  # on disk, each counted once

    @property
    def next_part(self) -> int:
        """The number of the run's next shard: they are called <run>-<part>-<sha16>.parquet."""
        parts = (int(path.stem.rsplit("-", 2)[1]) for path in self._published)
        return max(parts, default=-1) + 1

    @property
    def pending(self) -> frozenset[Path]:
        """Commits that alone hold some rows that were not asked for so far."""
        return frozenset(path for path, _ in self._find_rest())

    def take_rest(self) -> list[pa.Table]:
        """Rows that are only committed and were never asked for, as they are on disk."""
        rest = self._find_rest()
        self._sources = []
        return [read_rows(path).take(pa.array(np.flatnonzero(is_ours))) for path, is_ours in rest]

    def _find_rest(self) -> list[tuple[Path, NDArray[np.bool_]]]:
        """Commits with rows beyond those asked for that are in no shard, and which rows."""
        generation, n = self._reached
        rest, seen = [], np.empty(0, np.int64)
        if not any(each.state == COMMITTED for each in self._sources):
            return []
        for source in reversed(self._sources):  # published ones first
            if source.part.generations[1] < generation:
                continue
            places = read_places(source.path)
            if source.state == COMMITTED:
                is_ours = (places >= max(0, generation) << 32 | n) & ~np.isin(places, seen)
                if is_ours.any():
                    rest.append((source.path, is_ours))
            seen = np.concatenate([seen, places])
        return rest

    def fill(self, rows: Population) -> NDArray[np.uint8]:
        """Write the known evaluations of a generation into its rows.

        Parameters
        ----------
        rows : Population, n rows of one generation
            With genomes, ids, generation and index; evaluations are written where known.

        Returns
        -------
        ndarray of uint8, shape (n,)
            ``NEW``, ``COMMITTED`` or ``PUBLISHED``.

        Raises
        ------
        IncomparableShards
            The disk holds other genomes at these places: another version bred them differently.
        """
        state = np.zeros(len(rows), np.uint8)
        generation = int(rows.generation[0])
        self._reached = generation, len(rows)
        self._sources = [s for s in self._sources if s.part.generations[1] >= generation]
        for source in self._sources:
            if source.part.generations[0] <= generation:
                self._place(source, rows, state)
        return state

    def _place(self, source: _Source, rows: Population, state: NDArray[np.uint8]) -> None:
        known = source.rows = source.rows or _read(source.path, self.metrics)
        start, end = np.searchsorted(known.generation, rows.generation[0] + np.array([0, 1]))
        # A smaller budget may have cut the generation shorter than it was.
        end = start + int(np.searchsorted(known.index[start:end], len(rows)))
        where = known.index[start:end]
        same = (known.genome_ids[start:end] == rows.genome_ids[where]).all(axis=1)
        if not same.all():
            place = int(where[np.argmin(same)])
            raise IncomparableShards(
                f"{self._run_id} cannot be continued: individual {place} of generation "
                f"{int(rows.generation[0])} is another genome now than when it was measured. "
                "Continue with the version of evosearch and numpy that began it, or begin anew."
            )
        rows.evaluations.place(where, known.evaluations.take(slice(start, end)))
        state[where] = source.state

    def _add(self, checked: Checked, state: int) -> None:
        if not checked.is_usable:
            self.damaged.append(checked)
            return
        assert checked.metadata is not None and checked.schema is not None
        run = checked.metadata.sources.get(self._run_id)
        if run is None or checked.metadata.kind != "shard":
            return
        names = metric_names(checked.schema)
        if checked.metadata.problem.objective not in names:
            self.damaged.append(checked)
            return
        self.metrics = tuple(name for name in names if name in self.metrics)
        (part,) = run.parts.values()
        self._sources.append(_Source(checked.path, state, part))


def _read(path: Path, metrics: Sequence[str]) -> Population:
    """The rows of a file in the order of generation and index."""
    rows = to_population(read_rows(path), metrics)
    return rows.take(np.lexsort((rows.index, rows.generation)))
