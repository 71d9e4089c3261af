"""Lines to type that let runs of one market search the same bars, so that they can be merged."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from evosearch.assemble.ranking.sides import Searched, Side, Span, name_prices, show
from evosearch.assemble.searching.recorded import parse_recorded
from evosearch.assemble.settings.checking import check_values
from evosearch.assemble.settings.loading import draft_profile
from evosearch.assemble.settings.prices import WAYS, find_bars
from evosearch.errors import OptionError, ProfileError
from evosearch.profiles.files import flatten, list_profiles
from evosearch.profiles.tables import Profile
from evosearch.texts import make_visible, quote

# Of commands and their machines; of shards that the merge names.
_MAX_LINES, _MAX_KEPT = 8, 3
# Texts that `--set` takes without quotes: names, and instants as a window has them.
_PLAIN = re.compile(r"(?!(?:true|false|inf|nan)$)[A-Za-z_][A-Za-z0-9_/+-]*|[0-9-]{10}T[0-9:]{8}Z")
_APART = "To rank each on its own: evosearch merge --by-fingerprint"
# What follows from the prices, or says where they are: no option to carry over.
_OF_DATA = ("name", "data", "since", "until")


def advise(sides: Sequence[Side], names: Sequence[str]) -> list[str]:
    """What to type, as lines; the last one says how to rank them apart.

    Parameters
    ----------
    sides : sequence of Side
    names : sequence of str
        What each is called.
    """
    titles = dict(zip((side.fingerprint for side in sides), names, strict=True))
    real = [side for side in sides if not side.is_sample]
    samples = [side for side in sides if side.is_sample]
    if len({side.digest for side in sides}) < 2 or not real:
        return [_APART]
    spans = [side.span for side in real if side.span is not None]
    if len(spans) < len(real):
        return ["Not all of these shards say which bars they were measured on.", _APART]
    lines = []
    if len({span.interval_s for span in spans}) > 1:
        return ["Bars of another length are another question: they have no common ranking.", _APART]
    if samples:
        who = ", ".join(titles[side.fingerprint] for side in samples)
        lines.append(
            f"{who} searched sample prices: no prices of your own were named there (with --data, "
            "or once for a machine: evosearch data use FILE)."
        )
    since = max(span.first for span in spans)
    end, until = min(span.last for span in spans), min(map(_end, spans))
    n_common = min(_count_within(span, since, end) for span in spans)
    refusal = _explain_impossible(real, spans, since, end, n_common)
    if refusal:
        return [*lines, refusal, _APART]
    bars = f"{since:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC, about {n_common:,} of them"
    if len(real) > 1:
        lines.append(f"If these are prices of one market, let each search the same bars, {bars}:")
    else:
        lines.append(f"To search the same bars there, {bars}:")
    alike, odd = _agree(sides)
    if odd:
        return [*lines[:-1], f"First make these alike: {', '.join(map(show, odd[:6]))}.", _APART]
    if alike:
        shown = ", ".join(f"{show(key)} {show(value)}" for key, value in alike.items())
        lines.append(f"(with {shown}, as {names[0]} had it: change that where you mean the other)")
    moments = (("since", since), ("until", until))
    window = {key: f"{moment:%Y-%m-%dT%H:%M:%SZ}" for key, moment in moments}
    most = max(span.n_bars for span in spans)
    commands = _list_commands(sides, alike | window, most)
    return [*lines, *commands, _APART.replace("To rank", "Or rank")]


def _explain_impossible(
    sides: Sequence[Side], spans: Sequence[Span], since: datetime, end: datetime, n_common: int
) -> str:
    """Why no window makes these agree; empty if one may."""
    from evosearch.trading.words.describe import DIFFERENT_MARKETS, explain_shortage

    days = [side.options.get("days_per_year") for side in sides]
    if any(each != days[0] for each in days):
        return DIFFERENT_MARKETS
    if since >= end:
        return (
            f"Their dates do not overlap: the last to begin does so at {since:%Y-%m-%d %H:%M}, the "
            f"first to end at {end:%Y-%m-%d %H:%M} UTC. Fetch prices of the same months."
        )
    if len(sides) > 1 and len({(span.first, span.last) for span in spans}) == 1:
        return (
            "They cover the same dates, but the bars are not the same: other prices, or bars that "
            "one of them lacks. Give every machine the same file."
        )
    shortage = explain_shortage([side.options for side in sides], n_common)
    if shortage:
        first = sides[[span.last for span in spans].index(end)]
        return (
            f"They share only about {n_common:,} bars, {since:%Y-%m-%d %H:%M} to "
            f"{end:%Y-%m-%d %H:%M} UTC, of which {shortage}. Fetch newer prices in place of "
            f"{name_prices(first)}."
        )
    return ""


def _count_within(span: Span, since: datetime, end: datetime) -> int:
    return round((span.n_bars - 1) * ((end - since) / (span.last - span.first))) + 1


def _end(span: Span) -> datetime:
    """Just after the last bar: before any other that its market may have."""
    step = span.interval_s
    is_regular = 60 <= step <= 86_400 and 86_400 % step == 0
    is_on_grid = is_regular and span.last.timestamp() % step == 0
    return span.last + timedelta(seconds=step if is_on_grid else 1)


def _list_commands(sides: Sequence[Side], settings: Mapping[str, Any], most: int) -> list[str]:
    """A line for each run, those of one machine together, and the merge."""
    results = _choose_folder()
    real = [side for side in sides if not side.is_sample]
    # One file alone has these bars already: its shards can stay.
    kept = [item.path for side in real for item in side.members]
    stays = len(real) == 1 and len(kept) <= _MAX_KEPT and all(map(_is_plain, kept))
    by_host: dict[str, dict[str, None]] = {}
    faults: dict[str, None] = {}
    for side in sides[1:] if stays else sides:
        if sum(map(len, by_host.values())) > _MAX_LINES:
            break  # they are not printed, and each would read a file of prices
        data, reading = _find_file(side if not side.is_sample else real[0])
        for run in side.runs:
            words, fault = _repeat(run, data, reading, settings, most)
            if fault:
                faults[fault] = None
            else:
                command = " ".join(["evosearch", *map(quote, [*words, "--results", results])])
                by_host.setdefault(run.host, {})[f"  {command}"] = None
    lines = []
    for host, commands in sorted(by_host.items()):
        lines += [f"on {show(host)}:" if host else "on a machine without a name:"]
        lines += commands
    if len(lines) + len(faults) > _MAX_LINES or faults:
        window = " ".join(f"--set problem.{key}={_write(v)}" for key, v in settings.items())
        text = f"run its search again with {quote(f'--results={results}')} {window}"
        lines = [*lines, *faults][: _MAX_LINES - 1]
        lines.append(f"Where no line stands here, {text}")
    if len(by_host) < 2 and not faults:
        lines = [line for line in lines if line.startswith("  ")]
    else:
        lines.append(f"then copy all these shards into {show(results)} of one machine, and there:")
    merged = f"{quote(results)} {' '.join(map(quote, kept))} " if stays else ""
    return [*lines, f"  evosearch merge {merged}--results {quote(results)}"]


def _agree(sides: Sequence[Side]) -> tuple[dict[str, Any], list[str]]:
    """Options that have to agree: as the first side has them, and those that cannot be set."""
    from evosearch.trading.options import TradingOptions

    alike, odd = {}, []
    for key in sorted({key for side in sides for key in side.options} - {"days_per_year"}):
        values = [side.options.get(key) for side in sides]
        if all(value == values[0] for value in values) or key == "direction":
            continue
        # How a position is sized follows from which of the two is there.
        if key not in TradingOptions.model_fields or any(value is None for value in values):
            odd.append(key)
        else:
            alike[key] = values[0]
    return alike, odd


def _repeat(
    run: Searched,
    data: str,
    reading: Mapping[str, Any] | None,
    settings: Mapping[str, Any],
    most: int,
) -> tuple[list[str], str]:
    """The words that repeat a run's search with other settings, or why they cannot be told."""
    silent = f"Of {show(run.run_id, 120)} it is not known how it was begun"
    recorded = parse_recorded(run.profile_toml)
    if recorded is None or not _is_plain(data):
        return [], f"{silent}."
    # A run of an object is called after its class, and states no options.
    if recorded.problem["name"] != "trading" or recorded.problem == {"name": recorded.name}:
        return [], f"{show(run.run_id, 120)} was begun from Python, on {show(run.host)}."
    if (local := _read_local(run.profile_name)) is None:
        name = f"the profile {show(run.profile_name)}" if run.profile_name else "no profile"
        return [], f"{show(run.run_id, 120)} was begun with {name}, on {show(run.host)}."
    if reading is not None:  # of the file on this machine, which may be another than the run's
        options = {key: v for key, v in recorded.problem.items() if key not in WAYS}
        recorded = recorded.model_copy(update={"problem": {**options, **reading}})
    changes = _list_changes(recorded, local, most)
    if changes is None:
        return [], f"{silent}: not with options that this evosearch can set."
    changes |= {f"problem.{key}": value for key, value in settings.items()}
    words = ["run", "--profile", run.profile_name, "--data", data]
    for key, value in changes.items():
        words += ["--set", f"{key}={_write(value)}"]
    return (words, "") if all(map(_is_plain, words)) else ([], f"{silent}.")


def _list_changes(recorded: Profile, local: Profile, most: int) -> dict[str, Any] | None:
    """What a run was asked for beyond the profile of this machine, by dotted key."""
    from evosearch.problems.settings import drop_followers
    from evosearch.trading.problem import Trading, parse_options

    changes: dict[str, Any] = {}
    tables = [each.to_plain(exclude_none=True) for each in (recorded, local)]
    for table in ("search", recorded.search.algorithm):
        then, now = (each.get(table, {}) for each in tables)
        changes |= {f"{table}.{key}": v for key, v in then.items() if now.get(key) != v}
    try:
        options, own = (
            parse_options(drop_followers(Trading, _options_of(each))) for each in (recorded, local)
        )
    except OptionError:
        return None
    for key in type(options).model_fields:
        then, now = getattr(options, key), getattr(own, key)
        if key == "last_bars":
            # The window holds no more bars than any of the runs had.
            if now is not None and now < most:
                changes["problem.last_bars"] = max(then or most, most)
        elif key not in _OF_DATA and then != now:
            if then is None:
                return None
            if key == "layout":
                then, now = then.to_plain(), now.to_plain()
                if now.keys() - then.keys():
                    return None  # nothing on the command line takes back what the profile says
                changes |= {
                    f"problem.{'.'.join(parts)}": value
                    for parts, value in flatten(then, ("layout",))
                }
            else:
                changes[f"problem.{key}"] = then
    return changes


def _options_of(profile: Profile) -> dict[str, Any]:
    return {key: value for key, value in profile.problem.items() if key not in _OF_DATA}


def _read_local(name: str) -> Profile | None:
    """The profile of this name on this machine, if it is one of the trading problem."""
    if name not in list_profiles():  # a name from a shard is no path
        return None
    try:
        # A file is named in the line, so what this machine keeps with another is not taken.
        values = draft_profile(name, data="FILE").values
    except ProfileError:
        return None
    found = check_values(values)[0]
    return found if found is not None and found.problem.get("name") == "trading" else None


def _find_file(side: Side) -> tuple[str, Mapping[str, Any] | None]:
    """The side's file of prices on this machine and how it is read, else its name elsewhere."""
    place = find_bars(side.summary)
    if place.data and Path(place.data).is_file():
        path, here = Path(place.data), Path.cwd()
        name = str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
        return name, {key: v for key, v in place.reading.items() if key in WAYS}
    source = side.summary.get("source")
    name = re.split(r"[\\/]", source)[-1] if isinstance(source, str) else ""
    return (name if 0 < len(name) <= 255 and not name.startswith("-") else "FILE"), None


def _choose_folder() -> str:
    """A results folder that does not exist yet: what lies in it would be merged too."""
    names: Iterable[str] = (f"same-bars{f'-{n}' if n > 1 else ''}" for n in range(1, 1000))
    folder = Path("results")
    return str(next((folder / name for name in names if not (folder / name).exists()), folder))


def _write(value: object) -> str:
    """A value as `--set` takes it."""
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return value
    text = json.dumps(value, ensure_ascii=False)
    # Windows has no way to quote double quotes that all its shells know.
    return text.replace('"', "'") if sys.platform == "win32" else text


def _is_plain(text: object) -> bool:
    """Whether a person sees all of a text that is to be pasted."""
    return make_visible(text) == str(text)
