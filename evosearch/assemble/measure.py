"""Measure strategies that somebody names, outside any search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evosearch.assemble.profiles import load_profile
from evosearch.assemble.search import load_problem
from evosearch.profile import Profile


def evaluate(profile: Profile | str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Measure strategies given as parameters, also outside the profile's search ranges.

    Parameters
    ----------
    profile : Profile or str
    rows : sequence of mappings
        Gene name to value, with or without ``param_`` before the name; other keys with a
        shard's column names are passed over, so that a shard's row can be given as it is.

    Returns
    -------
    list of dict
        For each row the columns of a shard, ``params``, ``outside`` (what lies outside the
        searched ranges) and ``words``.

    Raises
    ------
    SpaceError
        Parameters that are not a genome, all faults at once.
    """
    from evosearch.canonical import canonicalise, make_layout
    from evosearch.identity import compute_genome_ids, format_genome_id
    from evosearch.population import STATUS_NAMES
    from evosearch.problems.evaluation import evaluate_genomes

    profile = load_profile(profile) if isinstance(profile, str) else profile
    problem = load_problem(profile)
    rows = [_gene_values(row) for row in rows]
    space, outside = problem.space.widened(rows)
    if any(outside):
        problem = problem.with_space(space)
    problem.setup()
    layout = make_layout(space)
    genomes = space.encode(rows)
    genomes = canonicalise(layout, genomes, np.zeros_like(genomes))
    ids = compute_genome_ids(layout, genomes)
    found = evaluate_genomes(problem, genomes)
    results = []
    for number, params in enumerate(space.decode(genomes)):
        metrics = zip(problem.metric_names, found.metrics[number].tolist(), strict=True)
        fitness = float(found.fitness[number])
        results.append(
            {
                "genome_id": format_genome_id(ids[number]),
                "fitness": None if np.isnan(fitness) else fitness,
                "feasible": bool(found.feasible[number]),
                "violation": float(found.violation[number]),
                "status": STATUS_NAMES[found.status[number]],
                "error": found.error[number],
                "metrics": {
                    name: None
                    if np.isnan(value)
                    else (int(value) if name in problem.int_metrics else value)
                    for name, value in metrics
                },
                "params": params,
                "outside": outside[number],
                "words": problem.describe(params),
            }
        )
    return results


def _gene_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """The genes of a row, whether it is a genome or a whole row of a shard."""
    prefixed = {key[6:]: value for key, value in row.items() if key.startswith("param_")}
    return prefixed or dict(row)
