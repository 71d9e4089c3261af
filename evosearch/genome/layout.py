"""A search space as kernels take it: the facts of each gene, as a few flat arrays."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evosearch.genome.choices import Categorical, Listed
from evosearch.genome.genes import Float, Int
from evosearch.genome.space import Space

FLOAT, INT, LISTED, TEXT = 0, 1, 2, 3


# The facts of a gene, side by side in memory. With a dozen arrays instead, calling a kernel would
# take longer than a small population.
GENE = np.dtype(
    [
        ("low", np.float64),  # smallest and largest code
        ("high", np.float64),
        ("above", np.int64),  # the gene this one must exceed, or -1
        ("conditions_start", np.int64),  # its slice of the conditions
        ("conditions_stop", np.int64),
        ("values_start", np.int64),  # where a listed gene's values begin
        ("name_word", np.uint64),  # hash of its name
        ("kind", np.int64),  # FLOAT, INT, LISTED or TEXT
        ("is_log", np.bool_),
    ],
    align=True,
)
CONDITION = np.dtype(
    [
        ("parent", np.int64),
        ("lowest", np.int64),  # the smallest code of the parent that keeps the gene active
        ("allowed_start", np.int64),  # from that code on: does the parent's code do so?
        ("allowed_stop", np.int64),
    ]
)
LISTED_VALUE = np.dtype(
    [
        ("word", np.uint64),  # identity of the value
        ("rank", np.float64),  # its place in an order free of the profile
    ]
)
BLOCKS = np.dtype(
    [
        ("count", np.int64),  # the gene that counts blocks
        ("start", np.int64),  # of its genes among all block genes
        ("n_blocks", np.int64),
        ("size", np.int64),  # genes in each block
    ]
)


class Layout(NamedTuple):
    """A search space as a few flat arrays, the form in which kernels take it."""

    genes: NDArray[Any]  # GENE, one each
    by_name: NDArray[np.int64]  # genes in the order of their names
    conditions: NDArray[Any]  # CONDITION, gene by gene
    allowed: NDArray[np.bool_]
    values: NDArray[Any]  # LISTED_VALUE, gene by gene
    blocks: NDArray[Any]  # BLOCKS, one for each group of unordered blocks
    block_genes: NDArray[np.int64]


def _text_word(text: str) -> int:
    normal = unicodedata.normalize("NFC", text).encode()
    return int.from_bytes(hashlib.blake2b(normal, digest_size=8).digest(), "big")


def _list_values(gene: Listed) -> NDArray[Any]:
    """What kernels know of a gene's values: LISTED_VALUE, one each."""
    found = np.zeros(len(gene.values), LISTED_VALUE)
    if isinstance(gene, Categorical):
        found["word"] = [_text_word(value) for value in gene.values]
    else:
        # Adding zero makes -0.0 plain zero: equal values, one identity.
        found["word"] = (np.array([float(value) for value in gene.values]) + 0.0).view(np.uint64)
    ranks = {value: rank for rank, value in enumerate(sorted(gene.values))}
    found["rank"] = [ranks[value] for value in gene.values]
    return found


def make_layout(space: Space) -> Layout:
    """The arrays that describe `space` to the kernels."""
    genes = np.zeros(len(space), GENE)
    conditions, allowed = list[tuple[int, ...]](), list[bool]()
    values, n_values = [np.zeros(0, LISTED_VALUE)], 0
    for row, gene in zip(genes, space.genes, strict=True):
        row["name_word"] = _text_word(gene.name)
        row["values_start"] = n_values
        if isinstance(gene, Listed):
            row["kind"] = TEXT if isinstance(gene, Categorical) else LISTED
            row["high"] = len(gene.values) - 1
            values.append(_list_values(gene))
            n_values += len(gene.values)
        else:
            assert isinstance(gene, (Float, Int))
            row["kind"] = FLOAT if isinstance(gene, Float) else INT
            row["low"], row["high"], row["is_log"] = gene.low, gene.high, gene.log
        row["above"] = space.index[gene.above] if gene.above else -1
        row["conditions_start"] = len(conditions)
        for parent, keeping in gene.when.items():
            codes = {int(space[parent].encode(value)) for value in keeping}
            start, lowest = len(allowed), min(codes)
            allowed += [code in codes for code in range(lowest, max(codes) + 1)]
            conditions.append((space.index[parent], lowest, start, len(allowed)))
        row["conditions_stop"] = len(conditions)
    blocks, block_genes = list[tuple[int, ...]](), list[int]()
    for item in space.unordered:
        count = space.index[item.count]
        blocks.append((count, len(block_genes), len(item.blocks), len(item.blocks[0])))
        block_genes += [space.index[name] for block in item.blocks for name in block]
    return Layout(
        genes=genes,
        by_name=np.array(sorted(range(len(space)), key=lambda g: space.names[g]), np.int64),
        conditions=np.array(conditions, CONDITION),
        allowed=np.array(allowed, np.bool_),
        values=np.concatenate(values),
        blocks=np.array(blocks, BLOCKS),
        block_genes=np.array(block_genes, np.int64),
    )
