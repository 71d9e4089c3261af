"""Explain why runs of the trading problem cannot be ranked together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

from evosearch.assemble.ranking.same_bars import advise
from evosearch.assemble.ranking.sides import Searched, Side, name_prices, read_side, show
from evosearch.errors import IncomparableShards
from evosearch.texts import describe_bar_length, list_names

if TYPE_CHECKING:
    from evosearch.shards.reading.checked import Checked

# Of a message, of the settings in it, names in a line.
_MAX_LINES, _MAX_OPTIONS, _MAX_NAMED = 20, 3, 3


def refuse_mixture(groups: Mapping[str, Sequence[Checked]]) -> NoReturn:
    """Raise for inputs that measured different things.

    Raises
    ------
    IncomparableShards
        Saying what each searched and, where they can be made to agree, what to type.
    """
    from evosearch.shards.merging import groups as shards

    sides = [read_side(fingerprint, members) for fingerprint, members in groups.items()]
    known = [side for side in sides if side is not None]
    if len(known) < len(sides):
        shards.refuse_mixture(groups)
    # Own prices before samples, more rows before fewer: these are taken for what was meant.
    known.sort(key=lambda side: (side.is_sample, -_count_rows(side), side.fingerprint))
    names = name_sides(known)
    lines = [*_describe_options(known, names), *shards.name_older(groups), *advise(known, names)]
    if len({side.digest for side in known}) > 1:
        lines = _describe_sides(known, names, max(2, _MAX_LINES - 1 - len(lines))) + lines
    raise IncomparableShards("\n".join([shards.NOT_THE_SAME, *lines]))


def name_sides(sides: Sequence[Side]) -> list[str]:
    """What to call each side: by profile, else by machine too, else by run."""
    ways: list[Callable[[Searched], str]] = [
        lambda run: run.profile_name or "a run without a profile",
        lambda run: f"{run.profile_name or 'a run'} on {run.host or 'a machine without a name'}",
        lambda run: run.run_id,
    ]
    for way in ways:
        named = [sorted({way(run) for run in side.runs}) for side in sides]
        if len(set().union(*named)) == sum(map(len, named)):
            break
    found = []
    for names, side in zip(named, sides, strict=True):
        text = list_names([*map(show, names)], _MAX_NAMED)
        found.append(text + (f" ({len(side.runs):,} runs)" if len(side.runs) > len(names) else ""))
    return found


def _count_rows(side: Side) -> int:
    return sum(item.n_rows for item in side.members)


def _describe_sides(sides: Sequence[Side], names: Sequence[str], most: int) -> list[str]:
    """A line for each, `most` at most: its prices, as closely as tells them apart."""
    for detail in range(3):
        told = [_describe_bars(side, detail) for side in sides]
        if len(set(told)) == len({side.digest for side in sides}):
            break
    lines = [
        f"  {name} searched {name_prices(side)}, {text}: {_name_files(side)}"
        for name, text, side in zip(names, told, sides, strict=True)
    ]
    return _shorten(lines, most)


def _describe_bars(side: Side, detail: int) -> str:
    if side.span is None:
        return f"of unknown dates, hash {side.digest[:8] or 'unknown'}"
    form = "%Y-%m-%d %H:%M" if detail else "%Y-%m-%d"
    dates = f"{side.span.first:{form}} to {side.span.last:{form}}"
    pieces = [describe_bar_length(side.span.interval_s), f"{dates} UTC" if detail else dates]
    if detail == 2:
        pieces += [f"{side.span.n_bars:,} bars", f"hash {side.digest[:8]}"]
    return ", ".join(pieces)


def _name_files(side: Side) -> str:
    n_more = len(side.members) - 1
    return show(side.members[0].path.name, 120) + (f" and {n_more:,} more" if n_more else "")


def _describe_options(sides: Sequence[Side], names: Sequence[str]) -> list[str]:
    """What else decides the number and differs, in words."""
    keys = {key for side in sides for key in side.options}
    if len({side.digest for side in sides}) > 1:
        # It follows from the bars, unless these are the same.
        keys.discard("days_per_year")
    lines = []
    for key in sorted(keys):
        values = [side.options.get(key) for side in sides]
        if all(value == values[0] for value in values):
            continue
        told: dict[str, list[str]] = {}
        for name, value in zip(names, values, strict=True):
            told.setdefault("none" if value is None else show(value, 40), []).append(name)
        pairs = [f"{' and '.join(who)} {value}" for value, who in told.items()]
        lines.append(f"  {show(key)}: {', '.join(pairs)}")
    return ["What differs:", *_shorten(lines, _MAX_OPTIONS)] if lines else []


def _shorten(lines: list[str], most: int) -> list[str]:
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], f"  ... and {len(lines) - most + 1:,} more"]
