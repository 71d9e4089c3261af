"""``evosearch profiles``: shown at a glance, and new ones written."""

import json
import re
import tomllib

import pytest

from evosearch import load_profile
from evosearch.algorithms import ALGORITHMS, find_settings
from evosearch.algorithms.settings import GeneticSettings
from evosearch.assemble.settings.words import find_words
from evosearch.profiles.tables import RunTable, SearchTable
from evosearch.trading.options import TradingOptions
from evosearch.trading.words.describe import OPTION_WORDS
from tests.assemble.test_settings import SHIPPED, own
from tests.cli.test_commands import invoke, run_json

__all__ = ["own"]  # a fixture


def read_values(name, *args):
    shown = run_json("profiles", "show", name, *args)
    return {key: value for key, value in shown.items() if key not in ("name", "origins")}


def test_a_profile_is_shown_in_aligned_columns_of_80_characters(workspace):
    (workspace / "profiles").mkdir()
    (workspace / "profiles" / "mine.toml").write_text(
        'extends = "demo"\n[search]\nstagnation = 9\n'
    )
    text = invoke("profiles", "show", "mine", "--seed", 3, "--set", "problem.max_rules=2").stdout
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert "mine: A first look" in lines[0]
    files = [line.split()[-1] for line in lines[1:4]]
    assert [re.split(r"[\\/]", file)[-1] for file in files] == [
        "mine.toml",
        "demo.toml",
        "pro.toml",
    ]
    assert files[0] == str((workspace / "profiles" / "mine.toml").relative_to(workspace))
    rows = {line.split()[0]: line for line in lines if re.match(r"[a-z]+(\.[a-z_]+)?  ", line)}
    shown = run_json("profiles", "show", "mine")
    keys = {key for key in shown["origins"] if key not in ("name", "description")}
    assert keys == {*rows} - {"files"}
    place = rows["seed"].index("--seed")
    for key, ending in (
        ("seed", "3 --seed"), ("search.stagnation", "9 mine.toml:3"),
        ("search.population", "30 demo.toml:6"), ("problem.risk", '"medium" pro.toml:10'),
        ("problem.max_rules", "2 --set problem.max_rules"), ("run.budget", "not set default"),
        ("problem.take_profit_range", "[0.04, 0.1] follows from problem.risk"),
    ):  # fmt: skip
        assert " ".join(rows[key].split()).replace("profiles/", "").endswith(ending), key
        assert rows[key][place - 1] == " " != rows[key][place]
    assert "drawn at the start" in invoke("profiles", "show", "pro").stdout


def test_all_mistakes_in_options_and_variables_are_told_by_their_names(workspace, monkeypatch):
    monkeypatch.setenv("EVOSEARCH_WORKERS", "x")
    for command in (["profiles", "show", "pro"], ["run", "-p", "pro"]):
        result = invoke(*command, "--backend", "y", "--set", "problem.until=inf")
        assert result.exit_code == 2
        for name in ("EVOSEARCH_WORKERS: ", "--backend: ", "--set problem.until: "):
            assert name in result.stderr
    assert not list(workspace.iterdir())


@pytest.mark.parametrize("base", SHIPPED)
def test_a_new_profile_has_all_values_of_its_base(workspace, base):
    written = run_json("profiles", "new", "mine", "--from", base)
    path = workspace / written["path"]
    assert path == workspace / "profiles" / "mine.toml"
    assert read_values("mine") == read_values(base)
    text = path.read_text(encoding="utf-8")
    assert "evosearch run --profile mine" in text.splitlines()[-1]
    assert invoke("profiles", "validate", "mine").exit_code == 0
    # Without the # it names nothing that is not a key.
    keys = set(re.findall(r"^(?:# )?([a-z_]+) = ", text, re.MULTILINE))
    models = (SearchTable, GeneticSettings, RunTable, TradingOptions)
    assert keys == {"description", "seed", "name"}.union(*(m.model_fields for m in models))


def test_every_line_of_a_new_profile_is_right_when_it_is_used(workspace):
    path = workspace / run_json("profiles", "new", "mine")["path"]
    text = path.read_text(encoding="utf-8")
    before = load_profile("mine")
    unused = re.findall(r"^# ([a-z_]+ = .+)$", text, re.MULTILINE)
    assert "seed = 1" in unused
    for line in unused:
        path.write_text(text.replace(f"# {line}", line), encoding="utf-8")
        assert load_profile("mine") != before, line


def test_every_setting_has_words():
    for name in ALGORITHMS:
        fields = find_settings(name).model_fields.values()
        assert all(field.description for field in fields)
    for table, model in (("search", SearchTable), ("run", RunTable)):
        assert all(all(find_words(f"{table}.{key}", "trading")) for key in model.model_fields)
    assert all(find_words("seed", "")) and all(find_words("problem.name", ""))
    assert {*TradingOptions.model_fields} <= {*OPTION_WORDS}


def test_a_new_profile_overwrites_nothing_and_has_a_name_that_fits(workspace):
    assert invoke("profiles", "new", "mine").exit_code == 0
    before = (workspace / "profiles" / "mine.toml").read_bytes()
    again = invoke("profiles", "new", "mine", "--from", "air")
    assert again.exit_code == 2
    assert "exists already" in again.stderr
    assert (workspace / "profiles" / "mine.toml").read_bytes() == before
    for name in ("../x", "Mine", "con", "x.toml", "", "a b", "x" * 65):
        result = invoke("profiles", "new", name)
        assert result.exit_code == 2
        assert "Traceback" not in result.output
    assert invoke("profiles", "new", "other", "--from", "nothing").exit_code == 2
    assert [path.name for path in (workspace / "profiles").iterdir()] == ["mine.toml"]
    hidden = invoke("profiles", "new", "pro")
    assert hidden.exit_code == 0
    assert "now means this file" in hidden.stderr


def test_a_file_in_place_of_the_folder_is_told(workspace):
    (workspace / "profiles").write_text("")
    result = invoke("profiles", "new", "mine")
    assert result.exit_code == 2
    assert "is a file here" in result.stderr


def test_profiles_that_lie_above_are_told_to_be_hidden(workspace, monkeypatch):
    assert invoke("profiles", "new", "mine").exit_code == 0
    (workspace / "below").mkdir()
    monkeypatch.chdir(workspace / "below")
    result = invoke("profiles", "new", "second", "--from", "mine")
    assert result.exit_code == 0
    assert "by their path alone" in result.stderr
    assert (workspace / "below" / "profiles" / "second.toml").is_file()


def test_a_new_profile_of_ones_own_problem(own, monkeypatch):
    written = run_json("profiles", "new", "second", "--from", "lens")
    assert read_values("second") == read_values("lens")
    text = (own / written["path"]).read_text(encoding="utf-8")
    values = tomllib.loads(text)
    # What its author chose in the code stays there: a list is no tuple.
    assert values["problem"] == {"name": "lens.py:Lens", "glass": 2.0}
    assert type(values["problem"]["glass"]) is float
    assert "# levels = [1, 2]" in text
    # From elsewhere its file is found, too.
    (own / "far").mkdir()
    monkeypatch.chdir(own / "far")
    run_json("profiles", "new", "third", "--from", str(own / "profiles" / "lens.toml"))
    assert read_values("third")["problem"]["glass"] == 2.0


def test_data_of_the_base_are_kept_as_they_are_typed(workspace):
    (workspace / "profiles").mkdir()
    name = "C:\\bars\\my btc.csv"
    (workspace / "profiles" / "win.toml").write_text(
        f"extends = 'pro'\n[problem]\ndata = '{name}'\n"
    )
    assert invoke("profiles", "new", "mine", "--from", "win").exit_code == 0
    assert read_values("mine")["problem"]["data"] == name
    assert f"data = '{name}'" in (workspace / "profiles" / "mine.toml").read_text()
    assert name in json.dumps(invoke("profiles", "show", "mine").stdout).replace("\\\\", "\\")


def test_a_profile_is_shown_in_words_first(workspace):
    words = invoke("profiles", "show", "pro", "--set", "problem.fee_frac=0.001").stdout
    said = words.split("seed ")[0]
    for text in ("Sharpe a day", "30 trades", "newest 30 %", "0.1 % of its value", "0.05 %",
                 "open of the next", "10,000"):  # fmt: skip
        assert text in said
    assert not re.search(r"[a-z]_[a-z]", said)
    bare = ("problem.fill='same_close'", "problem.holdout_frac=0", "problem.min_trades=1")
    sets = [word for each in bare for word in ("--set", each)]
    said = invoke("profiles", "show", "pro", *sets).stdout.split("seed ")[0]
    for text in ("no hold-out", "fewer than 1 trade ranks", "that same close", "no slippage"):
        assert text in said
