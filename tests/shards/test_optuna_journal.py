"""What is exported for Optuna, Optuna opens: read with the real thing."""

import json
from dataclasses import replace

import pytest

import evosearch
from tests.shards.test_samples import MERGED, ORDER, expect

optuna = pytest.importorskip("optuna")


def load(path):
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    backend = optuna.storages.journal.JournalFileBackend(str(path))
    storage = optuna.storages.JournalStorage(backend)
    (name,) = optuna.get_all_study_names(storage)
    return optuna.load_study(study_name=name, storage=storage)


@pytest.fixture
def study(tmp_path):
    assert evosearch.export(MERGED, tmp_path / "study.log").n_rows == 13
    return load(tmp_path / "study.log")


def test_every_row_is_a_trial_in_order_of_rank_with_its_value_and_state(study):
    assert study.direction == optuna.study.StudyDirection.MAXIMIZE
    assert study.metric_names == ["objective"]
    assert len(study.trials) == 13
    for number, (key, trial) in enumerate(zip(ORDER, study.trials, strict=True)):
        row = expect(key)
        assert trial.number == number
        assert trial.values == (None if row["fitness"] is None else [row["fitness"]])
        state = optuna.trial.TrialState.FAIL if key == 13 else optuna.trial.TrialState.COMPLETE
        assert trial.state == state
        names = {f"param_{name}": value for name, value in trial.params.items()}
        assert names == {k: v for k, v in row.items() if k.startswith("param_") and v is not None}
        for name in ("genome_id", "found_by", "n_steps", "status", "violation"):
            assert trial.user_attrs[name] == row[name]
        assert trial.user_attrs["rank"] == number + 1


def test_the_best_trial_is_the_best_feasible_row(study):
    assert (study.best_value, study.best_params["k"]) == (100.0, 1)
    infeasible = [trial for trial in study.trials if not trial.user_attrs["feasible"]]
    assert [trial.system_attrs.get("constraints") for trial in infeasible] == [
        [1.0],
        [2.0],
        [3.0],
        None,
    ]


def test_the_best_feasible_row_is_best_even_when_an_infeasible_one_has_more(tmp_path):
    from tests.shards.helpers import write_shard

    rows = [(1, 5.0, True, 0.0, 0), (2, 9.0, False, 0.1, 0)]
    evosearch.export(write_shard(tmp_path, rows), tmp_path / "s.log")
    assert load(tmp_path / "s.log").best_value == 5.0


def test_a_distribution_holds_what_all_machines_searched(study):
    distributions = study.trials[1].distributions  # the first with c = plain, hence with y
    assert distributions == {
        "k": optuna.distributions.IntDistribution(0, 999),
        "x": optuna.distributions.FloatDistribution(0.0, 2.0),
        "c": optuna.distributions.CategoricalDistribution(("plain", "=1+1")),
        "o": optuna.distributions.CategoricalDistribution((5, 10, 20)),
        "b": optuna.distributions.CategoricalDistribution((False, True)),
        "y": optuna.distributions.FloatDistribution(1e-4, 1.0, log=True),
    }
    assert "y" not in study.trials[0].distributions


def test_a_minimised_objective_keeps_its_sign_and_direction(workspace):
    result = evosearch.run(problem=Bowl(), population=20, generations=3, seed=1, backend="serial")
    evosearch.export(result.paths, "bowl.log")
    study = load("bowl.log")
    assert study.direction == optuna.study.StudyDirection.MINIMIZE
    assert study.best_value == result.best["objective"] >= 0
    assert study.best_params == evosearch.show(1, result.paths)["params"]


class Bowl(evosearch.Problem):
    space = evosearch.Space(evosearch.Float("x", -1, 1), evosearch.Int("k", 0, 3))
    direction = "minimize"
    version = "1"

    def evaluate(self, params):
        return params["x"] ** 2 + params["k"]


def test_optuna_can_go_on_where_the_search_stopped(study):
    sampler = optuna.samplers.TPESampler(seed=1, n_startup_trials=5)
    again = optuna.load_study(study_name=study.study_name, storage=study._storage, sampler=sampler)
    again.optimize(lambda trial: trial.suggest_float("x", 0.0, 2.0), n_trials=3)
    assert len(again.trials) == 16


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_the_lines_are_those_that_optuna_writes_itself(study, tmp_path):
    """The same trials added through Optuna's own interface give the same operations."""
    ours = [json.loads(line) for line in (tmp_path / "study.log").read_text().splitlines()]
    path = tmp_path / "theirs.log"
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(path)))
    theirs = optuna.create_study(study_name=study.study_name, direction="maximize", storage=storage)
    theirs.set_metric_names(["objective"])
    theirs.add_trials([trial for trial in study.trials if trial.values])
    written = [json.loads(line) for line in path.read_text().splitlines()]

    def plain(lines, operation):
        return [
            {k: v for k, v in line.items() if k not in ("worker_id", "distributions")}
            | {"distributions": {n: json.loads(d) for n, d in line.get("distributions", {}).items()}}
            for line in lines
            if line["op_code"] == operation and line.get("state") != optuna.trial.TrialState.FAIL
        ]  # fmt: skip

    for operation in (0, 3, 4):
        assert plain(ours, operation) == plain(written, operation)


def test_a_parameter_that_no_space_declares_is_kept_as_an_attribute(tmp_path):
    import io

    from evosearch.shards.reading.check import check_shard
    from evosearch.shards.reading.ranked import Ranked
    from evosearch.shards.viewing.optuna_journal import write_journal

    ranked = Ranked.of_file(check_shard(MERGED))
    number = {"name": "k", "kind": "int", "low": 0, "high": 9}
    mixed = {"a": {"k": number}, "b": {"k": number | {"kind": "float"}}}
    for spaces in ({}, {"s": {"x": {"name": "x", "kind": "float", "low": 0, "high": 1}}}, mixed):
        sink = io.BytesIO()
        write_journal(ranked.batches(), replace(ranked.metadata, spaces=spaces), sink)
        trial = json.loads(sink.getvalue().splitlines()[-13])
        assert "k" not in trial["params"]
        assert trial["user_attrs"]["param_k"] == 1
