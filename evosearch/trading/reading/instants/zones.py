"""Zones of times that are written without one: names, fixed offsets, and names that are shifted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Zone:
    """A zone as a layout names it.

    Attributes
    ----------
    name : str
        As people write it: ``UTC``, ``-05:00``, ``America/New_York``, ``America/New_York+7``.
    key : str
        Its name in the zone database; empty for a fixed offset.
    shift_us : int
        What is added to the offset of `key`, or the fixed offset itself.
    """

    name: str
    key: str = ""
    shift_us: int = 0


def parse_zone(text: str) -> Zone:
    """A zone from a name, ``UTC-5``, ``+02:00`` or a shifted name.

    Raises
    ------
    ValueError
        There is no such zone; the message names the nearest.
    """
    return Zone(text.strip())
