"""The problem, runs and profiles in metadata, as records."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from evosearch.population import STATUS_NAMES
from evosearch.seeding import MAX_SEED
from evosearch.shards.format import limits
from evosearch.shards.format.fields import Fields, MetadataFault, fault, short_hash, shorten
from evosearch.shards.format.trials import DaysOfParts, Hold, TrialSums
from evosearch.shards.format.trials.benchmark import parse_days, parse_hold, read_evidence

RUN_ID = re.compile(r"[a-z0-9-]{1,200}")
_PART = re.compile(r"[0-9]{1,9}:[0-9a-f]{16}")
_FINGERPRINT = re.compile(r"[0-9a-f]{32}")
_DIRECTION = re.compile(r"minimize|maximize")
_TOML_TEXT = re.compile(r"""\"(?:[^"\\\n]|\\.)*+"?|'[^'\n]*+'?""")
_TOML_PIECE = re.compile(r"[,=\[\]{}\n]")
_MAX_DOTS = 64
_MAX_GENERATION = 2**31 - 1


@dataclass(frozen=True)
class ProblemFacts:
    """The problem that was measured.

    Attributes
    ----------
    name, version, objective, direction, fingerprint : str
    formerly : dict of str to str, or None
        Fingerprints of the same problem by an earlier evosearch. ``any``: for all runs;
        ``profile``: for runs of a profile only. None if an earlier evosearch wrote the file.
    evidence : dict of str to str, or None
        Names of the columns that are evidence, by their role; None if none is stated.
    hold : Hold or None
        Buy and hold; None if not recorded.
    days : DaysOfParts or None
        The days of the data; None if not recorded.
    plain : dict
        The same and the rest (``parts``, ``data``, ``options``) as plain data.
    """

    name: str
    version: str
    objective: str
    direction: str
    fingerprint: str
    formerly: dict[str, str] | None
    evidence: dict[str, str] | None
    hold: Hold | None
    days: DaysOfParts | None
    plain: dict[str, Any]


@dataclass(frozen=True)
class Part:
    """One shard of a run.

    Attributes
    ----------
    n_rows : int
    rows_sha256 : str
    elapsed_s : float
        Time the run spent on it.
    generations : tuple of int
        First and last.
    trials : TrialSums or None
        Of its distinct genomes; None if not recorded.
    plain : dict
    """

    n_rows: int
    rows_sha256: str
    elapsed_s: float
    generations: tuple[int, int]
    trials: TrialSums | None
    plain: dict[str, Any]


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes
    ----------
    profile_name, host : str
    seed : int
    started_utc : str
        Empty if unknown.
    version : str
        Of the evosearch that wrote it; empty if unknown.
    space, profile : str
        Keys of the space and of the profile's text.
    is_wide : bool or None
        Whether its space is wider than what luck is measured on; None if not recorded.
    parts : dict of str to Part
    plain : dict
        The run as plain data.
    """

    profile_name: str
    host: str
    seed: int
    started_utc: str
    version: str
    space: str
    profile: str
    is_wide: bool | None
    parts: dict[str, Part]
    plain: dict[str, Any]

    def name_finder(self, run_id: str) -> str:
        """``profile@host``; the run's id in place of a profile that has no name."""
        return f"{self.profile_name or run_id}@{self.host}"


def read_problem(fields: Fields) -> ProblemFacts:
    """The ``problem`` of metadata.

    Raises
    ------
    MetadataFault
    """
    fields.free("options")
    data, parts, evidence = fields.free("data"), fields.free("parts"), read_evidence(fields)
    fields.texts("notes", limits.MAX_NOTES, [])
    found = ProblemFacts(
        name=fields.text("name"),
        version=fields.text("version"),
        objective=fields.text("objective", limit=limits.MAX_NAME),
        direction=fields.word("direction", _DIRECTION, "minimize or maximize"),
        fingerprint=fields.word("fingerprint", _FINGERPRINT, "32 hexadecimal digits"),
        formerly=_read_formerly(fields),
        evidence=evidence,
        hold=parse_hold(data, evidence),
        days=parse_days(data),
        plain=fields.plain,
    )
    # Rows of one fingerprint are ranked together: the fingerprinted parts must say the same.
    for key, stated in (("objective", found.objective), ("direction", found.direction)):
        if parts.get(key, stated) != stated:
            raise MetadataFault(f"{fields.name(key)}: not the one in {fields.name('parts')}.{key}")
    fields.finish()
    return found


def _read_formerly(fields: Fields) -> dict[str, str] | None:
    if fields.lacks("formerly"):
        return None
    found = dict(fields.tables("formerly", limits.MAX_FORMER))
    for fingerprint, origin in found.items():
        if not _FINGERPRINT.fullmatch(fingerprint) or origin not in ("any", "profile"):
            raise MetadataFault(f"{fields.name('formerly')}: expected fingerprints, any or profile")
    return found


def read_runs(fields: Fields, key: str) -> dict[str, Run]:
    """All runs of metadata, by id.

    Raises
    ------
    MetadataFault
    """
    runs = {}
    for run_id, value in fields.tables(key, limits.MAX_RUNS):
        if not RUN_ID.fullmatch(run_id):
            raise MetadataFault(f"{key}: a run's name has a-z, 0-9 and '-', got {shorten(run_id)}")
        runs[run_id] = read_run(fields.inside(key, run_id, value))
    if not runs:
        raise MetadataFault(f"{key}: names no run")
    return runs


def read_run(fields: Fields) -> Run:
    """One run."""
    machine, versions = fields.table("machine"), fields.table("versions", {})
    for name in ("system", "architecture", "cpu"):
        machine.text(name, "")
    machine.whole("n_cores", 1)
    for name in versions.plain:
        versions.text(name)
    fields.texts("parents", limits.MAX_RUNS, [])
    run = Run(
        profile_name=fields.text("profile_name", limit=limits.MAX_NAME),
        host=machine.text("host", limit=limits.MAX_NAME),
        seed=fields.whole("seed", high=MAX_SEED),
        started_utc=fields.moment("started_utc", ""),
        version=versions.text("evosearch", ""),
        space=fields.text("space", limit=64),
        profile=fields.text("profile", limit=64),
        is_wide=None if fields.lacks("is_wide") else fields.flag("is_wide"),
        parts=_read_parts(fields),
        plain=fields.plain,
    )
    machine.finish()
    fields.finish()
    return run


def _read_parts(fields: Fields) -> dict[str, Part]:
    parts = {}
    for name, value in fields.tables("parts", limits.MAX_PARTS):
        part = _read_part(fields.inside("parts", name, value))
        if not _PART.fullmatch(name) or name.partition(":")[2] != part.rows_sha256[:16]:
            raise MetadataFault(
                f"{fields.name('parts')}: expected NUMBER:DIGEST, got {shorten(name)}"
            )
        parts[name] = part
    if not parts:
        raise MetadataFault(f"{fields.name('parts')}: names no shard")
    return parts


def _read_part(fields: Fields) -> Part:
    for name in ("n_distinct", "n_feasible"):
        fields.whole(name, 0)
    counts = fields.table("counts", {})
    for name in STATUS_NAMES:
        counts.whole(name, 0)
    counts.finish()
    fields.number("evaluation_s", 0.0, limits.MAX_SECONDS)
    fields.moment("finished_utc", "")
    fields.flag("is_last", False)
    span = fields.items("generations", 2)
    if (
        len(span) != 2
        or any(type(each) is not int for each in span)
        or not 0 <= span[0] <= span[1] <= _MAX_GENERATION
    ):
        raise fault(fields.name("generations"), "first and last generation", span)
    part = Part(
        n_rows=fields.whole("n_rows"),
        rows_sha256=fields.digest("rows_sha256"),
        elapsed_s=fields.number("elapsed_s", 0.0, limits.MAX_SECONDS),
        generations=(span[0], span[1]),
        trials=None if fields.lacks("trials") else TrialSums.read(fields.table("trials")),
        plain=fields.plain,
    )
    if part.trials is not None and part.trials.n > part.n_rows:
        raise MetadataFault(f"{fields.name('trials')}: more trials than rows")
    fields.finish()
    return part


def read_profiles(fields: Fields, key: str, is_parsed: bool) -> dict[str, str]:
    """The texts of all profiles, by their key.

    Parameters
    ----------
    fields : Fields
    key : str
    is_parsed : bool
        Refuse a text that is not TOML: listing and resuming runs parse it again.
    """
    found, profiles = {}, fields.table(key)
    for profile_id, _ in fields.tables(key, limits.MAX_RUNS):
        text = profiles.text(profile_id, limit=2**32)
        if profile_id != short_hash(text):
            raise MetadataFault(f"{key}.{shorten(profile_id)}: not the profile that its key names")
        if is_parsed and not is_toml(text):
            raise MetadataFault(f"{key}.{shorten(profile_id)}: no valid TOML")
        found[profile_id] = text
    return found


@lru_cache(maxsize=16)
def is_toml(text: str) -> bool:
    """Whether a text is a TOML document; remembered, since shards of one run hold one profile."""
    # Keys of thousands of parts, which no profile has, would take tomllib hours. They could hide
    # in multi-line texts, which no profile has either: those leave two quotes side by side here.
    bare = _TOML_TEXT.sub('"', text)
    if '""' in bare:
        return False
    if any(piece.count(".") > _MAX_DOTS for piece in _TOML_PIECE.split(bare)):
        return False
    try:
        repr(tomllib.loads(text))  # refuses numbers of more digits than Python prints
    except (ValueError, RecursionError):
        return False
    return True
