"""A curve as small as a word, drawn without a script."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, HEIGHT = 120, 28
_MARGIN = 2.0


def draw_sparkline(values: Sequence[float]) -> str:
    """The points of an SVG polyline in a box of `WIDTH` by `HEIGHT`.

    Of many values the lowest and the highest of each column of pixels are kept, in their order.

    Examples
    --------
    >>> draw_sparkline((1.0, 3.0, 2.0))
    '0,26 60,2 120,14'
    """
    kept = _reduce(values)
    if not kept:
        return ""
    lowest, highest = min(value for _, value in kept), max(value for _, value in kept)
    span, last = (highest - lowest) or 1.0, max(len(values) - 1, 1)
    height = HEIGHT - 2 * _MARGIN
    return " ".join(
        f"{round(WIDTH * place / last, 1):g},"
        f"{round(_MARGIN + height * (highest - value) / span, 1):g}"
        for place, value in kept
    )


def _reduce(values: Sequence[float]) -> list[tuple[int, float]]:
    if len(values) <= 2 * WIDTH:
        return list(enumerate(values))
    kept: list[int] = []
    for column in range(WIDTH):
        places = range(column * len(values) // WIDTH, (column + 1) * len(values) // WIDTH)
        ends = {min(places, key=values.__getitem__), max(places, key=values.__getitem__)}
        kept += sorted(ends)
    return [(place, values[place]) for place in kept]
