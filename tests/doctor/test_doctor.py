"""Facts held against the machine, and the command in a process of its own."""

import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile

import numpy
import psutil
import pytest

from evosearch import doctor
from evosearch.cli.doctor import _measure_speed as measure
from evosearch.doctor import (
    FAILED,
    GOOD,
    WARNING,
    Finding,
    examine,
    kept,
    machine,
    places,
    software,
)
from evosearch.doctor.base import carefully
from evosearch.doctor.suggestion import suggest_profile
from evosearch.profiles.files import list_profiles

GIB = 2**30


def test_every_fact_is_true_of_this_machine(workspace):
    found = {finding.name: finding for finding in examine(workspace / "results")}
    assert found["python"].facts["version"] == platform.python_version()
    assert found["python"].facts["path"] == sys.executable
    assert found["packages"].facts["numpy"] == numpy.__version__
    assert found["packages"].state == GOOD
    assert found["numba"].facts["compile_s"] > 0
    assert found["workers"].facts["exit"] == 0
    assert found["cores"].facts["logical"] == psutil.cpu_count()
    assert 1 <= found["cores"].facts["usable"] <= psutil.cpu_count()
    assert found["memory"].facts["total_bytes"] <= psutil.virtual_memory().total
    assert found["disk"].facts["total_bytes"] == shutil.disk_usage(workspace).total
    for name in places.TOOLS:
        assert found[name].facts["path"] == shutil.which(name)
    assert all(finding.advice for finding in found.values() if finding.state != GOOD)


def test_nothing_is_left_behind(workspace):
    examine(workspace / "results")
    assert list(workspace.iterdir()) == []


def test_a_results_folder_that_is_a_file_fails(workspace):
    (workspace / "results").write_text("")
    (finding,) = places.check_results(workspace / "results")
    assert finding.state == FAILED
    assert "--results" in finding.advice


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="needs a folder that nobody can write to")
@pytest.mark.posix
def test_a_results_folder_that_cannot_be_written_to_fails():
    (finding,) = places.check_results(places.Path("/proc/here"))
    assert finding.state == FAILED
    assert "cannot be written to" in finding.text


def test_a_disk_that_is_nearly_full_is_told_from_a_full_one(tmp_path, monkeypatch):
    states = []
    for free in (100 * GIB, GIB, GIB // 10):
        usage = shutil.disk_usage(tmp_path)._replace(free=free)
        monkeypatch.setattr(places.shutil, "disk_usage", lambda path, usage=usage: usage)
        states.append(places.check_disk(tmp_path)[0].state)
    assert states == [GOOD, WARNING, FAILED]


def test_a_package_that_cannot_be_imported_fails_and_is_named(monkeypatch):
    monkeypatch.setattr(software, "PACKAGES", ("numpy", "nothing_of_that_name"))
    (finding,) = software.check_packages()
    assert finding.state == FAILED
    assert "nothing_of_that_name" in finding.text
    assert finding.facts == {"numpy": numpy.__version__}


def test_a_cache_that_cannot_be_written_to_is_a_warning_with_a_way_out(monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/nowhere/at/all")
    assert software.check_numba()[1].state == GOOD  # numba takes another folder
    monkeypatch.setattr(software.compile_cache.os, "access", lambda path, mode: False)
    compiles, cache = software.check_numba()
    assert (compiles.state, cache.state) == (GOOD, WARNING)
    assert "NUMBA_CACHE_DIR" in cache.advice


def test_a_laptop_on_its_battery_is_a_warning(monkeypatch):
    from types import SimpleNamespace

    for plugged, state in ((True, GOOD), (False, WARNING), (None, GOOD)):
        battery = SimpleNamespace(percent=40.0, power_plugged=plugged)
        monkeypatch.setattr(
            psutil, "sensors_battery", lambda battery=battery: battery, raising=False
        )
        assert machine.check_power()[0].state == state


def test_a_check_that_breaks_is_a_finding():
    def check_something():
        raise OSError("no such sensor")

    (finding,) = carefully(check_something)
    assert (finding.name, finding.state) == ("something", WARNING)
    assert "no such sensor" in finding.text


def made(state=GOOD, power=GOOD, memory=16 * GIB, **cores):
    return [
        Finding("results", state, ""),
        Finding("power", power, ""),
        Finding("memory", GOOD, "", facts={"total_bytes": memory}),
        Finding("cores", GOOD, "", facts=cores),
    ]


@pytest.mark.parametrize(
    ("platform", "findings", "profile"),
    [
        ("darwin", made(physical=10, performance=8), "pro"),
        ("darwin", made(physical=8, performance=4), "air"),
        ("win32", made(physical=8), "gamer"),
        ("linux", made(physical=16), "gamer"),
        ("linux", made(physical=16, memory=4 * GIB), "pro"),
        ("linux", made(physical=4), "pro"),
        ("linux", made(physical=2), "friend"),
        ("darwin", made(power=WARNING, physical=10, performance=8), "friend"),
        ("darwin", made(state=FAILED, physical=10, performance=8), "demo"),
    ],
)
def test_a_machine_is_offered_a_profile_that_exists(workspace, platform, findings, profile):
    found = suggest_profile(findings, platform)
    assert found.profile == profile
    assert found.profile in list_profiles()
    assert found.why
    assert found.command == f"evosearch run --profile {profile}"


@pytest.mark.parametrize(("per_s", "profile"), [(None, "friend"), (20, "friend"), (5e3, "pro")])
def test_few_cores_that_are_fast_are_offered_more(workspace, per_s, profile):
    found = suggest_profile(made(physical=2), "linux", per_s)
    assert found.profile == profile
    assert ("5,000 a second" in found.why) == (per_s == 5e3)


def run_doctor(folder, *args):
    return subprocess.run(
        [sys.executable, "-m", "evosearch", "doctor", *args],
        cwd=folder, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


@pytest.mark.slow
def test_the_command_ends_with_a_profile_and_what_to_type(workspace):
    done = run_doctor(workspace)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "" or done.stderr.startswith("note     compiling once")
    *_, profile, command = done.stdout.splitlines()
    assert profile.startswith("profile  ")
    assert command.startswith("next     evosearch run --profile ")
    assert "\x1b" not in done.stdout
    assert len(done.stdout.splitlines()) >= 15


def test_the_command_speaks_json_and_exits_with_1_when_a_check_failed(workspace):
    (workspace / "results").write_text("")
    done = run_doctor(workspace, "--json")
    assert done.returncode == 1
    data = json.loads(done.stdout)["data"]
    (failed,) = [f["name"] for f in data["findings"] if f["state"] == doctor.FAILED]
    assert failed == "results"
    assert data["suggestion"]["profile"] == "demo"


@pytest.mark.parametrize(
    ("system", "named", "found"),
    [("cp1252", "", ["cp1252"]), ("UTF-8", "", []), ("cp1252", "utf-8", []), ("UTF-8", "latin-1:replace", ["iso8859-1"])],
)  # fmt: skip
def test_output_that_lacks_letters_is_told(monkeypatch, system, named, found):
    monkeypatch.setattr("locale.getencoding", lambda: system)
    monkeypatch.setenv("PYTHONIOENCODING", named)
    findings = software.check_output()
    assert [finding.facts["encoding"] for finding in findings] == found
    assert all("PYTHONUTF8=1" in finding.advice for finding in findings)


@pytest.mark.parametrize(
    ("per_s", "bytes_per_row", "population", "generations", "size"),
    [
        (80_000, 200, 1000, 800, "160 MB"),
        (11_668, 226, 1000, 100, "23 MB"),
        (576, 226, 100, 50, "1.1 MB"),
        (1.9, 100, 4, 4, "1.6 kB"),
        (0.01, 100, 4, 1, "400 bytes"),
    ],
)
def test_a_stated_time_gives_round_numbers(per_s, bytes_per_row, population, generations, size):
    found = doctor.suggest_length("pro", per_s, bytes_per_row, 10)
    assert (found.population, found.generations) == (population, generations)
    assert found.why == f"ten seconds here: {population:,} x {generations:,}, {size} of shards"
    assert found.command == (
        f"evosearch run --profile pro --set search.population={population} "
        f"--set search.generations={generations}"
    )


@pytest.mark.posix  # whose shell pastes the commands
def test_what_is_kept_here_is_listed_and_its_commands_remove_it(tmp_path, monkeypatch):
    home = tmp_path / "Ana's home $HOME"
    made = {
        "CACHE": ("sound.jsonl", b"x" * 10),
        "STATE": ("key", b"k" * 32),
        "DATA": ("data.json", b"{}"),
    }
    for name, (file, content) in made.items():
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name))
        folder = home / name / "evosearch"
        folder.mkdir(parents=True)
        (folder / file).write_bytes(content)
    (home / "CACHE" / "evosearch" / "candles").mkdir()
    (home / "CACHE" / "evosearch" / "candles" / "one").write_bytes(b"1234")
    (home / "DATA" / "evosearch" / "bars").mkdir()
    (home / "DATA" / "evosearch" / "bars" / "one").write_bytes(b"12345")
    (home / "DATA" / "evosearch" / "something new").write_bytes(b"")
    compiled = home / "DATA" / "code"
    compiled.mkdir()
    (compiled / "kernel.nbi").write_bytes(b"123")
    monkeypatch.setattr(kept.compile_cache, "list_folders", lambda: [compiled])
    found = doctor.list_kept()
    assert [(each.name, each.n_bytes) for each in found] == [
        ("compiled code", 3),
        ("verdicts on shards", 10),
        ("candles", 4),
        ("known bars", 5),
        ("data use", 2),
        ("something new", 0),
        ("key of journals", 32),
    ]
    assert all(each.cost for each in found)
    for each in found:
        subprocess.run(["sh", "-c", each.command], check=True)
    monkeypatch.setattr(kept.compile_cache, "list_folders", list)
    assert not any(os.path.lexists(each.path) for each in found)
    assert doctor.list_kept() == []


def test_a_shell_of_windows_is_given_its_own_command(tmp_path, monkeypatch):
    folder = tmp_path / "Ana's code"
    monkeypatch.setattr(kept.compile_cache, "list_folders", lambda: [folder])
    command = doctor.list_kept("win32")[0].command
    assert command == "Remove-Item -Recurse -LiteralPath '" + str(folder).replace("'", "''") + "'"


@pytest.mark.slow
def test_the_speed_is_measured_and_its_suggestion_can_be_typed(workspace):
    data = json.loads(run_doctor(workspace, "--results", "my runs", "--json").stdout)["data"]
    speed, length = data["speed"], data["length"]
    assert speed["n_rows"] > 0 and speed["per_s"] > 0 and speed["n_bars"] == 3270
    assert speed["n_workers"] == machine.read_cores()["usable"]
    assert 50 < speed["bytes_per_row"] < 1000
    assert length["n_rows"] == length["population"] * length["generations"]
    assert length["n_bytes"] == round(length["n_rows"] * speed["bytes_per_row"])
    assert "compiled code" in [each["name"] for each in data["kept"]]
    assert list(workspace.iterdir()) == []
    program, *words = shlex.split(length["command"])
    assert words[-3].startswith("search.generations=")
    words[-3] = "search.generations=2"
    done = subprocess.run(
        [sys.executable, "-m", program, *words, "-q"],
        cwd=workspace, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [path.name for path in workspace.iterdir()] == ["my runs"]


def test_a_speed_that_cannot_be_measured_is_said_with_its_reason(workspace, monkeypatch, capsys):
    (workspace / "file").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(workspace / "file"))  # no folder for a search
    assert measure() is None
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("note     no speed could be measured: ") and "file" in said
