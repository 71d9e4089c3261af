"""Runs of the trading problem that cannot be ranked together: what each searched, in words.

All of it comes out of shards, which anybody may have written: it is checked, shortened and made
visible here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from evosearch.assemble.prices import is_sample_file
from evosearch.errors import IncomparableShards
from evosearch.report.data import describe_bar_length, is_sample_data
from evosearch.texts import make_visible

if TYPE_CHECKING:
    from evosearch.shards.checked import Checked

# Of a message, of the settings in it, names in a line, letters of a name.
_MAX_LINES, _MAX_OPTIONS, _MAX_NAMED, _MAX_SHOWN = 20, 3, 3, 60
_HASH = re.compile(r"[0-9a-f]{64}")
# Years that a calendar goes on from, before and after.
_MOMENT = re.compile(r"[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


@dataclass(frozen=True)
class Searched:
    """One run.

    Attributes
    ----------
    run_id, profile_name, host : str
    profile_toml : str
        The text of its profile.
    """

    run_id: str
    profile_name: str
    host: str
    profile_toml: str


@dataclass(frozen=True)
class Span:
    """The bars of a side, as far as its shards describe them."""

    first: datetime
    last: datetime
    interval_s: float
    n_bars: int


@dataclass(frozen=True)
class Side:
    """What shares one fingerprint.

    Attributes
    ----------
    fingerprint : str
    members : sequence of Checked
    runs : tuple of Searched
    options : dict
        What decides the number, but for the bars.
    summary : dict
        Of its data.
    is_sample : bool
    span : Span or None
        None where its shards do not tell.
    """

    fingerprint: str
    members: Sequence[Checked]
    runs: tuple[Searched, ...]
    options: dict[str, Any]
    summary: dict[str, Any]
    is_sample: bool
    span: Span | None

    @property
    def digest(self) -> str:
        """The hash of its bars; empty for none that could be one."""
        digest = self.summary.get("hash")
        return digest if isinstance(digest, str) and _HASH.fullmatch(digest) else ""


def refuse_mixture(groups: Mapping[str, Sequence[Checked]]) -> None:
    """Raise when inputs measured different things.

    Raises
    ------
    IncomparableShards
        Saying what each searched and, where they can be made to agree, what to type.
    """
    from evosearch.assemble.same_bars import advise
    from evosearch.shards import groups as shards

    if len(groups) < 2:
        return
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


def read_side(fingerprint: str, members: Sequence[Checked]) -> Side | None:
    """One side; None for what is not the trading problem that comes with evosearch."""
    stated = [item.metadata for item in members if item.metadata is not None]
    plain = stated[0].problem.plain
    parts, summary = plain.get("parts"), plain.get("data")
    if not isinstance(parts, Mapping) or parts.get("problem") != "trading":
        return None
    if not isinstance(summary, Mapping) or not isinstance(parts.get("options"), Mapping):
        return None
    runs = {
        run_id: Searched(run_id, run.profile_name, run.host, each.profiles[run.profile])
        for each in stated
        for run_id, run in each.sources.items()
    }
    options = {
        **{key: value for key, value in parts["options"].items() if key != "data_hash"},
        **{key: value for key, value in parts.items() if key not in ("options", "problem")},
    }
    named = plain.get("options")
    data = named.get("data", "sample:") if isinstance(named, Mapping) else ""
    # Shards of before do not say it of their data, but name them; what began in Python has no name.
    is_sample = summary.get("is_sample") is None and str(data).startswith("sample:")
    is_sample = is_sample and is_sample_file(summary.get("source"))
    return Side(
        fingerprint,
        members,
        tuple(sorted(runs.values(), key=lambda run: run.run_id)),
        options,
        dict(summary),
        is_sample or is_sample_data(summary),
        _read_span(summary),
    )


def name_sides(sides: Sequence[Side]) -> list[str]:
    """What to call each side: by profile, else by machine too, else by run."""
    ways: list[Callable[[Searched], str]] = [
        lambda run: run.profile_name or "a run without a profile",
        lambda run: f"{run.profile_name or 'a run'} on {run.host or 'a machine without a name'}",
        lambda run: run.run_id,
    ]
    for way in ways:
        named = [sorted({way(run) for run in side.runs}) for side in sides]
        everybody = [name for names in named for name in names]
        if len(set(everybody)) == len(everybody):
            break
    found = []
    for names, side in zip(named, sides, strict=True):
        text = ", ".join(show(name) for name in names[:_MAX_NAMED])
        n_more = len(names) - _MAX_NAMED
        text += f" and {n_more:,} more" if n_more > 0 else ""
        found.append(text + (f" ({len(side.runs):,} runs)" if len(side.runs) > len(names) else ""))
    return found


def name_prices(side: Side) -> str:
    """A file's name, or the bundled sample's."""
    source = side.summary.get("source")
    name = show(source) if isinstance(source, str) and source else "a file without a name"
    return f"the bundled sample {name.rsplit('.', 1)[0]}" if side.is_sample else name


def show(text: object, limit: int = _MAX_SHOWN) -> str:
    """A shard's text, harmless and short."""
    shown = make_visible(str(text)[: 4 * limit])
    return shown if len(shown) <= limit else f"{shown[: limit - 3]}..."


def format_moment(moment: datetime) -> str:
    """An instant as a profile takes it."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _count_rows(side: Side) -> int:
    return sum(item.n_rows for item in side.members)


def _describe_sides(sides: Sequence[Side], names: Sequence[str], most: int) -> list[str]:
    """A line for each, `most` at most: its prices, as closely as tells them apart."""
    for detail in range(3):
        told = [_describe_prices(side, detail) for side in sides]
        if len(set(told)) == len({side.digest for side in sides}):
            break
    lines = [
        f"  {name} searched {text}: {_name_files(side)}"
        for name, text, side in zip(names, told, sides, strict=True)
    ]
    return _shorten(lines, most)


def _describe_prices(side: Side, detail: int) -> str:
    pieces = [name_prices(side)]
    if side.span is None:
        return ", ".join([*pieces, "of unknown dates", f"hash {side.digest[:8] or 'unknown'}"])
    pieces.append(describe_bar_length(side.span.interval_s))
    form = "%Y-%m-%d %H:%M" if detail else "%Y-%m-%d"
    dates = f"{side.span.first:{form}} to {side.span.last:{form}}"
    pieces.append(f"{dates} UTC" if detail else dates)
    if detail == 2:
        pieces += [f"{side.span.n_bars:,} bars", f"hash {side.digest[:8]}"]
    return ", ".join(pieces)


def _name_files(side: Side) -> str:
    n_more = len(side.members) - 1
    return show(side.members[0].path.name, 120) + (f" and {n_more:,} more" if n_more else "")


def _describe_options(sides: Sequence[Side], names: Sequence[str]) -> list[str]:
    """What else decides the number and differs, in words."""
    if len({side.digest for side in sides}) > 1:
        # It follows from the bars, unless these are the same.
        sides = [_without(side, "days_per_year") for side in sides]
    keys = sorted({key for side in sides for key in side.options})
    lines = []
    for key in keys:
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


def _without(side: Side, key: str) -> Side:
    return replace(side, options={k: v for k, v in side.options.items() if k != key})


def _read_span(summary: Mapping[str, Any]) -> Span | None:
    moments = []
    for key in ("first_bar_utc", "last_bar_utc"):
        text = summary.get(key)
        if not isinstance(text, str) or not _MOMENT.fullmatch(text):
            return None
        try:
            moments.append(datetime.fromisoformat(text).astimezone(UTC))
        except ValueError:
            return None
    interval_s, n_bars = summary.get("interval_s"), summary.get("n_bars")
    if isinstance(interval_s, bool) or not isinstance(interval_s, (int, float)):
        return None
    if type(n_bars) is not int or not (0 < interval_s < 1e9 and 1 < n_bars < 10**12):
        return None
    first, last = moments
    return Span(first, last, float(interval_s), n_bars) if first < last else None
