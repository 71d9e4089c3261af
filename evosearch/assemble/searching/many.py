"""Several searches in one go, each with its own shards.

On a Ray cluster they run at the same time over one connection and share its CPUs fairly; on this
machine, where one search fills all cores by itself, one after another. Nothing else differs: each
is the run that its profile and seed would give alone.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from evosearch.assemble.searching.parts import hold_backend
from evosearch.assemble.searching.search import draw_missing_seed, run
from evosearch.errors import EvosearchError, UsageError
from evosearch.executors import find_executor
from evosearch.loop.events import Event
from evosearch.loop.result import RunResult
from evosearch.profiles.loaded import LoadedProfile
from evosearch.seeding import MAX_SEED, draw_seed

ManyListener = Callable[[int, Event], None]


@dataclass(frozen=True)
class Search:
    """The outcome of one of several searches.

    Attributes
    ----------
    profile : LoadedProfile
        With its seed.
    result : RunResult or None
        Of a failed search: what it had measured, if it had begun.
    error : EvosearchError or None
        Why it failed.
    """

    profile: LoadedProfile
    result: RunResult | None = None
    error: EvosearchError | None = None


def plan_searches(
    profiles: Iterable[LoadedProfile], n_seeds: int | None = None
) -> list[LoadedProfile]:
    """The searches of some profiles and a number of seeds.

    Parameters
    ----------
    profiles : iterable of LoadedProfile
    n_seeds : int, optional
        Each profile is searched so often, with its seed (drawn if it has none) and those that
        follow it. None leaves the profiles as they are.

    Returns
    -------
    list of LoadedProfile

    Raises
    ------
    UsageError
        The seeds leave their range.
    """
    profiles = list(profiles)
    if n_seeds is None:
        return profiles
    planned = []
    for profile in profiles:
        first = profile.seed
        if first is None:
            first = min(draw_seed(), MAX_SEED - n_seeds)
        if first + n_seeds - 1 > MAX_SEED:
            raise UsageError(
                f"--seeds {n_seeds} from seed {first} on passes {MAX_SEED}, the largest one."
            )
        planned += [profile.replace(seed=first + place) for place in range(n_seeds)]
    return planned


def run_many(
    profiles: Iterable[LoadedProfile],
    *,
    listen: ManyListener = lambda place, event: None,
    should_stop: Callable[[], bool] | None = None,
) -> list[Search]:
    """Search as each profile says, and write each run's shards.

    Parameters
    ----------
    profiles : iterable of LoadedProfile
    listen : callable, optional
        Told the place of a search among `profiles` and each of its events, from several
        threads.
    should_stop : callable, optional
        As in `run`, for all of them.

    Returns
    -------
    list of Search
        One for each profile, in their order. A search that fails does not end the others.

    Raises
    ------
    EvosearchError
        The cluster cannot be joined, or every search failed: what the first one said. It carries
        the searches as ``searches``, and so does a KeyboardInterrupt.
    """
    profiles = [draw_missing_seed(profile) for profile in profiles]
    outcomes: dict[int, Search] = {}
    ended: list[BaseException] = []  # a KeyboardInterrupt, or a fault of ours

    def search(place: int, profile: LoadedProfile) -> None:
        if should_stop is not None and should_stop():
            return
        try:
            told = functools.partial(listen, place)
            outcomes[place] = Search(profile, run(profile, listen=told, should_stop=should_stop))
        except EvosearchError as error:
            outcomes[place] = Search(profile, error.result, error)
        except BaseException as error:
            outcomes[place] = Search(profile, getattr(error, "result", None))
            ended.append(error)

    kinds = [find_executor(profile.run.backend) for profile in profiles]
    far = [place for place, kind in enumerate(kinds) if kind.is_remote]
    if far:
        # Joined here because only the main thread can keep the signals' handlers in place.
        with hold_backend(profiles[far[0]]):
            threads = [
                threading.Thread(target=search, args=(place, profiles[place]), daemon=True)
                for place in far
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.2)
    for place, profile in enumerate(profiles):
        if place not in far and not ended:
            search(place, profile)
    searches = [outcomes.get(place, Search(profiles[place])) for place in range(len(profiles))]
    errors: list[BaseException] = [each.error for each in searches if each.error is not None]
    if ended or (errors and len(errors) == len(searches)):
        error = (ended or errors)[0]
        error.__dict__["searches"] = searches
        raise error
    return searches
