"""Merge shards: from what a person typed to rankings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from evosearch.assemble.ranking import outputs
from evosearch.assemble.ranking.checks import Plan
from evosearch.assemble.ranking.inputs import as_patterns, find_inputs
from evosearch.assemble.ranking.view import WHOLE, View, choose_columns
from evosearch.assemble.searching.leftovers import sweep_leftovers
from evosearch.errors import PartialResult, UsageError
from evosearch.system.machine import count_cores
from evosearch.system.typed_paths import expand_target

if TYPE_CHECKING:
    from evosearch.assemble.ranking.merged import Merged
    from evosearch.shards.merging.merge import Listener, MergeOptions, MergeResult
    from evosearch.shards.merging.result import FindLooks
    from evosearch.shards.reading.checked import Checked


def merge(
    inputs: str | Path | Sequence[str | Path],
    *,
    output: str | Path | None = None,
    top: int | None = None,
    strict: bool = False,
    by_fingerprint: bool = False,
    memory_bytes: int | None = None,
    n_threads: int | None = None,
    use_cache: bool = True,
    force: bool = True,
    listen: Listener | None = None,
    results: str | Path = "results",
    trials_before: int = 0,
) -> Merged | list[Merged]:
    """Merge shards and merged files into one ranking.

    Parameters
    ----------
    inputs : path, folder, pattern, or several
    output : path, optional
        Where to write the merged file. Without it nothing is written, and the rows are kept in
        memory.
    top : int, optional
        Write only the best `top` rows, found without reading whole files. Conflicts and the runs
        of worse copies are then unknown.
    strict : bool
        Refuse unusable inputs and conflicts instead of reporting them.
    by_fingerprint : bool
        Rank shards that measured different things apart from each other.
    memory_bytes : int, optional
        About how much memory to use; by default a quarter of the machine's.
    n_threads : int, optional
        All cores.
    force : bool
        Replace an output that exists.
    use_cache : bool
        Do not hash valid files again that did not change.
    listen : callable, optional
        Called with the stage, how much of it is done, and the total.
    results : path
        Trials on the same bars in this folder count for the verdict, and the look at the hold-out
        of the first row is recorded there; if there is no such folder, in that of the first input.
    trials_before : int
        How many trials were made elsewhere.

    Returns
    -------
    Merged
        Or a list of them, by fingerprint, with `by_fingerprint`.

    Raises
    ------
    UsageError
        Nothing matches; `strict` together with `top`.
    IncomparableShards, ShardConflict, PartialResult, EnvironmentFailed
    EvosearchError
        No input can be used; each is named.
    """
    from evosearch.assemble.judging.carrying import carry_looks

    patterns = as_patterns(inputs)
    request = MergeRequest(
        patterns, output, top, strict, by_fingerprint, memory_bytes, n_threads,
        use_cache, force, results=results, trials_before=trials_before,
        find_looks=carry_looks(results, patterns, trials_before=trials_before),
    )  # fmt: skip
    merged = request.run(listen)
    return merged if by_fingerprint else merged[0]


@dataclass(frozen=True)
class MergeRequest:
    """What a merge is asked for.

    Attributes
    ----------
    view, columns
        What of the ranking will be shown.
    unseen : bool
        The hold-out of all rows that are shown will be shown.
    n_folded : int
        As of `Leaderboard`.
    is_once : bool
        Keep a merged file beside the output that has the same bytes, and name that one.
    find_looks : callable, optional
        As in `MergeOptions`.
    others
        The parameters of `merge`.
    """

    inputs: Sequence[str]
    output: str | Path | None = None
    top: int | None = None
    strict: bool = False
    by_fingerprint: bool = False
    memory_bytes: int | None = None
    n_threads: int | None = None
    use_cache: bool = True
    force: bool = True
    view: View = WHOLE
    columns: Sequence[str] = ()
    unseen: bool = False
    n_folded: int = 0
    is_once: bool = False
    find_looks: FindLooks | None = None
    results: str | Path = "results"
    trials_before: int = 0

    def run(self, listen: Listener | None = None) -> list[Merged]:
        """The rankings, by fingerprint; a single one unless `by_fingerprint`."""
        from evosearch.shards.merging.merge import NothingLeft, check_inputs, group_by_fingerprint
        from evosearch.shards.reading.checked import describe_unusable

        refuse_strict_top(self.strict, self.top is not None)
        output = None
        if self.output is not None:
            outputs.refuse_other_format(self.output)
            output = expand_target(self.output)
        options = self._make_options(listen)
        checked = check_inputs(find_inputs(self.inputs), options)
        skipped = [item for item in checked if not item.is_usable]
        if skipped and self.strict:
            raise PartialResult(describe_unusable(skipped))
        groups = group_by_fingerprint(checked)
        paths = _name_outputs(output, groups, self.by_fingerprint)
        for path in paths.values():
            _refuse_output(path, checked, self.top, self.force)
        if not groups:
            raise NothingLeft(skipped)
        if not self.by_fingerprint and len(groups) > 1:
            from evosearch.assemble.ranking.mixture import refuse_mixture

            refuse_mixture(groups)
        for place in {folder for path in paths.values() for folder in path.parents[:2]}:
            sweep_leftovers(place)
        merged = _merge_groups(groups, skipped, options, paths)
        return [
            replace(each, results=self.results, trials_before=self.trials_before) for each in merged
        ]

    def check_view(self, plan: Plan) -> None:
        """Raise UsageError for a filter or a column that the ranking will not have."""
        from evosearch.shards.format.schema import MERGED_FIELDS, MERGED_NAMES, unify_schemas
        from evosearch.shards.reading.checked import list_metadata
        from evosearch.shards.reading.union import merge_metadata

        for group in plan.groups[:1]:
            members = group.members
            schema = unify_schemas([item.schema for item in members if item.schema is not None])
            for field in MERGED_FIELDS:
                if field.name in MERGED_NAMES and field.name not in schema.names:
                    schema = schema.append(field)
            self.view.check(schema, merge_metadata(list_metadata(members)))
            choose_columns(self.columns, schema)

    def _make_options(self, listen: Listener | None) -> MergeOptions:
        import psutil

        from evosearch.problems.words import list_summarised, name_evidence
        from evosearch.shards.merging.merge import MergeOptions

        return MergeOptions(
            strict=self.strict,
            top=self.top,
            memory_bytes=self.memory_bytes or int(psutil.virtual_memory().total // 4),
            n_threads=self.n_threads or count_cores(),
            listen=listen,
            use_cache=self.use_cache,
            summarised=list_summarised(),
            find_evidence=name_evidence,
            is_once=self.is_once,
            find_looks=self.find_looks,
        )


def _merge_groups(
    groups: Mapping[str, Sequence[Checked]],
    skipped: Sequence[Checked],
    options: MergeOptions,
    paths: Mapping[str, Path],
) -> list[Merged]:
    """Merge each group with a usable file. All results name all skipped files."""
    from evosearch.assemble.ranking.merged import Merged
    from evosearch.shards.merging.merge import NothingLeft, merge_checked

    results: list[MergeResult] = []
    lost: list[Checked] = []
    for fingerprint, members in groups.items():
        try:
            results.append(merge_checked(members, skipped, options, paths.get(fingerprint)))
        except NothingLeft as error:
            # Rankings of other fingerprints do not depend on it.
            lost += error.skipped
    if not results:
        raise NothingLeft(lost)
    left_out = {item.path: item for each in results for item in each.skipped}
    left_out |= {item.path: item for item in lost}
    return [Merged(**vars(each) | {"skipped": tuple(left_out.values())}) for each in results]


def refuse_strict_top(is_strict: bool, is_top: bool) -> None:
    """Raise UsageError: conflicts are not known of rows that are not read."""
    if is_strict and is_top:
        raise UsageError(
            "--strict looks for conflicts in all rows, --only-top (top= in Python) reads the best "
            "alone. Leave one of them out."
        )


def _name_outputs(
    path: Path | None, groups: Mapping[str, object], by_fingerprint: bool
) -> dict[str, Path]:
    if path is None:
        return {}
    if not by_fingerprint:
        return dict.fromkeys(groups, path)
    # Enough digits to tell them apart: of two rankings in one file, one would be lost.
    n = 8 if len({key[:8] for key in groups}) == len(groups) else None
    end = "-{sha}" if path.stem.endswith("-{sha}") else ""
    stem = path.stem.removesuffix(end)
    return {key: path.parent / f"{stem}-{key[:n]}{end}{path.suffix}" for key in groups}


def _refuse_output(path: Path, checked: Sequence[Checked], top: int | None, force: bool) -> None:
    """Raise for an output that would destroy an input, or could not be read afterwards."""
    from evosearch.shards.reading.check import HASHED_NAME

    if HASHED_NAME.search(path.name):
        raise UsageError(
            f"{path}: a name that ends so promises that it is the file's hash. Write {{sha}} "
            "in its place, or choose another name."
        )
    outputs.refuse_taken(path, force, outputs.MERGED_EXAMPLE)
    # A merged file is only brought up to date if all its rows come back.
    kept = ["shard"] if top is None else ["shard", "merged"]
    kinds = {item.path: item.metadata.kind for item in checked if item.is_usable and item.metadata}
    inputs = [item.path for item in checked if kinds.get(item.path, "shard") in kept]
    outputs.refuse_inputs(path, inputs)
