"""What newer bars say of the leaders of a ranking, in lines for people."""

from __future__ import annotations

import math
import textwrap

from evosearch.report.audits.facts import Forward, ForwardRow
from evosearch.report.box_facts import BoxFacts
from evosearch.report.sentences import count, say, show_decimal, show_integer, show_small
from evosearch.report.verdict import describe_verdict

_WIDTH = 80


def list_forward(found: Forward, language: str) -> list[str]:
    """What the newer bars are, then each strategy that was tested on them."""
    key = "forward.too_short" if found.is_too_short else "forward.head"
    days = count(found.unit, found.n_days, language)
    values = {"source": found.source, "days": days, "since": found.since, "until": found.until}
    lines = [say(key if found.n_bars else "forward.none", language, **values)]
    if found.reading:
        lines.append(say("forward.reading", language, options=found.reading))
    if found.n_changed:
        n = show_integer(found.n_changed, language)
        lines.append(say("forward.changed", language, n=n, first=found.first_changed))
    if found.rows:
        year = math.sqrt(found.days_per_year)
        hold = None if found.hold is None else found.hold.sharpe
        shown = show_decimal(None if hold is None else hold * year, language)
        lines.append(say("forward.hold", language, hold=shown))
        looked = count("looked", found.n_looks, language)
        lines.append(say("forward.looked", language, looked=looked))
        if not found.is_recorded:
            lines.append(say("holdout.unrecorded", language))
        for row in found.rows:
            lines += _describe_row(row, found, language)
        if not found.rows[-1].verdict.is_passed:
            lines.append(say("forward.stopped", language))
    return [part for line in lines for part in _wrap(line)]


def _describe_row(row: ForwardRow, found: Forward, language: str) -> list[str]:
    verdict, earned = row.verdict, row.earned.sharpe
    own = None if earned is None else earned * math.sqrt(found.days_per_year)
    p = "-" if verdict.p_oos is None else show_small(verdict.p_oos, language)
    alpha = "-" if verdict.alpha is None else f"{show_small(100 * verdict.alpha, language)} %"
    facts = BoxFacts(
        verdict=verdict,
        searched=row.searched,
        unseen=row.earned,
        days_per_year=found.days_per_year,
        unit=found.unit,
        audit=row.audit,
    )
    key = "forward.passes" if verdict.passes_oos else "forward.fails"
    text = say(key, language, own=show_decimal(own, language), p=p, alpha=alpha)
    return [f"#{row.rank}  {row.genome_id[:8]}  {text}", f"   {describe_verdict(facts, language)}"]


def _wrap(line: str) -> list[str]:
    indent = "   " if line.startswith((" ", "#")) else ""
    return textwrap.wrap(
        line, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
