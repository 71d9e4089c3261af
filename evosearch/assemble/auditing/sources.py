"""The searches behind a ranking, as they are made again.

A shard may come from anywhere, and so does the profile in it: numbers and names, checked again.
It never says what is loaded, read, written or connected to. Only the problem of prices that comes
with evosearch is searched again, on bars of this machine, at most `MAX_TRIALS` times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evosearch.assemble.searching.recorded import parse_recorded
from evosearch.assemble.settings.prices import WAYS
from evosearch.errors import OptionError
from evosearch.profiles.loaded import LoadedProfile
from evosearch.profiles.tables import Profile, RunTable, SearchTable
from evosearch.trading.options import TradingOptions
from evosearch.trading.problem import parse_options
from evosearch.trading.space import make_space

if TYPE_CHECKING:
    from evosearch.shards.format.metadata import ShardMetadata
    from evosearch.shards.format.records import ProblemFacts, Run

# Of one repetition of all searches.
MAX_TRIALS = 100_000
_LEAST_TRIALS = 2
# Bars are found by their hash. What names them elsewhere, and says how to read them, is never
# followed. The days a year are what strategies were measured with.
_PLACES = ("data", "since", "until", "last_bars", *WAYS)


@dataclass(frozen=True)
class Source:
    """One search of a ranking.

    Attributes
    ----------
    run_id : str
    profile : LoadedProfile
        Algorithm, settings and population; nothing of where it ran.
    options : TradingOptions
        What was searched, without its bars.
    n_trials : int
        Distinct strategies to be tried.
    """

    run_id: str
    profile: LoadedProfile
    options: TradingOptions
    n_trials: int


@dataclass(frozen=True)
class Sources:
    """The searches of a ranking.

    Attributes
    ----------
    searches : tuple of Source
        In the order of their names.
    missing : tuple of str
        Runs that cannot be made again from what they state.
    is_at_least : bool
        Fewer trials are made than were made.
    """

    searches: tuple[Source, ...]
    missing: tuple[str, ...] = ()
    is_at_least: bool = False


def find_sources(metadata: ShardMetadata, limit: int = MAX_TRIALS) -> Sources:
    """The searches of a ranking of prices, as far as they can be made again.

    Parameters
    ----------
    metadata : ShardMetadata
    limit : int
        At most so many trials in all; each search is cut by the same share.
    """
    found, missing = [], []
    for run_id, run in sorted(metadata.sources.items()):
        source = _read_run(metadata, run_id, run)
        if source is None:
            missing.append(run_id)
        else:
            found.append(source)
    n_all = sum(source.n_trials for source in found)
    if n_all > limit:
        cut = [_cut(source, source.n_trials * limit // n_all) for source in found]
        found = [source for source in cut if source is not None]
    return Sources(tuple(found), tuple(missing), bool(missing) or n_all > limit)


def read_options(facts: ProblemFacts, given: Mapping[str, Any]) -> TradingOptions | None:
    """Options of prices from plain data, without bars; None if they are no such options.

    What decides a measurement comes from the fingerprinted parts, the rest from the profile.
    """
    known = TradingOptions.model_fields
    parts = facts.plain.get("parts")
    measured = parts.get("options") if isinstance(parts, Mapping) else None
    options = {**given, **(measured if isinstance(measured, Mapping) else {})}
    options = {key: v for key, v in options.items() if key in known and key not in _PLACES}
    try:
        return parse_options(options | {"objective": facts.objective})
    except OptionError:
        return None


def _read_run(metadata: ShardMetadata, run_id: str, run: Run) -> Source | None:
    from evosearch.shards.format.fields import short_hash

    profile = parse_recorded(metadata.profiles.get(run.profile))
    if profile is None or profile.problem.get("name") != "trading":
        return None
    options = read_options(metadata.problem, profile.problem_options)
    # A run that a script began states no options: its space then is another one.
    if options is None or short_hash(make_space(options).to_dict()) != run.space:
        return None
    n_trials = sum(part.n_rows for part in run.parts.values())
    source = Source(run_id, _strip(profile), options, n_trials)
    return _cut(source, n_trials)


def _strip(profile: Profile) -> LoadedProfile:
    """How a profile searches, and nothing else of it."""
    values = dict(profile) | {"run": RunTable(), "problem": {"name": "trading"}, "seed": None}
    return LoadedProfile.model_construct(**values, folders=(), origins={})


def _cut(source: Source, n_trials: int) -> Source | None:
    """The same search with so many trials; None for too few to breed."""
    if n_trials < _LEAST_TRIALS:
        return None
    # A population is never larger than what is tried: all of it would be drawn at once.
    search = SearchTable(
        algorithm=source.profile.search.algorithm,
        population=min(source.profile.search.population, n_trials),
        evaluations=n_trials,
    )
    profile = source.profile.replace(search=search)
    return Source(source.run_id, profile, source.options, n_trials)
