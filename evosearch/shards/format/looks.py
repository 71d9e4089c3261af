"""Which genomes' hold-out figures were seen: a set that only grows, whatever is united with what.

A look is a genome id and the days of its hold-out. Looks at one hold-out form a span. Two hold-outs
that share a day are one hold-out for counting; sharing is not transitive, so each span keeps its
days. Every limit here errs on the strict side: it may count a look too much, never one too few.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import heapq
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evosearch.days import Days
from evosearch.shards.format.fields import Fields, MetadataFault, fault

# Above this a hold-out is used up and stays so.
MAX_LOOKS = 1000
# One more than that says as much as any number, so a span keeps only the smallest ids.
MAX_IDS = MAX_LOOKS + 1
# A file carries at most this many spans; more are joined to one that has the days of all.
MAX_SPANS = 32
# Bytes of the days and months of a joined span: ten times as many as one hold-out can have.
# A larger one shares a day with everything: to drop some of its days would be to forget them.
MAX_JOINED = 10 * 8000 * 4
EVERY = "every"
_DAY_BYTES = 4
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Looks:
    """Looks at any number of hold-outs; see `of` and `union`.

    Attributes
    ----------
    spans : dict of str to Days or None
        Days of each span by key. None has the key `EVERY` and shares a day with every hold-out.
    genomes : dict of str to frozenset of str
        Ids of each span, at most the `MAX_IDS` smallest; never empty.
    joined : frozenset of str
        Keys of spans that were joined from more than `MAX_SPANS`.
    """

    spans: Mapping[str, Days | None] = field(default_factory=dict)
    genomes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    joined: frozenset[str] = frozenset()

    @classmethod
    def of(cls, days: Days, ids: Iterable[str]) -> Looks:
        """Looks at one hold-out; none without an id."""
        kept = _smallest(ids)
        return cls({days.key: days}, {days.key: kept}) if kept else cls()

    def __bool__(self) -> bool:
        return bool(self.spans)

    def union(self, *others: Looks) -> Looks:
        """All looks of both; the order and repetition of unions do not matter."""
        found = [self, *others]
        spans = {key: days for looks in found for key, days in looks.spans.items()}
        ids: dict[str, set[str]] = {key: set() for key in spans}
        for looks in found:
            for key, known in looks.genomes.items():
                ids[key] |= known
        joined = frozenset[str]().union(*(looks.joined for looks in found))
        return Looks(spans, {key: _smallest(each) for key, each in ids.items()}, joined)

    def add(self, days: Days, ids: Iterable[str]) -> Looks:
        """The same with more looks at one hold-out."""
        return self.union(Looks.of(days, ids))

    def related(self, *days: Days) -> Looks:
        """The looks at hold-outs that share a day with one of these."""
        keys = [key for key, own in self.spans.items() if own is None or _share(own, days)]
        return self._pick(keys)

    def ids(self, *days: Days) -> frozenset[str]:
        """The genomes that were looked at on hold-outs that share a day with one of these."""
        return frozenset[str]().union(*self.related(*days).genomes.values())

    def count(self, *days: Days) -> int:
        """How many genomes `ids` has; `MAX_IDS` stands for more, and never shrinks again."""
        return min(len(self.ids(*days)), MAX_IDS)

    def without(self, known: Looks) -> Looks:
        """The looks that `known` lacks."""
        missing = {
            key: ids - known.genomes.get(key, frozenset())
            for key, ids in self.genomes.items()
            if len(known.genomes.get(key, ())) < MAX_IDS
        }
        found = {key: ids for key, ids in missing.items() if ids}
        spans = {key: self.spans[key] for key in found}
        return Looks(spans, found, self.joined & {*found})

    def condensed(self) -> Looks:
        """The same within the limits of one file: of too many spans, one with the days of all.

        Uniting first or condensing first makes no difference to what is condensed at last.
        """
        if not self.joined and len(self.spans) <= MAX_SPANS:
            return self
        ids = _smallest(frozenset[str]().union(*self.genomes.values()))
        listed = [days for days in self.spans.values() if days is not None]
        whole = Days(_join(each.days for each in listed), _join(each.months for each in listed))
        if len(listed) < len(self.spans) or len(whole.days) + len(whole.months) > MAX_JOINED:
            return Looks({EVERY: None}, {EVERY: ids}, frozenset([EVERY]))
        return Looks({whole.key: whole}, {whole.key: ids}, frozenset([whole.key]))

    @property
    def n_all(self) -> int:
        """How many genomes were looked at on any hold-out."""
        return len(frozenset[str]().union(*self.genomes.values()))

    @property
    def digest(self) -> str:
        """A hash of all of it, for a total order of files."""
        found = sorted((key, key in self.joined, sorted(ids)) for key, ids in self.genomes.items())
        return hashlib.sha256(repr(found).encode()).hexdigest()

    def to_plain(self) -> dict[str, Any]:
        """As it is written; `read_looks` is the inverse."""
        spans = []
        for key in sorted(self.spans):
            days = self.spans[key]
            span: dict[str, Any] = {} if days is None else dict(days.to_plain())
            span |= {"joined": True} if key in self.joined else {}
            spans.append(span | {"genomes": sorted(self.genomes[key])})
        return {"spans": spans}

    def _pick(self, keys: Iterable[str]) -> Looks:
        keys = [*keys]
        return Looks(
            {key: self.spans[key] for key in keys},
            {key: self.genomes[key] for key in keys},
            self.joined & {*keys},
        )


def is_genome(value: object) -> bool:
    """Whether a value is the id of a genome, 32 hexadecimal digits."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def read_looks(fields: Fields, key: str) -> Looks:
    """The looks in the metadata of a merged file; none if the key is missing.

    Raises
    ------
    MetadataFault
    """
    found = Looks()
    if fields.lacks(key):
        return found
    table = fields.table(key)
    for place, value in enumerate(table.items("spans", 4 * MAX_SPANS)):
        found = found.union(_read_span(table.inside("spans", str(place), value)))
    table.finish()
    return found


def _read_span(span: Fields) -> Looks:
    ids = span.items("genomes", MAX_IDS)
    for each in ids:
        if not is_genome(each):
            raise fault(span.name("genomes"), "ids of 32 hexadecimal digits", each)
    if not ids or ids != sorted({*ids}):
        raise MetadataFault(f"{span.name('genomes')}: expected each id once, in order")
    is_joined, is_every = span.flag("joined", False), span.lacks("days")
    days, key = None, EVERY
    if is_every:
        if not is_joined:
            raise MetadataFault(f"{span.name('days')}: missing")
    else:
        plain = {name: span.take(name) for name in ("days", "months")}
        days = _read_joined(plain) if is_joined else Days.parse(plain)
        if days is None:
            raise fault(span.name("days"), "the hashes of days and months", plain)
        key = days.key
    span.finish()
    return Looks({key: days}, {key: frozenset(ids)}, frozenset([key] if is_joined else ()))


def _read_joined(plain: Mapping[str, Any]) -> Days | None:
    """The days of a joined span, which may be more than one hold-out has."""
    found = []
    for text in plain.values():
        if not isinstance(text, str) or len(text) > 2 * MAX_JOINED:
            return None
        try:
            raw = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return None
        if not raw or len(raw) % _DAY_BYTES or raw != _join([raw]):
            return None
        found.append(raw)
    return Days(*found) if len(found[0]) + len(found[1]) <= MAX_JOINED else None


def _smallest(ids: Iterable[str]) -> frozenset[str]:
    distinct = frozenset(ids)
    return distinct if len(distinct) <= MAX_IDS else frozenset(heapq.nsmallest(MAX_IDS, distinct))


def _share(own: Days, days: Iterable[Days]) -> bool:
    return any(own.shares(each) for each in days)


def _join(hashes: Iterable[bytes]) -> bytes:
    """The hashes of several hold-outs, each once, in order."""
    return np.unique(np.frombuffer(b"".join(hashes), ">u4")).tobytes()
