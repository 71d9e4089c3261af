"""A piece of work on a cluster, and what became of a task that had it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import EnvironmentFailed


@dataclass(eq=False)
class Chunk:
    """Rows that are out.

    Attributes
    ----------
    rows : ndarray of intp
    copies : dict of task to float
        Those under way, and when each was sent.
    n_deaths, n_losses : int
        Tasks that died over it, and tasks that went down with their machine.
    """

    rows: NDArray[np.intp]
    copies: dict[Any, float] = field(default_factory=dict)
    n_deaths: int = 0
    n_losses: int = 0


@dataclass(frozen=True)
class Outcome:
    """How a task ended.

    Attributes
    ----------
    kind : str
        ``"done"``, ``"unfit"`` (that machine cannot do it), ``"lost"`` (with its machine), or
        ``"died"``.
    node : str
        Where, if known.
    answer : sequence
        Seconds and columns, when done.
    reason : str
    """

    kind: Literal["done", "unfit", "lost", "died"]
    node: str = ""
    answer: tuple[Any, ...] = ()
    reason: str = ""


def read_outcome(ray: Any, task: Any) -> Outcome:
    """What became of a task that has ended.

    Raises
    ------
    EnvironmentFailed
        The cluster itself is broken.
    """
    errors = ray.exceptions
    try:
        verdict, node, *answer = ray.get(task)
    except errors.RaySystemError as error:
        raise EnvironmentFailed(f"The Ray cluster failed: {_first_line(error)}") from error
    except (errors.NodeDiedError, errors.ObjectLostError):
        return Outcome("lost", reason="its machine was lost")
    except errors.OutOfMemoryError:
        return Outcome("died", reason="Ray ended the worker: its machine ran out of memory")
    except errors.WorkerCrashedError:
        return Outcome("died", reason="the worker process died")
    except errors.RayError as error:
        return Outcome("died", reason=_first_line(error))
    if verdict == "unfit":
        return Outcome("unfit", node, reason=answer[0])
    return Outcome("done", node, tuple(answer))


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[-1] if 'Traceback' in lines[0] else lines[0]}"[:200]
