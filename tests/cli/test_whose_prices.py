"""Sample prices are never taken for one's own: every output says what was measured on."""

import json
import re

import pytest
from pyarrow import parquet

from evosearch.profiles import known_data
from tests.bad_input.helpers import invoke
from tests.markets import write_bars

SMALL = ["--set", "search.population=6", "--set", "search.generations=2", "--seed", "1"]
GENOME = json.dumps(
    {"n_rules": 1, "rule1_kind": "price_vs_sma", "rule1_op": "above", "rule1_period": 20,
     "stop_loss_frac": 0.03, "take_profit_frac": 0.06}
)  # fmt: skip


def run(*args):
    result = invoke("run", *SMALL, *args)
    assert result.exit_code == 0, result.output + result.stderr
    return result


def says_sample(line):
    return "sample prices" in line


def is_remedy(line):
    return says_sample(line) and "--data FILE" in line and "evosearch data use FILE" in line


@pytest.mark.parametrize("profile", ["pro", "demo"])
def test_a_run_on_the_sample_says_so_first_and_last(workspace, profile):
    result = run("-p", profile)
    assert is_remedy(result.stderr.splitlines()[0])
    lines = result.stdout.splitlines()
    assert says_sample(lines[0])
    assert is_remedy(lines[-1])
    (shard,) = (workspace / "results").glob("*.parquet")
    metadata = json.loads(parquet.read_metadata(shard).metadata[b"evosearch"])
    assert metadata["problem"]["data"]["is_sample"] is True


@pytest.mark.slow
def test_so_it_does_quietly_as_json_and_for_several(workspace):
    quiet = run("-p", "pro", "-q")
    assert says_sample(quiet.stdout.splitlines()[0])
    assert is_remedy(quiet.stdout.splitlines()[-1])
    assert quiet.stderr == ""
    whole = json.loads(run("-p", "pro", "--json").stdout)
    assert whole["data"]["data"]["is_sample"] is True
    assert is_remedy(whole["warnings"][0])
    several = run("-p", "pro", "--seeds", "2")
    assert is_remedy(several.stderr.splitlines()[0])
    assert several.stderr.count("\ndata     ") == 1  # the same for both
    assert says_sample(several.stdout.splitlines()[0])
    assert is_remedy(several.stdout.splitlines()[-1])
    whole = json.loads(run("-p", "pro", "-p", "air", "--json").stdout)
    assert [each["data"]["is_sample"] for each in whole["data"]["searches"]] == [True, True]
    assert [is_remedy(text) for text in whole["warnings"]].count(True) == 1
    assert [text for text in whole["warnings"] if "bundled sample ibm-daily" in text]


@pytest.mark.slow
def test_so_do_resume_and_evaluate(workspace):
    run_id = json.loads(run("-p", "pro", "--json").stdout)["data"]["run_id"]
    more = invoke("resume", run_id, "-g", "3")
    assert is_remedy(more.stderr.splitlines()[0])
    assert says_sample(more.stdout.splitlines()[0])
    assert is_remedy(more.stdout.splitlines()[-1])
    found = invoke("evaluate", "-p", "pro", "--params", GENOME)
    assert is_remedy(found.stdout.splitlines()[0])
    assert is_remedy(found.stdout.splitlines()[-1])
    whole = json.loads(invoke("evaluate", "-p", "pro", "--params", GENOME, "--json").stdout)
    assert whole["data"][0]["is_sample"] is True
    assert is_remedy(whole["warnings"][0])
    shown = invoke("show", "1")
    assert re.search(r"^Prices: ibm-daily.*\nThey are a sample that comes with", shown.stdout, re.M)


def test_ones_own_file_is_named_with_all_that_tells_it_from_another(workspace):
    write_bars(workspace / "btc.csv", n=1200)
    result = run("-p", "pro", "--data", "btc.csv", "--set", "problem.last_bars=1000")
    assert not says_sample(result.stdout + result.stderr)
    (line,) = re.findall("^data .*", result.stderr, re.M)
    assert re.fullmatch(
        r"data     btc\.csv \([0-9a-f]{8}\), 5-minute bars, newest 1,000 of 1,200, "
        r"2025-10-10 to 2025-10-14, 300 held out(, no gaps)?",
        line,
    )
    assert re.search(r"\n         read as CSV with a header.*times in UTC\n", result.stderr)
    shown = invoke("show", "1").stdout
    assert f"on this machine: {workspace / 'btc.csv'}" in shown
    own = run("-p", "pro", "--data", "btc.csv", "--set", "problem.until=2025-10-13", "--json")
    summary = json.loads(own.stdout)["data"]["data"]
    assert summary["until"] == "2025-10-13T00:00:00Z"
    assert summary["last_bar_utc"] == "2025-10-12T23:55:00Z"
    assert str(workspace) not in own.stdout.replace(str(workspace / "results"), "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "words"),
    [("btc.parquet", "times in UTC"), ("btc.csv", "read as CSV")],
)
def test_data_use_sets_the_prices_of_this_machine(workspace, monkeypatch, name, words):
    write_bars(workspace / name)
    assert "No file of prices is set" in invoke("data", "use").stdout
    done = invoke("data", "use", name)
    assert done.exit_code == 0, done.stderr
    assert f"set      {workspace / name}" in done.stdout
    assert "5-minute bars, all 1,200, 2025-10-10 to 2025-10-14" in done.stdout
    assert words in done.stdout
    (workspace / "deeper").mkdir()
    monkeypatch.chdir(workspace / "deeper")
    now = invoke("data", "use")
    assert str(workspace / name) in now.stdout
    assert "evosearch data use --remove" in now.stdout
    assert json.loads(invoke("data", "use", "--json").stdout)["data"] == {
        "data": str(workspace / name)
    }
    assert name in run("-p", "pro").stderr
    (workspace / name).unlink()
    for command in (
        ["run", "-p", "pro"],
        ["data", "use"],
        ["evaluate", "-p", "pro", "--params", GENOME],
    ):
        gone = invoke(*command)
        assert gone.exit_code == 2
        assert name in gone.stderr
        assert "evosearch data use --remove" in gone.stderr
    demo = invoke("run", "-p", "demo", *SMALL)  # it names its own
    assert demo.exit_code == 0
    assert demo.stdout.splitlines()[-1].endswith("name your own: --data FILE")
    assert invoke("data", "use", "--remove").exit_code == 0
    assert says_sample(run("-p", "pro").stdout.splitlines()[0])


@pytest.mark.slow
def test_shards_of_one_window_merge_whatever_bar_their_files_end_at(workspace):
    for name, n in (("short.csv", 1150), ("long.csv", 1200)):
        write_bars(workspace / name, n=n)
        run(
            "-p",
            "pro",
            "--data",
            name,
            "--set",
            "problem.until=2025-10-13T12:00:00Z",
            "--results",
            "same",
        )
        run("-p", "pro", "--data", name, "--results", "other")
    assert invoke("merge", "same/*.parquet").exit_code == 0
    assert invoke("merge", "other/*.parquet").exit_code == 4


def test_what_cannot_be_used_is_not_set(workspace):
    (workspace / "bad.csv").write_text("timestamp,open\n1,2\n")
    for file in ("bad.csv", "none.csv", ".", "sample:none"):
        refused = invoke("data", "use", file)
        assert refused.exit_code == 2, file
        assert "Traceback" not in refused.stderr
        assert known_data.read_setting() is None
    both = invoke("data", "use", "bad.csv", "--remove")
    assert both.exit_code == 2
