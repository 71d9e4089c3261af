"""Paths as a person types them mean the same everywhere, and nothing surprising is made of them."""

import os
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evosearch.errors import UsageError
from evosearch.system.typed_paths import expand_path, expand_target, find_current_folder

posix = pytest.mark.skipif(sys.platform == "win32", reason="writes paths as POSIX does")


@pytest.fixture
def home(workspace, monkeypatch):
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(workspace / "home"))
    monkeypatch.delenv("NOT_SET", raising=False)
    return workspace / "home"


@pytest.mark.parametrize(
    "typed", ["~/evo", "$HOME/evo", "${HOME}/evo", "%USERPROFILE%/evo", "%HOME%/evo"]
)
def test_the_home_folder_has_several_names(home, typed):
    assert expand_target(typed) == home / "evo"
    assert expand_path(expand_path(typed)) == expand_path(typed)


@posix
@pytest.mark.parametrize("name", ["HOME", "USERPROFILE"])
def test_the_home_of_the_other_kind_of_system_is_known(home, monkeypatch, name):
    monkeypatch.delenv("USERPROFILE")
    for typed in (f"${name}/x", f"${{{name}}}/x", f"%{name}%/x"):
        assert expand_path(typed) == str(home / "x")


@pytest.mark.parametrize(
    "typed", ["$NOT_SET/evo", "${NOT_SET}/evo", "%NOT_SET%/evo", "a/$NOT_SET", "~nobody-here/evo"]
)
def test_what_is_not_known_stays_and_is_never_written_to(home, typed):
    assert expand_path(typed) == typed
    with pytest.raises(UsageError, match="no variable NOT_SET|no home folder ~nobody-here"):
        expand_target(typed)


@pytest.mark.parametrize("name", ["$NOT_SET", "%NOT_SET%", "~nobody-here"])
def test_a_folder_that_is_really_called_so_is_meant(home, workspace, name):
    (workspace / name).mkdir()
    assert expand_target(name).samefile(workspace / name)


def test_a_name_that_begins_with_a_tilde_can_be_meant(home, workspace):
    assert expand_path("./~/x") == str(workspace / "~" / "x")
    assert expand_path(expand_path("./~x")) == str(workspace / "~x")


@pytest.mark.parametrize(
    "plain",
    ["results", "a b/c", "50%/x", "100%", "$", "a$", "C$/x", "$/x", "x~", "a/~/b", "%%", "-x"],
)
def test_all_else_stays_as_it_is(home, plain):
    assert expand_path(plain) == plain
    assert str(expand_target(plain)) == os.path.join(plain)


@settings(max_examples=50)
@given(st.text(alphabet="~$%{}ab/.-_ HOME\\", max_size=12))
def test_what_was_expanded_stays_the_same_when_it_is_expanded_again(text):
    once = expand_path(text)
    assert expand_path(once) == once


@pytest.mark.skipif(sys.platform == "win32", reason="there, a folder in use cannot be removed")
def test_a_current_folder_that_was_deleted_is_said_in_a_sentence(workspace):
    (workspace / "gone").mkdir()
    os.chdir(workspace / "gone")
    (workspace / "gone").rmdir()
    for ask in (find_current_folder, lambda: expand_path("results"), lambda: expand_target("x")):
        with pytest.raises(UsageError, match="was deleted or moved away"):
            ask()
    assert expand_path(str(workspace)) == str(workspace)


@pytest.mark.parametrize("typed", ["gone/../bars.csv", "./a/b/../../bars.csv"])
def test_a_way_through_a_missing_folder_leads_where_it_leads_once_that_is_made(workspace, typed):
    """Else a file that is there already would be taken for a new one, and replaced."""
    (workspace / "bars.csv").write_text("mine")
    assert expand_target(typed).samefile(workspace / "bars.csv")
    assert not expand_target(typed.replace("bars", "new")).exists()
