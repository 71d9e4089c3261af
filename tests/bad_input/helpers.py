"""A mistake as a person makes it, and what must come of it: a code, a message, nothing else."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evosearch.cli.commands import app

SMALL = ["--set", "search.population=4", "--set", "search.generations=2"]
SPHERE = '[problem]\nname = "sphere"\n[search]\npopulation = 4\ngenerations = 2\n'


@dataclass
class Case:
    """One row of the table.

    ``files`` are written first (None makes a folder), ``says`` must all stand in the message.
    """

    name: str
    args: list
    says: list
    code: int = 2
    files: dict = field(default_factory=dict)
    prepare: object = None


def parametrize(cases):
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


def write(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.mkdir()
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)


def picture(folder):
    """Everything below a folder: names, kinds, contents."""
    found = {}
    for here, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(here, name)
            is_plain = os.path.isfile(path) and not os.path.islink(path)
            found[os.path.relpath(path, folder)] = Path(path).read_bytes() if is_plain else None
    return found


def invoke(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args], env={"COLUMNS": "80"})


def check(case, folder):
    """Carry out a case, and see that it ends as it should."""
    write(folder, case.files)
    if case.prepare:
        case.prepare(folder)
    before = picture(folder)
    result = invoke(*case.args)
    text = result.stderr
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output + text
    assert result.exit_code == case.code, result.output + text
    for fragment in case.says:
        assert fragment in text, f"{fragment!r} is not in:\n{text}"
    after = picture(folder)
    compiled = {name for name in after if "__pycache__" in name}
    assert {name: after[name] for name in after if name not in compiled} == before
    return text
