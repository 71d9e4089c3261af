"""What one ranking is judged with: its trials, its looks and the columns that are evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.judging.case import Court
from evosearch.assemble.judging.folder import find_elsewhere
from evosearch.assemble.judging.looking import choose_folder, find_known
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


@dataclass(frozen=True)
class Rows:
    """Rows of a ranking in their order, read as they are needed.

    Attributes
    ----------
    n : int
    read : callable
        Gives the row at a place from 0.
    """

    n: int
    read: Callable[[int], Mapping[str, Any]]

    @classmethod
    def of(cls, ranked: Ranked, n: int) -> Rows:
        """The first rows of a ranking."""
        from evosearch.shards.viewing.exports import plain_rows

        chunks: dict[int, list[dict[str, Any]]] = {}

        def read(place: int) -> Mapping[str, Any]:
            start = place - place % _CHUNK
            if start not in chunks:
                chunks.clear()
                chunks[start] = plain_rows(ranked.rows(start, _CHUNK))
            return chunks[start][place - start]

        return cls(min(n, ranked.n_rows), read)

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, place: int) -> Mapping[str, Any]:
        return self.read(place)

    def genome_id(self, place: int) -> str:
        """The id of a row, 32 hexadecimal digits."""
        return str(self.read(place)["genome_id"])


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
    """

    metadata: ShardMetadata
    folder: Path
    trials: Trials
    court: Court | None

    @classmethod
    def of(
        cls,
        metadata: ShardMetadata,
        results: str | Path,
        trials_before: int = 0,
        known: Sequence[Path] = (),
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
        return cls(metadata, folder, trials, court)

    @property
    def holdouts(self) -> tuple[Days, ...]:
        """By which looks are known."""
        return self.metadata.holdouts

    def has_holdout(self, row: Mapping[str, Any]) -> bool:
        """Whether a row has figures of a hold-out."""
        if not self.holdouts:
            return False
        if self.court is not None:
            return self.court.read_unseen(row) is not None
        return any(name.endswith(TWIN) and value is not None for name, value in row.items())

    def find_looks(self) -> Looks:
        """The looks that were made before."""
        return find_known(self.holdouts, self.folder, self.metadata.looks)

    def judge(self, row: Mapping[str, Any], n_looks: int) -> Verdict:
        """The verdict on a row as the `n_looks`-th look; there has to be a court."""
        assert self.court is not None
        return judge(self.court.make_case(row, n_looks))

    def passes(self, rows: Rows) -> Callable[[int, int], bool]:
        """Whether the row at a place passes as some look, so that the next one may be tested."""
        return lambda place, n_looks: self.judge(rows[place], n_looks).is_passed
