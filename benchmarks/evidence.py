"""How often the verdict cries wolf on markets without any edge, and how often it finds a real one.

Each market is searched by the product with the bundled profiles, without costs; each profile's
ranking and the merge of all are judged, as a user gets it in a fresh folder. One line a market is
appended to a file, so a run that is stopped goes on where it was::

    python -m benchmarks.evidence --kinds hourly-none --markets 200 --limit-s 600
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from benchmarks.harness import QUICK
from benchmarks.markets import DAYS_PER_YEAR, Kind, write_market
from benchmarks.oracle import Told, expect_max, hold_sharpe, tell

N_BARS = 30_000
ALL, ONE = ("pro", "air", "friend"), ("friend",)
SIGNIFICANT = ("paper", "consistent")
ROWS = QUICK / "evidence.jsonl"  # what is counted stands in the report, not each market
# Markets without any edge: searched by all profiles. Markets with one: by `friend` alone.
NULLS = {
    "hourly-none": Kind(60),
    "hourly-hold1": Kind(60, hold_sharpe=1.0),
    "5min-none": Kind(5),
    "5min-hold1": Kind(5, hold_sharpe=1.0),
}
EDGES = {f"hourly-edge{edge}": Kind(60, edge_sharpe=edge) for edge in (2, 3, 4, 5, 6, 8, 10)}
KINDS = NULLS | EDGES
N_NULL, N_EDGE = 200, 40
OWN_FOLDERS = ("XDG_DATA_HOME", "XDG_CACHE_HOME")


@dataclass(frozen=True)
class Judged:
    """One line of the file: one ranking of one market.

    Attributes
    ----------
    kind, market, profile
        Names of the kind and of the profile (``merge`` for all), and the market's number.
    name, n, n_days, n_days_oos, x_in, x_oos, s_in, s_oos
        As in `Told`.
    """

    kind: str
    market: int
    profile: str
    name: str
    n: int
    n_days: int
    n_days_oos: int
    x_in: float
    x_oos: float
    s_in: float
    s_oos: float


def measure_market(name: str, market: int, n_bars: int = N_BARS) -> list[Judged]:
    """Search one market and judge each ranking.

    Parameters
    ----------
    name : str
        One of `KINDS`.
    market : int
        Number of the market: the seed of its bars and of its searches.
    n_bars : int

    Raises
    ------
    AssertionError
        The product and the retold rules disagree.
    """
    import evosearch

    profiles = ALL if name in NULLS else ONE
    folder = Path(tempfile.mkdtemp(prefix="evosearch-evidence-"))
    before = {name: os.environ.get(name) for name in OWN_FOLDERS}
    try:
        # Hundreds of files of prices must not fill what this machine remembers of its own.
        os.environ.update(dict.fromkeys(OWN_FOLDERS, str(folder / "user")))
        data = write_market(folder / "bars.parquet", KINDS[name], n_bars, (market, *name.encode()))
        shards: dict[str, list[Path]] = {}
        for profile in profiles:
            loaded = evosearch.load_profile(
                profile,
                ["problem.fee_frac=0.0", "problem.slippage_frac=0.0"],
                data=str(data),
                results=str(folder / profile),
                seed=market,
                backend="serial",
            )
            shards[profile] = list(evosearch.run(loaded).paths)
        if len(profiles) > 1:
            shards["merge"] = [path for paths in shards.values() for path in paths]
        holds = find_holds(data)
        lines = []
        for profile, paths in shards.items():
            # A folder of its own: the looks of one ranking are no looks of another's.
            merged, product = judge_files(paths, folder / f"{profile}-judged")
            told = tell_file(merged, *holds)
            compare(told, product, f"{name} {market} {profile}")
            lines.append(Judged(name, market, profile, **vars(told)))
        return lines
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
        shutil.rmtree(folder, ignore_errors=True)


def judge_files(paths: Sequence[Path], results: Path) -> tuple[Path, Mapping[str, Any]]:
    """Merge copies of shards in a folder of their own.

    Returns
    -------
    path : Path
        The merged file.
    verdict : mapping
        What the product says of it, as plain data.
    """
    import evosearch

    results.mkdir(parents=True, exist_ok=True)
    copies = [Path(shutil.copy2(path, results / path.name)) for path in paths]
    output = results / "merged.parquet"
    merged = evosearch.merge(copies, output=output, n_threads=1, results=results)
    assert not isinstance(merged, list)
    return output, merged.judgement.to_plain()


def find_holds(data: Path) -> tuple[float, float]:
    """Daily Sharpe ratios of buy and hold over the searched part and the hold-out."""
    from pyarrow import parquet

    table = parquet.read_table(data)
    open_, close = (table[name].to_numpy() for name in ("open", "close"))
    days = table["timestamp"].to_numpy().astype("datetime64[D]").astype(np.int64)
    cut = len(days) - round(len(days) * 0.3)
    parts = slice(None, cut), slice(cut, None)
    one, two = (hold_sharpe(open_[part], close[part], days[part]) for part in parts)
    return one, two


def tell_file(merged: Path, hold: float, hold_oos: float) -> Told:
    """The retold verdict on a merged file."""
    from pyarrow import parquet

    table = parquet.read_table(merged)
    first = table.slice(0, 1).to_pylist()[0]
    return tell(first, len(table) - table["sharpe_daily"].null_count, hold, hold_oos)


def compare(told: Told, product: Mapping[str, Any], what: str) -> None:
    """Raise AssertionError unless both say the same of a ranking, at its first look."""
    same = (told.name, told.n, 1) == (product["name"], product["n"], product["look"])
    for figure in ("x_in", "x_oos"):
        if product[figure] is not None:
            same &= math.isclose(getattr(told, figure), product[figure], rel_tol=1e-6)
    assert same, f"{what}: retold {told}, product {product}"


def code_digest() -> str:
    """Short digest of what makes the numbers: verdicts of another program are not counted."""
    root = Path(__file__).parent.parent
    digest = hashlib.sha256()
    files = [*sorted((root / "evosearch").rglob("*.py")), Path(__file__).with_name("markets.py")]
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def read_rows(path: Path, code: str | None = None) -> list[Judged]:
    """The lines of a file, each market once; a torn last line is left out."""
    found: dict[tuple[str, int, str], Judged] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            plain = json.loads(line)
        except ValueError:
            continue
        if plain.pop("code") == code or code is None:
            judged = Judged(**plain)
            found[judged.kind, judged.market, judged.profile] = judged
    return list(found.values())


def measure(
    kinds: Sequence[str],
    n_markets: int,
    path: Path,
    limit_s: float,
    search: Callable[[str, int], list[Judged]] = measure_market,
) -> list[Judged]:
    """Measure what is missing in a file, market by market, until all is there or time is up.

    Parameters
    ----------
    kinds : sequence of str
        Names in `KINDS`.
    n_markets : int
        Of each kind, numbered from 0.
    path : Path
        Lines are appended here.
    limit_s : float
        No market is begun after so many seconds.
    search : callable
        Given a kind and a market's number, its lines.
    """
    began, code = time.monotonic(), code_digest()
    rows = read_rows(path, code)
    done = {(each.kind, each.market) for each in rows}
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.read_bytes().endswith(b"\n"):
        with path.open("a", encoding="utf-8") as file:
            file.write("\n")  # the torn line is not continued
    # Market by market over all kinds: stopped early, each kind has as many.
    for market in range(n_markets):
        for kind in kinds:
            if (kind, market) in done or time.monotonic() - began > limit_s:
                continue
            lines = search(kind, market)
            texts = [json.dumps({"code": code, **vars(each)}) + "\n" for each in lines]
            with path.open("a", encoding="utf-8") as file:
                file.write("".join(texts))
            rows += lines
    return rows


def find_interval(k: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Interval of a share by Clopper and Pearson 1934: exact, so at least as wide as it says."""
    tail = (1 - level) / 2
    low = 0.0 if k == 0 else _solve(lambda p: 1 - binomial(k - 1, n, p) - tail)
    high = 1.0 if k == n else _solve(lambda p: tail - binomial(k, n, p))
    return low, high


def binomial(k: int, n: int, p: float) -> float:
    """P(at most k of n)."""
    if p <= 0 or p >= 1:
        return float(p <= 0 or k >= n)
    logs = [
        math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1)
        + i * math.log(p) + (n - i) * math.log1p(-p)
        for i in range(k + 1)
    ]  # fmt: skip
    return min(1.0, math.fsum(math.exp(each) for each in logs))


def _solve(rises: Callable[[float], float]) -> float:
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if rises(middle) > 0 else (middle, high)
    return (low + high) / 2


def count(rows: Iterable[Judged]) -> Counter[str]:
    """How often each verdict was given, and ``significant`` for paper and consistent together."""
    names = Counter(each.name for each in rows)
    names["significant"] = sum(names[name] for name in SIGNIFICANT)
    return names


def predict_power(rows: Sequence[Judged]) -> dict[str, float]:
    """What theory expects of each test, at the Sharpe ratio that the hold-outs show on average.

    Returns
    -------
    dict
        ``sharpe``: annual, over b; ``oos`` and ``in``: shares that pass; ``both``: their product;
        ``either``: at least one passes.
    """
    normal = NormalDist()
    daily = float(np.mean([each.s_oos for each in rows]))
    bar = expect_max(round(float(np.mean([each.n for each in rows]))))
    days, days_oos = rows[0].n_days, rows[0].n_days_oos
    oos = 1 - normal.cdf(1.96 - daily * math.sqrt(days_oos))
    inside = 1 - normal.cdf(bar + 1.645 - daily * math.sqrt(days))
    return {
        "sharpe": daily * math.sqrt(DAYS_PER_YEAR),
        "oos": oos,
        "in": inside,
        "both": oos * inside,
        "either": 1 - (1 - oos) * (1 - inside),
    }


def main() -> None:
    """As the module says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evidence", description=__doc__)
    parser.add_argument("--kinds", nargs="+", default=list(NULLS), choices=list(KINDS))
    parser.add_argument("--markets", type=int, default=200)
    parser.add_argument("--limit-s", type=float, default=3000.0)
    parser.add_argument("--rows", type=Path, default=ROWS)
    options = parser.parse_args()
    rows = measure(options.kinds, options.markets, options.rows, options.limit_s)
    for kind in options.kinds:
        for profile in (*ALL, "merge"):
            chosen = [each for each in rows if (each.kind, each.profile) == (kind, profile)]
            if chosen:
                print(kind, profile, len(chosen), dict(count(chosen)))


if __name__ == "__main__":
    main()
