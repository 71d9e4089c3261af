"""What stands above the pictures: what was searched, the verdict, and its few numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from evosearch.assemble.metrics import find_metric, name_metric
from evosearch.report.box_lines import Writer
from evosearch.report.data import read_facts
from evosearch.report.page.contents import KeyNumber, Said
from evosearch.report.sentences import (
    count,
    name_label,
    say,
    show_decimal,
    show_percent,
    show_value,
)
from evosearch.texts import make_visible

if TYPE_CHECKING:
    from evosearch.assemble.pages.subject import Subject
    from evosearch.report.verdict import BoxFacts

# What a verdict says at a glance. Any other says nothing for or against.
_TONES = {
    "loses": "bad", "contradicted": "bad", "fragile": "bad", "paper": "good", "consistent": "good",
}  # fmt: skip
_MAX_NAME = 80


def make_title(subject: Subject, language: str) -> str:
    """The name of the bars, or of the problem; of a single row also its rank."""
    problem = subject.ranked.metadata.problem
    source = read_facts(problem.plain.get("data")).get("source")
    name = make_visible(source or problem.name)[:_MAX_NAME]
    if subject.is_single:
        return say("page.title_row", language, rank=int(subject.row["rank"]), name=name)
    return say("page.title", language, name=name)


def list_lines(subject: Subject, language: str) -> tuple[str, ...]:
    """What was searched, in whole sentences."""
    metadata = subject.ranked.metadata
    facts = read_facts(metadata.problem.plain.get("data"))
    said = []
    if "n_bars" in facts and "interval_s" in facts and "first" in facts:
        key = "page.bars" if facts.get("n_holdout_bars") else "page.bars_whole"
        said.append(say(key, language, **facts))
    hosts = {run.host for run in metadata.sources.values()}
    objective = metadata.problem.objective
    shown = find_metric(objective).shown_as or objective
    said.append(
        say(
            "page.tried" if metadata.complete else "page.tried_cut",
            language,
            n=count(subject.noun, subject.ranked.n_rows, language),
            runs=len(metadata.sources),
            machines=len(hosts),
            objective=make_visible(name_metric(shown, language)),
        )
    )
    costs = read_costs(metadata.problem.plain)
    said += [say("page.costs", language, **costs)] if costs else []
    return tuple(said)


def read_costs(problem: Mapping[str, Any]) -> dict[str, float]:
    """Fee and slippage of a side, if a problem states both."""
    options = problem.get("options")
    options = options if isinstance(options, Mapping) else {}
    found = {name: options.get(f"{name}_frac") for name in ("fee", "slippage")}
    numbers = {
        name: float(value)
        for name, value in found.items()
        if isinstance(value, (int, float)) and 0 <= value < 1
    }
    return numbers if len(numbers) == len(found) else {}


def describe_box(box: BoxFacts, language: str) -> tuple[Said, tuple[tuple[str, str], ...]]:
    """The verdict with its tone, and all other lines of the box but the next command."""
    writer = Writer(box, language)
    words = writer.describe_verdict()
    label, last = name_label("verdict", language), name_label("next", language)
    lines = tuple(line for line in writer.list_lines() if line[0] not in (label, last))
    name = box.verdict.name if box.state == "judged" and box.verdict is not None else ""
    return Said(_TONES.get(name, "unsure"), words), lines


def list_numbers(box: BoxFacts, language: str) -> tuple[KeyNumber, ...]:
    """The numbers that decide, each with what it must be compared with."""
    if box.searched is None:
        value = show_value(box.best, language)
        return (KeyNumber(name_metric(box.objective, language), value),) if box.objective else ()
    found = []
    hold, hold_unseen = box.hold, box.hold_unseen
    for key, own, holding in (
        ("searched", box.searched, hold), ("unseen", box.unseen, hold_unseen),
    ):  # fmt: skip
        if own is None or own.return_frac is None:
            continue
        note = ""
        if holding is not None and holding.return_frac is not None:
            note = say("page.holding", language, value=show_percent(holding.return_frac, language))
        shown = show_percent(own.return_frac, language)
        label = say(f"page.{key}", language)
        found.append(KeyNumber(label, shown, note, shown.startswith("-")))
    own_ratio = box.annualise(box.searched.sharpe)
    if own_ratio is not None:
        shown = show_decimal(own_ratio, language)
        lucky = box.annualise(None if box.verdict is None else box.verdict.luck_daily)
        note = ""
        if lucky is not None:
            note = say("page.lucky", language, n=box.n_trials, value=show_decimal(lucky, language))
        found.append(KeyNumber(say("drawn.ratio", language), shown, note, shown.startswith("-")))
    return tuple(found)
