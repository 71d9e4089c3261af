"""Texts lose their paths and private names, and nothing else."""

import platform

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evosearch import redaction
from evosearch.redaction import Private, list_people, remove_paths

SHORTENED = {
    "[Errno 2] No such file or directory: '/srv/x y/z.csv'": (
        "[Errno 2] No such file or directory: 'z.csv'"
    ),
    "'/srv/ana/a.csv' -> '/tmp/b c/d.csv'": "'a.csv' -> 'd.csv'",
    'File "/a/my dir/b.py", line 3, in f': 'File "b.py", line 3, in f',
    "C:\\Users\\ana b\\x.csv is missing": "x.csv is missing",
    r"OSError: 'C:\\Users\\ana b\\x.csv'": "OSError: 'x.csv'",
    "D:/bars/x.csv, D:\\bars\\y.csv": "x.csv, y.csv",
    r"\\server\share\dir\f.csv gone": "f.csv gone",
    r"'\\\\server\\share\\a b\\f.csv'": "'f.csv'",
    "file:///srv/ana/x.csv and file://host/srv/y.csv": "x.csv and y.csv",
    "sqlite:////srv/ana/study.db": "sqlite:///study.db",
    "~/bars/x.csv or ~ana/bars/y.csv": "x.csv or y.csv",
    "/Volumes/My Big Disk/bars/x.csv is missing": "x.csv is missing",
    "PATH=/usr/bin:/srv/ana/lib": "PATH=bin:lib",
    "PosixPath('/srv/ana/x.csv')": "PosixPath('x.csv')",
    "<module 'x' from '/srv/ana/x.py'>": "<module 'x' from 'x.py'>",
    "b'/srv/ana/x.csv'": "b'x.csv'",
    "cannot open /srv/ana/x.csv: Permission denied.": "cannot open x.csv: Permission denied.",
    "in /home/ana, below /Users/bo/ and C:\\Users\\cy": "in ~, below ~ and ~",
    "../../home/ana/x.csv": "x.csv",
    "cc -I/opt/ana/include": "cc -Iinclude",
    r"'a\n/srv/ana/x'": r"'a\nx'",
    '"/srv/ana/x.csv: line 3 is bad (1/2)"': '"x.csv: line 3 is bad (1/2)"',
    "ana@host:/srv/ana/x": "ana@host:x",
    "\x1b[01m\x1b[K/srv/ana/x.c: no": "\x1b[01m\x1b[Kx.c: no",
    r"\x1b[1;31m/srv/ana/x.c: no": r"\x1b[1;31mx.c: no",
    "/数据/文件.csv": "文件.csv",
}
KEPT = [
    "a/b", "1/2", "/", "+/-", "2024/01/02", "and/or", "n/a", "w/o", "(a + b)/c", "x[0]/y", "</div>",
    "https://example.org/x/y", "s3://bucket/a/b.csv", "// no path", "5 /2", "~", "C:\\", "a\\b",
    "\\d+/\\w+", "./x.csv", "sub/x.csv", "<folder>/a/b", "ratio 3/4 of x/y, see (p/q)", "",
]  # fmt: skip


@pytest.mark.parametrize("text", SHORTENED)
def test_of_an_absolute_path_only_its_last_part_is_left(text):
    shorter = remove_paths(text)
    assert shorter == SHORTENED[text]
    assert remove_paths(f"read {text} twice") == f"read {shorter} twice"


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_absolute_path_stays(text):
    assert remove_paths(text) == text
    assert remove_paths(f"it is {text} here") == f"it is {text} here"


@pytest.mark.parametrize("path", ["/srv/ana b/bars/x.csv", "~/ana b/x.csv", "C:\\ana\\x.csv"])
@pytest.mark.parametrize("around", ["missing: '{}'", "missing: {}", 'File "{}", line 3'])
def test_a_path_that_is_cut_leaves_no_folder(path, around):
    whole = around.format(path.replace(" b", "") if "'" not in around else path)
    for n in range(len(whole)):
        shorter = remove_paths(whole[:n], is_cut=True)
        assert not {"ana", "srv", "bars"} & {*shorter.replace("/", " ").replace("'", " ").split()}


pieces = st.lists(
    st.sampled_from(
        ["/", "\\", "'", '"', " ", ":", "~", "home", "Users", "ana b", "x.csv", "C:", "file://", "-",
         "https://", "..", ",", "<", ">", "\\n", "\x00", "1", "é"]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@given(pieces, st.booleans())
def test_a_text_without_paths_stays_as_it_is(text, is_cut):
    once = remove_paths(text, is_cut)
    assert remove_paths(once, is_cut) == once


def test_a_text_of_any_length_takes_time_in_proportion():
    """A stranger wrote it; what is quadratic would take hours here, and the test with it."""
    for piece in ("a", "/a b", "\\", "'/a: ", "x/home/a", "'/\\\n", "a.b-", "/a b c/d"):
        remove_paths(piece * (200_000 // len(piece)) + "/")
    Private([], "air").remove("\\" * 200_000)


@pytest.fixture
def ana(tmp_path, monkeypatch):
    home = tmp_path / "zora quux"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("USER", "quuxana")
    monkeypatch.setattr(platform, "node", lambda: "Anas-Mac.fritz.box")
    return home


def test_names_of_this_person_and_machine_are_removed(ana):
    private = Private([ana.parent / "pro files"], "air")
    texts = {
        f"no {ana}/bars/x.csv here": "no x.csv here",  # its blank would end an unknown path
        f"no {ana.parent}/pro files/x.csv here": "no x.csv here",
        f"not in {ana}": "not in ~",
        f"not in {ana.parent}/pro files, x{ana}/y": "not in pro files, xy",
        f"from ../..{ana}/x.csv": "from x.csv",
        "quuxana/x.csv of quuxana_2": "USER/x.csv of USER_2",
        "of zora quux": "of USER",
        "quuxanabel may stay": "quuxanabel may stay",
        "anas-mac answered, Anas-Mac.fritz.box not": "air answered, air not",
        "my-anas-mac-2": "my-anas-mac-2",
    }
    for text, wanted in texts.items():
        assert private.remove(text) == wanted
        assert private.remove(wanted) == wanted
    assert Private([], "anas-mac").remove("anas-mac answered") == "anas-mac answered"


@pytest.mark.parametrize("name", ["root", "runner", "ubuntu", "Administrator", "ab", ""])
def test_names_of_no_person_are_words_like_others(name, monkeypatch):
    for key in ("USER", "LOGNAME", "USERNAME", "LNAME"):
        monkeypatch.setenv(key, name)
    for key in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(key, f"/{name}")
    monkeypatch.setattr(redaction.getpass, "getuser", lambda: name)
    assert list_people() == []


def test_a_system_that_knows_no_user_is_none_that_fails(monkeypatch):
    def fail():
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr(redaction.getpass, "getuser", fail)
    list_people()


def test_an_error_that_was_cut_tells_no_more_than_a_whole_one(ana):
    private = Private([], "air")
    whole = f"ValueError: {'x' * 150} {ana}/secretfolder/more and quuxana, quuxana"
    for n in range(len(whole)):
        text = "y" * max(0, 200 - n) + whole[:n]
        errors = np.array([text[-200:], None], object)
        private.clean(errors)
        shown = errors[0]
        assert len(shown.encode()) <= 200
        assert "secret" not in shown.replace("secretfolder", "", shown.endswith("secretfolder"))
        assert "zora" not in shown
        assert "quux" not in shown
        again = errors.copy()
        private.clean(again)
        assert again[0] == shown
        assert errors[1] is None
