"""The files of one run: rows in, a shard or a commit out, with the metadata of the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from evosearch.genome.space import Space
from evosearch.population import Population
from evosearch.redaction import Private
from evosearch.shards.format.discretion import redact_errors, redact_problem
from evosearch.shards.format.metadata import make_shard_metadata
from evosearch.shards.format.schema import make_table
from evosearch.shards.writing.facts import describe_rows
from evosearch.shards.writing.journal import Journal
from evosearch.shards.writing.store import write_table


class ShardFiles:
    """Writes shards and commits of one run.

    Parameters
    ----------
    folder : Path
        Where shards are published.
    journal : Journal or None
        Where rows are committed.
    run, problem : mapping
        As in `make_shard_metadata`.
    space : Space
    schema : pyarrow.Schema
    profile_toml : str
    folders : iterable of Path
        Of the profile: their paths are removed from every file.
    summarised : frozenset of str
        As in `write_table`.
    """

    def __init__(
        self,
        folder: Path,
        journal: Journal | None,
        run: Mapping[str, Any],
        problem: Mapping[str, Any],
        space: Space,
        schema: pa.Schema,
        profile_toml: str,
        folders: Iterable[Path],
        summarised: frozenset[str],
    ) -> None:
        self._folder, self._journal, self._summarised = folder, journal, summarised
        self._private = Private(folders, run["machine"]["host"])
        self._run, self._problem = run, redact_problem(problem, self._private.remove)
        self._space = space
        self._schema, self._profile_toml = schema, profile_toml

    def publish(
        self,
        part: int,
        rows: Population,
        about: Mapping[str, Any],
        covered: Sequence[Path],
        table: pa.Table | None = None,
    ) -> tuple[Path, int]:
        """Write a shard and delete the commits that it covers.

        Parameters
        ----------
        part : int
            Its number within the run.
        rows : Population
        about : mapping
            Facts for its metadata that do not follow from the rows.
        covered : sequence of Path
        table : pyarrow.Table, optional
            The rows as they were read from disk, in their final order.

        Returns
        -------
        path : Path
        n_rows : int
        """
        name = f"{self._run['run_id']}-{part:04d}-{{sha}}.parquet"
        path = self._write(self._folder, name, part, rows, about, table)
        if self._journal is not None:
            self._journal.forget([*covered])
        return path, len(rows)

    def commit(self, part: int, rows: Population) -> None:
        """Write a commit to the journal."""
        assert self._journal is not None
        self._write(self._journal.folder, self._journal.next_name(), part, rows, {}, None)

    def _write(
        self,
        folder: Path,
        name: str,
        part: int,
        rows: Population,
        about: Mapping[str, Any],
        table: pa.Table | None,
    ) -> Path:
        # Only what is written is cleaned; a person at this machine sees the full errors.
        self._private.clean(rows.evaluations.error)
        if table is None:
            order = rows.order_best_first()
            table = make_table(rows, self._schema, self._space, self._run["run_id"], order)
        else:
            table = redact_errors(table)  # an earlier version may have committed paths

        def finish(rows_sha256: str, n_rows: int) -> dict[str, Any]:
            facts = {"rows_sha256": rows_sha256, "n_rows": n_rows, **describe_rows(rows), **about}
            return make_shard_metadata(
                self._run, self._problem, self._space.to_dict(), self._profile_toml, part, facts
            )

        scratch = self._journal.folder if self._journal is not None else None
        path, _ = write_table(
            folder, name, self._schema, [table], finish, scratch, self._summarised
        )
        return path
