import pytest

import evosearch
from evosearch.errors import ProfileError
from evosearch.loop.budget import Budget
from evosearch.profiles.durations import parse_duration
from tests import runs


@pytest.mark.parametrize(
    ("text", "seconds"),
    [(90, 90), (0.5, 0.5), ("90", 90), ("90s", 90), ("45m", 2700), ("2h", 7200), ("1h30m", 5400),
     ("2d", 172800), ("1.5 h", 5400), ("10min", 600)],
)  # fmt: skip
def test_a_duration_is_read_as_people_write_it(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-3", "0", "2x", "h", "nan", "inf", "1h x", "1e11"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError):
        parse_duration(text)


def test_generations_end_a_run():
    assert Budget(3).find_end(2, 10, 1.0, 0) is None
    assert Budget(3).find_end(3, 10, 1.0, 0) == "generations"


def test_evaluations_end_a_run():
    assert Budget(99, n_evaluations=10).find_end(1, 9, None, 0) is None
    assert Budget(99, n_evaluations=10).find_end(1, 10, None, 0) == "evaluations"


def test_a_target_ends_a_run_only_when_a_feasible_individual_reaches_it():
    budget = Budget(99, target_fitness=5.0)
    assert budget.find_end(1, 1, 4.99, 0) is None
    assert budget.find_end(1, 1, None, 0) is None
    assert budget.find_end(1, 1, 5.0, 0) == "target"


def test_a_run_that_reaches_its_target_with_its_last_evaluation_says_target():
    budget = Budget(3, n_evaluations=10, target_fitness=5.0, stagnation=1)
    assert budget.find_end(3, 10, 5.0, 1) == "target"
    assert budget.find_end(3, 10, 4.9, 1) not in ("target", "stagnation", None)
    assert budget.find_end(2, 9, 4.9, 1) == "stagnation"


def test_stagnation_ends_a_run():
    assert Budget(99, stagnation=4).find_end(9, 9, 1.0, 3) is None
    assert Budget(99, stagnation=4).find_end(9, 9, 1.0, 4) == "stagnation"


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = runs.make_project(tmp_path)
    monkeypatch.chdir(folder)
    return folder


def test_a_run_stops_at_exactly_its_evaluations(project):
    result = evosearch.run("made", evaluations=33)
    assert (result.reason, result.n_evaluated) == ("evaluations", 33)
    whole = runs.make_project(project / "whole")
    evosearch.run("made", results=whole / "results")
    rows, all_rows = runs.read_rows(project), runs.read_rows(whole)
    assert len(rows) == 33
    assert rows.items() <= all_rows.items()


def test_more_evaluations_than_the_generations_of_the_profile_go_on(project):
    assert evosearch.run("made", evaluations=75).n_evaluated == 75


def test_a_run_cut_short_by_its_evaluations_can_be_taken_further(project):
    first = evosearch.run("made", evaluations=33)
    second = evosearch.resume(first.run_id, generations=6)
    assert (second.n_recalled, second.n_evaluated) == (33, 60)


def test_a_target_is_in_the_units_of_the_objective(project):
    result = evosearch.run("made", target=3.0, generations=50)
    assert result.reason == "target"
    assert result.best["objective"] <= 3.0
    assert result.n_evaluated < 500


def test_no_more_progress_ends_a_run(project):
    result = evosearch.run("made", stagnation=2, generations=100_000)
    assert result.reason == "stagnation"


def test_time_ends_a_run_with_everything_kept(project):
    for budget in (0.3, 3, 30, 300):  # how long it takes to begin, only the machine knows
        result = evosearch.run("made", budget=budget, generations=100_000_000)
        assert result.reason == "time"
        if result.n_evaluated:
            break
    assert len(runs.read_rows(project)) == result.n_evaluated > 0
    assert runs.leftovers(project) == []


def test_a_budget_that_is_no_time_is_a_mistake_of_the_profile(project):
    with pytest.raises(ProfileError, match="--budget: expected a time such as 90s, 45m or 2h"):
        evosearch.load_profile("made", budget="soon")
