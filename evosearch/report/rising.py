"""Whether a search was still improving when it ended, and what going on would take.

A search is still improving if its last third of generations brought at least a hundredth of all it
gained since its first feasible row. When the best row was born decides nothing: after 3,000
generations it is nearly always born late, better by next to nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evosearch.report.sentences import count, say, show_decimal
from evosearch.texts import MAX_SLUG, make_visible, name_results, quote

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Rises = tuple[tuple[int, float], ...]

# Fewer generations do not tell whether a search has ended.
LEAST_GENERATIONS = 10
_LAST_SHARE, _LEAST_GAIN = 1 / 3, 0.01
# Ten times as far, unless that takes longer or fills more than a person expects; then twice.
_FAR, _NEAR, _MOST_S, _MOST_BYTES = 10, 2, 3600.0, 10**9
_MOST_GENERATIONS = 100_000_000  # of a profile
_LONGEST_S = 1e10
_TIMES = ((86_400.0, ""), (3600.0, "h"), (60.0, "min"), (1.0, "s"))
_SIZES = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


@dataclass(frozen=True)
class Course:
    """How far a search came, as plain numbers; those of a stranger's shard too.

    Attributes
    ----------
    run_id : str
    rises : tuple of (int, float)
        Generation (from 0) and fitness, each time a feasible row was better than all before.
    n_generations, n_rows, n_bytes : int
        What was measured, and what it takes on the disk.
    elapsed_s : float
        Of searching them.
    host : str
        Where it ran, if that is another machine: it can be continued there alone.
    results : str
        The folder of its shards, as it is typed.
    is_timed : bool
        Time ended it: more generations alone would not take it further.
    """

    run_id: str
    rises: Rises
    n_generations: int
    n_rows: int
    elapsed_s: float
    n_bytes: int
    host: str = ""
    results: str = "results"
    is_timed: bool = False


@dataclass(frozen=True)
class Onward:
    """Going on with a search: to how many generations, and about what that takes."""

    generations: int
    seconds: float
    n_bytes: float


def find_rises(
    generation: NDArray[np.int32] | NDArray[np.int64],
    fitness: NDArray[np.float64],
    feasible: NDArray[np.bool_],
) -> Rises:
    """Each generation that was better than all before it, of the rows of one run in any order.

    Examples
    --------
    >>> import numpy as np
    >>> find_rises(np.array([2, 0, 1]), np.array([0.3, 0.2, 0.1]), np.array([True, True, True]))
    ((0, 0.2), (2, 0.3))
    """
    import numpy as np  # what only words are needed of loads without it

    is_good = feasible.astype(bool) & np.isfinite(fitness)
    generation, fitness = generation[is_good], fitness[is_good]
    order = np.lexsort((-fitness, generation))
    generation, fitness = generation[order], fitness[order]
    best_before = np.concatenate([[-np.inf], np.maximum.accumulate(fitness)[:-1]])
    is_rise = fitness > best_before
    return tuple(zip(generation[is_rise].tolist(), fitness[is_rise].tolist(), strict=True))


def is_rising(rises: Rises, n_generations: int) -> bool:
    """Whether the last third of the generations brought a hundredth of all that was gained.

    Examples
    --------
    >>> is_rising(((0, -0.4), (12, -0.2), (28, -0.18)), 30)
    True
    >>> is_rising(((0, -0.4), (12, -0.2), (28, -0.1999)), 30)
    False
    """
    if not rises:
        return False
    late = n_generations - n_generations * _LAST_SHARE
    first, last = rises[0], rises[-1]
    before = [fitness for generation, fitness in rises if generation < late]
    if not before:
        return True  # nothing was feasible until then
    gained = last[1] - first[1]
    return gained > 0 and last[1] - before[-1] >= _LEAST_GAIN * gained


def find_onward(course: Course) -> Onward | None:
    """To where a search could go on, and what that takes; None if that is unknown."""
    n, n_rows = course.n_generations, course.n_rows
    if n < 1 or n_rows < 1 or not math.isfinite(course.elapsed_s):
        return None
    seconds, n_bytes = max(0.0, course.elapsed_s), max(0, course.n_bytes)
    times = _FAR
    if (_FAR - 1) * seconds > _MOST_S or (_FAR - 1) * n_bytes > _MOST_BYTES:
        times = _NEAR
    if times * n > _MOST_GENERATIONS:
        return None
    return Onward(times * n, (times - 1) * seconds, (times - 1.0) * n_bytes)


def describe_course(course: Course, language: str) -> tuple[str, str]:
    """Whether a search was still improving, in a sentence, and the command that goes on.

    Returns
    -------
    sentence : str
        Empty if nothing feasible was found.
    command : str
        Empty if going on is not worth it.
    """
    if not course.rises:
        return "", ""
    born, n = course.rises[-1][0] + 1, course.n_generations
    about: dict[str, Any] = {"born": born, "n": n}
    is_early = n < LEAST_GENERATIONS
    if not (is_early or is_rising(course.rises, n)):
        return say("run.settled", language, **about), ""
    onward = find_onward(course)
    if onward is None:
        return say("run.rising", language, **about), ""
    about |= {"further": onward.generations, "time": show_about(onward.seconds, language)}
    about |= {"size": show_size(onward.n_bytes, language)}
    key = "run.early_onward" if is_early else "run.rising_onward"
    return say(key, language, **about), _make_command(course, onward, language)


def _make_command(course: Course, onward: Onward, language: str) -> str:
    how_far = f"--generations {onward.generations}"
    if course.is_timed:
        how_far += f" --budget {max(60, math.ceil(2 * onward.seconds))}s"
    place = "" if course.host else name_results(course.results)
    command = f"evosearch resume {quote(course.run_id)} {how_far}{place}"
    if not course.host:
        return command
    host = make_visible(course.host)[:MAX_SLUG]
    return say("run.elsewhere", language, host=host, command=command)


def show_about(seconds: float, language: str) -> str:
    """A length of time that is not known exactly, in its greatest unit: ``3 s``, ``2 h``.

    Examples
    --------
    >>> show_about(2.7, "en"), show_about(5000, "es"), show_about(9e5, "en")
    ('3 s', '1,4 h', '10 days')
    """
    seconds = min(seconds, _LONGEST_S)
    size, unit = next((each for each in _TIMES if seconds >= each[0]), _TIMES[-1])
    value = max(1.0, seconds / size)
    if not unit:
        return count("day", round(value), language)
    return f"{show_decimal(value, language, _choose_digits(value, size == 1))} {unit}"


def show_size(n_bytes: float, language: str) -> str:
    """A size on a disk that is not known exactly: ``2 MB``.

    Examples
    --------
    >>> show_size(1_740_000, "en"), show_size(1_740_000, "es"), show_size(12, "en")
    ('1.7 MB', '1,7 MB', '1 kB')
    """
    size, unit = next((each for each in _SIZES if n_bytes >= each[0]), _SIZES[-1])
    value = max(1.0, n_bytes / size)
    return f"{show_decimal(value, language, _choose_digits(value, size == 1000))} {unit}"


def _choose_digits(value: float, is_smallest: bool) -> int:
    """Two digits that tell, or whole ones of the smallest unit."""
    return 0 if is_smallest or value >= 9.95 else 1
