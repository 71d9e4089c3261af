"""Judge the first row of a ranking, or a single one, and say which rows may show their hold-out."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.judging.bench import Bench, Rows
from evosearch.assemble.judging.facts import describe_facts
from evosearch.assemble.judging.looking import look
from evosearch.evidence.looks import count_open
from evosearch.evidence.verdict import Verdict
from evosearch.problems.metric import TWIN
from evosearch.report.verdict import BoxFacts, describe_verdict
from evosearch.shards.format.looks import MAX_IDS

if TYPE_CHECKING:
    from evosearch.shards.format.metadata import ShardMetadata
    from evosearch.shards.reading.ranked import Ranked

# With `--unseen` any number of rows is open; more verdicts are not made.
_MOST_JUDGED = 1000
# Of the numbers of a verdict, those that JSON has under the same name.
_STATED = (
    "name", "n", "n_is_bound", "luck_daily", "dsr", "p_oos", "look", "alpha", "b_in", "b_oos",
    "x_in", "x_oos", "years_needed", "days_to_paper", "dispersion", "why",
)  # fmt: skip


@dataclass(frozen=True)
class Judgement:
    """The verdict on the first row that is shown, with the facts of the box under it.

    Attributes
    ----------
    box : BoxFacts
    verdicts : tuple of Verdict
        Of the open rows, each tested with the same number of looks; of a single row, its own.
    n_open : int
        So many of the first rows may show their hold-out.
    looks : tuple of str
        Genome ids whose hold-out is counted by this: hexadecimal, sorted, at most `MAX_IDS`.
    """

    box: BoxFacts
    verdicts: tuple[Verdict, ...] = ()
    n_open: int = 0
    looks: tuple[str, ...] = ()

    def to_plain(self) -> dict[str, Any]:
        """As ``verdict`` of ``--json``: finite numbers; without a verdict its name is the state."""
        verdict = self.box.verdict
        plain = dict.fromkeys(_STATED) if verdict is None else verdict.to_plain()
        plain = {key: plain[key] for key in _STATED}
        if self.box.state != "judged" or verdict is None:
            plain |= {"name": self.box.state, "why": plain["why"] or []}
        plain |= {"n": self.box.n_trials, "n_is_bound": self.box.n_is_bound}
        plain |= {"look": self.box.n_looks}
        return plain | {"words": describe_verdict(self.box), "looks": list(self.looks)}


def judge_ranking(
    ranked: Ranked,
    *,
    results: str | Path = "results",
    n_shown: int = 1,
    rows: Sequence[Mapping[str, Any]] | None = None,
    trials_before: int = 0,
    unseen: bool = False,
    chosen_by_holdout: bool = False,
    is_recorded: bool = True,
    is_merged: bool | None = None,
) -> Judgement:
    """Judge the first row that is shown.

    Parameters
    ----------
    ranked : Ranked
    results : path
        Its folder: trials on the same bars there count, and looks are recorded there.
    n_shown : int
        How many rows are shown.
    rows : sequence of mapping, optional
        These rows, if they are not the first ones of the ranking.
    trials_before : int
        What was tried elsewhere.
    unseen : bool
        All rows show their hold-out: each is a look.
    chosen_by_holdout : bool
        Rows were filtered or sorted by the hold-out: each is a look, and there is no verdict.
    is_recorded : bool
        Record the looks; otherwise they are only counted.
    is_merged : bool, optional
        Whether a merge made the ranking; by default, whether it has the digest of a merge.
    """
    shown = Rows.of(ranked, n_shown) if rows is None else Rows.of_list(rows)
    bench = Bench.of(ranked.metadata, results, trials_before, _own(ranked))
    if not len(shown):
        return Judgement(describe_facts(bench, "no_rows"))
    is_merged = _is_merged(ranked, is_merged)
    everything = unseen or chosen_by_holdout
    if not is_merged and not everything:
        return Judgement(describe_facts(bench, "unmerged", shown[0]))
    n_open, known = _open(bench, shown, everything)
    ids = shown.list_ids(n_open) if bench.has_holdout(shown.first()) else []
    state = "judged"
    if rows is not None and is_merged and not chosen_by_holdout and bench.court is not None:
        # As in `judge_row`: whatever filters show, a row counts only if all above it passed.
        rank = int(shown[0].get("rank") or 1)
        above = Rows.of(ranked, rank)
        n_passed = count_open(rank, above.genome_id, {*known, *ids}, bench.passes(above))
        ids = [*ids, *(above.genome_id(place) for place in range(n_passed))] if ids else []
        state = state if n_passed == rank else "not_tested"
    n_looks, is_kept = _count(bench, known, ids, is_recorded)
    verdicts: tuple[Verdict, ...] = ()
    if chosen_by_holdout:
        state = "chosen_by_holdout"
    elif not is_merged:
        state = "unmerged"
    elif bench.court is None:
        state = "no_evidence"
    else:
        n_judged = min(n_open, _MOST_JUDGED)
        verdicts = tuple(bench.judge(shown[place], n_looks) for place in range(n_judged))
    verdict = verdicts[0] if verdicts else None
    box = describe_facts(bench, state, shown[0], verdict, n_looks, is_kept, ranked.path)
    return Judgement(box, verdicts, n_open, _list_looks(ids))


def judge_row(
    ranked: Ranked,
    row: Mapping[str, Any],
    *,
    results: str | Path = "results",
    trials_before: int = 0,
    is_recorded: bool = True,
    is_merged: bool | None = None,
) -> Judgement:
    """Judge one row by its rank; not tested if a row above does not pass.

    The rows above that decide so are looks too: their hold-out entered the verdict.

    Parameters
    ----------
    ranked : Ranked
    row : mapping
        As `evosearch.report.rows.find_row` gives it.
    others
        As in `judge_ranking`.
    """
    bench = Bench.of(ranked.metadata, results, trials_before, _own(ranked))
    if not _is_merged(ranked, is_merged):
        return Judgement(describe_facts(bench, "unmerged", row))
    rank = int(row["rank"])
    above = Rows.of(ranked, rank)
    has_holdout = bench.has_holdout([row, *above.first()])
    known = bench.find_looks().ids(*bench.holdouts) if has_holdout else frozenset[str]()
    own = str(row["genome_id"])
    # A search for the hold-out itself has none.
    is_chosen = ranked.metadata.problem.objective.endswith(TWIN)
    n_passed = rank
    if bench.court is not None and not is_chosen:
        n_passed = count_open(rank, above.genome_id, known | {own}, bench.passes(above))
    ids = [own, *(above.genome_id(place) for place in range(n_passed))] if has_holdout else []
    if bench.court is None or is_chosen:
        ids = ids[:1]
    n_looks, is_kept = _count(bench, known, ids, is_recorded)
    if bench.court is None or is_chosen:
        state = "chosen_by_holdout" if is_chosen else "no_evidence"
        box = describe_facts(bench, state, row, None, n_looks, is_kept)
        return Judgement(box, (), 0, _list_looks(ids))
    verdict = bench.judge(row, n_looks)
    state = "judged" if n_passed == rank else "not_tested"
    box = describe_facts(bench, state, row, verdict, n_looks, is_kept, ranked.path)
    return Judgement(box, (verdict,), 0, _list_looks(ids))


def find_opened(
    rows: Sequence[Mapping[str, Any]],
    metadata: ShardMetadata,
    *,
    results: str | Path = "results",
    trials_before: int = 0,
    everything: bool = False,
    merged_paths: Sequence[Path] = (),
    beside: Sequence[Path] = (),
) -> tuple[str, ...]:
    """The genomes whose hold-out a merge shows by itself, before its file is written.

    Parameters
    ----------
    rows : sequence of mapping
        The rows that it shows.
    metadata : ShardMetadata
        Of the file that it writes.
    everything : bool
        It shows the hold-out of all of them.
    merged_paths : sequence of Path
        Files whose rows are in the ranking, which need not be read.
    beside : sequence of Path
        Folders of its files.
    others
        As in `judge_ranking`.
    """
    shown = Rows.of_list(rows)
    bench = Bench.of(metadata, results, trials_before, merged_paths, beside)
    if not rows or not bench.has_holdout(shown.first()):
        return ()
    n_open, _ = _open(bench, shown, everything)
    return _list_looks(shown.list_ids(n_open))


def _open(bench: Bench, rows: Rows, everything: bool) -> tuple[int, frozenset[str]]:
    """Return how many rows may show their hold-out, and the genomes that were looked at before."""
    if not bench.has_holdout(rows.first()):
        return len(rows), frozenset()
    known = bench.find_looks().ids(*bench.holdouts)
    if everything:
        return len(rows), known
    if bench.court is None:
        return 1, known
    return count_open(len(rows), rows.genome_id, known, bench.passes(rows)), known


def _count(
    bench: Bench,
    known: Iterable[str],
    ids: Sequence[str],
    is_recorded: bool,
) -> tuple[int, bool]:
    """Return the number of looks with these, and whether they are recorded where they should be."""
    if not ids:
        return 0, True
    n_looks = min(len({*known, *ids}), MAX_IDS)
    if not is_recorded:
        return n_looks, True
    _, is_kept = look(bench.holdouts, ids, bench.folder, bench.metadata.looks, bench.beside)
    return n_looks, is_kept


def _list_looks(ids: Iterable[str]) -> tuple[str, ...]:
    """Return the genomes that are counted; of very many, as many as ever are."""
    return tuple(heapq.nsmallest(MAX_IDS, {*ids}))


def _own(ranked: Ranked) -> list[Path]:
    """Return the files whose rows are in a ranking, as far as they are known."""
    return [*ranked.inputs, *([] if ranked.path is None else [ranked.path])]


def _is_merged(ranked: Ranked, stated: bool | None) -> bool:
    if stated is not None:
        return stated
    return bool(ranked.metadata.rows_sha256) or len(ranked.metadata.sources) == 1
