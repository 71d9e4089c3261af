"""What `profiles show` prints is what a run's shards record."""

import itertools
import json
import tomllib
from pathlib import Path

import pytest
from pyarrow import parquet

import evosearch
from evosearch import load_problem, load_profile
from evosearch.algorithms import ALGORITHMS
from evosearch.algorithms.settings import GeneticSettings
from evosearch.assemble.searching.folder import find_unfinished
from evosearch.assemble.searching.manifest import make_manifest
from evosearch.assemble.searching.recorded import parse_recorded
from evosearch.assemble.settings.listing import list_settings
from evosearch.plain import write_toml
from evosearch.profiles.tables import RunTable, SearchTable
from evosearch.shards.format.metadata import make_shard_metadata
from evosearch.trading.options import TradingOptions
from tests.cli.test_commands import invoke, run_json
from tests.conftest import ROOT

SHIPPED = sorted(path.stem for path in (ROOT / "profiles").glob("*.toml"))
# For every key another value than its default; all of them go together, but that a table which
# the chosen algorithm does not use is checked and left out.
OTHER = {
    "description": "Año 2026: a \"quoted\" 'word' \\ and more",
    "seed": 7,
    "search": {"algorithm": "random", "population": 11, "generations": 3, "evaluations": 30,
               "target": 0.5, "stagnation": 2},
    "genetic": {"tournament": 2, "crossover_rate": 0.5, "crossover_spread": 0.125,
                "mutation_rate": 0.25, "mutation_eta": 3.5, "elite_frac": 0.5},
    "problem": {"name": "trading", "data": "sample:ibm-daily", "last_bars": 3000,
                "unsorted": "sort", "risk": "high", "stop_loss_range": [0.01, 0.02],
                "take_profit_range": [0.03, 0.5], "max_rules": 2,
                "kinds": ["sma_cross", "rsi_level"], "periods": [5, 9], "levels": [10, 90.5],
                "fill": "next_open", "fee_frac": 0, "slippage_frac": 0.01, "size_frac": 0.5,
                "notional": 100, "trail_frac": 0.75, "initial_capital": 5000,
                "holdout_frac": 0.25, "objective": "return_frac", "min_trades": 3,
                "since": "2000-06-01T00:00:00Z", "until": "2013-01-01T00:00:00Z",
                "layout": {"columns": {"open": "open", "low": 4}, "time_columns": ["timestamp"],
                           "timezone": "UTC"},
                "incomplete": "drop", "drop_last": True, "lengths": "newest",
                "timeframe": "1w", "days_per_year": 250},
    "run": {"workers": 1, "backend": "serial", "address": "head:1", "timeout_s": 9.5,
            "memory_gib": 4, "results": "elsewhere", "budget": "5m", "machine": "air"},
}  # fmt: skip
TABLES = {"search": SearchTable, "genetic": GeneticSettings, "problem": TradingOptions,
          "run": RunTable}  # fmt: skip
# What shards keep for themselves: where this machine keeps and finds things.
KEPT = ("run.results", "run.address")


def others():
    """`OTHER` as far as this evosearch has the keys, each of which must be there."""
    found = {key: OTHER[key] for key in ("description", "seed")}
    for table, model in TABLES.items():
        keys = [*model.model_fields]
        assert {*keys} <= {*OTHER[table]}, f"a key of [{table}] without a value here"
        more = {"name": "trading"} if table == "problem" else {}
        found[table] = more | {key: OTHER[table][key] for key in keys}
    return found


def record(profile, problem):
    """What a shard would state: the profile's TOML, read again, and the problem's options."""
    manifest = make_manifest(profile, problem)
    facts = {"n_rows": 1, "rows_sha256": "0" * 64, "generations": [0, 0]}
    document = make_shard_metadata(manifest, 0, facts)
    return json.loads(json.dumps(document, allow_nan=False))


def compare(shown, document):
    """Every key of what is shown against a shard's metadata."""
    (text,) = document["profiles"].values()
    (run,) = document["sources"].values()
    recorded, options = tomllib.loads(text), document["problem"]["options"]
    tables = {*TABLES} - ({"genetic"} if shown["search"]["algorithm"] == "random" else set())
    assert {*shown} - {"origins"} == {"name", "description", "seed", *tables}
    assert {*recorded} == {"name", "description", "seed", *tables}
    for table in tables:
        for key, value in shown[table].items():
            dotted = f"{table}.{key}"
            assert dotted in shown["origins"] or isinstance(value, dict)
            if dotted in KEPT:
                assert key not in recorded[table]
                continue
            is_file = dotted == "problem.data" and not value.startswith("sample:")
            told = Path(value).name if is_file else value
            assert recorded[table].get(key) == told, dotted
            if dotted.startswith("problem.") and key != "name":
                assert options[key] == told, dotted
    assert {*options} == {*shown["problem"]} - {"name"}
    assert recorded["description"] == shown["description"]
    assert recorded["name"] == shown["name"] == run["profile_name"]
    assert shown["seed"] in (None, recorded["seed"])
    assert recorded["seed"] == run["seed"]


def flatten(table, above=""):
    for key, value in table.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


@pytest.mark.parametrize("way", ["as it is", "file", "extends", "set"])
def test_every_key_of_every_profile_is_recorded_as_it_is_shown(workspace, way):
    (workspace / "profiles").mkdir()
    problem = load_problem("demo")
    for name, algorithm in zip(SHIPPED, itertools.cycle(ALGORITHMS), strict=False):
        source, assignments, expected = (ROOT / "profiles" / f"{name}.toml"), [], others()
        expected["search"]["algorithm"] = algorithm
        if way == "file":
            source = workspace / "profiles" / f"{name}.toml"
            source.write_text(write_toml(expected), encoding="utf-8")
        elif way == "extends":
            source = workspace / "profiles" / f"mine-{name}.toml"
            text = f"extends = {str(ROOT / 'profiles' / f'{name}.toml')!r}\n"
            source.write_text(text + write_toml(expected), encoding="utf-8")
        elif way == "set":
            del expected["seed"]  # as for any value, tested with the others
            assignments = [
                f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in flatten(expected)
            ]
        settings = list_settings(load_profile(str(source), assignments, seed=7))
        shown = settings.values | {"origins": settings.origins}
        if way != "as it is":
            for key, value in flatten(expected):
                table, _, last = key.rpartition(".")
                if table == "genetic" and algorithm != table:
                    continue
                found = shown
                for part in table.split(".") if table else ():
                    found = found[part]
                assert found[last] == value, key
                assert settings.origins[key] != "default", key
        compare(shown, record(load_profile(str(source), assignments, seed=7), problem))


def test_an_older_record_that_holds_the_table_of_another_algorithm_is_believed():
    profile = load_profile("demo", ["search.algorithm=random"], seed=1)
    table = write_toml({"genetic": GeneticSettings(tournament=5).model_dump()})
    older = profile.to_toml().replace("[problem]", f"{table}\n[problem]")
    assert "tournament = 5" in older and "genetic" not in profile.to_toml()
    assert parse_recorded(older).to_plain() == profile.to_plain()
    assert parse_recorded(older.replace("tournament = 5", "tournament = 0")) is None


@pytest.mark.slow
def test_options_and_variables_are_shown_as_the_run_takes_them(workspace, monkeypatch):
    monkeypatch.setenv("EVOSEARCH_RESULTS", "kept-here")
    monkeypatch.setenv("EVOSEARCH_WORKERS", "1")
    (workspace / "profiles").mkdir()
    (workspace / "bars.csv").write_text(make_bars(300))
    args = ["--seed", 5, "--data", "bars.csv", "--backend", "serial", "-g", 2, "--budget", "9m",
            "--target", "1e9", "--stagnation", 9, "--set", "search.population=4",
            "--set", "problem.min_trades=0", "--set", "genetic.tournament=2"]  # fmt: skip
    shown = run_json("profiles", "show", "pro", *args)
    assert shown["origins"]["run.results"] == "EVOSEARCH_RESULTS"
    assert shown["origins"]["run.workers"] == "EVOSEARCH_WORKERS"
    assert shown["origins"]["problem.data"] == "--data"
    assert shown["origins"]["problem.min_trades"] == "--set problem.min_trades"
    assert shown["origins"]["problem.stop_loss_range"] == "follows from problem.risk"
    assert shown["origins"]["problem.fee_frac"] == "default"
    assert (shown["search"]["generations"], shown["search"]["stagnation"]) == (2, 9)
    done = run_json("run", "-p", "pro", *args)
    (path,) = done["paths"]
    assert path.startswith("kept-here")
    compare(shown, json.loads(parquet.read_metadata(path).metadata[b"evosearch"]))


def make_bars(n):
    lines = ["timestamp,open,high,low,close,volume"]
    for k in range(n):
        price = 100 + 10 * ((k * 7919) % 97) / 97
        lines.append(f"{1_700_000_000 + 300 * k},{price},{price + 1},{price - 1},{price},{5 + k}")
    return "\n".join(lines) + "\n"


def test_what_a_risk_and_a_fill_stand_for_is_shown(workspace):
    shown = run_json("profiles", "show", "air")
    assert shown["problem"]["stop_loss_range"] == [0.01, 0.03]
    sets = ["--set", "problem.fill=same_close", "--set", "problem.holdout_frac=0"]
    old = run_json("profiles", "show", "air", *sets)
    assert (old["problem"]["slippage_frac"], old["problem"]["notional"]) == (0, 1000)
    assert old["origins"]["problem.slippage_frac"] == "follows from problem.fill"
    compare(old, record(load_profile("air", sets[1::2], seed=1), load_problem("demo")))


OWN = """
from pathlib import Path
from evosearch import Float, Problem, Space

class Lens(Problem):
    direction = "minimize"

    def __init__(self, glass, levels=(1, 2), names={"a": [1]}, limit=float("inf"), tool=Path("/x"),
                 nothing=None, file="/home/quuxana/b.csv", huge="x" * 20_000):
        self.space = Space(Float("x", 0, 1))
        self.levels, self.glass, self.limit = levels, glass, limit
        assert type(levels) is tuple

    def evaluate(self, params):
        return params["x"] * self.glass * self.levels[0]

def make(glass, bend=0.5):
    return Lens(glass * bend)
"""


@pytest.fixture
def own(workspace):
    (workspace / "profiles").mkdir()
    (workspace / "lens.py").write_text(OWN)
    text = (
        'seed = 3\n[search]\npopulation = 4\ngenerations = 5\n[run]\nbackend = "serial"\n'
        '[problem]\nname = "lens.py:Lens"\nglass = 2.0\n'
    )
    (workspace / "profiles" / "lens.toml").write_text(text)
    return workspace


def test_a_problem_of_ones_own_shows_its_defaults(own):
    shown = run_json("profiles", "show", "lens")
    problem = shown["problem"]
    assert problem == {"name": "lens.py:Lens", "glass": 2.0, "levels": [1, 2],
                       "names": {"a": [1]}, "limit": None, "tool": None, "nothing": None,
                       "file": "/home/quuxana/b.csv", "huge": None}  # fmt: skip
    assert shown["origins"]["problem.glass"].endswith("lens.toml:9")
    assert shown["origins"]["problem.names.a"] == "default"
    text = invoke("profiles", "show", "lens").stdout
    assert "inf, of type float" in text
    assert "an object of type" in text
    document = record(load_profile("lens"), load_problem("lens"))
    # No path of this machine that only the code knew goes into a shard.
    assert "quuxana" not in json.dumps(document)
    shown["problem"]["file"] = "b.csv"
    compare(shown, document)
    made = run_json("profiles", "show", "lens", "--set", "problem.name=lens.py:make")
    assert made["problem"] == {"name": "lens.py:make", "glass": 2.0, "bend": 0.5}


def test_a_resumed_run_makes_its_problem_from_what_was_given_alone(own):
    profile = load_profile("lens")
    whole = evosearch.run(profile)
    asked = iter([False] * 3 + [True] * 99)
    stopped = evosearch.run(load_profile("lens", results="b"), should_stop=lambda: next(asked))
    assert stopped.is_resumable
    assert find_unfinished(load_profile("lens", results="b")) == [stopped.run_id]
    resumed = evosearch.resume(results="b")  # its tuple would be a list, and the problem another
    assert resumed.best == whole.best
    assert resumed.n_evaluated + resumed.n_recalled >= whole.n_evaluated == 20
    longer = evosearch.resume(whole.run_id, generations=6)  # from its shard alone
    assert load_manifest(longer.paths[-1]) == load_manifest(whole.paths[0])


def load_manifest(path):
    document = json.loads(parquet.read_metadata(path).metadata[b"evosearch"])
    return document["profiles"], document["problem"]


@pytest.mark.slow
def test_a_run_of_a_built_in_problem_goes_on_from_its_shard_alone(workspace):
    small = {"population": 4, "backend": "serial", "seed": 2}
    done = evosearch.run("demo", generations=2, **small)
    recorded = load_manifest(done.paths[0])
    assert recorded[1]["options"]["fee_frac"] == 0.004
    longer = evosearch.resume(done.run_id, generations=3)
    other = evosearch.run("demo", generations=3, results="b", **small)
    assert longer.best == other.best
    assert load_manifest(longer.paths[-1]) == recorded


def test_an_unfinished_run_is_found_however_its_defaults_are_written(workspace):
    (workspace / "ball.toml").write_text('[problem]\nname = "sphere"\n')
    asked = iter([False] + [True] * 9)
    started = {"population": 4, "backend": "serial"}
    stopped = evosearch.run("ball.toml", **started, should_stop=lambda: next(asked))
    for n_genes, found in ((10, [stopped.run_id]), (9, [])):
        again = load_profile("ball.toml", [f"problem.n_genes={n_genes}"], **started)
        assert find_unfinished(again) == found
    assert find_unfinished(load_profile("ball.toml", **started)) == [stopped.run_id]
