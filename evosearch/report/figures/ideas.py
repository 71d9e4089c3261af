"""The ten different ones: a row each, with what it does and a small curve of its money."""

from __future__ import annotations

from evosearch.report.figures import style
from evosearch.report.page.data import PageData
from evosearch.report.page.records import Cell, Grid, Picture
from evosearch.report.page.rows_data import Idea, Ideas
from evosearch.report.sentences import say, show_decimal, word

KEY = "ideas"


def draw(data: PageData, language: str) -> Picture:
    """The table; its curves are drawn by the page."""
    found = data.ideas
    n = 0 if found is None else len(found.ideas)
    title = say("title.ideas", language, n=n)
    if found is None:
        return Picture(KEY, title, None, "", missing=say("picture.no_rows", language))
    caption = style.join_sentences(
        _tell_apart(found, language),
        _count_ideas(found, language),
        say("picture.searched_alone", language) if data.facts.is_money else "",
        style.tell_searched(data.facts, language),
        style.tell_seeds(data.facts, language),
    )
    return Picture(KEY, title, None, caption, (_list_ideas(data, found, language),))


def _count_ideas(found: Ideas, language: str) -> str:
    if found.n_ideas is None:
        return say("picture.compared", language, n=found.n_compared)
    key = "picture.ideas_more" if found.is_at_least else "picture.ideas_all"
    return say(key, language, rows=found.n_compared, n=found.n_ideas, below=found.below)


def _tell_apart(found: Ideas, language: str) -> str:
    if found.below is not None:
        limit = show_decimal(found.below, language, 2)
        return say("picture.apart_returns", language, below=limit)
    key = "picture.apart_genes" if found.is_by_genes else "picture.apart_behaviour"
    return say(key, language)


def _list_ideas(data: PageData, found: Ideas, language: str) -> Grid:
    has_curves = any(idea.curve is not None for idea in found.ideas)
    has_returns = any(idea.returned is not None for idea in found.ideas)
    columns = [
        ("number", "integer", True),
        ("id", "text", True),
        ("alike", "integer", True),
        ("value", style.name_kind(data.facts), True),
        ("returned", "percent", has_returns),
        ("curve", "spark", has_curves),
        ("found_by", "text", True),
        ("buys_when" if data.facts.is_money else "what_it_does", "text", True),
    ]
    chosen = [place for place, (_, _, is_shown) in enumerate(columns) if is_shown]
    headers = [say(f"drawn.{name}", language) for name, _, _ in columns]
    headers[3] = style.name_objective(data.facts, language)
    rows = [_list_cells(idea, data.facts.is_money, language) for idea in found.ideas]
    return Grid(
        tuple(headers[place] for place in chosen),
        tuple(tuple(row[place] for place in chosen) for row in rows),
        tuple(columns[place][1] for place in chosen),
        say("title.ideas_table", language),
        say("title.ideas_file", language),
    )


def _list_cells(idea: Idea, is_money: bool, language: str) -> list[Cell]:
    curve = None
    if idea.curve is not None:
        curve = tuple(float(f"{value:.5g}") for value in idea.curve.values.tolist())
    return [
        idea.rank,
        idea.genome_id[:8],
        idea.n_alike,
        idea.value,
        idea.returned,
        curve,
        ", ".join(idea.found_by),
        _tell_what(idea, is_money, language),
    ]


def _tell_what(idea: Idea, is_money: bool, language: str) -> str:
    """When it buys, of which `show` says the rest; or all genes."""
    if is_money and idea.words:
        lists = [told for told in idea.words[0].values.values() if isinstance(told, tuple)]
        if lists:
            return say("drawn.rules", language, rules=lists[0])
        return word(idea.words[0], language)
    return ", ".join(word(each, language) for each in idea.words)
