"""Search spaces and genomes for hypothesis."""

import numpy as np
from hypothesis import strategies as st

from evosearch.genome.space import (
    Boolean,
    Categorical,
    Float,
    Int,
    Ordinal,
    Space,
    UnorderedBlocks,
)


def rule_space(max_rules: int = 3) -> Space:
    """A small space with everything: blocks, conditions, an ordered pair, a log scale."""
    genes = [Int("count", 1, max_rules), Float("rate", 1e-3, 1.0, log=True)]
    blocks = []
    for k in range(1, max_rules + 1):
        when = {"count": list(range(k, max_rules + 1))} if k > 1 else {}
        genes += [
            Categorical(f"kind{k}", ["zebra", "ant", "mole"], when=when),
            Ordinal(f"fast{k}", [1, 2, 5], when=when),
            Ordinal(f"slow{k}", [1, 2, 5], above=f"fast{k}", when={f"kind{k}": "mole"}),
            Boolean(f"flag{k}", when={f"kind{k}": ["ant", "mole"]}),
        ]
        blocks.append((f"kind{k}", f"fast{k}", f"slow{k}", f"flag{k}"))
    return Space(*genes, unordered=[UnorderedBlocks("count", tuple(blocks))])


def draw_genomes(space: Space, n: int, seed: int) -> np.ndarray:
    """Raw genomes: codes in range, out of range, between codes, and missing."""
    rng = np.random.default_rng(seed)
    genomes = rng.uniform(-1.5, 6.5, (n, len(space)))
    genomes[rng.random(genomes.shape) < 0.3] = np.nan
    return genomes


seeds = st.integers(0, 2**32 - 1)
