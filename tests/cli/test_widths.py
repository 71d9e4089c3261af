"""What a real terminal of 60, 80 and 120 columns shows of commands with data."""

import os
import re
import select
import shutil
import struct
import subprocess
import sys

import pytest

from tests import runs

pytestmark = [pytest.mark.slow, pytest.mark.posix]

# The narrowest finds most; the others for what is read most often.
WIDTHS = {"merge": (60, 80, 120), "top": (80, 120), "show 1": (60, 80)}
# Lines that are typed or pasted again, or that name a file: they stay whole, whatever their width.
WHOLE = re.compile(r"evosearch |\S{40,}|^params |\.(parquet|toml|json)\b|/\w+/")
STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
LINES = (
    ["run", "-p", "pro", "--data", "sample:ibm-daily", "--set", "search.generations=3"],
    ["merge"], ["top"], ["top", "--all", "--unseen"], ["show", "1"], ["show", "1", "--all"],
    ["trades", "1"], ["status"], ["check"], ["compare", "pro", "air"], ["profiles", "list"],
    ["profiles", "show", "pro"], ["profiles", "validate", "pro"], ["doctor"],
    ["data", "check", "sample:ibm-daily"], ["audit", "--top", "1", "--surrogates", "0"],
)  # fmt: skip


def show(folder, words, width, **more):
    """What a command writes to a terminal of so many columns, and its exit code."""
    import fcntl
    import pty
    import termios

    head, tail = pty.openpty()
    fcntl.ioctl(tail, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    env = runs.environment(TERM="xterm-256color", LANG="en_US.UTF-8", **more)
    for name in ("COLUMNS", "LINES", "NO_COLOR", "LC_ALL"):
        env.pop(name, None)
    done = subprocess.Popen(
        [sys.executable, "-m", "evosearch", *words], cwd=folder, env=env, stdin=tail, stdout=tail,
        stderr=tail,
    )  # fmt: skip
    os.close(tail)
    shown = b""
    while True:
        ready, _, _ = select.select([head], [], [], runs.PATIENCE_S)
        assert ready, "no word for long"
        try:
            piece = os.read(head, 65536)
        except OSError:  # Linux says so when the last writer is gone
            break
        if not piece:
            break
        shown += piece
    os.close(head)
    return shown.decode(), done.wait()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("terminal")
    for profile, seed in (("pro", "1"), ("air", "2")):
        done = runs.evosearch(
            place, "run", "-p", profile, "--data", "sample:ibm-daily", "--set",
            "search.generations=3", "--seed", seed,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    return place


@pytest.mark.parametrize("words", LINES, ids=" ".join)
def test_nothing_is_broken_inside_a_word(folder, words, tmp_path):
    place = tmp_path / "copy"
    shutil.copytree(folder, place)
    for width in WIDTHS.get(" ".join(words), (60,)):
        shown, code = show(place, words, width)
        assert code in (0, 1), shown
        lines = [STYLE.sub("", line) for line in shown.replace("\r\n", "\n").split("\n")]
        lines = [line.rpartition("\r")[2] for line in lines]  # of a bar what stays
        for line in lines:
            assert len(line) <= width or WHOLE.search(line), (width, line)
            assert line == line.rstrip(), (width, line)
