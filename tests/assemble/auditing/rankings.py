"""Small rankings of prices to be audited."""

import evosearch

PROFILE = """seed = {seed}
[search]
algorithm = "{algorithm}"
population = {population}
generations = {generations}
[problem]
name = "trading"
data = "{data}"
risk = "{risk}"
min_trades = {min_trades}
fee_frac = {fee}
slippage_frac = 0.0
{more}
[run]
backend = "serial"
results = "{results}"
"""
USUAL = {
    "algorithm": "genetic",
    "population": 8,
    "generations": 3,
    "data": "sample:ibm-daily",
    "risk": "medium",
    "min_trades": 1,
    "fee": 0.0,
    "more": "last_bars = 1500",
}


def search(folder, name="tiny", seed=1, **more):
    """Run a small search; its shards."""
    path = folder / f"{name}.toml"
    values = USUAL | {"results": str(folder / "results"), "seed": seed} | more
    path.write_text(PROFILE.format(**values))
    return evosearch.run(evosearch.load_profile(str(path))).paths


def merge(folder, paths, name="merged.parquet"):
    """Merge shards; the path of the merged file."""
    output = folder / name
    evosearch.merge(paths, output=output)
    return output
