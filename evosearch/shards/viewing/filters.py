"""Which rows of a ranking are shown or exported; the ranking itself always keeps every row.

A condition is SQL as DuckDB reads it, evaluated row by row on batches in order of rank. The
database sees nothing but the batch: no files, no network, no extensions, no other tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evosearch.errors import UsageError, did_you_mean
from evosearch.shards.format.arrays import one_chunk, to_arrow, to_numpy
from evosearch.shards.format.metadata import ShardMetadata
from evosearch.shards.viewing.conditions import read_condition

_SANDBOX: dict[str, Any] = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "threads": "1",
    "memory_limit": "1GB",
}
_PLACE = "evosearch_place"
_UNTOLD = "it cannot be evaluated for some row; why is not shown, as it may tell of the hold-out."


class Floor(NamedTuple):
    """The least value of a column that passes, and the flag that asked for it."""

    flag: str
    column: str
    least: float


@dataclass(frozen=True)
class Filter:
    """The conditions that a row must meet to be shown.

    Attributes
    ----------
    where : str, optional
        A condition in SQL over the columns of a merged file; a gene may be named with or without
        ``param_``. Fractions are fractions: ``loss_frac < 0.2``.
    floors : tuple of Floor
    profiles, hosts : tuple of str
        Found by a run of one of these profiles, on one of these machines.
    """

    where: str | None = None
    floors: tuple[Floor, ...] = ()
    profiles: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.where is not None or self.floors or self.profiles or self.hosts)


class Sieve:
    """A filter compiled for one ranking.

    Parameters
    ----------
    wanted : Filter
    schema : pyarrow.Schema
        Of the ranking.
    metadata : ShardMetadata
        Its runs, for profiles and hosts.

    Raises
    ------
    UsageError
        A column, function, profile or host that does not exist, or no valid condition.
    """

    def __init__(self, wanted: Filter, schema: pa.Schema, metadata: ShardMetadata) -> None:
        self._wanted, self._schema = wanted, schema
        self._runs = find_runs(metadata, wanted.profiles, wanted.hosts)
        self._query = ""
        self._connection: Any = None
        self.columns: list[str] = []
        for flag, column, _ in wanted.floors:
            if column not in schema.names:
                raise UsageError(f"{flag}: this problem records no {column}. Use --where.")
            self.columns.append(column)
        if self._runs is not None:
            self.columns.append("found_by")
        if wanted.where is not None:
            self._prepare(wanted.where)
        if wanted and not self.columns:
            self.columns.append("rank")  # a condition such as "false" still has to be asked

    def mask(self, batch: pa.Table) -> NDArray[np.bool_]:
        """Which rows pass, shape (n,); the batch has at least `columns`."""
        passes = np.ones(len(batch), np.bool_)
        for _, column, least in self._wanted.floors:
            enough = pc.greater_equal(batch.column(column), least)
            passes &= to_numpy(one_chunk(pc.fill_null(enough, False)))
        if self._runs is not None:
            passes &= _is_found_by(one_chunk(batch.column("found_by")), self._runs)
        if self._connection is not None and passes.any():
            try:
                passes &= self._evaluate(batch)
            except UsageError:
                if not any(name.endswith("_oos") for name in self._condition.columns.values()):
                    raise
                # The database puts values into its messages, and no look was recorded yet.
                raise UsageError(f"--where {self._wanted.where!r}: {_UNTOLD}") from None
        return passes

    def _prepare(self, where: str) -> None:
        import duckdb

        self._condition = read_condition(where, self._schema)
        mentioned = self._condition.columns
        self.columns = [*dict.fromkeys([*self.columns, *mentioned.values()])]
        parts = [
            f"lower(hex({name})) AS {name}" if column == "genome_id" else name
            for name, column in mentioned.items()
        ]
        listed = ", ".join([_PLACE, *parts])
        # The line break ends a comment that the condition may close with. No name of a ranking is
        # in it: the condition is what the caller wrote, for a database that reaches nothing else.
        self._query = (
            f"SELECT {_PLACE} FROM (SELECT {listed} FROM evosearch_rows) AS ranking\n"  # noqa: S608
            f"WHERE ({self._condition.sql}\n) ORDER BY {_PLACE}"
        )
        self._connection = duckdb.connect(":memory:", config=_SANDBOX)
        self._connection.execute("SET python_enable_replacements = false")
        self._connection.execute("SET lock_configuration = true")
        # One row of nulls: what cannot be evaluated is found before anything is read.
        self._evaluate(pa.table({n: pa.nulls(1, self._schema.field(n).type) for n in self.columns}))

    def _evaluate(self, batch: pa.Table) -> NDArray[np.bool_]:
        import duckdb

        places = to_arrow(np.arange(len(batch), dtype=np.int64), pa.int64())
        mentioned = self._condition.columns
        table = pa.table(
            [places, *(_for_database(batch.column(name)) for name in mentioned.values())],
            names=[_PLACE, *mentioned],
        )
        assert self._connection is not None
        self._connection.register("evosearch_rows", table)
        try:
            (statement,) = self._connection.extract_statements(self._query)
            hits = self._connection.execute(statement).fetchnumpy()[_PLACE]
        except (duckdb.Error, ValueError) as error:
            text = self._condition.explain(str(error).partition("\n")[0], self._schema)
            raise UsageError(f"--where {self._wanted.where!r}: {text}") from error
        finally:
            self._connection.unregister("evosearch_rows")
        passes = np.zeros(len(batch), np.bool_)
        passes[np.asarray(hits, np.int64)] = True
        return passes


def find_runs(
    metadata: ShardMetadata, profiles: Sequence[str], hosts: Sequence[str]
) -> set[str] | None:
    """The runs of these profiles on these machines; None if all are meant.

    Raises
    ------
    UsageError
        No run has such a profile or host.
    """
    if not profiles and not hosts:
        return None
    facts = {run_id: (run.profile_name, run.host) for run_id, run in metadata.sources.items()}
    for place, (option, names) in enumerate((("--profile", profiles), ("--host", hosts))):
        known = sorted({fact[place] for fact in facts.values()})
        for name in names:
            if name not in known:
                hint = did_you_mean(name, known)
                if not hint.startswith("Allowed"):
                    hint = f"{hint} Allowed: {', '.join(known)}."
                raise UsageError(f"{option} {name}: no run here has it. {hint}")
    return {
        run_id
        for run_id, (profile, host) in facts.items()
        if (not profiles or profile in profiles) and (not hosts or host in hosts)
    }


def _is_found_by(finders: pa.Array, runs: set[str]) -> NDArray[np.bool_]:
    lengths = to_numpy(pc.list_value_length(finders)).astype(np.int64)
    is_wanted = to_numpy(pc.is_in(finders.flatten(), value_set=pa.array(sorted(runs), pa.string())))
    found = np.zeros(len(finders), np.bool_)
    found[np.repeat(np.arange(len(finders)), lengths)[is_wanted]] = True
    return found


def _for_database(column: pa.ChunkedArray) -> pa.ChunkedArray:
    # Times with a zone need an extension that may be missing; ours are all UTC.
    return column.cast(pa.timestamp("us")) if pa.types.is_timestamp(column.type) else column
