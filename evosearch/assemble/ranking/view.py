"""Which rows of a ranking to look at, and in which order.

Filters choose what is shown. They never change a file, and a rank is always the place in the
whole ranking.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from evosearch.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from evosearch.shards.format.metadata import ShardMetadata
    from evosearch.shards.reading.ranked import Ranked
    from evosearch.shards.viewing.filters import Sieve


@dataclass(frozen=True)
class View:
    """What of a ranking to look at.

    Attributes
    ----------
    n : int, optional
        The first so many rows; None for all.
    where : str, optional
        SQL condition on a row, such as ``fitness > 0 and feasible``.
    profile, host : str or sequence of str, optional
        Found by a run of one of these profiles, on one of these machines.
    sort : str, optional
        A column, best rank first among equals; largest first, ``NAME:asc`` smallest first.
    least : mapping of str to float
        The least value of some metrics.
    """

    n: int | None = None
    where: str | None = None
    profile: str | Sequence[str] = ()
    host: str | Sequence[str] = ()
    sort: str | None = None
    least: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, n: int | None = None, **settings: Any) -> View:
        """A view by keyword; a metric may have one of its own for its least value."""
        from evosearch.problems.words import known_metrics

        floors = {each.floor: name for name, each in known_metrics().items() if each.floor}
        given = {key: value for key, value in settings.items() if value is not None}
        least = {floors[key]: given.pop(key) for key in [*given] if key in floors}
        return cls(n, **given, least=least)

    @property
    def is_filtered(self) -> bool:
        """Whether more than the first rows of the ranking has to be read."""
        is_narrowed = self.least or self.sort or self.profile or self.host
        return self.where is not None or bool(is_narrowed)

    def check(self, schema: pa.Schema, metadata: ShardMetadata) -> None:
        """Raise UsageError for what does not exist in such a ranking."""
        self._sieve(schema, metadata)
        self._order(schema)

    def is_chosen_by_holdout(self, ranked: Ranked) -> bool:
        """Whether rows are searched, chosen or sorted by figures of a hold-out.

        Raises
        ------
        UsageError
            A condition or a column that does not exist.
        """
        from evosearch.assemble.holdout import is_holdout, list_holdout
        from evosearch.shards.viewing.conditions import read_condition

        schema = ranked.schema
        if is_holdout(ranked.metadata.problem.objective):
            return True
        order = self._order(schema)
        used = {*self.least, *([order[0]] if order else [])}
        if self.where is not None:
            used |= {*read_condition(self.where, schema).columns.values()}
        return not used.isdisjoint(list_holdout(schema))

    def rows(self, ranked: Ranked) -> Iterator[pa.Table]:
        """The rows in their order, batch by batch, never all in memory."""
        from evosearch.shards.viewing.selection import select, select_sorted

        sieve, order = self._sieve(ranked.schema, ranked.metadata), self._order(ranked.schema)
        if order is not None:
            return select_sorted(ranked, sieve, self.n, *order)
        return select(ranked, sieve, self.n)

    def table(self, ranked: Ranked) -> pa.Table:
        """The rows in their order, all at once."""
        from evosearch.shards.reading.ranked import join

        return join(list(self.rows(ranked)), ranked.schema)

    def _sieve(self, schema: pa.Schema, metadata: ShardMetadata) -> Sieve | None:
        from evosearch.problems.words import find_metric, known_metrics
        from evosearch.shards.viewing.conditions import EMPTY
        from evosearch.shards.viewing.filters import Filter, Floor, Sieve

        floors = tuple(
            Floor(f"--{find_metric(name).floor.replace('_', '-')}", name, value)
            for name, value in self.least.items()
        )
        wanted = Filter(self.where, floors, _several(self.profile), _several(self.host))
        try:
            return Sieve(wanted, schema, metadata) if wanted else None
        except UsageError as error:
            if str(error) != EMPTY:
                raise
            name = next(name for name, metric in known_metrics().items() if metric.floor)
            raise UsageError(f'{EMPTY} For instance: --where "{name} >= 50".') from error

    def _order(self, schema: pa.Schema) -> tuple[str, bool] | None:
        from evosearch.shards.viewing.conditions import resolve_column

        if self.sort is None:
            return None
        name, _, direction = self.sort.partition(":")
        if direction not in ("", "asc", "desc"):
            raise UsageError(f"--sort {self.sort}: expected COLUMN, COLUMN:asc or COLUMN:desc.")
        column = resolve_column(name, schema, "--sort")
        if column == "found_by":
            raise UsageError(f"--sort {column}: a list of names has no order.")
        return column, direction == "desc" or (not direction and column != "rank")


def choose_columns(columns: Sequence[str], schema: pa.Schema) -> list[str]:
    """Columns by name, genes also without ``param_``; all of them when none are named."""
    from evosearch.shards.viewing.conditions import resolve_column

    if not columns:
        return list(schema.names)
    return [*dict.fromkeys(resolve_column(name, schema, "--columns") for name in columns)]


def _several(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


WHOLE = View()
