"""Names, errors and categories from a stranger's shard: shown letter by letter, never obeyed."""

import pytest

from tests.cli.test_commands import invoke
from tests.shards.helpers import make_population, make_recorder

EVIL = "\x1b]0;t\x07\x1b[2J\x9b1m[red]x[/red][/foo]\u202e\nerror: forged"


@pytest.fixture
def evil(workspace):
    """A shard whose every text is hostile: names, host, errors, categories, run id."""
    from evosearch.genome.space import Categorical, Float, Int, Space
    from evosearch.population import Status

    population = make_population([(k, float(k), True, 0.0, Status.OK) for k in range(4)]
                                 + [(9, 0.0, False, 0.0, Status.FAILED)])  # fmt: skip
    population.evaluations.error[4] = EVIL
    for number, name in enumerate((EVIL, f"=1+{EVIL}")):
        recorder = make_recorder(
            workspace / "results",
            f"run{number}",
            space=Space(Int("k", 0, 999 + number), Float("x", 0, 1), Categorical("c", [name, "b"])),
        )
        recorder._files._plan.manifest["run"] |= {
            "profile_name": name,
            "machine": {"host": name, "cpu": EVIL},
        }
        population.evaluations.fitness[:4] += number  # every genome is a conflict too
        recorder.record(population)
        recorder.seal()
    return workspace


@pytest.mark.parametrize(
    "args",
    [["merge"], ["merge", "--json"], ["merge", "-f", "csv"], ["merge", "-f", "md"], ["merge", "--dry-run"],
     ["top"], ["top", "--json"], ["top", "-f", "csv"], ["top", "-f", "md"], ["top", "--columns", "error,c"],
     ["top", "-f", "md", "--columns", "error,c,found_by"], ["top", "--profile", "nobody"], ["top", "--host", "x"],
     ["status"], ["status", "--json"], ["show", "1"], ["show", "5"], ["show", "1", "--json"], ["check", "--deep"], ["check", "--json"],
     ["export", "-f", "csv"], ["export", "-f", "json"], ["export", "-f", "jsonl"], ["export", "-f", "optuna"]],
    ids=" ".join,
)  # fmt: skip
def test_text_of_a_stranger_is_shown_and_never_obeyed(evil, args):
    result = invoke(*args)
    assert result.exit_code in (0, 2)
    for text in (result.stdout, result.stderr):
        assert not any(
            (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160 or c in "\u202e" for c in text
        )
        assert not any(line.startswith("error: forged") for line in text.splitlines())
    assert "Traceback" not in result.output


def test_text_of_a_stranger_is_shown_letter_by_letter(evil):
    text = "".join(invoke("show", 5).stdout.split())
    assert "\\x1b]0;t\\x07\\x1b[2J\\x9b1m[red]x[/red][/foo]\\x202e\\x0aerror:forged" in text
