"""The metadata of a shard: one JSON text, the same shape for shards and merged files.

`sources` is a set: run -> parts -> facts. A shard has one run and one part. Merging metadata is a
union, so nothing is counted twice, however often a file is merged.

`ShardMetadata.parse` is the only reader of that text. It returns a record, or the reason why the
file cannot be used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from evosearch.days import Days
from evosearch.redaction import remove_paths
from evosearch.shards.format.conflicts import Memory, parse_memory
from evosearch.shards.format.discretion import redact_problem, redact_profile
from evosearch.shards.format.envelope import Refusal, name_writers, open_envelope
from evosearch.shards.format.fields import Fields, MetadataFault, check_text, short_hash
from evosearch.shards.format.limits import MAX_COLUMNS, MAX_NAME, MAX_SKIPPED
from evosearch.shards.format.looks import Looks, read_looks
from evosearch.shards.format.records import (
    ProblemFacts,
    Run,
    read_problem,
    read_profiles,
    read_runs,
)
from evosearch.shards.format.schema import FORMAT, SCHEMA_VERSION
from evosearch.shards.format.spaces import Genes, read_spaces
from evosearch.shards.format.trials import Sketch, TrialSums

_KIND = re.compile(r"shard|merged")
_MAX_REASON = 500
_HERE = re.compile(r"this machine, [a-z0-9-]+, has")
_MAX_SHOWN = 5


@dataclass(frozen=True)
class ShardMetadata:
    """The metadata of one file, checked.

    Attributes
    ----------
    kind : str
        ``shard`` or ``merged``.
    problem : ProblemFacts
    sources : dict of str to Run
        Runs by id; a shard has one, of one part.
    spaces : dict of str to Genes
        Search spaces by key.
    profiles : dict of str to str
        Texts of profiles by key.
    columns : tuple of str, or None
        Names and types, as `schema.describe_columns` gives them.
    unknown : tuple of str
        Dotted keys of a newer version.
    skipped : dict of str to str
        For a merge: files left out, and why.
    measured : Memory
        For a merge: copies of genomes that were measured differently.
    complete : bool
        For a merge: whether all rows of all parts are there.
    n_rows : int or None
        For a merged file; None before it is written.
    rows_sha256 : str
        For a merged file.
    trials : TrialSums or None
        Of the distinct rows of a merged file that is complete; None if not counted.
    behaviours : Sketch or None
        How differently these behave; None if not counted.
    looks : Looks
        For a merged file: whose hold-out figures were seen.
    plain : dict
        The document without the last eight of these.
    """

    kind: str
    problem: ProblemFacts
    sources: dict[str, Run]
    spaces: dict[str, Genes]
    profiles: dict[str, str]
    columns: tuple[str, ...] | None
    unknown: tuple[str, ...]
    skipped: dict[str, str] = field(default_factory=dict)
    measured: Memory = field(default_factory=Memory)
    complete: bool = True
    n_rows: int | None = None
    rows_sha256: str = ""
    trials: TrialSums | None = None
    behaviours: Sketch | None = None
    looks: Looks = field(default_factory=Looks)
    plain: dict[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, pairs: Mapping[bytes, bytes]) -> ShardMetadata | Refusal:
        """Read the key-value pairs of a Parquet footer.

        Parameters
        ----------
        pairs : mapping of bytes to bytes

        Returns
        -------
        ShardMetadata or Refusal
            Never raises, whatever they hold.
        """
        document = open_envelope(pairs)
        if isinstance(document, Refusal):
            return document
        try:
            return cls.of_document(document)
        except MetadataFault as error:
            return Refusal("damaged", f"its metadata are damaged: {error}")
        except RecursionError:
            return Refusal("damaged", "its metadata are damaged: nested too deep")

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> ShardMetadata:
        """Read plain data.

        Raises
        ------
        MetadataFault
            Naming the key, and what was expected there.
        """
        unknown: set[str] = set()
        fields = Fields(document, "", unknown)
        for key in ("format", "schema_version"):
            fields.take(key)
        kind = fields.word("kind", _KIND, "shard or merged")
        spaces, sources = read_spaces(fields, "spaces"), read_runs(fields, "sources")
        profiles = read_profiles(fields, "profiles", is_parsed=kind == "shard")
        for run_id, run in sources.items():
            if run.space not in spaces or run.profile not in profiles:
                key = "profile" if run.space in spaces else "space"
                raise MetadataFault(f"sources.{run_id}.{key}: not among the {key}s")
        if kind == "shard" and (
            len(sources) > 1 or any(len(r.parts) > 1 for r in sources.values())
        ):
            raise MetadataFault("sources: a shard has one run and one part")
        columns = None
        if not fields.lacks("columns"):
            columns = tuple(fields.texts("columns", MAX_COLUMNS, n_chars=2 * MAX_NAME))
        record = cls(
            kind=kind,
            problem=read_problem(fields.table("problem")),
            sources=sources,
            spaces=spaces,
            profiles=profiles,
            columns=columns,
            unknown=(),
            **(_read_merge(fields) if kind == "merged" else {}),
            plain=fields.plain,
        )
        fields.finish()
        return replace(record, unknown=tuple(sorted(unknown)))

    @property
    def holdouts(self) -> tuple[Days, ...]:
        """The days by which looks at the hold-out are known; empty if there is no hold-out.

        The fingerprint stands for a day: files of an older version, and problems without bars,
        state no other.
        """
        known, own = self.problem.days, Days.of_text(self.problem.fingerprint)
        if known is None:
            return (own,)
        if known.unseen is not None:
            return known.unseen, own
        hold = self.problem.hold
        return () if hold is None or hold.unseen is None else (own,)

    def explain_unknown(self) -> str:
        """How many keys are not known here and who wrote them; empty when all are known."""
        if not self.unknown:
            return ""
        writers = [(run.version, run.host) for run in self.sources.values()]
        return f"{count_keys(self.unknown)}, {name_writers(writers)}"

    def to_plain(self) -> dict[str, Any]:
        """The document as it is written."""
        if self.kind == "shard":
            return dict(self.plain)
        stated: dict[str, Any] = {"skipped": self.skipped, "complete": self.complete}
        stated["measured"] = self.measured.to_plain()
        stated |= {} if self.n_rows is None else {"n_rows": self.n_rows}
        stated |= {"rows_sha256": self.rows_sha256} if self.rows_sha256 else {}
        if self.complete:
            counted = {"trials": self.trials, "behaviours": self.behaviours}
            stated |= {key: each.to_plain() for key, each in counted.items() if each is not None}
        stated |= {"looks": self.looks.to_plain()} if self.looks else {}
        return self.plain | stated

    def with_skipped(self, skipped: Mapping[str, str]) -> ShardMetadata:
        """The same with more files that were left out; the first by name are remembered."""
        skipped, kept = {**self.skipped, **skipped}, {}
        for name in sorted(skipped)[:MAX_SKIPPED]:
            # The name of this machine and local paths do not leave it.
            reason = _HERE.sub("the machine that merged them has", skipped[name])
            kept[name] = remove_paths(reason, is_cut=len(reason) >= _MAX_REASON)[:_MAX_REASON]
        return replace(self, skipped=kept)


def count_keys(names: Sequence[str]) -> str:
    """How many keys of a newer evosearch there are, and the first of them, in words."""
    shown = ", ".join(names[:_MAX_SHOWN]) + ", ..." * (len(names) > _MAX_SHOWN)
    word = "entry" if len(names) == 1 else "entries"
    return f"{len(names):,} {word} of a newer evosearch ({shown})"


def _read_merge(fields: Fields) -> dict[str, Any]:
    skipped = {
        check_text(name, "skipped", name): check_text(reason, "skipped", name, 4 * _MAX_REASON)
        for name, reason in fields.tables("skipped", 10**6, {})
    }
    try:
        measured = parse_memory(fields.take("measured", {}))
    except ValueError as error:
        raise MetadataFault(str(error)) from None
    return {
        "skipped": skipped,
        "measured": measured,
        "complete": fields.flag("complete", True),
        "n_rows": fields.whole("n_rows", None),
        "rows_sha256": fields.digest("rows_sha256", ""),
        "looks": read_looks(fields, "looks"),
        "trials": None if fields.lacks("trials") else TrialSums.read(fields.table("trials")),
        "behaviours": (
            None if fields.lacks("behaviours") else Sketch.read(fields.table("behaviours"))
        ),
    }


def make_shard_metadata(
    manifest: Mapping[str, Any], part: int, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """The metadata of one shard as plain data, without local paths.

    Parameters
    ----------
    manifest : mapping
        ``run``: ``run_id``, seed, machine, versions, start, the same in all shards of a run.
        ``problem``: ``name``, ``version``, ``objective``, ``direction``, ``fingerprint``,
        ``parts``, ``data``. ``space`` and ``profile_toml`` are stored once for all runs that share
        them; of the profile what `redact_profile` leaves.
    part : int
        Number of the shard within its run.
    facts : mapping
        Counts and times of this shard, among them ``rows_sha256``.
    """
    run, space = manifest["run"], manifest["space"]
    profile_toml = redact_profile(manifest["profile_toml"])
    space_id, profile_id = short_hash(space), short_hash(profile_toml)
    one_run = {
        **{key: value for key, value in run.items() if key != "run_id"},
        "space": space_id,
        "profile": profile_id,
        # The digest tells apart copies of a run that were continued differently.
        "parts": {f"{part}:{facts['rows_sha256'][:16]}": dict(facts)},
    }
    return {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "kind": "shard",
        "problem": redact_problem(manifest["problem"]),
        "sources": {run["run_id"]: one_run},
        "spaces": {space_id: dict(space)},
        "profiles": {profile_id: profile_toml},
    }


def count_rows(metadata: ShardMetadata) -> int:
    """Rows of all distinct shards behind a file, each counted once."""
    return sum(part.n_rows for run in metadata.sources.values() for part in run.parts.values())
