"""One strategy played again: its last trades, its position at the last bar, and other costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from evosearch.assemble.strategies.opened import Missing, Opened
from evosearch.assemble.strategies.records import Table, cell, state_metric
from evosearch.statements import Statement
from evosearch.texts import make_visible
from evosearch.trading.replay.fees import Costs, compare_costs
from evosearch.trading.replay.now import Now, position_now
from evosearch.trading.replay.replay import Replay
from evosearch.trading.trades import REASONS
from evosearch.trading.words.stating import state_roughly

if TYPE_CHECKING:
    from evosearch.assemble.auditing.forward import Newer

N_LAST = 5


@dataclass(frozen=True)
class Played:
    """A strategy played again on the bars of its ranking.

    Attributes
    ----------
    opened : Opened
    replay : Replay
    params : mapping
    data : mapping
        What the ranking states of its bars.
    named : str
        How a command names the row: its rank, and where the ranking is.
    differing : tuple of str
        Metrics that the row states otherwise; none if it can be trusted.
    is_hidden : bool
        Nothing of the hold-out is told, nor of the last bar, which is part of it.
    """

    opened: Opened
    replay: Replay
    params: Mapping[str, Any]
    data: Mapping[str, Any]
    named: str
    differing: tuple[str, ...] = ()
    is_hidden: bool = False

    @cached_property
    def now(self) -> Now:
        """The position at the last bar."""
        return position_now(self.opened.holding([self.params]), self.params)

    @cached_property
    def costs(self) -> Costs:
        """What it earns at other costs."""
        problem, genomes = self.opened.encode([self.params])
        return compare_costs(problem, genomes)[0]

    def find_hold_fall(self, part: int) -> float | None:
        """The deepest fall of one who holds over a part, close to close."""
        if part >= len(self.replay.parts):
            return None
        money = np.append(self.replay.initial_capital, self.replay.parts[part].hold)
        peak = np.maximum.accumulate(money)
        return float(((peak - money) / peak).max())

    def state_trades(self) -> tuple[Statement, ...]:
        """Whether the row can be trusted, and where all trades are."""
        if self.differing:
            names = tuple(state_metric(name) for name in self.differing[:5])
            return (Statement("sheet.differs", {"names": names}),)
        n = sum(len(part.trades) for part in self._parts)
        said = [Statement("sheet.equal")]
        if n:
            command = f"evosearch trades {self.named}"
            said.append(Statement("sheet.last_trades", {"n": n, "command": command}))
        return tuple(said)

    def list_last_trades(self) -> Table | None:
        """The last trades, the newest at the end."""
        times, rows = self.replay.bars.timestamp_us, []
        for part in reversed(self._parts):
            trades = part.trades
            for k in range(len(trades) - 1, -1, -1):
                entry, out = int(trades.entry_bar[k]), int(trades.exit_bar[k])
                rows.append(
                    (
                        cell("utc", int(times[entry])),
                        cell("value", float(trades.entry_price[k])),
                        cell("utc", int(times[out])),
                        cell("value", float(trades.exit_price[k])),
                        Statement(f"sold.{REASONS[int(part.reasons[k])].replace(' ', '_')}"),
                        cell("money", float(trades.outcome[k])),
                        state_roughly(int(part.n_bars[k]), self.data),
                    )
                )
                if len(rows) == N_LAST:
                    break
            if len(rows) == N_LAST:
                break
        if not rows:
            return None
        heads = ("bought", "price", "sold", "for", "why", "earned", "held")
        headers = tuple(Statement(f"sheet.head_{name}") for name in heads)
        return Table(headers, tuple(rows[::-1]), texts=(0, 2, 4), spare=(6, 4, 3, 1))

    def state_now(self) -> tuple[Statement, ...]:
        """In the market or not at the last bar, and what comes next."""
        if self.is_hidden:
            return ()
        return Statement("now.head", _name_last(self.now)), self._state_position(self.now)

    def state_later(self, now: Now, n: int, source: str) -> tuple[Statement, ...]:
        """The same after `n` newer bars."""
        head = {"source": source, **_name_last(now)}
        if n:
            return Statement("now.head_newer", head | {"n": n}), self._state_position(now)
        return Statement("now.head_none", head), self._state_position(now)

    def state_costs(self) -> tuple[Statement, ...]:
        """What it earns without costs, and the fee at which it stops earning."""
        costs = self.costs
        if costs.without is None:
            return ()
        free = Statement("sheet.free", {"free": costs.without})
        if costs.break_even is None:
            return free, Statement("sheet.never_earns")
        return free, Statement("sheet.breaks_even", {"fee": costs.break_even})

    def to_plain(self) -> dict[str, Any]:
        """As JSON has it; nothing of the last bar where the hold-out is hidden."""
        costs = {"without": self.costs.without, "break_even_fee": self.costs.break_even}
        now = None if self.is_hidden else asdict(self.now)
        return {"differing": [*self.differing], "costs": costs, "now": now}

    @property
    def _parts(self) -> tuple[Any, ...]:
        return self.replay.parts[:1] if self.is_hidden else self.replay.parts

    def _state_position(self, now: Now) -> Statement:
        if now.is_in:
            since = cell("utc", now.since_us)
            values = {"price": now.entry_price, "stop": now.stop, "target": now.target}
            return Statement("now.in", {"since": since, **values})
        if now.buys_next:
            return Statement(f"now.buys_{self.opened.problem.options.fill}")
        return Statement("now.out")


def _name_last(now: Now) -> dict[str, Any]:
    return {"last": cell("utc", now.last_bar_us), "close": now.last_close}


def play(found: Mapping[str, Any], opened: Opened, is_hidden: bool) -> Played:
    """Play a row of a ranking again.

    Parameters
    ----------
    found : mapping
        As `showing.show` returns it.
    opened : Opened
    is_hidden : bool
    """
    params, metrics = found["params"], found["metrics"]
    replay = opened.replay(params)
    seen = {k: v for k, v in metrics.items() if not (is_hidden and k.endswith("_oos"))}
    differing = tuple(replay.difference(seen))
    named = _name_row(found)
    return Played(opened, replay, params, found["data"], named, differing, is_hidden)


def _name_row(found: Mapping[str, Any]) -> str:
    return f"{found['row']['rank']}{found['there']}"


def play_newer(played: Played, file: str) -> tuple[Now, tuple[Statement, ...]]:
    """The position of a strategy after the bars that a file has beyond those of its ranking.

    Also what is said of it.

    Raises
    ------
    DataError
        The file cannot be read, or is of another market.
    """
    from evosearch.assemble.auditing.forward import join_bars

    opened, params = played.opened, played.params
    newer = join_bars(opened.bars, file, opened.problem.options.reading)
    now = position_now(opened.holding([params]).with_bars(newer.bars), params)
    n = len(newer.bars) - newer.n_old
    said = played.state_later(now, n, make_visible(newer.source))
    if newer.is_torn:
        said = Statement("now.torn", _name_joint(newer)), *said
    if not newer.n_changed:
        return now, said
    values: dict[str, Any] = {"n": newer.n_changed, "first": newer.first_changed}
    return now, (Statement("forward.changed", values), *said)


def _name_joint(newer: Newer) -> dict[str, Any]:
    bars, n = newer.bars, newer.n_old
    last, first = (cell("utc", int(bars.timestamp_us[each])) for each in (n - 1, n))
    prices = {"close": float(bars.close[n - 1]), "open": float(bars.open[n])}
    return {"first": first, "last": last, **prices}


def state_missing(found: Mapping[str, Any], missing: Missing) -> list[Statement]:
    """What cannot be said without the bars, and the command that gets it."""
    if not missing.remedy:
        return [Statement("sheet.missing_why", {"why": missing.reason})]
    command = f"evosearch show {_name_row(found)} {missing.remedy}"
    return [Statement("sheet.missing"), Statement("sheet.get_bars", {"command": command})]
