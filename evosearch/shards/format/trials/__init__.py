"""What a file says of its trials besides their rows: how many, how good, how different.

`sums` counts trials by integers, so that any order and grouping give the same number; `sketch`
estimates how many behave differently; `benchmark` is what both are compared with.
"""

from evosearch.shards.format.trials.benchmark import DaysOfParts, Figures, Hold
from evosearch.shards.format.trials.count import TrialCount
from evosearch.shards.format.trials.sketch import Sketch
from evosearch.shards.format.trials.sums import TrialSums

__all__ = ["DaysOfParts", "Figures", "Hold", "Sketch", "TrialCount", "TrialSums"]
