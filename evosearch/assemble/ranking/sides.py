"""What runs of the trading problem searched, as their shards tell it.

All of it comes out of shards, which anybody may have written: it is checked, shortened and made
visible here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from evosearch.assemble.settings.prices import is_sample_file
from evosearch.report.data import is_sample_data
from evosearch.texts import make_visible

if TYPE_CHECKING:
    from evosearch.shards.reading.checked import Checked

_MAX_SHOWN = 60
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


def name_prices(side: Side) -> str:
    """A file's name, or the bundled sample's."""
    source = side.summary.get("source")
    name = show(source) if isinstance(source, str) and source else "a file without a name"
    return f"the bundled sample {name.rsplit('.', 1)[0]}" if side.is_sample else name


def show(text: object, limit: int = _MAX_SHOWN) -> str:
    """A shard's text, harmless and short."""
    shown = make_visible(str(text)[: 4 * limit])
    return shown if len(shown) <= limit else f"{shown[: limit - 3]}..."


def _read_span(summary: Mapping[str, Any]) -> Span | None:
    texts = [str(summary.get(key)) for key in ("first_bar_utc", "last_bar_utc")]
    if not all(map(_MOMENT.fullmatch, texts)):
        return None
    try:
        first, last = (datetime.fromisoformat(text).astimezone(UTC) for text in texts)
    except ValueError:
        return None
    interval_s, n_bars = summary.get("interval_s"), summary.get("n_bars")
    if isinstance(interval_s, bool) or not isinstance(interval_s, (int, float)):
        return None
    if type(n_bars) is not int or not (0 < interval_s < 1e9 and 1 < n_bars < 10**12):
        return None
    return Span(first, last, float(interval_s), n_bars) if first < last else None
