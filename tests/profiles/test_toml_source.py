r"""TOML as people write it, above all paths of Windows in double quotes."""

import tomllib

import pytest

from evosearch.errors import ProfileError
from evosearch.profiles.toml_source import (
    explain_escapes,
    find_line,
    has_escapes,
    is_assigned,
    mend_backslashes,
    parse_value,
    read_toml,
)

PATHS = [
    r"C:\Users\ana\btc.csv",
    r"C:\x\y",
    r"D:\Ñandú\año 2026\b.csv",
    r"\\nas\u\btc.csv",
    "C:\\dir\\",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_of_windows_in_double_quotes_is_shown_as_it_should_be_written(tmp_path, path):
    file = tmp_path / "bad.toml"
    file.write_text(f'[problem]\nname = "trading"\ndata = "{path}"  # mine\n', encoding="utf-8")
    with pytest.raises(ProfileError) as caught:
        read_toml(file)
    first, *shown = str(caught.value).splitlines()
    assert first.startswith(f"{file}:3:")
    assert "single quotes" in first
    single, slash = (tomllib.loads(line)["data"] for line in shown)
    assert single == path
    assert slash == path.replace("\\", "/")


@pytest.mark.parametrize(
    "line", ["a = = 3", 'a = "\\d', "[a", 'a = "b\\n"', "a = 'C:\\x'", 'a = "\\q' + "x" * 500 + '"']
)
def test_what_is_no_such_path_is_not_mended(line):
    assert mend_backslashes(line) == []


def test_an_apostrophe_leaves_one_way_to_write_it():
    assert mend_backslashes('a = "C:\\Users\\o\'hara"') == ['a = "C:/Users/o\'hara"']


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = " + "9" * 5000, "too many digits"),
        ("x = " + "[" * 5000, "nested too deeply"),
        ('x = "\x1b[31m', "Illegal character"),
    ],
)
def test_other_mistakes_have_their_message_too(tmp_path, text, says):
    (tmp_path / "bad.toml").write_text(text)
    with pytest.raises(ProfileError, match=says) as caught:
        read_toml(tmp_path / "bad.toml")
    assert "\x1b" not in str(caught.value)


def test_valid_escapes_in_a_path_are_explained_on_one_line():
    text = tomllib.loads(r'data = "C:\new\table.csv"')["data"]
    assert has_escapes(text)
    assert not has_escapes(r"C:\new\table.csv")
    said = explain_escapes(text)
    assert len(said.splitlines()) == 1
    assert r"'C:\new\table.csv'" in said
    assert '"C:/new/table.csv"' in said


@pytest.mark.parametrize(
    ("raw", "value"),
    [("1", 1), ("1\nx = 2", "1\nx = 2"), (r"C:\Users\a", r"C:\Users\a"), ('"open', '"open'),
     (r"'C:\Users\a'", r"C:\Users\a"), ("9" * 5000, "9" * 5000)],
)  # fmt: skip
def test_a_typed_value_is_toml_or_a_text(raw, value):
    assert parse_value(raw) == value


def test_a_typed_value_in_double_quotes_must_be_toml():
    with pytest.raises(ValueError, match="single quotes"):
        parse_value(r'"C:\Users\a"')


def test_a_line_is_found_however_its_key_is_written():
    text = (
        'seed = 1\nsearch.population = 5\n[ problem ] # here\n"name" = "x"\n'
        'weights = { "BTC.X" = 1 }\n  box . a = 2\n[problem.sub]\nb=1\n[problem.none]\n[[many]]\nseed = 2\n'
    )
    for key, line in (
        (["seed"], 1), (["search", "population"], 2), (["problem", "name"], 4),
        (["problem", "weights", "BTC.X"], 5), (["problem", "box", "a"], 6),
        (["problem", "sub", "b"], 8), (["problem", "none"], 9), (["genetic"], None),
    ):  # fmt: skip
        assert find_line(text, key) == line, key
    assert is_assigned(text, ["problem", "weights"])
    assert not is_assigned(text, ["problem", "none"])
