"""Everything the command line does, in as many lines from Python."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import evosearch
from evosearch.errors import UsageError


class Parabola(evosearch.Problem):
    space = evosearch.Space(evosearch.Float("x", -1, 1), evosearch.Int("k", 0, 3))
    direction = "minimize"
    version = "1"

    def evaluate(self, params):
        return params["x"] ** 2 + params["k"]


def test_a_profile_runs_and_its_rows_are_a_frame(workspace):
    profile = evosearch.load_profile("demo", ["search.generations=2"], seed=1)
    frame = evosearch.run(profile).to_frame()
    assert len(frame) == 60
    assert frame["genome_id"].str.len().eq(32).all()
    assert frame["fitness"].dropna().is_monotonic_decreasing or not frame["feasible"].all()


def test_runs_merge_into_a_ranked_frame(workspace):
    runs = [evosearch.run("demo", seed=seed) for seed in (1, 2)]
    merged = evosearch.merge([path for run in runs for path in run.paths])
    frame = merged.to_frame()
    assert frame["rank"].tolist() == list(range(1, len(frame) + 1))
    assert evosearch.merge("results").to_frame().equals(frame)


def test_a_problem_needs_no_profile(workspace):
    result = evosearch.run(
        problem=Parabola(), population=20, generations=5, seed=3, backend="serial"
    )
    assert result.n_evaluated == 100
    assert result.best["objective"] < 0.1
    assert result.reason == "generations"


def test_a_finite_space_ends_when_it_is_exhausted(workspace):
    result = evosearch.run(
        problem=evosearch.load_problem(_steps(workspace)), population=10, generations=100, seed=1
    )
    assert (result.reason, result.n_evaluated) == ("exhausted", 48)
    assert result.best["fitness"] == 0


def _steps(folder):
    (folder / "steps.toml").write_text('[problem]\nname = "steps"\n')
    return str(folder / "steps.toml")


def test_events_tell_the_story_of_a_run(workspace):
    events = []
    evosearch.run("demo", seed=1, listen=events.append)
    names = [type(event).__name__ for event in events]
    assert names[:2] == ["RunPreparing", "RunStarted"]
    assert names[-2:] == ["ShardPublished", "RunFinished"]
    assert names.count("GenerationFinished") == 10
    best = [event.best["fitness"] for event in events if type(event).__name__ == "GenerationFinished"
            and event.best["feasible"]]  # fmt: skip
    assert best == sorted(best)


def test_a_run_can_be_stopped_with_everything_kept(workspace):
    n_asked = 0

    def stop():
        nonlocal n_asked
        n_asked += 1
        return n_asked > 5

    result = evosearch.run("demo", seed=1, should_stop=stop)
    assert result.reason == "stopped"
    assert len(result.to_frame()) == result.n_evaluated < 300


def test_strategies_can_be_measured_by_name(workspace):
    (row,) = evosearch.evaluate("pro", [{
        "n_rules": 1, "rule1_kind": "price_vs_sma", "rule1_op": "above", "rule1_period": 20,
        "stop_loss_frac": 0.03, "take_profit_frac": 0.06}])  # fmt: skip
    assert row["status"] == "ok"
    assert row["outside"] == []


def test_rankings_are_looked_at_and_exported_in_a_line_each(workspace):
    run = evosearch.run(problem=Parabola(), population=20, generations=3, seed=3, backend="serial")
    frame = evosearch.top(n=5, where="k = 0", sort="objective:asc")
    assert (len(frame), frame["param_k"].unique().tolist()) == (5, [0])
    assert frame["objective"].is_monotonic_increasing
    assert evosearch.top(n=None, columns=["rank", "x"]).columns.tolist() == ["rank", "param_x"]
    shown = evosearch.show(1)
    assert shown["row"]["fitness"] == run.best["fitness"]
    assert set(shown["params"]) == {"x", "k"}
    assert [item.is_usable for item in evosearch.check(run.paths, deep=True)] == [True]
    assert evosearch.plan_merge().groups[0].n_rows_in == 60
    assert evosearch.export(output="all.csv").n_rows == 60
    assert len(evosearch.top(where="objective > 1e9")) == 0


def test_mistakes_in_a_call_are_type_errors(workspace):
    with pytest.raises(TypeError):
        evosearch.run()
    with pytest.raises(TypeError):
        evosearch.run("demo", sede=1)
    with pytest.raises(UsageError):
        evosearch.run(problem=Parabola(), population=1)


def test_importing_evosearch_loads_nothing_heavy():
    code = "import sys, evosearch; print([m for m in ('numba','pyarrow','pandas','rich','typer','duckdb') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_run_by_name_takes_what_a_run_without_a_profile_takes(workspace):
    (workspace / "ball.toml").write_text('[problem]\nname = "sphere"\nn_genes = 2\n')
    settings = {"population": 5, "generations": 2, "algorithm": "random", "seed": 1,
                "backend": "serial", "memory_gib": None, "machine": "air"}  # fmt: skip
    by_name = evosearch.run("ball.toml", **settings)
    assert by_name.n_evaluated == 10
    assert evosearch.run(problem=Parabola(), **settings).n_evaluated == 10
    loaded = evosearch.load_profile("ball.toml", population=5)
    assert loaded.search.population == 5
    with pytest.raises(TypeError, match=r"give \['population'\] to load_profile"):
        evosearch.run(loaded, population=6)
    for how in ({"profile": "ball.toml"}, {"problem": Parabola()}):
        with pytest.raises(TypeError, match=r"run\(\) has no argument 'popluation'.*'population'"):
            evosearch.run(**how, popluation=5)
    with pytest.raises(UsageError, match="^population=: expected"):
        evosearch.run(problem=Parabola(), population=1)


def test_a_budget_that_nothing_can_fill_starts_at_once(workspace):
    import tracemalloc

    tracemalloc.start()
    asked = iter([False] + [True] * 9)
    done = evosearch.run(
        problem=Parabola(), population=10_000, generations=100_000_000, seed=1,
        backend="serial", should_stop=lambda: next(asked),
    )  # fmt: skip
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert done.is_resumable
    assert peak < 200 * 2**20
    whole = evosearch.load_profile("pro", evaluations=10**12)
    assert whole.n_evaluations == 10**12


def test_the_public_names_are_what_tab_completion_offers():
    code = "import evosearch; print(*dir(evosearch)); print(all(getattr(evosearch, n) is not None for n in dir(evosearch)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    offered, all_there = done.stdout.splitlines()
    assert offered.split() == sorted(evosearch.__all__)
    assert all_there == "True"
    with pytest.raises(AttributeError, match="no attribute 'rnu'"):
        evosearch.rnu  # noqa: B018


def test_each_public_name_stands_once_where_a_type_checker_sees_it():
    seen = {}
    for home in ("evosearch.authoring", "evosearch.api"):
        module = importlib.import_module(home)
        for line in ast.parse(Path(module.__file__).read_text(encoding="utf-8")).body[1:]:
            for alias in line.names:
                assert alias.asname == alias.name, "what is not imported as itself is not public"
                assert alias.name not in seen
                seen[alias.name] = getattr(importlib.import_module(line.module), alias.name)
    assert {*seen, "__version__"} == set(evosearch.__all__)
    for name, thing in seen.items():
        assert getattr(evosearch, name) is thing, name


def test_the_file_of_a_problem_loads_nothing_that_only_a_search_needs():
    code = "import sys; from evosearch import Float, Problem, Space; print([m for m in ('numba','pyarrow','pydantic','evosearch.assemble') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
