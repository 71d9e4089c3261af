"""All contradictions of a declared search space."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evosearch.errors import SpaceError, did_you_mean
from evosearch.genome.genes import Float, Gene, Int

# A condition is a table of its parent's values.
MAX_CONDITION_VALUES = 100_000
# So many values of a condition are named in a message.
_MAX_NAMED = 5


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

    Examples
    --------
    >>> from evosearch import Space
    >>> genes = [Int("n", 1, 2), Int("a", 0, 9), Int("b", 0, 9, when={"n": 2})]
    >>> Space(*genes, unordered=[UnorderedBlocks("n", (("a",), ("b",)))]).n_genomes
    110
    """

    count: str
    blocks: tuple[tuple[str, ...], ...]


def find_contradictions(genes: Sequence[Gene], unordered: Sequence[UnorderedBlocks]) -> list[str]:
    """Every contradiction, as a sentence each; empty when there is none."""
    by_name = {gene.name: gene for gene in genes}
    found = [*_check_genes(genes), *_check_blocks(by_name, unordered)]
    # Reachability is computed only for conditions that are valid.
    return found or [*_find_never_active(by_name)]


def _check_genes(genes: Sequence[Gene]) -> Iterable[str]:
    exceeded = {gene.above for gene in genes}
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
            elif parent in exceeded:
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
        if gene.above:
            lower = seen.get(gene.above)
            if lower is None or lower.domain != gene.domain:
                yield (
                    f"Gene {gene.name!r} must exceed {gene.above!r}, which has to be an "
                    "ordinal gene declared before it, with the same values."
                )
            elif gene.n_values < 2:
                yield f"Gene {gene.name!r} cannot exceed {gene.above!r}: they share one value."
        seen[gene.name] = gene


# By gene and by its parent: the codes of the parent that keep the gene active.
_Needs = Mapping[str, Mapping[str, frozenset[float]]]


def _find_never_active(genes: Mapping[str, Gene]) -> Iterable[str]:
    """Genes whose conditions contradict each other; not those that depend on such a gene."""
    needs = {
        gene.name: {
            name: frozenset(map(genes[name].encode, values)) for name, values in gene.when.items()
        }
        for gene in genes.values()
    }
    never: set[str] = set()
    for gene in genes.values():
        if never & gene.when.keys():
            never.add(gene.name)
            continue
        # The needs of a single parent were checked with that parent.
        if len(gene.when) < 2 and not any(genes[name].above for name in gene.when):
            continue
        if why := _find_clash(gene, genes, needs):
            never.add(gene.name)
            yield (
                f"Gene {gene.name!r} can never be active: {why}. Mend the conditions, or leave "
                "the gene out."
            )


def _find_clash(gene: Gene, genes: Mapping[str, Gene], needs: _Needs) -> str:
    """Why the conditions of a gene and of its ancestors cannot hold together; empty if they can."""
    allowed = _collect_allowed(gene.name, needs)
    for name, codes in allowed.items():
        if not codes:
            depending = [other for other in reversed([*genes.values()]) if name in other.when]
            involved = allowed.keys() | {gene.name}
            return ", ".join(
                f"{other.name!r} needs {name} = {_name_values(other.when[name])}"
                for other in depending
                if other.name in involved
            )
    for name, codes in allowed.items():
        exceeded = genes[name].above
        if exceeded and codes == {0.0} and _is_implied(exceeded, allowed, needs):
            lowest = genes[name].decode(np.zeros(1))[0]
            return (
                f"it needs {name} = {lowest!s}, the lowest value, and {name} must be above "
                f"{exceeded}"
            )
    return ""


def _collect_allowed(name: str, needs: _Needs) -> dict[str, frozenset[float]]:
    """By ancestor: the codes that a gene and all its ancestors allow."""
    allowed: dict[str, frozenset[float]] = {}
    waiting = [name]
    while waiting:
        for parent, codes in needs[waiting.pop()].items():
            if parent in allowed:
                allowed[parent] &= codes
            else:
                allowed[parent] = codes
                waiting.append(parent)
    return allowed


def _is_implied(name: str, allowed: Mapping[str, frozenset[float]], needs: _Needs) -> bool:
    """Whether a gene is active wherever genes have one of these codes."""
    wanted = _collect_allowed(name, needs)
    return all(each in allowed and allowed[each] <= codes for each, codes in wanted.items())


def _name_values(values: Sequence[object]) -> str:
    more = " or ..." if len(values) > _MAX_NAMED else ""
    return " or ".join(map(str, values[:_MAX_NAMED])) + more


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
