"""A merge as a person asks for it: mistakes are refused before any file is read."""

from __future__ import annotations

import glob
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from evosearch.assemble.judging.carrying import carry_looks
from evosearch.assemble.judging.looking import choose_folder
from evosearch.assemble.ranking.inputs import read_list
from evosearch.assemble.ranking.merging import MergeRequest, refuse_strict_top
from evosearch.assemble.ranking.outputs import MERGED_EXAMPLE, refuse_other_format, refuse_taken
from evosearch.errors import UsageError


def complete(request: MergeRequest, results: Path, from_file: str | None = None) -> MergeRequest:
    """The same merge with all its inputs, written to a file in any case.

    Parameters
    ----------
    request : MergeRequest
        Without inputs: the shards of `results`. Without an output: a file there that is named by
        the time and its hash, or one with the same bytes that is there already. A `top` below
        zero stands for all rows.
    results : Path
    from_file : str, optional
        A file that lists more inputs, ``-`` for standard input.

    Raises
    ------
    UsageError
        What is asked for contradicts itself, names no file, or would replace one.
    """
    is_top = request.top is not None
    if is_top and request.view.is_filtered:
        raise UsageError(
            "--only-top writes the best of all rows, a filter only chooses what is shown. "
            "To write what a filter lets through: evosearch export."
        )
    if request.output is not None:
        refuse_other_format(request.output)
    inputs = [*request.inputs, *(read_list(from_file) if from_file else [])]
    if from_file is not None and not inputs:
        raise UsageError(f"--from-file {from_file}: it names no file.")
    # With its hash in its name, a later `top` need not decode every row to believe the file.
    default = results / "merged" / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{{sha}}.parquet"
    output = Path(request.output or default)
    refuse_taken(output, request.force or request.output is None, MERGED_EXAMPLE)
    refuse_strict_top(request.strict, is_top)
    if request.top is not None and request.top < 0:
        raise UsageError("--only-top --top -1 would be all rows: leave --only-top out.")
    inputs = inputs or [str(Path(glob.escape(str(results))) / "*.parquet")]
    find_looks = carry_looks(
        results,
        inputs,
        n_shown=request.view.n,
        trials_before=request.trials_before,
        everything=request.unseen,
        is_filtered=request.view.is_filtered,
        n_folded=request.n_folded,
        is_chosen=request.view.is_chosen_by_holdout,
    )
    return replace(
        request,
        inputs=inputs,
        output=output,
        results=choose_folder(results, inputs),
        is_once=request.output is None,
        find_looks=find_looks,
    )
