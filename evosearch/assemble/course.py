"""How far the search went that found the best row of a ranking, from the ranking alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evosearch.provenance import name_host
from evosearch.report.rising import Course, find_rises
from evosearch.shards.format.arrays import one_chunk, to_floats, to_numpy
from evosearch.shards.reading.summary import count_row_bytes

if TYPE_CHECKING:
    from evosearch.shards.reading.ranked import Ranked

_COLUMNS = ("run_id", "generation", "fitness", "feasible")


def find_course(ranked: Ranked, results: str | Path = "results") -> Course | None:
    """The course of the run in which the first row was born; None if that run did not end.

    What it takes on the disk is its share of the merged file. Rows that another run found too may
    be missing in it.

    Parameters
    ----------
    ranked : Ranked
    results : path
        The folder of its shards, if they are not beside the files of the ranking.
    """
    run_id, pieces = "", []
    for batch in ranked.batches(_COLUMNS):
        runs = one_chunk(batch["run_id"])
        names = runs.dictionary.to_pylist()
        codes = to_numpy(runs.indices)
        if not run_id:
            if not len(codes):
                continue
            run_id = names[int(codes[0])]
        if run_id in names:
            rows = np.flatnonzero(codes == names.index(run_id))
            columns = (one_chunk(batch[name]) for name in _COLUMNS[1:])
            generation, fitness, feasible = columns
            pieces.append(
                (to_numpy(generation)[rows], to_floats(fitness)[rows], to_numpy(feasible)[rows])
            )
    run = ranked.metadata.sources.get(run_id)
    if (
        run is None
        or not pieces
        or not any(part.plain.get("is_last") for part in run.parts.values())
    ):
        return None
    folder = _find_folder(ranked, run_id, Path(results))
    parts = [*run.parts.values()]
    n_rows = sum(part.n_rows for part in parts)
    # Without its footer, which does not grow with the rows.
    size = count_row_bytes(ranked.path) if ranked.path is not None else 0
    return Course(
        run_id=run_id,
        rises=find_rises(*(np.concatenate(column) for column in zip(*pieces, strict=True))),
        n_generations=1 + max(part.generations[1] for part in parts),
        n_rows=n_rows,
        elapsed_s=sum(part.elapsed_s for part in parts),
        n_bytes=round(size * n_rows / max(1, ranked.n_rows)),
        host="" if folder is not None and run.host == name_host() else run.host,
        results=str(folder or results),
    )


def _find_folder(ranked: Ranked, run_id: str, results: Path) -> Path | None:
    """The folder in which a run can be continued: its shards may not lie where the merge does."""
    pattern = f"{run_id}-*.parquet"
    if any(results.glob(pattern)):
        return results
    return next((path.parent for path in ranked.inputs if path.match(pattern)), None)
