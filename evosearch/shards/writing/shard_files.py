"""The files of one run: rows in, a shard or a commit out, with the metadata of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from evosearch.population import Population
from evosearch.provenance import RunPlan
from evosearch.redaction import Private
from evosearch.shards.format.discretion import redact_errors, redact_problem
from evosearch.shards.format.metadata import make_shard_metadata
from evosearch.shards.format.schema import make_table
from evosearch.shards.writing.facts import describe_rows, find_evidence
from evosearch.shards.writing.journal import Journal
from evosearch.shards.writing.store import write_table


class ShardFiles:
    """Writes shards and commits of one run.

    Parameters
    ----------
    plan : RunPlan
    schema : pyarrow.Schema
    journal : Journal or None
        Where rows are committed.
    """

    def __init__(self, plan: RunPlan, schema: pa.Schema, journal: Journal | None) -> None:
        self._plan, self._schema, self._journal = plan, schema, journal
        self._private = Private(plan.folders, plan.manifest["run"]["machine"]["host"])
        problem = redact_problem(plan.manifest["problem"], self._private.remove)
        self._manifest = {**plan.manifest, "problem": problem, "space": plan.space.to_dict()}
        # A run of an older version states no evidence: its shards go on as they began.
        self._column = find_evidence(problem, plan.metrics)

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
        name = f"{self._plan.run_id}-{part:04d}-{{sha}}.parquet"
        path = self._write(self._plan.results, name, part, rows, about, table)
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
            table = make_table(rows, self._schema, self._plan.space, self._plan.run_id, order)
        else:
            table = redact_errors(table)  # an earlier version may have committed paths

        def finish(rows_sha256: str, n_rows: int) -> dict[str, Any]:
            facts = {
                "rows_sha256": rows_sha256,
                "n_rows": n_rows,
                **describe_rows(rows, self._column),
                **about,
            }
            return make_shard_metadata(self._manifest, part, facts)

        scratch = self._journal.folder if self._journal is not None else None
        summarised = self._plan.summarised
        path, _ = write_table(folder, name, self._schema, [table], finish, scratch, summarised)
        return path
