"""What contradicts itself in a declared search space, all of it at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evosearch.choices import Ordinal
from evosearch.errors import SpaceError, did_you_mean
from evosearch.genes import Float, Gene, Int

# A condition is a table of its parent's values.
MAX_CONDITION_VALUES = 100_000


@dataclass(frozen=True)
class UnorderedBlocks:
    """Blocks of genes whose order does not matter and whose repeats do not count.

    A strategy of three rules joined by AND is the same strategy in any order of its rules, and
    a rule given twice counts once. The canonical form sorts the active blocks, drops exact
    repeats and lowers the count.

    Parameters
    ----------
    count : str
        An `Int` gene with low 1 that says how many blocks are active.
    blocks : tuple of tuples of str
        The gene names of each block, in one order. Block k (from 0) is active while count > k.
    """

    count: str
    blocks: tuple[tuple[str, ...], ...]


def find_contradictions(genes: Sequence[Gene], unordered: Sequence[UnorderedBlocks]) -> list[str]:
    """Every contradiction, as a sentence each; empty when there is none."""
    by_name = {gene.name: gene for gene in genes}
    return [*_check_genes(genes), *_check_blocks(by_name, unordered)]


def _check_genes(genes: Sequence[Gene]) -> Iterable[str]:
    if not genes:
        yield "A search space needs at least one gene."
    seen: dict[str, Gene] = {}
    for gene in genes:
        if gene.name in seen:
            yield f"Gene {gene.name!r} is declared twice."
        for parent, values in gene.when.items():
            if parent not in seen:
                yield (
                    f"Gene {gene.name!r} depends on {parent!r}, which is not declared "
                    f"before it. {did_you_mean(parent, seen)}"
                )
            elif isinstance(seen[parent], Float):
                yield f"Gene {gene.name!r} cannot depend on the float gene {parent!r}."
            elif parent in {other.above for other in genes if isinstance(other, Ordinal)}:
                yield (
                    f"Gene {gene.name!r} depends on {parent!r}, which another gene must "
                    "exceed: mending that pair could change who is active."
                )
            elif not values:
                yield f"Gene {gene.name!r} depends on {parent!r} but on none of its values."
            elif seen[parent].n_values > MAX_CONDITION_VALUES:
                yield (
                    f"Gene {gene.name!r} depends on {parent!r}, which has more than "
                    f"{MAX_CONDITION_VALUES:,} values. Depend on a gene with few values."
                )
            else:
                for value in values:
                    try:
                        seen[parent].encode(value)
                    except SpaceError as error:
                        yield f"Gene {gene.name!r}, condition: {error}"
        if isinstance(gene, Ordinal) and gene.above:
            lower = seen.get(gene.above)
            if lower is None or lower.domain != gene.domain:
                yield (
                    f"Gene {gene.name!r} must exceed {gene.above!r}, which has to be an "
                    "ordinal gene declared before it, with the same values."
                )
            elif len(gene.values) < 2:
                yield f"Gene {gene.name!r} cannot exceed {gene.above!r}: they share one value."
        seen[gene.name] = gene


def _check_blocks(
    by_name: Mapping[str, Gene], unordered: Sequence[UnorderedBlocks]
) -> Iterable[str]:
    for item in unordered:
        count = by_name.get(item.count)
        if not isinstance(count, Int) or count.low != 1 or count.high > len(item.blocks):
            yield (
                "Unordered blocks need an Int count gene from 1 to at most "
                f"{len(item.blocks)}; {item.count!r} is not one."
            )
        unknown = [name for block in item.blocks for name in block if name not in by_name]
        if unknown:
            yield f"Unordered blocks name unknown genes: {', '.join(unknown)}."
        elif len({tuple(by_name[name].domain for name in block) for block in item.blocks}) > 1:
            yield f"The blocks counted by {item.count!r} differ in their genes' values."
