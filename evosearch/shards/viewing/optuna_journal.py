"""A ranking as an Optuna journal, so that Optuna and its dashboard open it as a study.

The journal is lines of JSON, one operation each (``optuna.storages.journal``, the file backend).
They are not written through Optuna: its storage locks, flushes and reads the file for every trial,
and exporting should not need Optuna. A test reads the file with the real Optuna.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import pyarrow as pa

from evosearch.shards.format.metadata import ShardMetadata
from evosearch.shards.format.schema import PARAM
from evosearch.shards.viewing.exports import Sink, dump_row, in_small_batches, plain_rows

# Values of optuna.storages.journal.JournalOperation, optuna.study.StudyDirection and
# optuna.trial.TrialState; they are part of the file format.
_CREATE_STUDY, _STUDY_USER_ATTR, _STUDY_SYSTEM_ATTR, _CREATE_TRIAL = 0, 2, 3, 4
_DIRECTIONS = {"minimize": 1, "maximize": 2}
_COMPLETE, _FAIL = 1, 3
_WORKER = {"worker_id": "evosearch"}


def write_journal(tables: Iterable[pa.Table], metadata: ShardMetadata, sink: Sink) -> int:
    """Write rows as the finished trials of one study, in their order.

    A row that is not ok, or has no value, is a failed trial. An infeasible row carries its
    violation as a constraint, so that Optuna's best trial is the best feasible row.

    Parameters
    ----------
    tables : iterable of pyarrow.Table
    metadata : ShardMetadata
        Of the merged file: problem, spaces, sources.
    sink : Sink

    Returns
    -------
    int
        Trials written.
    """
    problem = metadata.problem
    objective = problem.objective
    study = {
        "study_name": f"{problem.name}-{problem.fingerprint[:8]}",
        "directions": [_DIRECTIONS[problem.direction]],
    }
    _write(sink, _CREATE_STUDY, study)
    facts: dict[str, Any] = {"objective": objective, "fingerprint": problem.fingerprint}
    facts |= {"runs": sorted(metadata.sources), "written_by": "evosearch"}
    for key, value in facts.items():
        _write(sink, _STUDY_USER_ATTR, {"study_id": 0, "user_attr": {key: value}})
    names = {"study:metric_names": [objective]}
    _write(sink, _STUDY_SYSTEM_ATTR, {"study_id": 0, "system_attr": names})
    found: dict[str, list[Mapping[str, Any]]] = {}
    for name, gene in chain.from_iterable(genes.items() for genes in metadata.spaces.values()):
        found.setdefault(name, []).append(gene)
    domains = {
        name: _Domain(genes)
        for name, genes in found.items()
        if len({gene["kind"] for gene in genes}) == 1
    }
    sign = -1.0 if problem.direction == "minimize" else 1.0
    n_rows = 0
    for table in in_small_batches(tables):
        trials = (_trial(row, domains, objective, sign) for row in plain_rows(table))
        sink.write(b"".join(dump_row(trial) + b"\n" for trial in trials))
        n_rows += len(table)
    return n_rows


class _Domain:
    """The values of one gene in all spaces, as an Optuna distribution."""

    def __init__(self, genes: Sequence[Mapping[str, Any]]) -> None:
        kind = genes[0]["kind"]
        self.codes: dict[Any, int] | None = None
        if kind in ("float", "int"):
            low, high = min(gene["low"] for gene in genes), max(gene["high"] for gene in genes)
            name = "FloatDistribution" if kind == "float" else "IntDistribution"
            values: dict[str, Any] = {"step": None if kind == "float" else 1}
            values |= {"low": low, "high": high, "log": all(g.get("log", False) for g in genes)}
        else:
            name = "CategoricalDistribution"
            choices: list[Any] = list(dict.fromkeys(v for gene in genes for v in gene["values"]))
            if kind == "ordinal":
                choices.sort()
            self.codes = {choice: code for code, choice in enumerate(choices)}
            values = {"choices": choices}
        self.text = json.dumps({"name": name, "attributes": values})

    def encode(self, value: Any) -> float | int | None:
        """A value as the journal holds it; None if no space has it."""
        return value if self.codes is None else self.codes.get(value)


def _trial(
    row: dict[str, Any], domains: Mapping[str, _Domain], objective: str, sign: float
) -> dict[str, Any]:
    params, distributions, attrs = {}, {}, {}
    for key, value in row.items():
        if value is None:
            continue
        if key.startswith(PARAM):
            name = key.removeprefix(PARAM)
            code = domains[name].encode(value) if name in domains else None
            if code is None:
                attrs[key] = value
            else:
                params[name], distributions[name] = code, domains[name].text
        elif key != "evaluated_at_utc":
            # A number that is a name is no quantity to draw.
            attrs[key] = str(value) if key.endswith("_id") else value
    value = row.get(objective)
    if value is None and row["fitness"] is not None:
        value = sign * row["fitness"]
    is_complete = row["status"] == "ok" and value is not None and math.isfinite(value)
    done = datetime.fromisoformat(row["evaluated_at_utc"])
    spent = row["evaluation_s"]
    begun = done - timedelta(seconds=spent if 0 <= spent < 1e9 else 0.0)
    violation = row["violation"]
    return {
        "op_code": _CREATE_TRIAL,
        **_WORKER,
        "study_id": 0,
        "datetime_start": begun.isoformat(timespec="microseconds"),
        "datetime_complete": done.isoformat(timespec="microseconds"),
        "state": _COMPLETE if is_complete else _FAIL,
        "value": float(value) if is_complete else None,
        "values": None,
        "distributions": distributions,
        "params": params,
        "user_attrs": attrs,
        # Optuna: above zero is infeasible. JSON has no infinity.
        "system_attrs": {"constraints": [min(violation, 1e308)]} if row["status"] == "ok" else {},
        "intermediate_values": {},
    }


def _write(sink: Sink, operation: int, fields: Mapping[str, Any]) -> None:
    sink.write(dump_row({"op_code": operation, **_WORKER, **fields}) + b"\n")
