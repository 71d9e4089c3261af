"""The first pass of a merge: which genomes were measured in more than one way.

Copies of a genome that were measured alike stand next to each other in the ranking and are
settled where they meet. Those measured differently do not; they are found here, from the few
columns that decide the rank. The worse copies are dropped, and ghosts beside the best one keep
who found them. What a genome's values were is remembered as a conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.shards.arrays import one_chunk, to_floats
from evosearch.shards.blocks import Part
from evosearch.shards.buckets import KeyBuckets
from evosearch.shards.conflicts import (
    MAX_CONFLICTS,
    Measured,
    add_measured,
    is_conflict,
    join_measured,
    trim,
)
from evosearch.shards.finders import Finders, RunNames
from evosearch.shards.keys import KEY_COLUMNS, RankKeys, find_new, read_texts
from evosearch.shards.runs import read_rows
from evosearch.shards.stream import Crew
from evosearch.shards.validate import Checked

_SCAN_ROWS = 131_072
# Ids, keys, fitness and finders of a row that is looked at closely, and as much again to sort.
_ROW_BYTES = 160


@dataclass
class Contradictions:
    """What the first pass found.

    Attributes
    ----------
    is_sorted : list of bool
        For each input.
    dropped : list of ndarray of uint8, or None
        For each input one bit per row, set where the row is settled by a better one.
    ghosts : list of Part
        Sorted; without rows.
    measured : dict
    n_conflicts : int
    """

    is_sorted: list[bool]
    dropped: list[NDArray[np.uint8] | None]
    ghosts: list[Part] = field(default_factory=list)
    measured: Measured = field(default_factory=dict)
    n_conflicts: int = 0


def find_contradictions(
    items: Sequence[Checked],
    names: RunNames,
    buckets: KeyBuckets,
    crew: Crew,
    limit_bytes: int,
    tell: Callable[[int], None],
) -> Contradictions:
    """Read the keys of all inputs.

    Parameters
    ----------
    items : sequence of Checked
    names : RunNames
    buckets : KeyBuckets
    crew : Crew
    limit_bytes : int
        Memory for genomes that are looked at closely.
    tell : callable
        Given the number of rows read since the last call.

    Raises
    ------
    UnusableInput
    """
    starts = np.concatenate([[0], np.cumsum([item.n_rows for item in items])]).astype(np.uint64)

    def scan(number: int) -> bool:
        return _scan(items[number], buckets, int(starts[number]), tell)

    found = Contradictions(list(crew.map(scan, range(len(items)))), [None] * len(items))
    remembered: Measured = join_measured(
        item.metadata.measured for item in items if item.metadata is not None
    )
    suspects = np.array([int(text[16:], 16) for text in remembered], np.uint64)

    def look(number: int) -> NDArray[np.uint64]:
        return buckets.find_contradictory(number, suspects)

    rows = [part for part in crew.map(look, buckets.find_filled()) if len(part)]
    if not rows:
        return found
    marks = _mark(rows, starts, items)
    del rows
    n_marked = sum(int(np.unpackbits(bits).sum()) for bits in marks.values())
    n_passes = -(-n_marked * _ROW_BYTES // limit_bytes)
    for number in range(n_passes):
        chosen = _Look(items, marks, names, number, n_passes, remembered)
        chosen.settle(found)
    measured = join_measured([found.measured, remembered])
    found.n_conflicts += sum(
        bool(is_conflict(measured[genome_id][0][0], measured[genome_id][1][0]))
        for genome_id in remembered
    )
    found.measured = trim(measured)
    return found


def _scan(item: Checked, buckets: KeyBuckets, first_row: int, tell: Callable[[int], None]) -> bool:
    """Hand a file's keys to the buckets; whether its rows are sorted."""
    is_sorted, last = True, None
    for table in read_rows(item, _SCAN_ROWS, KEY_COLUMNS):
        keys = RankKeys.of(table)
        joined = keys if last is None else RankKeys.join([last, keys])
        is_sorted = is_sorted and joined.is_sorted()
        last = keys.take(slice(len(keys) - 1, len(keys)))
        buckets.add(keys, to_floats(one_chunk(table.column("fitness"))), first_row)
        first_row += len(table)
        tell(len(table))
    return is_sorted


def _mark(
    rows: Sequence[NDArray[np.uint64]], starts: NDArray[np.uint64], items: Sequence[Checked]
) -> dict[int, NDArray[np.uint8]]:
    """One bit per row of those inputs that have rows to look at."""
    marks: dict[int, NDArray[np.uint8]] = {}
    for part in rows:
        part.sort()
        bounds = np.searchsorted(part, starts)
        for number in np.flatnonzero(np.diff(bounds)).tolist():
            here = part[bounds[number] : bounds[number + 1]] - starts[number]
            bits = marks.setdefault(number, np.zeros(items[number].n_rows + 7 >> 3, np.uint8))
            np.bitwise_or.at(
                bits, here >> np.uint64(3), np.uint8(1) << (here & np.uint64(7)).astype(np.uint8)
            )
    return marks


class _Look:
    """Some of the contradictory genomes, with all their rows."""

    def __init__(
        self,
        items: Sequence[Checked],
        marks: Mapping[int, NDArray[np.uint8]],
        names: RunNames,
        number: int,
        n_passes: int,
        known: Measured,
    ) -> None:
        self._items, self._names, self._known = items, names, known
        keys: list[RankKeys] = []
        finders: list[Finders] = []
        fitness, run_codes, sources, rows = [], [], [], []
        for source in sorted(marks):
            bits = np.unpackbits(marks[source], bitorder="little").astype(np.bool_)
            item = items[source]
            has_finders = item.schema is not None and "found_by" in item.schema.names
            columns = [*KEY_COLUMNS, "run_id", *(["found_by"] if has_finders else [])]
            start = 0
            for table in read_rows(item, _SCAN_ROWS, columns):
                keep = bits[start : start + len(table)]
                if keep.any():
                    whole = RankKeys.of(table)
                    keep = keep & (whole.low % np.uint64(n_passes) == np.uint64(number))
                    chosen = np.flatnonzero(keep)
                    keys.append(whole.take(chosen))
                    finders.append(Finders.of(table, names).take(keep))
                    texts = read_texts(table.column("run_id"))
                    run_codes.append(names.encode(texts.names)[texts.codes[chosen]])
                    fitness.append(to_floats(one_chunk(table.column("fitness")))[chosen])
                    sources.append(np.full(len(chosen), source, np.int32))
                    rows.append(start + chosen)
                start += len(table)
        self.keys, self.finders = RankKeys.join(keys), Finders.join(finders)
        self.fitness, self.sources = np.concatenate(fitness), np.concatenate(sources)
        self.rows, self.run_codes = np.concatenate(rows), np.concatenate(run_codes)

    def settle(self, found: Contradictions) -> None:
        """Drop the worse copies, and keep who found them and what they measured."""
        keys = self.keys
        # By genome, the best copy of each first.
        order = np.lexsort((keys.key, keys.tier, keys.low, keys.high))
        ranked = keys.take(order)
        is_new = find_new(ranked.high, ranked.low)
        group = np.cumsum(is_new) - 1
        best = order[is_new]
        is_worse = (ranked.tier != keys.tier[best][group]) | (ranked.key != keys.key[best][group])
        self._drop(order[is_worse], found.dropped)
        self._add_ghosts(order, is_worse, group, best, found.ghosts)
        self._remember(order, is_new, is_worse, found)

    def _drop(self, worse: NDArray[np.intp], dropped: list[NDArray[np.uint8] | None]) -> None:
        for source in np.unique(self.sources[worse]).tolist():
            rows = self.rows[worse[self.sources[worse] == source]]
            bits = dropped[source]
            if bits is None:
                bits = dropped[source] = np.zeros(self._items[source].n_rows + 7 >> 3, np.uint8)
            np.bitwise_or.at(bits, rows >> 3, np.uint8(1) << (rows & 7).astype(np.uint8))

    def _add_ghosts(
        self,
        order: NDArray[np.intp],
        is_worse: NDArray[np.bool_],
        group: NDArray[np.int64],
        best: NDArray[np.intp],
        ghosts: list[Part],
    ) -> None:
        if not is_worse.any():
            return
        keys = self.keys.take(best)
        # Ghosts are numbered in the order of ranking.
        by_rank = keys.order()
        place = np.empty(len(best), np.int64)
        place[by_rank] = np.arange(len(best))
        group_of = np.empty(len(order), np.int64)
        group_of[order] = place[group]
        is_worse_row = np.zeros(len(order), np.bool_)
        is_worse_row[order] = is_worse
        finders = self.finders.take(is_worse_row)
        union = finders.union(group_of[is_worse_row], len(best), self._names)
        has_any = union.counts > 0
        ghosts.append(
            Part(None, keys.take(by_rank).take(np.flatnonzero(has_any)), union.take(has_any))
        )

    def _remember(
        self,
        order: NDArray[np.intp],
        is_new: NDArray[np.bool_],
        is_worse: NDArray[np.bool_],
        found: Contradictions,
    ) -> None:
        """The extreme values of genomes that have several, for the first of them by id."""
        ranked, fitness = self.keys.take(order), self.fitness[order]
        starts = np.flatnonzero(is_new)
        is_value = np.isfinite(fitness)
        low, high = _extremes(fitness, is_value, starts)
        with np.errstate(invalid="ignore", over="ignore"):
            is_clash = is_conflict(low, high)
        # One value in two tiers is remembered too: which run was the first to measure it would
        # be lost with the worse row.
        is_other = low < high
        for column in (ranked.tier, ranked.key):
            first, last = _extremes(column, is_value, starts)
            is_other |= first < last
        # And a number that only worse rows have, where the best measured none.
        is_blank = np.logical_or.reduceat(~(is_worse | is_value), starts)
        is_other |= is_blank & np.logical_or.reduceat(is_value, starts)
        clashes, others = np.flatnonzero(is_clash), np.flatnonzero(is_other & ~is_clash)
        suspects = np.array([int(text[16:], 16) for text in self._known], np.uint64)
        known = [
            number
            for number in np.flatnonzero(np.isin(ranked.low[starts], suspects)).tolist()
            if self._id_of(order[starts[number]]) in self._known
        ]
        ends = np.append(starts[1:], len(order))
        wanted = {*clashes[:MAX_CONFLICTS].tolist(), *others[:MAX_CONFLICTS].tolist(), *known}
        for number in wanted:
            self._look_up(order[starts[number] : ends[number]], found.measured)
        # Those that inputs remember are counted with all that is known of them.
        found.n_conflicts += len(clashes) - int(np.count_nonzero(is_clash[known]))

    def _look_up(self, members: NDArray[np.intp], remembered: Measured) -> None:
        genome_id = self._id_of(members[0])
        for row in members.tolist():
            value = float(self.fitness[row])
            if np.isfinite(value):
                run_id = self._names.names[self.run_codes[row]]
                add_measured(remembered, genome_id, (value + 0.0, run_id))

    def _id_of(self, row: np.intp) -> str:
        _, _, high, low = self.keys.at(int(row))
        return f"{high:016x}{low:016x}"


def _extremes(
    values: NDArray[Any], is_value: NDArray[np.bool_], starts: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest of each group, NaN where it has no value."""
    shown = np.where(is_value, values, np.nan)
    return np.fmin.reduceat(shown, starts), np.fmax.reduceat(shown, starts)
