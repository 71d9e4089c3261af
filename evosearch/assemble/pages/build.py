"""Build a report: open a ranking, judge a row, have it drawn, and write one file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.judging.judge import judge_row
from evosearch.assemble.judging.looking import choose_folder
from evosearch.assemble.pages.data import gather
from evosearch.assemble.pages.subject import Subject
from evosearch.assemble.pages.told import head
from evosearch.assemble.pages.told.best import list_best, make_best
from evosearch.assemble.pages.told.how import make_how
from evosearch.assemble.pages.told.proof import check_figures, name_remedy
from evosearch.assemble.pages.told.rests import make_rests
from evosearch.assemble.ranking.inputs import Paths, as_patterns
from evosearch.assemble.ranking.opening import open_ranking
from evosearch.assemble.strategies.opened import Missing, Opened, open_bars
from evosearch.errors import EvosearchError, UsageError
from evosearch.report.brought import describe_overlap
from evosearch.report.figures import draw_all
from evosearch.report.overlap import compare_spaces
from evosearch.report.page.contents import Page, Said
from evosearch.report.page.records import PLACES, Grid, Picture
from evosearch.report.page.render import MAX_BYTES, render
from evosearch.report.rows import find_row, list_params
from evosearch.report.sentences import say
from evosearch.shards.disk.files import write_atomically
from evosearch.system.typed_paths import expand_target

if TYPE_CHECKING:
    from evosearch.assemble.judging.judge import Judgement
    from evosearch.shards.reading.checked import Checked

FOLDER = "report"
MOST_TOP = 1_000
# What stands at the begin of each of our pages, of which so many bytes are read.
_OURS, _MOST_HEAD = b'name="generator" content="evosearch"', 4_096
# So many digits of the hash stand in the name of a file.
_DIGITS = 16
# Of a single row no more is told than itself.
_OF_ONE = frozenset({"equity", "how", "price", "costs", "months", "rests"})


@dataclass(frozen=True)
class Asked:
    """What a report is wanted of.

    Attributes
    ----------
    paths : path, folder, pattern, or several, optional
        Shards and merged files; all that `results` knows when none are given.
    wanted : str
        The rank or id of one row; empty for the whole ranking.
    results : path
        Trials on the same bars in this folder count, and the look at the hold-out is recorded.
    output : path, optional
        A file to write; by default one in ``report/`` of the results folder.
    data : str, optional
        A file of this machine with the bars.
    n_top : int
        Rows in the tables.
    language : {"en", "es"}
    trials_before : int
        How many trials were made elsewhere.
    """

    paths: Paths = None
    wanted: str = ""
    results: str | Path = "results"
    output: str | Path | None = None
    data: str | None = None
    n_top: int = 50
    language: str = "en"
    trials_before: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.n_top <= MOST_TOP:
            raise UsageError(f"--top {self.n_top}: expected a number from 1 to {MOST_TOP:,}.")


@dataclass(frozen=True)
class Built:
    """A report that was written.

    Attributes
    ----------
    path : Path
    n_bytes : int
    judgement : Judgement
    is_equal : bool
        False if a figure of the ranking is not what the bars give.
    n_drawn : int
        Pictures.
    missing : str
        Why pictures are missing; empty if none is.
    skipped : tuple of Checked
    notes : tuple of str
    """

    path: Path
    n_bytes: int
    judgement: Judgement
    is_equal: bool
    n_drawn: int
    missing: str
    skipped: tuple[Checked, ...]
    notes: tuple[str, ...]


def build_report(asked: Asked) -> Built:
    """Write the report of a ranking, or of one row.

    Returns
    -------
    Built

    Raises
    ------
    UsageError
        No such row, or a place that cannot be written to.
    DataError
        A file of bars was named, and it does not hold those of the ranking.
    EvosearchError
        As `merge` does.
    """
    output = None if asked.output is None else _check_output(expand_target(asked.output))
    opened = open_ranking(asked.paths, asked.results)
    folder = choose_folder(asked.results, as_patterns(asked.paths))
    row = find_row(opened.ranked, asked.wanted or "1")
    metadata = opened.ranked.metadata
    bars = open_bars(metadata, folder, asked.data) if metadata.problem.name == "trading" else None
    judgement = judge_row(opened.ranked, row, results=folder, trials_before=asked.trials_before)
    subject = Subject(
        ranked=opened.ranked,
        row=row,
        judgement=judgement,
        shows_holdout=judgement.box.state != "unmerged",
        bars=bars,
        replay=None,
        n_top=asked.n_top,
        is_single=bool(asked.wanted),
    )
    subject = _replay(subject)
    page = make_page(subject, asked, len(opened.skipped))
    text = render(page).encode()
    if len(text) > MAX_BYTES:
        raise EvosearchError(
            f"The report would have {len(text) / 1e6:.1f} MB; the limit is {MAX_BYTES / 1e6:.0f}. "
            f"Show fewer rows:  --top {max(1, asked.n_top // 2)}"
        )
    path = output or folder / FOLDER / f"{_name(subject, asked)}.html"
    write_atomically(path.parent, path.name, lambda sink: sink.write(text))
    is_missing = isinstance(bars, Missing) or (bars is not None and subject.replay is None)
    return Built(
        path=path,
        n_bytes=len(text),
        judgement=judgement,
        is_equal=not any(said.tone == "bad" for said in page.checks),
        n_drawn=sum(picture.figure is not None for picture in page.pictures),
        missing=name_remedy(subject) if is_missing else "",
        skipped=opened.skipped,
        notes=opened.notes,
    )


def make_page(subject: Subject, asked: Asked, n_skipped: int = 0) -> Page:
    """All that the page says."""
    language = asked.language
    verdict, box = head.describe_box(subject.judgement.box, language)
    pictures = [*_draw(subject, language), make_how(subject, language)]
    rows: Sequence[Mapping[str, Any]] = ()
    if not subject.is_single:
        rows, counts = list_best(subject)
        best = make_best(subject, rows, counts, language)
        overlap = describe_overlap(compare_spaces(subject.ranked.metadata), language)
        more: dict[str, tuple[list[str], list[Grid]]] = {
            "ideas": ([], [best]), "machines": (overlap, []),
        }  # fmt: skip
        pictures = [_add(each, *more.get(each.key, ([], []))) for each in pictures]
    if subject.is_single:
        pictures = [picture for picture in pictures if picture.key in _OF_ONE]
    missing = ", ".join(picture.title for picture in pictures if picture.missing)
    said, differing = check_figures(subject, language, missing, rows)
    checks = [said]
    if n_skipped:
        checks.append(Said("unsure", say("page.skipped", language, n=n_skipped)))
    rests = make_rests(subject, language)
    if differing is not None:
        rests = replace(rests, tables=(differing, *rests.tables))
    pictures.append(rests)
    return Page(
        language=language,
        title=head.make_title(subject, language),
        lines=head.list_lines(subject, language),
        verdict=verdict,
        box=box,
        numbers=head.list_numbers(subject.judgement.box, language),
        checks=tuple(checks),
        pictures=tuple(pictures),
        command=_name_command(subject, asked),
        warning="" if subject.bars is None else say("page.no_advice", language),
    )


def _add(picture: Picture, sentences: Sequence[str], tables: Sequence[Grid]) -> Picture:
    """The same picture with more sentences and tables."""
    return replace(
        picture,
        sentences=(*picture.sentences, *sentences),
        tables=(*picture.tables, *tables),
    )


def _draw(subject: Subject, language: str) -> list[Picture]:
    return [each for each in draw_all(gather(subject), language) if each.key in PLACES]


def _replay(subject: Subject) -> Subject:
    """The same with its row played again, if its bars are here and hold it."""
    if not isinstance(subject.bars, Opened):
        return subject
    try:
        played = subject.bars.replay(list_params(subject.row))
    except EvosearchError:
        # Another version searched a space that this one does not know.
        return subject
    return replace(subject, replay=played)


def _name(subject: Subject, asked: Asked) -> str:
    """A name from what the page is made of: its rows, its row, language and size."""
    metadata = subject.ranked.metadata
    parts = sorted(
        f"{run_id}:{part.rows_sha256}"
        for run_id, run in metadata.sources.items()
        for part in run.parts.values()
    )
    made_of = [metadata.rows_sha256, *parts, str(subject.row["genome_id"])]
    made_of += [str(subject.is_single), asked.language, str(asked.n_top)]
    return hashlib.sha256("\n".join(made_of).encode()).hexdigest()[:_DIGITS]


def _name_command(subject: Subject, asked: Asked) -> str:
    return f"{subject.command} --top {asked.n_top} --lang {asked.language}"


def _check_output(path: Path) -> Path:
    """Refuse to replace what is no report of ours."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder: name a file, such as {path / 'report.html'}.")
    if path.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{path}: a report is one HTML file. Let its name end in .html.")
    if path.exists():
        with path.open("rb") as file:
            is_ours = _OURS in file.read(_MOST_HEAD)
        if not is_ours:
            raise UsageError(f"{path} exists already and is no report. Choose another name.")
    return path
