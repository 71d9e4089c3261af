"""What a page rests on: bars, runs with their seeds and versions, and files with their hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.pages.told.head import read_costs
from evosearch.report.data import read_facts
from evosearch.report.page.records import Cell, Grid, Picture
from evosearch.report.sentences import count, say, show_integer, show_percent, show_time
from evosearch.texts import make_visible

if TYPE_CHECKING:
    from evosearch.assemble.pages.subject import Subject
    from evosearch.shards.format.records import Run

_MOST_FILES = 1_000
_SHOWN_VERSIONS = ("evosearch", "python", "numpy", "numba")


def make_rests(subject: Subject, language: str) -> Picture:
    """The last part of a page."""
    grids = (_list_facts(subject, language), _list_runs(subject, language))
    return Picture(
        "rests",
        say("page.rests", language),
        None,
        say("page.rests_caption", language),
        (*grids, _list_files(subject, language)),
    )


def _list_facts(subject: Subject, language: str) -> Grid:
    metadata, box = subject.ranked.metadata, subject.judgement.box
    facts = read_facts(metadata.problem.plain.get("data"))
    said: dict[str, Cell] = {}
    for key in ("source", "symbol", "layout", "hash"):
        said[key] = make_visible(facts[key]) if key in facts else None
    if "n_bars" in facts:
        said["n_bars"] = count("bar", int(facts["n_bars"]), language)
    if "interval_s" in facts:
        said["interval"] = show_time(float(facts["interval_s"]), language)
    for key in ("first", "last"):
        said[key] = f"{facts[key]} UTC" if key in facts else None
    if "n_gaps" in facts and "n_missing" in facts:
        said["gaps"] = say("page.gaps", language, n=facts["n_missing"], gaps=facts["n_gaps"])
    for key, value in read_costs(metadata.problem.plain).items():
        said[key] = show_percent(value, language, 2)
    if "n_holdout_bars" in facts:
        said["holdout"] = count("bar", int(facts["n_holdout_bars"]), language)
    if box.n_looks:
        said["looks"] = count("looked", box.n_looks, language)
    said["measured"] = metadata.problem.fingerprint
    said["rows"] = show_integer(subject.ranked.n_rows, language)
    rows = tuple((say(f"page.fact_{key}", language), value) for key, value in said.items() if value)
    headers = (say("page.fact", language), say("drawn.value", language))
    return Grid(headers, rows, ("text", "text"), say("page.facts", language))


def _list_runs(subject: Subject, language: str) -> Grid:
    names = ("run", "profile", "machine", "seed", "measured", "generations")
    kinds = ("text", "text", "text", "text", "integer", "integer", "text")
    rows = tuple(
        _describe_run(run_id, run)
        for run_id, run in sorted(subject.ranked.metadata.sources.items())
    )
    headers = (*(say(f"drawn.{name}", language) for name in names), say("page.versions", language))
    return Grid(headers, rows, kinds, say("page.runs", language), "runs.csv")


def _describe_run(run_id: str, run: Run) -> tuple[Cell, ...]:
    n_rows = sum(part.n_rows for part in run.parts.values())
    last = [_read_generation(facts) for facts in run.plain.get("parts", {}).values()]
    known = [number for number in last if number is not None]
    stated = run.plain.get("versions")
    versions = stated if isinstance(stated, Mapping) else {}
    shown = [f"{name} {versions[name]}" for name in _SHOWN_VERSIONS if name in versions]
    return (
        make_visible(run_id),
        make_visible(run.profile_name),
        make_visible(run.host),
        str(run.seed),
        n_rows,
        max(known) + 1 if known else None,
        make_visible(", ".join(shown)),
    )


def _read_generation(facts: Any) -> int | None:
    """The last generation of a part, if it states one."""
    stated = facts.get("generations") if isinstance(facts, Mapping) else None
    is_pair = isinstance(stated, (list, tuple)) and len(stated) == 2
    last = stated[1] if is_pair and stated is not None else None
    return last if isinstance(last, int) and 0 <= last < 10**9 else None


def _list_files(subject: Subject, language: str) -> Grid:
    """Files that were read, then the parts that they were made of."""
    rows: list[tuple[Cell, ...]] = [
        (make_visible(path.name), say("page.kind_file", language), None, hash_file(path))
        for path in subject.files[:_MOST_FILES]
    ]
    parts = [
        (make_visible(f"{run_id}, {key.partition(':')[0]}"), part)
        for run_id, run in sorted(subject.ranked.metadata.sources.items())
        for key, part in sorted(run.parts.items())
    ]
    rows += [
        (name, say("page.kind_part", language), part.n_rows, part.rows_sha256)
        for name, part in parts[:_MOST_FILES]
    ]
    headers = tuple(say(f"page.file_{key}", language) for key in ("name", "kind", "rows", "hash"))
    kinds = ("text", "text", "integer", "text")
    return Grid(headers, tuple(rows), kinds, say("page.files", language), "files.csv")


def hash_file(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
