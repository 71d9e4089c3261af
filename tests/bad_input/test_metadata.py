"""One value of an honest shard's metadata replaced: no command breaks, the good shards are ranked."""

import json
import random
import shutil
from pathlib import Path

import pytest

import evosearch
from evosearch.assemble.settings.loading import load_profile
from evosearch.days import Days
from evosearch.shards.format.trials import TrialSums
from tests.bad_input.helpers import invoke
from tests.shards.forging import MISSING, Original, list_places, put, put_plain

PROFILE = """
seed = {seed}
[search]
population = 4
generations = 2
[problem]
name = "mixed"
[run]
backend = "serial"
workers = 1
results = "{results}"
"""
VALUES = (None, [], {}, -1, "x", [[[]]], 1e308, MISSING)
N_FAST = 60


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """A good shard with the best row, and an honest one to be changed."""
    folder = tmp_path_factory.mktemp("honest")
    runs = []
    for seed in (1, 2):
        path = folder / f"p{seed}.toml"
        path.write_text(PROFILE.format(seed=seed, results=(folder / "r").as_posix()))
        runs.append(evosearch.run(load_profile(str(path))))
    tops = [evosearch.top(run.paths, n=1).iloc[0] for run in runs]
    good, other = sorted((0, 1), key=lambda k: -tops[k]["fitness"])
    original = Original(runs[other].paths[0])
    state_evidence(original.document)
    return runs[good], tops[good]["genome_id"], original, runs[other].run_id


def state_evidence(document):
    """Add all that a shard of trading states besides."""
    roles = ("sharpe", "skew", "kurtosis", "n_days", "return_frac", "exposure")
    evidence = dict.fromkeys(roles, "objective") | {"behaviour": "n_steps"}
    figures, days = {"objective": 1}, Days.of_text("a").to_plain()
    document["problem"] |= {"evidence": evidence}
    document["problem"]["data"] |= {
        "hold": {"in": figures, "oos": figures}, "days": {"in": days, "oos": days},
    }  # fmt: skip
    for run in document["sources"].values():
        for part in run["parts"].values():
            part["trials"] = TrialSums(2, 1, 5, 5, 0.5).to_plain()


def list_edits(original):
    places = [place for place in list_places(original.document) if place[0] != "format"]
    return [(place, value) for place in places for value in VALUES]


def check_commands(honest, results, edits):
    """All commands on a folder that holds the good shard and some edited ones."""
    run, best, original, other_id = honest
    good = run.paths[0]
    (results / good.name).write_bytes(good.read_bytes())
    odd = {}
    for place, value in edits:
        path = original.write(results, put(original.document, place, value))
        odd[path.name] = f"{'.'.join(map(str, place))} = {value!r}"
    says = "; ".join(odd.values())
    for args in (
        ["status", "--json"],
        ["status"],
        ["merge", "-o", "all.parquet", "--force", "--json"],
        ["top", "--json"],
        ["show", "1", "--json"],
        ["export", "-f", "jsonl", "-o", "all.jsonl", "--force"],
    ):
        done = invoke(*args)
        refuse_breakage(done, f"{args}: {says}")
        assert done.exit_code in (0, 3), f"{args}: {done.exit_code} {done.stderr} {says}"
        if args == ["status"]:
            assert run.run_id in done.stdout, says
            continue
        data = json.loads(done.stdout)["data"] if "--json" in args else None
        if args[0] == "status":
            assert run.run_id in [one["run_id"] for one in data["runs"]], says
            continue
        if args[0] == "export":
            data = json.loads((results.parent / "all.jsonl").read_text().partition("\n")[0])
        first = data["top"][0] if args[0] == "merge" else data[0] if args[0] == "top" else data
        assert first["genome_id"] == best, f"{args}: {says}"
    done = invoke("check", "--json")
    refuse_breakage(done, says)
    verdicts = {Path(one["path"]).name: one for one in json.loads(done.stdout)["data"]}
    usable = {name for name, one in verdicts.items() if one["is_usable"]}
    for path, edit in odd.items():
        one = verdicts.pop(path)
        key = edit.partition(" = ")[0].partition(".")[0]
        assert one["is_usable"] or any(word in one["reason"] for word in (key, "row counts")), (
            f"{edit}: {one['reason']}"
        )
    assert [one["verdict"] for one in verdicts.values()] == ["ok"]
    for name in odd:
        (results / name).unlink()
    # The first of those refused, and all that are not.
    is_first = True
    for place, value in edits:
        path = original.write(results, put(original.document, place, value))
        if path.name not in usable and not is_first:
            path.unlink()
            continue
        is_first = is_first and path.name in usable
        refuse_breakage(invoke("resume", other_id), f"resume: {place} = {value!r}")
        # Where the edit changed nothing that matters, it went on and published.
        for path in results.glob("*.parquet"):
            if path.name != good.name:
                path.unlink()


def refuse_breakage(done, says):
    text = done.stdout + done.stderr
    assert done.exception is None or isinstance(done.exception, SystemExit), (
        f"{done.exception!r}: {says}"
    )
    assert "Traceback" not in text, says
    assert all(ord(char) >= 32 or char == "\n" for char in text), says


def test_one_odd_value_in_metadata_hides_no_neighbour(honest, workspace):
    results = workspace / "results"
    results.mkdir()
    edits = random.Random(14).sample(list_edits(honest[2]), N_FAST)
    for start in range(0, N_FAST, 12):
        check_commands(honest, results, edits[start : start + 12])


@pytest.mark.slow
def test_no_odd_value_in_metadata_hides_a_neighbour(honest, workspace):
    results = workspace / "results"
    results.mkdir()
    edits = list_edits(honest[2])
    for start in range(0, len(edits), 24):
        check_commands(honest, results, edits[start : start + 24])


def test_no_odd_value_of_evidence_hides_a_neighbour(honest, workspace):
    results = workspace / "results"
    results.mkdir()
    new = ("evidence", "hold", "days", "trials", "is_wide")
    edits = [edit for edit in list_edits(honest[2]) if {*new} & {*edit[0]}]
    assert {word for place, _ in edits for word in place} >= {*new}
    edits += [(place, 10**400) for place, value in edits if value == -1]
    edits = random.Random(18).sample(edits, 12)
    check_commands(honest, results, edits)


def test_what_cannot_be_read_is_listed_beside_the_runs(honest, workspace):
    run, original = honest[0], honest[2]
    results = workspace / "results"
    results.mkdir()
    odd = original.write(results, put(original.document, ("spaces",), [[[]]]))
    done = invoke("status")
    assert done.exit_code == 3
    assert "No run in results can be read" in done.stdout
    assert f"note: results/{odd.name}: damaged: its metadata are damaged: spaces" in done.stderr
    (results / run.paths[0].name).write_bytes(run.paths[0].read_bytes())
    state = results / ".evosearch" / "p1-here-20260101t000000z-abcdef"
    state.mkdir(parents=True)
    (state / "run.json").write_text('{"format": "evosearch-run", "version": 1}')
    done = invoke("status")
    assert done.exit_code == 0
    assert run.run_id in done.stdout
    assert "run.json is damaged: run: missing" in done.stderr
    assert invoke("resume", state.name).exit_code == 2


@pytest.mark.slow
def test_a_damaged_description_of_a_run_is_one_message(workspace):
    (workspace / "p.toml").write_text(PROFILE.format(seed=1, results="results"))
    pieces = iter([False])
    begun = evosearch.run(load_profile("p.toml"), should_stop=lambda: next(pieces, True))
    path = workspace / "results" / ".evosearch" / begun.run_id / "run.json"
    shutil.copytree("results", "kept")
    manifest = json.loads(path.read_text())
    places = [(place, value) for place in list_places(manifest) for value in VALUES]
    for place, value in places[::8]:
        shutil.rmtree("results")
        shutil.copytree("kept", "results")
        path.write_text(json.dumps(put_plain(manifest, place, value)))
        for command in ("status", "resume"):
            refuse_breakage(invoke(command), f"{command}: {place} = {value!r}")
