"""Promise 5: of a stranger's shard, and of a stranger's journal, nothing is run, read or joined."""

import json
import os
import shutil
import socket
import subprocess
import sys

import pytest

import evosearch
from evosearch.assemble.searching.parts import describe_problem
from evosearch.assemble.searching.recorded import parse_recorded
from evosearch.errors import EnvironmentFailed, IncomparableShards, UsageError
from evosearch.profiles.files import Draft
from evosearch.profiles.loaded import LoadedProfile
from evosearch.profiles.tables import Profile
from evosearch.shards.format.records import is_toml
from evosearch.shards.reading.summary import read_manifest_of_shard
from evosearch.shards.writing.journal import STATE_FOLDER, list_journals, read_manifest
from evosearch.shards.writing.signing import find_key_file
from tests import runs
from tests.bad_input.helpers import invoke, picture
from tests.forging import forge, forge_profile, with_tables

QUICK = """seed = 3
[search]
population = 6
generations = 2
[problem]
name = "{name}"
[run]
backend = "serial"
"""
CANARY = "open('PWNED', 'w').close()\n"
TRADING = {"name": "trading", "n_genes": None}

# What a stranger's profile says, how the refusal ends, and what it must say.
KINDS = {
    "a function": ({"problem": {"name": "subprocess:getoutput", "cmd": "touch PWNED"}}, 2, "--profile NAME"),
    "a system call": ({"problem": {"name": "os:system", "command": "touch PWNED"}}, 2, "--profile NAME"),
    "a method": ({"problem": {"name": "pathlib:Path.touch", "self": "PWNED"}}, 2, "--profile NAME"),
    "a module here": ({"problem": {"name": "canary:Toy"}}, 2, "--profile NAME"),
    "a file here": ({"problem": {"name": "canary.py:Toy"}}, 2, "--profile NAME"),
    "a file beside the results": ({"problem": {"name": "results/canary.py:Toy"}}, 2, "--profile NAME"),
    "a file by its path": ({"problem": {"name": "{here}/canary.py:Toy"}}, 2, "--profile NAME"),
    "a name with escapes": ({"problem": {"name": "\x1b]0;owned\x07:x"}}, 2, "\\x1b]0;owned"),
    "a long name": ({"problem": {"name": "x" * 100_000 + ":y"}}, 2, "--profile NAME"),
    "a file": ({"problem": TRADING | {"data": "{here}/bars.csv"}}, 2, "--data FILE"),
    "a device": ({"problem": TRADING | {"data": "/dev/zero"}}, 2, "--data FILE"),
    "a pipe": ({"problem": TRADING | {"data": "{here}/pipe"}}, 2, "--data FILE"),
    "no text": ({"problem": TRADING | {"data": ["/dev/zero"]}}, 2, "--data FILE"),
    "a sample that is a path": ({"problem": TRADING | {"data": "sample:../../../../{here}/bars"}}, 2, "No sample"),
    "another problem": ({"problem": TRADING | {"data": "sample:ibm-daily"}}, 4, "measures has changed"),
    "far too many individuals": ({"search": {"population": 10**9}}, 2, "does not state"),
    "far too many genes": ({"problem": {"n_genes": 10**9}}, 2, "n_genes"),
    "far too many periods": ({"problem": TRADING | {"periods": [*range(1, 100_000)]}}, 2, "periods"),
    "an unknown key": ({"search": {"hooks": "x"}}, 2, "does not state"),
    "no seed": (lambda honest: honest.replace("seed = 3", ""), 2, "does not state"),
    "another seed": (lambda honest: honest.replace("seed = 3", "seed = 4"), 2, "does not state"),
    "another search": ({"search": {"population": 5}}, 4, "cannot be continued"),
    "no TOML": ("x = [", 2, "no valid TOML"),
    "no profile": ("", 2, "does not state"),
    "deep lists": ("x = " + "[" * 100_000, 2, "no valid TOML"),
    "deep keys": ("a." * 100_000 + "b = 1", 2, "no valid TOML"),
    "deep tables": ("[" + "a." * 100_000 + "b]", 2, "no valid TOML"),
    "hidden deep keys": ("x = {p = ''' \" ''', " + "a." * 100_000 + "b = '\"'}", 2, "no valid TOML"),
    "a number of a million digits": ("seed = 0x" + "f" * 1_000_000, 2, "no valid TOML"),
}  # fmt: skip


def make(folder, name="sphere"):
    """A finished run whose profile this machine does not have; the path of its shard."""
    profile = folder / "q.toml"
    profile.write_text(QUICK.format(name=name))
    ran = evosearch.run(evosearch.load_profile(str(profile)))
    profile.unlink()
    return ran.paths[0].absolute()


def set_traps(folder):
    (folder / "canary.py").write_text(CANARY)
    (folder / "results" / "canary.py").write_text(CANARY)
    (folder / "bars.csv").write_text("timestamp,open,high,low,close,volume\n")
    (folder / "bars.parquet").write_bytes(b"PAR1")
    os.mkfifo(folder / "pipe")


def tell(shard, kind, here):
    """Let a shard tell what one of the kinds says."""
    told = KINDS[kind][0]
    if isinstance(told, dict):
        text = json.dumps(told).replace("{here}", str(here))
        told = with_tables(**json.loads(text))
    return forge_profile(shard, told)


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("honest")
    before = os.getcwd()
    os.chdir(folder)
    yield make(folder)
    os.chdir(before)


@pytest.fixture
def shard(honest, workspace):
    (workspace / "results").mkdir()
    return workspace / shutil.copy(honest, workspace / "results")


def run_of(path):
    return path.name.rsplit("-", 2)[0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.posix
def test_nothing_happens_but_one_message(kind, shard, workspace):
    set_traps(workspace)
    forged = tell(shard, kind, workspace)
    before = picture(workspace)
    result = invoke("resume", run_of(forged), "-g", "9")
    _, code, says = KINDS[kind]
    assert result.exit_code == code, result.output + result.stderr
    assert says in result.stderr.replace("\n", " ")
    assert "Traceback" not in result.stderr and len(result.stderr) < 2000
    assert picture(workspace) == before  # PWNED is not written, nor is a journal


@pytest.mark.parametrize(
    ("is_ours", "text"),
    [
        (True, Profile(name="a", description="'\"\\\n\"\"\"'''x", problem={"name": "x"}).to_toml()),
        (True, 'x = [\'a"b\', "", "it\'s"]  # it\'s "so\n'),
        (False, "x = {p = ''' \" ''', " + "a." * 20_000 + "b = '\"'}"),
        (False, "x = {p = '\"', " + "a." * 20_000 + "b = '\"'}"),
        (False, 'x = {p = "\'", ' + "a." * 20_000 + 'b = "\'"}'),
        (False, 'x = {p = "\\\\", ' + "a." * 20_000 + 'b = "\'"}'),
        (False, "x = 0x" + "f" * 10_000),
    ],
)
def test_no_quotes_hide_what_would_keep_tomllib_busy(is_ours, text):
    assert is_toml(text) is is_ours


AUDIT = """
import json, sys
seen, names, kinds = [], [], {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "socket.connect"}
def hook(event, arguments):
    if event in kinds or (event in ("open", "import") and any(n in str(arguments[0]) for n in names)):
        seen.append(f"{event} {arguments[:2]}")
from tests.assemble.test_strangers import KINDS, run_of, tell
from tests.bad_input.helpers import invoke
import shutil, os
from pathlib import Path
here, source = Path.cwd(), Path(sys.argv[1])
invoke("resume", "x")
names += ["canary", "bars.csv", "bars.parquet", "pipe", "/dev/", "PWNED"]
sys.addaudithook(hook)
for kind in KINDS:
    shutil.rmtree("results")
    os.mkdir("results")
    path = tell(Path(shutil.copy(source, "results")), kind, here)
    for command in ("status", "check", "merge", "top", "show", "export", "resume"):
        more = {"resume": [run_of(path), "-g", "9"], "show": ["1"]}.get(command, [])
        invoke(command, *more)
        if seen:
            sys.exit(f"{kind}, {command}: {seen}")
"""


@pytest.mark.slow
@pytest.mark.posix
def test_nothing_that_it_names_is_touched_by_any_command(shard, workspace):
    set_traps(workspace)
    (workspace / "kept").mkdir()
    source = shutil.move(shard, workspace / "kept" / shard.name)
    done = subprocess.run(
        [sys.executable, "-c", AUDIT, str(source)],
        cwd=workspace, env=runs.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_no_cluster_that_it_names_is_joined_and_nothing_is_written_where_it_says(shard, workspace):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        there = {"backend": "ray", "address": address, "results": str(workspace / "there")}
        forged = forge_profile(shard, with_tables(run=there | {"workers": 4000, "timeout_s": 1e-9}))
        result = invoke("resume", run_of(forged), "-g", "3")
        assert result.exit_code == 0, result.stderr
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert not (workspace / "there").exists()
    assert sum(status.n_published for status in evosearch.status().runs) == 18


@pytest.mark.parametrize(
    "told",
    [
        {"fingerprint": "0" * 32},
        {"version": "99"},
        {"direction": "maximize"},
        {"objective": "another"},
        {"parts": {}, "fingerprint": "0" * 32},
    ],
)
def test_a_shard_that_contradicts_what_it_measured_goes_no_further(told, shard, workspace):
    def change(metadata):
        metadata["problem"] |= told

    forged = forge(shard, change)
    before = picture(workspace)
    with pytest.raises((IncomparableShards, UsageError), match="cannot be (continued|read)"):
        evosearch.resume(run_of(forged), generations=3)
    assert picture(workspace) == before


def longer(folder, generations):
    """The rows of a run that was longer from its start."""
    (folder / "long.toml").write_text(QUICK.format(name="sphere"))
    profile = evosearch.load_profile(
        str(folder / "long.toml"), generations=generations, results=str(folder / "long" / "results")
    )
    evosearch.run(profile)
    return runs.read_rows(folder / "long")


def test_a_strangers_run_of_a_built_in_problem_goes_further_to_the_same_rows(shard, workspace):
    evosearch.resume(run_of(shard), generations=4)
    assert runs.read_rows(workspace) == longer(workspace, 4)
    assert runs.leftovers(workspace) == []


def test_the_local_profile_of_that_name_says_what_is_joined_and_the_run_how_it_is_searched(
    shard, workspace
):
    (workspace / "profiles").mkdir()
    local = workspace / "profiles" / "q.toml"
    text = QUICK.format(name="sphere").replace("= 6", "= 8").replace("seed = 3", "seed = 4")
    local.write_text(text)
    result = invoke("resume", run_of(shard), "-g", "4")
    assert result.exit_code == 0, result.stderr
    assert f"profile  {local}" in result.stderr
    assert runs.read_rows(workspace) == longer(workspace, 4)


@pytest.mark.posix
def test_a_profile_of_that_name_with_another_problem_is_not_meant(shard, workspace):
    (workspace / "profiles").mkdir()
    (workspace / "profiles" / "q.toml").write_text(QUICK.format(name="sphere"))
    forged = tell(shard, "a function", workspace)
    result = invoke("resume", run_of(forged), "-g", "4")
    assert result.exit_code == 2
    assert "--profile NAME" in result.stderr
    assert not (workspace / "PWNED").exists()


def test_a_problem_of_ones_own_comes_from_a_profile_of_this_machine(tmp_path, monkeypatch):
    there, here = runs.make_project(tmp_path / "there"), runs.make_project(tmp_path / "here")
    monkeypatch.chdir(there)
    first = evosearch.run("made").paths[0].absolute()
    monkeypatch.chdir(here)
    (here / "profiles" / "made.toml").rename(here / "mine.toml")
    (here / "results").mkdir()
    shutil.copy(first, here / "results")
    refused = invoke("resume", run_of(first), "-g", "8")
    assert refused.exit_code == 2
    assert f"evosearch resume {run_of(first)} --profile NAME" in refused.stderr
    assert "made.py:Made" in refused.stderr
    done = invoke("resume", run_of(first), "-g", "8", "--profile", "mine.toml", "-q")
    assert done.exit_code == 0, done.stderr
    os.chdir(there)
    evosearch.resume(run_of(first), generations=8)
    assert runs.read_rows(here) == runs.read_rows(there)
    os.chdir(here)
    (here / "made.py").write_text(runs.PROBLEM.replace('version = "1"', 'version = "2"'))
    changed = runs.evosearch(here, "resume", run_of(first), "-g", "9", "-p", "mine.toml")
    assert (changed.returncode, "version: 1 | 2" in changed.stderr) == (4, True)
    assert list_journals(here / "results") == []


def test_options_of_a_local_profile_can_be_set(tmp_path, monkeypatch):
    folder = runs.make_project(tmp_path)
    monkeypatch.chdir(folder)
    evosearch.run(evosearch.load_profile("made", ["problem.pause_s=0.001"]))
    (path,) = (folder / "results").glob("*.parquet")
    done = invoke("resume", run_of(path), "-g", "7", "-p", "made", "--set", "problem.pause_s=0.001")
    assert done.exit_code == 0, done.stderr
    assert invoke("resume", run_of(path), "--set", "seed=1").exit_code == 2


# Journals: the own one is believed, wherever it stands now; any other is not.


def interrupt(folder, results="results"):
    """A run stopped after its first generation; the folder of its journal."""
    ended = []
    evosearch.run(
        "made",
        listen=lambda event: ended.append(event) if "Finished" in type(event).__name__ else None,
        should_stop=lambda: bool(ended),
        results=results,
    )
    ((place, _),) = list_journals(folder / results)
    return place


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = runs.make_project(tmp_path / "p1")
    monkeypatch.chdir(folder)
    return folder


def rewrite(place, **changes):
    """What a stranger can do: another text under the old signature."""
    document = json.loads((place / "run.json").read_text())
    (place / "run.json").write_text(json.dumps(document | changes))


def test_a_moved_folder_is_resumed_without_a_question(project):
    interrupt(project)
    (project / "profiles" / "made.toml").unlink()
    moved = project.rename(project.with_name("p2"))
    os.chdir(moved.parent)
    assert evosearch.resume(results="p2/results").n_evaluated == 60
    assert len(runs.read_rows(moved)) == 60


def test_an_own_journal_of_a_renamed_host_is_believed(project, monkeypatch):
    place = interrupt(project)
    (project / "profiles" / "made.toml").unlink()
    monkeypatch.setattr("platform.node", lambda: "renamed")
    assert evosearch.resume(place.name).n_evaluated == 60


@pytest.mark.parametrize("key", ["another machine", "none"])
def test_a_journal_of_another_machine_needs_a_profile_here(key, project, monkeypatch):
    place = interrupt(project)
    kept = find_key_file().read_bytes()
    if key == "none":
        find_key_file().unlink()
    else:
        find_key_file().write_bytes(bytes(32))
    try:
        (project / "profiles" / "made.toml").rename(project / "mine.toml")
        with pytest.raises(UsageError, match="--profile NAME"):
            evosearch.resume()
        stopped = evosearch.resume(profile="mine.toml", should_stop=lambda: True)
        assert stopped.reason == "stopped"
        if key != "none":  # it is ours from here on
            assert evosearch.resume(place.name).n_evaluated == 60
    finally:
        find_key_file().write_bytes(kept)


def test_a_planted_journal_runs_nothing(project):
    place = interrupt(project)
    (project / "canary.py").write_text(CANARY)
    for name in ("subprocess:getoutput", "canary.py:Toy", "canary:Toy"):
        text = with_tables(problem={"name": name, "pause_s": None, "cmd": "touch PWNED"})
        forged = text(read_manifest(place)["profile_toml"])
        rewrite(place, profile_toml=forged.replace('name = "made"', 'name = "gone"'))
        before = picture(project)
        result = invoke("resume")
        assert (result.exit_code, "--profile NAME" in result.stderr) == (2, True), result.stderr
        rewrite(place, local_toml=forged)
        assert invoke("resume").exit_code == 2
        after = picture(project)
        assert {*after} == {*before}
    # What is measured is then told by a profile that is named here, not by the journal.
    rewrite(place, profile_toml=forged.replace("gone", "made"), local_toml=None)
    assert evosearch.resume(profile="made").n_evaluated == 60
    assert not (project / "PWNED").exists()


def test_a_run_given_an_object_does_not_make_its_text_ones_own(shard, workspace, monkeypatch):
    text = {"problem": {"name": "canary.py:Toy", "n_genes": None}}
    forged = forge_profile(shard, with_tables(**text))
    (workspace / "canary.py").write_text(CANARY)
    from evosearch.problems.analytic import Sphere

    monkeypatch.setattr(
        "evosearch.assemble.searching.parts.compute_fingerprint", lambda parts: "0" * 32
    )
    recorded = parse_recorded(read_manifest_of_shard(forged, run_of(forged))["profile_toml"])
    problem = describe_problem(Sphere(), LoadedProfile.of(recorded, Draft("forged", {})))
    forged = forge(forged, lambda metadata: metadata | {"problem": problem})
    run_id = run_of(forged)
    asked = iter([False] * 3)
    evosearch.resume(run_id, problem=Sphere(), generations=9, should_stop=lambda: next(asked, True))
    assert [place.name for place, _ in list_journals(workspace / "results")] == [run_id]
    with pytest.raises(UsageError, match="--profile NAME"):
        evosearch.resume(run_id)
    assert not (workspace / "PWNED").exists()


@pytest.mark.parametrize(
    "what", ["link", "pipe", "huge", "commits", "other run", "log", "log pipe"]
)
@pytest.mark.posix
def test_a_planted_journal_of_odd_files_harms_nothing(what, project):
    place = interrupt(project)
    victim = project / "victim"
    victim.write_text("precious" * 200_000)
    if what == "link":
        (place / "lock").unlink()
        (place / "lock").symlink_to(victim)
    elif what == "pipe":
        (place / "run.json").unlink()
        os.mkfifo(place / "run.json")
    elif what == "huge":
        with (place / "run.json").open("wb") as file:
            file.truncate(2**40)
    elif what == "commits":
        (place / "1-x.parquet").write_text("x")
        (place / "12345678-x.parquet").write_text("x")
    elif what.startswith("log"):
        log = place.parent / "logs" / place.name / "worker-0.log"
        log.parent.mkdir(parents=True)
        log.symlink_to(victim) if what == "log" else os.mkfifo(log)
    else:
        place.rename(place.with_name("other-run"))
    result = invoke("resume", "-q", "--backend", "processes" if "log" in what else "serial")
    harmless = {"commits": 0, "log": 0, "log pipe": 0, "link": 5}
    assert result.exit_code == harmless.get(what, 2), result.stderr
    assert "Traceback" not in result.stderr
    assert victim.read_text() == "precious" * 200_000


@pytest.mark.parametrize("point", ["write:1", pytest.param("remove:1", marks=pytest.mark.slow)])
def test_the_remains_of_a_run_that_died_are_swept_by_the_next(point, project):
    died = runs.evosearch(project, "run", "-p", "made", EVOSEARCH_FAILPOINT=point)
    assert died.returncode == -9
    (left,) = (project / "results" / STATE_FOLDER).iterdir()
    if point == "write:1":
        assert {path.name[:5] for path in left.iterdir()} == {"lock", ".tmp-"}
    else:
        assert {path.name for path in left.iterdir()} == {"lock"}
    evosearch.run("made")
    assert runs.leftovers(project) == []


def test_an_empty_log_of_an_earlier_sitting_does_not_stay(project):
    place = interrupt(project)
    logs = place.parent / "logs" / place.name
    logs.mkdir(parents=True)
    (logs / "worker-0.log").write_bytes(b"")
    evosearch.resume()
    assert runs.leftovers(project) == []


def test_what_continues_a_run_whose_cluster_is_gone_does_not_ask_that_cluster(project, monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    place = interrupt(project)
    with pytest.raises(EnvironmentFailed, match=f"resume {place.name} --backend processes"):
        evosearch.resume(backend="ray")


def test_paths_in_printed_commands_can_be_pasted(project):
    interrupt(project, results="my results")
    printed = invoke("status", "--results", "my results").stdout
    assert "--results 'my results'" in printed
