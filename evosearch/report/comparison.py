"""A comparison of groups of runs in words."""

from __future__ import annotations

import math

from evosearch.evidence.comparison import RankTest, find_least
from evosearch.report.sentences import say, show_small

# A difference is one if chance alone makes it this seldom.
ALPHA = 0.05


def describe_test(
    names: tuple[str, str], counts: tuple[int, int], test: RankTest, n_tests: int, language: str
) -> str:
    """Whether two groups differ, in one sentence.

    Parameters
    ----------
    names : (str, str)
        Of the groups.
    counts : (int, int)
        Of their runs.
    test : RankTest
        Of the first against the second, its p times `n_tests`.
    n_tests : int
        How many are made together.
    language : str

    Examples
    --------
    >>> describe_test(("pro", "air"), (3, 3), RankTest(0.4, 0.1, 0.7), 1, "en")[:62]
    'Too few seeds to tell: with 3 against 3 no difference could be'
    """
    first, second = names
    if test.p <= ALPHA:
        better, worse = names if test.share > 0.5 else (second, first)
        share = max(test.share, 1 - test.share)
        p = show_small(test.p, language)
        return say("compare.differ", language, better=better, worse=worse, share=share, p=p)
    if n_tests * 2 / math.comb(sum(counts), counts[0]) > ALPHA:
        about = {"n_first": counts[0], "n_second": counts[1], "least": find_least(ALPHA / n_tests)}
        return say("compare.too_few", language, **about)
    if test.p_least > ALPHA:
        return say("compare.equal", language, first=first, second=second)
    p = show_small(test.p, language)
    return say("compare.same", language, first=first, second=second, p=p)
