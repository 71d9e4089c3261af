"""What one ranking is judged with: its trials, its looks and the columns that are evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.judging.case import Court
from evosearch.assemble.judging.folder import find_elsewhere
from evosearch.assemble.judging.looking import choose_folder, find_known, list_folders
from evosearch.assemble.judging.trials import Trials, count_trials
from evosearch.evidence.rules import judge
from evosearch.evidence.verdict import Verdict
from evosearch.problems.metric import TWIN

if TYPE_CHECKING:
    from evosearch.days import Days
    from evosearch.shards.format.looks import Looks
    from evosearch.shards.format.metadata import ShardMetadata
    from evosearch.shards.reading.ranked import Ranked

# So many rows are read at a time: nearly always the first one decides.
_CHUNK = 64


class Rows:
    """Rows of a ranking in their order, read as they are needed.

    Parameters
    ----------
    n : int
    read : callable
        Gives some rows as plain data: from a place counted from 0, and how many at most.
    list_ids : callable
        Gives the ids of the first so many rows.
    """

    def __init__(
        self,
        n: int,
        read: Callable[[int, int], Sequence[Mapping[str, Any]]],
        list_ids: Callable[[int], list[str]],
    ) -> None:
        self._n, self._read, self._list_ids = n, read, list_ids
        self._start, self._held = 0, list[Mapping[str, Any]]()

    @classmethod
    def of(cls, ranked: Ranked, n: int) -> Rows:
        """The first rows of a ranking."""
        from evosearch.shards.viewing.exports import plain_rows

        def list_ids(n: int) -> list[str]:
            found: list[str] = []
            for batch in ranked.batches(["genome_id"]):
                found += [str(row["genome_id"]) for row in plain_rows(batch.slice(0, n))]
                if len(found) >= n:
                    break
            return found[:n]

        def read(start: int, n: int) -> Sequence[Mapping[str, Any]]:
            return plain_rows(ranked.rows(start, n))

        return cls(min(n, ranked.n_rows), read, list_ids)

    @classmethod
    def of_list(cls, rows: Sequence[Mapping[str, Any]]) -> Rows:
        """Rows that are all there."""
        return cls(
            len(rows),
            lambda start, n: rows[start : start + n],
            lambda n: [str(row["genome_id"]) for row in rows[:n]],
        )

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, place: int) -> Mapping[str, Any]:
        if not 0 <= place - self._start < len(self._held):
            self._start = place - place % _CHUNK
            self._held = [*self._read(self._start, _CHUNK)]
        return self._held[place - self._start]

    def first(self) -> list[Mapping[str, Any]]:
        """The first rows, as many as are read at a time."""
        return [self[place] for place in range(min(self._n, _CHUNK))]

    def genome_id(self, place: int) -> str:
        """The id of a row, 32 hexadecimal digits."""
        return str(self[place]["genome_id"])

    def list_ids(self, n: int) -> list[str]:
        """The ids of the first so many rows."""
        return self._list_ids(n) if n > _CHUNK else [self.genome_id(i) for i in range(n)]


@dataclass(frozen=True)
class Bench:
    """What all rows of one ranking are judged with.

    Attributes
    ----------
    metadata : ShardMetadata
    folder : Path
        Where other trials are looked for, and looks recorded.
    trials : Trials
    court : Court or None
        None if the problem names no columns as its evidence.
    beside : tuple of Path
        Folders of the ranking's files: looks that were recorded there are known.
    """

    metadata: ShardMetadata
    folder: Path
    trials: Trials
    court: Court | None
    beside: tuple[Path, ...] = ()

    @classmethod
    def of(
        cls,
        metadata: ShardMetadata,
        results: str | Path,
        trials_before: int = 0,
        known: Sequence[Path] = (),
        beside: Sequence[Path] = (),
    ) -> Bench:
        """Read what is needed: footers only.

        Parameters
        ----------
        metadata : ShardMetadata
            Of the ranking.
        results : path
        trials_before : int
        known : sequence of Path
            Files of the ranking.
        beside : sequence of Path
            Their folders, if the files are not known.
        """
        from evosearch.assemble.audited import read_audit
        from evosearch.problems.words import find_evidence

        folder = choose_folder(results, known)
        evidence = find_evidence(metadata.problem.plain)
        elsewhere = find_elsewhere(folder, metadata, known)
        trials = count_trials(metadata, elsewhere, trials_before, evidence is not None)
        court = None
        if evidence is not None:
            audit = read_audit(folder, metadata.rows_sha256)
            court = Court(evidence, metadata, trials, audit)
        return cls(metadata, folder, trials, court, (*beside, *list_folders(known)))

    @property
    def holdouts(self) -> tuple[Days, ...]:
        """By which looks are known."""
        return self.metadata.holdouts

    def has_holdout(self, rows: Iterable[Mapping[str, Any]]) -> bool:
        """Whether there is a hold-out: as the files state, or else as some rows show."""
        facts = self.metadata.problem
        is_stated = [each.unseen is not None for each in (facts.hold, facts.days) if each]
        if is_stated:
            return any(is_stated)
        return any(
            name.endswith(TWIN) and value is not None for row in rows for name, value in row.items()
        )

    def find_looks(self) -> Looks:
        """The looks that were made before."""
        return find_known(self.holdouts, self.folder, self.metadata.looks, self.beside)

    def judge(self, row: Mapping[str, Any], n_looks: int) -> Verdict:
        """The verdict on a row as the `n_looks`-th look; there has to be a court."""
        assert self.court is not None
        return judge(self.court.make_case(row, n_looks))

    def passes(self, rows: Rows) -> Callable[[int, int], bool]:
        """Whether the row at a place passes as some look, so that the next one may be tested."""
        return lambda place, n_looks: self.judge(rows[place], n_looks).is_passed
