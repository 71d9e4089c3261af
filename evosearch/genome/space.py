"""The search space: genes put together, with their conditions and their symmetries.

A genome is a row of float64 codes, one for each gene; NaN marks a gene that is not active. This
file translates between genomes and parameters and checks the declaration. The canonical form
and the identity of a genome are computed in `canonical`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import SpaceError, did_you_mean
from evosearch.genome.branches import Branches
from evosearch.genome.choices import Boolean, Categorical, Ordinal
from evosearch.genome.declaration import UnorderedBlocks, find_contradictions
from evosearch.genome.genes import Float, Gene, Int, Value


class Space:
    """An ordered set of genes.

    Parameters
    ----------
    *genes : Gene
        A gene named in a condition stands before the genes that depend on it.
    unordered : sequence of UnorderedBlocks, optional

    Raises
    ------
    SpaceError
        With every contradiction found, one a line.

    Examples
    --------
    >>> space = Space(
    ...     Categorical("kernel", ["linear", "rbf"]),
    ...     Float("gamma", 1e-4, 1.0, log=True, when={"kernel": "rbf"}),
    ... )
    >>> space.names
    ('kernel', 'gamma')
    """

    def __init__(self, *genes: Gene, unordered: Sequence[UnorderedBlocks] = ()) -> None:
        self.genes = tuple(genes)
        self.unordered = tuple(unordered)
        self.names = tuple(gene.name for gene in self.genes)
        self.index = {name: column for column, name in enumerate(self.names)}
        mistakes = find_contradictions(self.genes, self.unordered)
        if mistakes:
            raise SpaceError("\n".join(mistakes))

    def __len__(self) -> int:
        return len(self.genes)

    def __getitem__(self, name: str) -> Gene:
        return self.genes[self.index[name]]

    @property
    def n_genomes(self) -> float:
        """Upper bound of the number of distinct genomes; infinite with a free float gene.

        Genes multiply where they are active. Unordered blocks and ordered pairs are counted in
        every order; so are conditions that cross each other in more ways than can be followed.

        Examples
        --------
        >>> Space(Boolean("deep"), Int("layers", 1, 9, when={"deep": True})).n_genomes
        10
        """
        return Branches(self.genes).count()

    def encode(self, rows: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
        """Genomes from parameters.

        Parameters
        ----------
        rows : sequence of mappings from gene name to value
            Inactive genes may be absent, None, or hold a value, which is then ignored.

        Returns
        -------
        ndarray of float64, shape (n_rows, n_genes)
            Codes; NaN where a gene is inactive. Not yet canonical.

        Raises
        ------
        SpaceError
            With every unknown name, missing gene and value out of range, by row.

        Examples
        --------
        >>> space = Space(Int("k", 0, 9), Categorical("mode", ["slow", "fast"]))
        >>> space.encode([{"k": 7, "mode": "fast"}]).tolist()
        [[7.0, 1.0]]
        """
        genomes = np.full((len(rows), len(self)), np.nan)
        mistakes: list[str] = []
        for number, row in enumerate(rows):
            label = f"row {number + 1}: " if len(rows) > 1 else ""
            mistakes += [
                f"{label}unknown gene {name!r}. {did_you_mean(str(name), self.names)}"
                for name in row
                if name not in self.index
            ]
            for column, gene in enumerate(self.genes):
                if not _is_active(gene, row):
                    continue
                try:
                    genomes[number, column] = _encode_gene(gene, row)
                except SpaceError as error:
                    mistakes.append(f"{label}{error}")
        if mistakes:
            raise SpaceError("\n".join(mistakes))
        return genomes

    def column(self, genomes: NDArray[np.float64], name: str) -> NDArray[Any]:
        """The values of one gene, shape (n,): None where inactive (NaN for a float gene)."""
        gene, codes = self[name], genomes[:, self.index[name]]
        if isinstance(gene, Float):
            return codes
        is_active = ~np.isnan(codes)
        if is_active.all():
            return gene.decode(codes)
        values = np.full(len(codes), None, dtype=object)
        values[is_active] = gene.decode(codes[is_active])
        return values

    def decode(self, genomes: NDArray[np.float64]) -> list[dict[str, Value | None]]:
        """Parameters of genomes as plain Python values; None for an inactive gene.

        Examples
        --------
        >>> space = Space(Int("k", 0, 9), Float("x", 0, 1, when={"k": [8, 9]}))
        >>> space.decode(np.array([[9.0, 0.5], [1.0, np.nan]]))
        [{'k': 9, 'x': 0.5}, {'k': 1, 'x': None}]
        """
        columns = []
        for name in self.names:
            plain = self.column(genomes, name).tolist()
            if isinstance(self[name], Float):
                plain = [None if math.isnan(value) else value for value in plain]
            columns.append(plain)
        return [dict(zip(self.names, row, strict=True)) for row in zip(*columns, strict=True)]

    def widened(self, rows: Sequence[Mapping[str, Any]]) -> tuple[Space, list[list[str]]]:
        """The smallest space around this one that also holds the given parameters.

        Returns
        -------
        space : Space
        outside : list of lists of str
            For each row, which of its values lie outside this space, in words.

        Raises
        ------
        SpaceError
            For values that no widening can hold: an unknown category, a text for a number.
        """
        extra: dict[str, set[Any]] = {name: set() for name in self.names}
        outside: list[list[str]] = []
        mistakes: list[str] = []
        counts = {item.count: len(item.blocks) for item in self.unordered}
        for number, row in enumerate(rows):
            outside.append([])
            for gene in self.genes:
                value = row.get(gene.name)
                if value is None or not _is_active(gene, row):
                    continue
                try:
                    gene.encode(value)
                except SpaceError as refusal:
                    try:
                        gene.covering([value])
                        if gene.name in counts and not 1 <= value <= counts[gene.name]:
                            raise refusal
                    except SpaceError:
                        label = f"row {number + 1}: " if len(rows) > 1 else ""
                        mistakes.append(f"{label}{refusal}")
                    else:
                        extra[gene.name].add(value)
                        outside[-1].append(f"{gene.name} = {value!r}, not {gene.range_text()}")
        if mistakes:
            raise SpaceError("\n".join(mistakes))
        for group in self._linked():
            together = set().union(*(extra[name] for name in group))
            for name in group:
                extra[name] = together
        genes = (gene.covering(extra[gene.name]) for gene in self.genes)
        return Space(*genes, unordered=self.unordered), outside

    def to_dict(self) -> dict[str, Any]:
        """The space as plain data for a shard's metadata."""
        plain: dict[str, Any] = {"genes": [gene.to_dict() for gene in self.genes]}
        if self.unordered:
            plain["unordered"] = [
                {"count": item.count, "blocks": [list(block) for block in item.blocks]}
                for item in self.unordered
            ]
        return plain

    def _linked(self) -> list[set[str]]:
        """Groups of genes that must keep one domain: ordered pairs, and same places in blocks."""
        pairs = [{gene.name, gene.above} for gene in self.genes if gene.above]
        pairs += [set(place) for item in self.unordered for place in zip(*item.blocks, strict=True)]
        groups: list[set[str]] = []
        for pair in pairs:
            touching = [group for group in groups if group & pair]
            groups = [group for group in groups if not group & pair]
            groups.append(pair.union(*touching))
        return groups


def _is_active(gene: Gene, params: Mapping[str, Any]) -> bool:
    return all(
        params.get(parent) is not None and params[parent] in values
        for parent, values in gene.when.items()
    )


def _encode_gene(gene: Gene, params: Mapping[str, Any]) -> float:
    value = params.get(gene.name)
    if value is None:
        raise SpaceError(f"{gene.name} is missing: expected {gene.range_text()}.")
    code = gene.encode(value)
    lower = params.get(gene.above) if gene.above else None
    if lower is not None and not value > lower:
        raise SpaceError(f"{gene.name} = {value!r} must be above {gene.above} = {lower!r}.")
    return code


__all__ = [
    "Boolean",
    "Categorical",
    "Float",
    "Gene",
    "Int",
    "Ordinal",
    "Space",
    "UnorderedBlocks",
    "Value",
]
