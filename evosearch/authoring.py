"""What the file of a problem needs: the parts of a space and the problem itself.

Apart from `api`, because every worker process imports such a file and runs no search.
"""

# ruff: noqa: PLC0414 (a name imported as itself is one that a type checker hands on)
from evosearch.genome.space import Boolean as Boolean
from evosearch.genome.space import Categorical as Categorical
from evosearch.genome.space import Float as Float
from evosearch.genome.space import Int as Int
from evosearch.genome.space import Ordinal as Ordinal
from evosearch.genome.space import Space as Space
from evosearch.genome.space import UnorderedBlocks as UnorderedBlocks
from evosearch.problems.base import Batch as Batch
from evosearch.problems.base import Problem as Problem
from evosearch.problems.evidence import SharpeEvidence as SharpeEvidence
