"""What a check finds: good, a warning or a failure, in words and as plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

GOOD, WARNING, FAILED = "good", "warning", "failed"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    name : str
        What was looked at.
    state : "good", "warning" or "failed"
        A search is possible with warnings; after a failure it is not, or not safely.
    text : str
        What was found.
    advice : str
        How to correct it; empty when good.
    facts : dict
        The same as plain data.
    """

    name: str
    state: str
    text: str
    advice: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def judge(
    name: str, text: str, facts: dict[str, Any], advice: str = "", state: str = WARNING
) -> list[Finding]:
    """One finding: good without advice, else of this state."""
    return [Finding(name, state if advice else GOOD, text, advice, facts)]


def carefully(check: Callable[..., list[Finding]], *args: Any) -> list[Finding]:
    """Carry out a check; one that fails itself is a finding, not the end of the others."""
    try:
        return check(*args)
    except Exception as error:
        name = check.__name__.removeprefix("check_").replace("_", " ")
        return [Finding(name, WARNING, f"cannot be checked: {type(error).__name__}: {error}")]
