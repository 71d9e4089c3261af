"""What one strategy was measured on, who found it, and which rows do the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.alike import N_FOLDED, find_alike
from evosearch.assemble.strategies.records import cell
from evosearch.report.data import describe_data
from evosearch.statements import Statement
from evosearch.texts import find_unit, make_visible
from evosearch.trading.words.stating import state_length

if TYPE_CHECKING:
    from evosearch.assemble.strategies.played import Played

_MOST_BARS, _DAYS = 10**12, 367
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


def state_bars_used(found: Mapping[str, Any], played: Played | None) -> list[Statement]:
    """The prices, where they are here, and which of them the search saw."""
    data = found["data"]
    if not isinstance(data, Mapping) or not data:
        return []
    n_bars, n_unseen = data.get("n_bars"), data.get("n_holdout_bars")
    ends = [data.get(key) for key in ("first_bar_utc", "last_bar_utc")]
    moments = [str(each)[:16].replace("T", " ") for each in ends if _is_moment(each)]
    if (
        type(n_bars) is not int
        or not 0 < n_bars < _MOST_BARS
        or len(moments) != 2
        or not isinstance(data.get("source"), str)
    ):
        text = describe_data(data)
        return [Statement("sheet.data", {"text": text})] if text else []
    values: dict[str, Any] = {
        "source": make_visible(data["source"])[:80],
        "hash": make_visible(data.get("hash") or "")[:8],
        "n": n_bars,
        "first": moments[0],
        "last": moments[1],
    }
    length = state_length(data)
    said = [
        Statement("sheet.market_no_length", values)
        if length is None
        else Statement("sheet.market", values | {"length": length})
    ]
    if isinstance(data.get("symbol"), str) and data["symbol"]:
        said.append(Statement("sheet.symbol", {"symbol": make_visible(data["symbol"])[:80]}))
    place = found["place"]
    state = place.state if place.state in ("here", "sample", "changed", "gone") else "unknown"
    file = make_visible(Path(place.data)) if place.data else ""
    said.append(Statement(f"sheet.place_{state}", {"file": file}))
    if type(n_unseen) is int and 0 <= n_unseen < n_bars:
        said += _state_parts(n_bars, n_unseen, played)
    said.append(Statement("sheet.times"))
    if data.get("has_volume") is False:
        said.append(Statement("sheet.no_volume"))
    per_year = data.get("days_per_year")
    if find_unit(data) != "day" and isinstance(per_year, (int, float)) and 0 < per_year < _DAYS:
        said.append(Statement("sheet.returns", {"per_year": float(per_year)}))
    return said


def _state_parts(n_bars: int, n_unseen: int, played: Played | None) -> list[Statement]:
    """Which bars were searched; with their dates where the bars are here."""
    if not n_unseen:
        return [Statement("sheet.all_searched", {"n": n_bars})]
    counts = {"searched": n_bars - n_unseen, "unseen": n_unseen}
    # A stranger's summary may state a hold-out that its options do not keep apart.
    if played is None or len(played.replay.parts) != len(counts):
        return [Statement(f"sheet.{key}_undated", {"n": n}) for key, n in counts.items()]
    times = played.replay.bars.timestamp_us
    return [
        Statement(
            f"sheet.{key}",
            {
                "n": n,
                "begin": cell("utc", int(times[part.begin])),
                "end": cell("utc", int(times[part.end - 1])),
            },
        )
        for (key, n), part in zip(counts.items(), played.replay.parts, strict=True)
    ]


def _is_moment(value: object) -> bool:
    return isinstance(value, str) and _MOMENT.match(value) is not None


def state_origin(found: Mapping[str, Any]) -> list[Statement]:
    """Who found a row, and who else; which rows behave alike."""
    row, runs = found["row"], found["runs"]
    sources = found["ranked"].metadata.sources
    who = {run_id: make_visible(sources[run_id].name_finder(run_id)) for run_id in runs}
    first = row["run_id"]
    said = []
    if first in runs:
        values = {"who": who[first], "run": make_visible(first)}
        # As people count: the first generation is 1.
        values |= {"generation": 1 + row["generation"], "seed": str(runs[first]["seed"])}
        said.append(Statement("sheet.found", values))
    others = [name for run_id, name in who.items() if run_id != first]
    listed = tuple(Statement("cell.text", {"text": name}) for name in dict.fromkeys(others))
    if listed:
        said.append(Statement("sheet.found_also", {"who": listed}))
    return [*said, *_state_twins(found)]


def _state_twins(found: Mapping[str, Any]) -> list[Statement]:
    """How many of the first rows make the same trades; the best of them if it is another."""
    ranked, row, name = found["ranked"], found["row"], found["behaviour"]
    own, trades = row.get(name), [row.get("n_trades"), row.get("n_trades_oos")]
    if not any(trades):
        return []  # all that never trade do the same
    if own is None or name not in ranked.schema.names:
        return []
    ranks = find_alike(ranked, name, own)
    others = [rank for rank in ranks if rank != row["rank"]]
    if not others:
        return []
    if others[0] < row["rank"]:
        return [Statement("sheet.twin_of", {"rank": others[0]})]
    n_read = min(N_FOLDED, ranked.n_rows)
    return [Statement("sheet.twins", {"total": len(others) + 1, "most": n_read})]
