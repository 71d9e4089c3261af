"""The looks that a merged file carries, found before it is written.

They are those that are known and those of the rows whose hold-out the merge itself shows. So a
merge of the same files carries the same looks, and has the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evosearch.assemble.alike import fold_table, name_behaviour
from evosearch.assemble.judging.judge import find_opened
from evosearch.assemble.judging.looking import choose_folder, list_folders, look
from evosearch.shards.format.looks import MAX_IDS, Looks
from evosearch.shards.reading.ranked import Ranked

if TYPE_CHECKING:
    import pyarrow as pa

    from evosearch.shards.format.metadata import ShardMetadata
    from evosearch.shards.merging.result import FindLooks


def carry_looks(
    results: str | Path = "results",
    paths: Sequence[str | Path] = (),
    *,
    n_shown: int | None = 1,
    trials_before: int = 0,
    everything: bool = False,
    is_filtered: bool = False,
    n_folded: int = 0,
    is_chosen: Callable[[Ranked], bool] = lambda ranked: False,
) -> FindLooks:
    """What a merge calls for the looks of its file: `MergeOptions.find_looks`.

    Parameters
    ----------
    results : path
        Its ledger is read and written, if the folder exists.
    paths : sequence of path
        Files that were named; the folder of the first is used otherwise.
    n_shown : int, optional
        How many rows are shown; None for all.
    trials_before : int
        As in `judge_ranking`.
    everything : bool
        The hold-out of all rows that are shown is shown.
    is_filtered : bool
        These need not be the first rows. Those that are shown with their hold-out are then looks
        that come after the file.
    n_folded : int
        Of rows that behave alike among so many of the best only the best one is shown; 0 for all.
    is_chosen : callable
        Whether rows of a ranking are searched, chosen or sorted by the hold-out.
    """
    folder, beside = choose_folder(results, paths), list_folders(paths)

    def find_looks(first_rows: pa.Table, metadata: ShardMetadata) -> Looks:
        from evosearch.shards.viewing.exports import plain_rows

        # More looks than that count as that many.
        n = MAX_IDS if n_shown is None else min(n_shown, MAX_IDS)
        shows_all = everything or is_chosen(Ranked.of_table(first_rows, metadata))
        if shows_all and is_filtered:
            n = 0
        shown = first_rows.slice(0, n)
        if shows_all and n_folded:
            column = name_behaviour(metadata)
            shown = fold_table(first_rows.slice(0, max(n, n_folded)), column, n).table
        opened = find_opened(
            plain_rows(shown),
            metadata,
            results=folder,
            trials_before=trials_before,
            everything=shows_all,
            beside=beside,
        )
        looks, _ = look(metadata.holdouts, opened, folder, metadata.looks, beside)
        return looks

    return find_looks
