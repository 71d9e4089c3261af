"""Copies of a genome that were measured differently: when that is a conflict, and what is kept.

**The rule.** Values are rounded to 36 binary digits, and to multiples of 2**-46 near zero, which
hides differences in the last bits between processors. A genome is in conflict in a column if the
lowest and the highest rounded value of all its copies differ by more than 1e-9 of the larger one
and by more than 1e-12. Feasible against infeasible is such a difference; so are two violations. A
blank is no value, and a copy that is not ok has no feasibility: neither is a conflict. Lowest and
highest do not depend on the order, so chains (a near b, b near c, a and c apart) give the same
result in any tree of merges.

**The memory.** A merged file keeps one row per genome. The next merge must know the dropped
copies, so some are kept whole: the first in the order of `standing` of those with the lowest
rounded value of a column, of those with the highest, and of those that have a value where the row
that stands has a blank. Each is the first of a set in a total order, so the order and grouping of
merges do not matter. Nearly every genome has one value per column after rounding and no blank:
nothing is kept of it.

**The limits.** A footer must stay readable: the first 1,000 genomes in conflict by id (fewer where
rows have more than ten measured columns: 10,000 values) with the first five columns each, and as
many genomes that are not. The number of conflicts is exact beyond that: column `conflict` of a
merged file is true where copies ever were in conflict. Of further genomes only differences within
rounding and values lost to a blank are forgotten: a later copy is compared with the row that
stands.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evosearch.shards.format.measured import OK, STATUSES
from evosearch.shards.format.records import RUN_ID

RELATIVE, ABSOLUTE = 1e-9, 1e-12
MAX_GENOMES, MAX_VALUES = 1000, 10_000
# Columns of one genome that are listed and remembered at most.
MAX_COLUMNS = 5
# Bits of a float64 that are rounded away: 53 - 36.
_SPARE_BITS = 17
_NEAR_ZERO = 2.0**46
_ID = re.compile("[0-9a-f]{32}")
_WORDS = {"inf": math.inf, "-inf": -math.inf}


class Reading(NamedTuple):
    """A value and the run that measured it."""

    value: float
    run_id: str


@dataclass(frozen=True)
class Conflict:
    """Two values of one genome in one column that should be the same.

    Attributes
    ----------
    genome_id : str
    column : str
    readings : tuple of Reading
        The lowest and the highest; that of the copy that ranks before the other comes first.
    """

    genome_id: str
    column: str
    readings: tuple[Reading, Reading]

    def show(self, value: float) -> str:
        """A value for a message, which comes before any verdict: none of a hold-out."""
        return "a value not shown" if self.column.endswith("_oos") else repr(value)


class Copy(NamedTuple):
    """One copy of a genome: its origin and what was measured.

    `values` has one number per column of the memory, NaN for a blank; a status is its place in
    `measured.STATUSES`.
    """

    run_id: str
    generation: int
    position: int
    values: tuple[float, ...]


@dataclass(frozen=True)
class Memory:
    """What a merged file remembers of copies that were dropped.

    Attributes
    ----------
    columns : tuple of str
        Of `schema.list_measured`.
    copies : dict of str to list of Copy
        By genome id, in the order of `standing`.
    """

    columns: tuple[str, ...] = ()
    copies: dict[str, list[Copy]] = field(default_factory=dict)

    def to_plain(self) -> dict[str, Any]:
        """As it is written; `parse_memory` is the inverse."""
        return {
            "columns": list(self.columns),
            "copies": {
                genome_id: [
                    [*copy[:3], *map(_to_plain, self.columns, copy.values)] for copy in copies
                ]
                for genome_id, copies in sorted(self.copies.items())
            },
        }


def round_values(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values as they are compared: 36 binary digits of them; NaN stays NaN."""
    with np.errstate(over="ignore"):
        scaled = values * _NEAR_ZERO
    rounded = np.where(np.abs(scaled) < 2.0**52, np.rint(scaled) / _NEAR_ZERO, values) + 0.0
    bits = rounded.view(np.int64)
    bits = (bits + (1 << _SPARE_BITS - 1)) & ~np.int64((1 << _SPARE_BITS) - 1)
    return np.where(np.isnan(values), np.nan, bits.view(np.float64))


def is_apart(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where rounded values, low <= high, are in conflict; nowhere where both are NaN."""
    with np.errstate(invalid="ignore", over="ignore"):
        larger = np.maximum(np.abs(low), np.abs(high))
        is_far = high - low > np.maximum(RELATIVE * larger, ABSOLUTE)
    return np.asarray(is_far | (np.isinf(larger) & (low < high)))


def comparable(names: Sequence[str], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rounded values that may be in conflict: no status, feasibility only of copies that are ok.

    Parameters
    ----------
    names : sequence of str
        Of `schema.list_measured`.
    values : ndarray of float64, shape (len(names), n)
    """
    rounded = round_values(values)
    is_ok = values[list(names).index("status")] == OK
    for place, name in enumerate(names):
        if name == "status":
            rounded[place] = np.nan
        elif name in ("feasible", "violation"):
            rounded[place, ~is_ok] = np.nan
    return rounded


def count_remembered(n_columns: int) -> int:
    """How many genomes in conflict, and how many others, a memory holds."""
    # It must not depend on what is remembered: the grouping of merges must not matter.
    return min(MAX_GENOMES, MAX_VALUES // n_columns)


def choose_copies(rounded: NDArray[np.float64]) -> list[int]:
    """Which copies of one genome to remember.

    Parameters
    ----------
    rounded : ndarray of float64, shape (number of columns, number of copies)
        Of `comparable`; the copies in the order of `standing`.
    """
    low, high = np.fmin.reduce(rounded, axis=1), np.fmax.reduce(rounded, axis=1)
    conflict = is_apart(low, high)
    is_lost = np.isnan(rounded[:, 0]) & ~np.isnan(low)
    other = ~conflict & (is_lost | (low < high))
    columns = [*np.flatnonzero(conflict)[:MAX_COLUMNS], *np.flatnonzero(other)[:MAX_COLUMNS]]
    chosen = {0}
    for column in columns:
        chosen |= {int(np.nanargmin(rounded[column])), int(np.nanargmax(rounded[column]))}
    return sorted(chosen)


def list_conflicts(memory: Memory) -> tuple[Conflict, ...]:
    """The remembered conflicts, by id and column."""
    found = []
    for genome_id, copies in sorted(memory.copies.items()):
        values = np.array([copy.values for copy in copies]).T
        rounded = comparable(memory.columns, values)
        low, high = np.fmin.reduce(rounded, axis=1), np.fmax.reduce(rounded, axis=1)
        for place in np.flatnonzero(is_apart(low, high))[:MAX_COLUMNS].tolist():
            row = rounded[place]
            first, last = sorted([int(np.nanargmin(row)), int(np.nanargmax(row))])
            readings = [Reading(float(values[place, k]), copies[k].run_id) for k in (first, last)]
            found.append(Conflict(genome_id, memory.columns[place], (readings[0], readings[1])))
    return tuple(found)


def parse_memory(value: Any) -> Memory:
    """What a merged file remembers, from the plain data in its metadata.

    Raises
    ------
    ValueError
        Naming the key and what is wrong with it.
    """
    if not isinstance(value, Mapping):
        raise ValueError("measured: expected a table")
    if {*value} != {"columns", "copies"}:
        return _parse_version_1(value)
    columns, genomes = value["columns"], value["copies"]
    if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
        raise ValueError("measured.columns: expected a list of names")
    if columns != sorted({*columns}) or (columns and "status" not in columns):
        raise ValueError("measured.columns: expected each name once, in order, status among them")
    n_most = 2 * count_remembered(max(1, len(columns)))
    if not isinstance(genomes, Mapping) or len(genomes) > n_most or (genomes and not columns):
        raise ValueError(f"measured.copies: expected a table of at most {n_most:,} genomes")
    found = {}
    for genome_id, copies in genomes.items():
        where = f"measured.copies.{genome_id[:32]}"
        if not _ID.fullmatch(genome_id):
            raise ValueError(f"{where}: the id of a genome has 32 hexadecimal digits")
        if not isinstance(copies, list) or not 0 < len(copies) <= 4 * MAX_COLUMNS + 1:
            raise ValueError(f"{where}: expected at most {4 * MAX_COLUMNS + 1} copies")
        found[genome_id] = [_parse_copy(copy, columns, where) for copy in copies]
    return Memory(tuple(columns), found)


def _parse_copy(copy: Any, columns: Sequence[str], where: str) -> Copy:
    if not isinstance(copy, list) or len(copy) != 3 + len(columns):
        raise ValueError(f"{where}: expected a run, two numbers and {len(columns)} values")
    run_id, generation, position, *plain = copy
    if not isinstance(run_id, str) or not RUN_ID.fullmatch(run_id):
        raise ValueError(f"{where}: expected the id of a run")
    for number in (generation, position):
        if type(number) is not int or not -(2**31) <= number < 2**31:
            raise ValueError(f"{where}: expected a whole number of 32 bits")
    values = []
    for name, value in zip(columns, plain, strict=True):
        if value is None:
            values.append(math.nan)
        elif name == "status":
            if value not in STATUSES:
                raise ValueError(f"{where}: {name} is none of {', '.join(STATUSES)}, nor null")
            values.append(float(STATUSES.index(value)))
        elif isinstance(value, str) and value in _WORDS:
            values.append(_WORDS[value])
        elif type(value) in (int, float) and abs(value) < 2**1024:
            values.append(float(value))
        else:
            raise ValueError(f"{where}: {name} is neither a number nor null")
    return Copy(run_id, generation, position, tuple(values))


_COLUMNS_1 = ("fitness", "status")


def _parse_version_1(value: Mapping[str, Any]) -> Memory:
    """Of schema version 1: the lowest and the highest fitness of a genome, each with its run."""
    found = {}
    if len(value) > 2 * MAX_GENOMES:
        raise ValueError(f"measured: expected a table of at most {2 * MAX_GENOMES:,} genomes")
    for genome_id, pair in value.items():
        where = f"measured.{genome_id[:32]}"
        if not _ID.fullmatch(genome_id) or not isinstance(pair, list) or len(pair) != 2:
            raise ValueError(f"{where}: expected the id of a genome and two values of fitness")
        copies = []
        for item in pair:
            if not isinstance(item, list) or len(item) != 2:
                raise ValueError(f"{where}: expected a value and its run")
            # Its place in the run and its status are unknown: any row ranks before it.
            copies.append(_parse_copy([item[1], 0, 0, item[0], None], _COLUMNS_1, where))
        found[genome_id] = copies
    return Memory(_COLUMNS_1, found)


def _to_plain(name: str, value: float) -> float | str | None:
    if math.isnan(value):
        return None
    if name == "status":
        return STATUSES[int(value)]
    return value if math.isfinite(value) else "inf" if value > 0 else "-inf"


def describe_conflicts(conflicts: Sequence[Conflict], n: int, limit: int = 5) -> str:
    """Genomes in conflict in words, with runs that disagree; n says how many there are."""
    lines = [
        f"{n:,} row{'s' if n > 1 else ''} measured differently on the same prices, "
        "fees and rules: the objective is not deterministic, or a machine computes differently."
    ]
    for conflict in conflicts[:limit]:
        shown = ", ".join(
            f"{conflict.show(value)} by {run_id}" for value, run_id in conflict.readings
        )
        lines.append(f"  {conflict.genome_id}: {conflict.column}: {shown}")
    return "\n".join(lines)
