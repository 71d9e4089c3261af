"""How the search spaces of the machines overlapped, parameter by parameter."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from evosearch.shards.format.metadata import ShardMetadata
from evosearch.shards.format.spaces import RANGES, Genes

_Gene = Mapping[str, Any] | None
# Values nearer than this share of a step are one step that was computed in two ways.
_ROUNDING = 1e-6


def compare_spaces(metadata: ShardMetadata) -> dict[str, Any]:
    """What every profile searched and which share of it all have in common.

    Parameters
    ----------
    metadata : ShardMetadata
        Of a merged file or a shard.

    Returns
    -------
    dict
        ``searches``: one name for each distinct space, its profiles and machines. ``n_parameters``.
        ``differing``: for each group of parameters with the same ranges everywhere and names
        that differ in a number only, ``names``, ``ranges`` (by search, None where the
        parameter is not searched) and ``common_frac``: how much of all values searched by
        anyone, on the gene's own scale, was searched by everyone.
        ``rounded``: for each parameter, how many values of its lists differ only by rounding.
    """
    spaces = metadata.spaces
    named = _name_spaces(metadata)
    names = list(dict.fromkeys(name for genes in spaces.values() for name in genes))
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for name in names:
        genes = {label: spaces[space_id].get(name) for label, (space_id, _) in named.items()}
        ranges = {label: _range_of(gene) for label, gene in genes.items()}
        common = _common_frac(list(genes.values()))
        if common == 1.0 and len({repr(r) for r in ranges.values()}) == 1:
            continue
        key = (re.sub(r"\d+", "*", name), repr(ranges))
        group = groups.setdefault(key, {"names": [], "ranges": ranges, "common_frac": common})
        group["names"].append(name)
    return {
        "searches": {label: about for label, (_, about) in named.items()},
        "n_parameters": len(names),
        "differing": list(groups.values()),
        "rounded": {name: n for name in names if (n := _count_rounded(spaces.values(), name))},
    }


def _name_spaces(metadata: ShardMetadata) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return a short name for each space, made of the profiles that searched it."""
    about: dict[str, dict[str, set[str]]] = {}
    for run in metadata.sources.values():
        entry = about.setdefault(run.space, {"profiles": set(), "hosts": set()})
        entry["profiles"].add(run.profile_name)
        entry["hosts"].add(run.host)
    named: dict[str, tuple[str, dict[str, Any]]] = {}
    ordered = sorted(about.items(), key=lambda item: (sorted(item[1]["profiles"]), item[0]))
    for space_id, entry in ordered:
        plain = {key: sorted(values) for key, values in entry.items()}
        label = base = "+".join(plain["profiles"])
        number = 2
        while label in named:
            label, number = f"{base} ({number})", number + 1
        named[label] = (space_id, plain)
    return named


def _range_of(gene: _Gene) -> dict[str, Any] | None:
    if gene is None:
        return None
    if gene["kind"] in RANGES:
        return {key: gene[key] for key in ("kind", "low", "high")} | {"log": gene.get("log", False)}
    return {"kind": gene["kind"], "values": list(gene["values"])}


def _common_frac(genes: Sequence[_Gene]) -> float:
    """The share of all values searched by anyone that was searched by everyone, in [0, 1]."""
    present = [gene for gene in genes if gene is not None]
    if len(present) < len(genes) or len({gene["kind"] for gene in present}) != 1:
        return 0.0
    if present[0]["kind"] not in RANGES:
        sets = [set(gene["values"]) for gene in present]
        return len(set.intersection(*sets)) / len(set.union(*sets))
    is_log = all(gene.get("log", False) for gene in present)
    # Bounds of whole numbers lie between them: 3..5 are three values.
    half = 0.5 if present[0]["kind"] == "int" else 0.0
    lows = [_on_scale(gene["low"] - half, is_log) for gene in present]
    highs = [_on_scale(gene["high"] + half, is_log) for gene in present]
    span = max(highs) - min(lows)
    if span == 0:
        return 1.0
    return max(0.0, min(highs) - max(lows)) / span


def _count_rounded(spaces: Iterable[Genes], name: str) -> int:
    """Return how many neighbouring values differ only by rounding."""
    genes = [genes[name] for genes in spaces if name in genes]
    lists = {tuple(gene["values"]) for gene in genes if gene["kind"] == "ordinal"}
    kinds = {type(value) for values in lists for value in values}
    if len(lists) < 2 or float not in kinds or not kinds <= {float, int}:
        return 0
    try:
        lists = {tuple(map(float, values)) for values in lists}
    except OverflowError:  # a number of hundreds of digits, which no rounding made
        return 0
    steps = [abs(b - a) for values in lists for a, b in pairwise(sorted(set(values)))]
    values = sorted(set[float]().union(*lists))
    # Lists that were made in different ways differ in the last of 16 digits, or a few more.
    close = _ROUNDING * min(steps, default=max(abs(value) for value in values))
    return sum(b - a <= close for a, b in pairwise(values))


def _on_scale(value: float, is_log: bool) -> float:
    return math.log(value) if is_log else float(value)
