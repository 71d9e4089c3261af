"""What a shell's Tab key fills in, asked as the shells ask."""

import pytest
from typer.testing import CliRunner

from evosearch.cli.commands import app
from tests import runs
from tests.cli.test_commands import invoke


@pytest.fixture
def project(workspace):
    made = runs.make_project(workspace, generations=1)
    assert invoke("run", "-p", "made", "-q").exit_code == 0
    return made


def fill(line, shell="bash"):
    """Words that a shell would offer at the end of a line."""
    words = line.split(" ")
    env = {
        "bash": {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
        "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
        "powershell": {
            "_TYPER_COMPLETE_ARGS": line,
            "_TYPER_COMPLETE_WORD_TO_COMPLETE": words[-1],
        },
    }[shell]
    asked = {**env, "_EVOSEARCH_COMPLETE": f"complete_{shell}"}
    done = CliRunner().invoke(app, [], env=asked, prog_name="evosearch")
    assert done.stderr == ""
    return done.stdout.strip()


@pytest.mark.parametrize("shell", ["zsh", "bash", "fish", "powershell"])
def test_every_shell_gets_the_values_of_options(project, shell):
    assert "made" in fill("evosearch run --profile ma", shell)
    assert "pro" not in fill("evosearch run --profile ma", shell)
    assert "sharp" not in fill("evosearch top --columns zz", shell)


def test_names_of_profiles_runs_columns_and_choices_are_filled_in(project):
    (shard,) = (project / "results").glob("*.parquet")
    (run,) = fill("evosearch resume ma").split()
    assert shard.name.startswith(run)
    assert fill("evosearch profiles show ma").split() == ["made"]
    assert fill("evosearch profiles new x --from ma").split() == ["made"]
    assert fill("evosearch top --format ").split() == ["table", "csv", "json", "md"]
    assert fill("evosearch top --lang ").split() == ["en", "es"]
    assert fill("evosearch run --backend th").split() == ["threads"]
    assert fill("evosearch top --sort fit").split() == ["fitness"]
    assert fill("evosearch top --columns rank,fit").split() == ["rank,fitness"]
    assert fill("evosearch top --columns fitness,fit").split() == []
    assert fill(f"evosearch top {shard} --columns fit").split() == ["fitness"]
    assert len(fill("evosearch top --host ").split()) == 1


def test_another_results_folder_has_other_runs(project):
    (project / "results").rename(project / "other")
    assert fill("evosearch resume ma") == ""
    assert fill("evosearch resume --results other ma").startswith("made-")


def test_nothing_that_is_broken_is_said_or_filled_in(project):
    (shard,) = (project / "results").glob("*.parquet")
    shard.write_bytes(b"PAR1 is not a shard PAR1")
    assert fill("evosearch top --columns fit") == ""
    assert fill("evosearch top --host ") == ""
    (project / "profiles" / "$(touch here).toml").write_text("")
    assert "$" not in fill("evosearch run --profile ")
    assert "made" in fill("evosearch run --profile ")


# As `python -m evosearch` is called.
NAME = "_PYTHON _M EVOSEARCH_COMPLETE"


@pytest.mark.slow
def test_the_command_itself_answers_a_shell(project):
    asked = {"COMP_WORDS": "evosearch run -p ma", "COMP_CWORD": "3"}
    done = runs.evosearch(project, **asked, **{NAME: "complete_bash"})
    assert done.stdout.split() == ["made"]
