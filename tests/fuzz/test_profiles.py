"""Profiles by the thousand: each is refused with a sentence, or says exactly what was written."""

import math
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evosearch import load_profile
from evosearch.algorithms import ALGORITHMS
from evosearch.errors import UsageError
from evosearch.plain import write_value
from evosearch.profiles.files import parse_assignments
from tests.bad_input.helpers import invoke
from tests.conftest import ROOT
from tests.fuzz.settings import damaged, fuzzing

pytestmark = pytest.mark.slow

RICH = """
description = "everything"
seed = 12
[search]
algorithm = "random"
population = 12
generations = 3
[genetic]
mutation_rate = 0.25
elite_frac = 0.5
[problem]
name = "rastrigin"
[run]
workers = 2
backend = "serial"
timeout_s = 1.5
results = "here"
"""
TEXTS = [RICH.encode()] + [path.read_bytes() for path in sorted((ROOT / "profiles").glob("*.toml"))]
TOKENS = [b"=", b"[", b"]", b"[[", b"{", b"}", b'"', b"'", b"\n", b"#", b".", b",", b"nan", b"inf",
          b"-", b"1e999", b"true", b"0x7f", b"1_0", b"2020-01-01", b"\r", b"\0", b"\xff", b"\\u0000",
          b"extends", b"[search]", b"population", b"99999999999999999999", b"\xe2\x80\xae"]  # fmt: skip


def same(a, b):
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    return a == b


def assert_said(written, profile):
    """Whatever stands in the file stands in the profile, and comes back from it."""
    held = profile.to_plain()
    for key, value in written.items():
        if key == "extends" or (key in ALGORITHMS and key != profile.search.algorithm):
            continue  # the table of an algorithm that is not chosen is checked and not held
        if key == "problem":
            assert all(same(profile.problem[name], item) for name, item in value.items())
        elif isinstance(value, dict):
            assert all(same(held[key][name], item) for name, item in value.items()), key
        elif key != "name":
            assert same(held[key], value), key
    again = tomllib.loads(profile.to_toml())
    assert same(again, profile.to_plain(exclude_none=True))


def load(raw):
    with open("p.toml", "wb") as file:
        file.write(raw)
    try:
        return load_profile("p.toml")
    except UsageError as error:
        assert str(error)
        assert error.exit_code == 2
        return None


@fuzzing
@given(st.data())
def test_a_damaged_profile_is_refused_or_meant(workspace, data):
    raw = data.draw(damaged(data.draw(st.sampled_from(TEXTS)), TOKENS))
    profile = load(raw)
    if profile is not None:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
        assert_said(tomllib.loads(text), profile)


KEYS = st.sampled_from(
    ["seed", "description", "name", "extends", "search", "genetic", "problem", "run", "population",
     "generations", "algorithm", "tournament", "crossover_rate", "mutation_rate", "mutation_eta",
     "elite_frac", "workers", "backend", "timeout_s", "memory_gib", "results", "evaluations",
     "budget", "target", "stagnation", "data", "a b", "", "ñ", "__class__"]
)  # fmt: skip
VALUES = st.recursive(
    st.integers()
    | st.integers(0, 20)
    | st.floats()
    | st.booleans()
    | st.sampled_from(["genetic", "random", "sphere", "auto", "", "2h", "..", "/", "\x00", "\x7f"])
    | st.text(max_size=8).filter(lambda text: not any(0xD800 <= ord(c) < 0xE000 for c in text)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


@fuzzing
@given(
    st.dictionaries(KEYS, VALUES, max_size=3),
    st.fixed_dictionaries(
        {},
        optional={
            "search": st.dictionaries(KEYS, VALUES, max_size=3),
            "genetic": st.dictionaries(KEYS, VALUES, max_size=3),
            "run": st.dictionaries(KEYS, VALUES, max_size=3),
            "problem": st.dictionaries(KEYS, VALUES, max_size=2).map(
                lambda options: {"name": "sphere"} | options
            ),
        },
    ),
)
def test_a_made_up_profile_is_refused_or_meant(workspace, top, tables):
    values = {"problem": {"name": "sphere"}} | top | tables
    text = "\n".join(f"{_toml_key(key)} = {write_value(value)}" for key, value in values.items())
    written = tomllib.loads(text)
    profile = load(text.encode())
    if profile is not None:
        assert_said(written, profile)


def _toml_key(key):
    return write_value(str(key))


@fuzzing
@given(st.lists(st.text(max_size=30) | st.sampled_from(["search.population=3", "seed=1", "a=b=c"])))
def test_assignments_are_refused_or_meant(texts):
    try:
        parsed = parse_assignments(texts)
    except UsageError as error:
        assert "--set" in str(error)
    else:
        assert len(parsed) == len(texts)


@fuzzing
@given(st.lists(st.text(max_size=12), max_size=3))
def test_the_command_line_never_shows_a_traceback(workspace, words):
    texts = [word.replace("\x00", "") for word in words]
    done = invoke("profiles", "show", "demo", *[f"--set={text}" for text in texts])
    assert done.exit_code in (0, 2), done.output
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
