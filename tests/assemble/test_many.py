import json

import pytest
from typer.testing import CliRunner

import evosearch
from evosearch.assemble.searching.many import plan_searches, run_many
from evosearch.cli.commands import app
from evosearch.errors import DataError, UsageError
from evosearch.loop.events import GenerationFinished
from evosearch.seeding import MAX_SEED

SMALL = ["search.population=10", "search.generations=2"]


def load(results, **flags):
    return evosearch.load_profile("demo", SMALL, results=results, backend="serial", **flags)


def test_without_a_number_of_seeds_profiles_stay_as_they_are(tmp_path):
    profile = load(tmp_path)
    assert plan_searches([profile]) == [profile]


def test_seeds_follow_the_profiles_own(tmp_path):
    planned = plan_searches([load(tmp_path, seed=7), load(tmp_path, seed=100)], 3)
    assert [each.seed for each in planned] == [7, 8, 9, 100, 101, 102]


def test_a_drawn_seed_leaves_room_for_those_that_follow(tmp_path):
    profile = load(tmp_path).model_copy(update={"seed": None})
    seeds = [each.seed for each in plan_searches([profile], 1000)]
    assert seeds == list(range(seeds[0], seeds[0] + 1000))
    assert seeds[-1] <= MAX_SEED


def test_seeds_beyond_the_largest_are_refused(tmp_path):
    with pytest.raises(UsageError, match="--seeds 2"):
        plan_searches([load(tmp_path, seed=MAX_SEED)], 2)


def test_each_of_several_searches_is_what_it_would_be_alone(tmp_path):
    planned = plan_searches([load(tmp_path / "many", seed=7)], 2)
    heard = []
    searches = run_many(planned, listen=lambda place, event: heard.append(place))
    assert set(heard) == {0, 1}
    for seed, search in zip((7, 8), searches, strict=True):
        alone = evosearch.run(load(tmp_path / "alone", seed=seed)).to_frame()
        together = search.result.to_frame()
        assert set(together["genome_id"]) == set(alone["genome_id"])
        assert search.result.best == evosearch.run(load(tmp_path / "again", seed=seed)).best


def test_one_that_fails_does_not_end_the_others(tmp_path):
    bad = load(tmp_path, seed=1, data=str(tmp_path / "no.csv"))
    good = load(tmp_path, seed=1)
    failed, done = run_many([bad, good])
    assert isinstance(failed.error, DataError) and failed.result is None
    assert done.result.n_evaluated == 20
    with pytest.raises(DataError):
        run_many([bad, bad])


def test_an_interrupted_search_is_the_last_one(tmp_path):
    heard = []

    def listen(place, event):
        heard.append(place)
        if isinstance(event, GenerationFinished):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as ended:
        run_many(plan_searches([load(tmp_path)], 3), listen=listen)
    assert set(heard) == {0}
    assert [search.result is None for search in ended.value.searches] == [False, True, True]


def test_the_command_searches_with_several_seeds_and_says_what_each_found(tmp_path):
    words = ["run", "-p", "demo", "--seed", "3", "--seeds", "2", "--results", str(tmp_path)]
    words += ["--set", SMALL[0], "--set", SMALL[1], "--backend", "serial"]
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 0, done.output
    searches = json.loads(done.stdout)["data"]["searches"]
    assert [each["seed"] for each in searches] == [3, 4]
    assert len(list(tmp_path.glob("*.parquet"))) == 2
    shown = CliRunner().invoke(app, words)
    assert "demo seed 3: 20 strategies" in shown.stdout
    assert "demo seed 4: 20 strategies" in shown.stdout


def test_several_searches_are_not_resumed_in_one_go(tmp_path):
    words = ["run", "-p", "demo", "-p", "demo", "--resume", "--results", str(tmp_path)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2
    assert "evosearch resume RUN" in done.stderr
