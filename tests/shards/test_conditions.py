"""A name in a condition is the column that is so written; nothing of a name is ever SQL."""

import keyword

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evosearch.errors import UsageError
from evosearch.shards.viewing.conditions import read_condition
from evosearch.shards.viewing.filters import Filter, Sieve

PHRASES = [
    "{} > 3", "3 < {}", "{} between 4 and 6", "not {} in (5)", "abs({}) > 3 and rank > 2",
    "({}) is not null and -{}<-3", "case when {} > 3 then true else false end", "{}::int > 3",
    "cast({} as int) > 3", "{}+{}>2*{} or {} > 3", "/* {} */ {} > 3 -- {}", "{} is null",
    "len(list_filter([1, 9], lambda v: v > {})) > 1", "'{}' = 'x' or {} <> 5",
    "date '2026-01-01' < now()::timestamp and {} > 3", "{} >= all([{}]) and {} > 3",
]  # fmt: skip
VALUES = {"true", "false", "null"}
# Those with a place of their own in the phrases above; a name that is one has to be quoted.
WORDS = {
    "and", "or", "not", "in", "is", "between", "like", "ilike", "glob", "similar", "escape",
    "collate", "isnull", "notnull", "case", "when", "then", "else", "end", "as", *VALUES,
}  # fmt: skip


def reserved():
    found = duckdb.sql("select keyword_name from duckdb_keywords()").fetchall()
    return sorted({name for (name,) in found if name.isidentifier()} | {"columns", "rank_", "x"})


def mask(where, /, **columns):
    table = pa.table({"rank": pa.array([1, 2, 3])} | columns)
    return Sieve(Filter(where=where), table.schema, {"sources": {}}).mask(table).tolist()


def rewritten(where, *columns):
    """The condition as the database sees it, by words; and what stands behind placeholders."""
    schema = pa.schema([(name, pa.float64()) for name in ("rank", *columns)])
    condition = read_condition(where, schema)
    return condition.sql.split(), [*condition.columns.values()]


@pytest.mark.parametrize("prefix", ["", "param_"])
def test_every_word_of_sql_may_be_the_name_of_a_column(prefix):
    words = reserved()
    assert {"window", "limit", "order", "lambda", "offset", "group", "select", "from"} < set(words)
    for phrase in PHRASES if prefix else PHRASES[::4]:
        expected, _ = rewritten(phrase.replace("{}", "harmless"), "harmless")
        for word in words:
            for spelled in {word, f'"{word}"'} - WORDS:
                if "'{}'" in phrase or "/*" in phrase or (word in VALUES and "true" in phrase):
                    continue
                sql, columns = rewritten(phrase.replace("{}", spelled), prefix + word)
                assert (sql, prefix + word in columns) == (expected, True), (phrase, spelled)


@pytest.mark.parametrize("word", ["window", "group", "lambda"])
def test_conditions_on_such_columns_give_their_rows(word):
    for phrase in PHRASES[len(word) :: 5]:
        expected = mask(phrase.replace("{}", "harmless"), harmless=pa.array([0.0, 5.0, 9.0]))
        where = phrase.replace("{}", word)
        assert mask(where, **{f"param_{word}": pa.array([0.0, 5.0, 9.0])}) == expected, where


@pytest.mark.parametrize(
    "word",
    ["and", "between", "null"]
    + [pytest.param(w, marks=pytest.mark.slow) for w in sorted(WORDS - {"and", "between", "null"})],
)
def test_a_word_that_conditions_are_made_of_is_answered_with_the_spelling_that_works(word):
    columns = {f"param_{word}": pa.array([0.0, 5.0, 9.0])}
    with pytest.raises(UsageError) as refused:
        mask(f"{word} > 3", **columns)
    advice = str(refused.value).splitlines()[-1]
    assert advice.endswith(f'for the column, write param_{word} or "{word}".')
    for spelled in (f"param_{word}", f'"{word}"'):
        assert mask(f"{spelled} > 3", **columns) == [False, True, True]
    assert mask("rank is not null and (rank > 1) is true", **columns) == [False, True, True]


def test_names_that_differ_in_case_alone_are_told_apart():
    both = {"param_K": pa.array([0.1, 0.2, 0.3]), "param_k": pa.array([10.0, 10.6, 11.0])}
    assert mask("k > 5", **both) == mask("param_k > 5", **both) == [True, True, True]
    assert mask('"k" > 10.5', **both) == [False, True, True]
    assert mask("k < 0.5", **both) == mask("K > 5", **both) == [False, False, False]
    assert mask("K + k > 10.5", **both) == [False, True, True]
    for name in ("PARAM_K", '"Param_k"'):
        with pytest.raises(UsageError, match="may be param_K or param_k"):
            mask(f"{name} > 5", **both)
    mixed = {"cost": pa.array([1.0, 2.0, 3.0]), "param_Cost": pa.array([9.0, 8.0, 7.0])}
    assert mask("cost > 2", **mixed) == [False, False, True]
    assert mask("Cost > 8", **mixed) == [True, False, False]
    with pytest.raises(UsageError, match="may be cost or param_Cost"):
        mask("COST > 2", **mixed)
    assert mask("COST > 2", cost=mixed["cost"], param_cost=mixed["cost"]) == [False, False, True]


def test_a_column_of_truths_is_a_condition():
    conflict = pa.array([True, False, None])
    assert mask("conflict", conflict=conflict) == [True, False, False]
    assert mask("not conflict", conflict=conflict) == [False, True, False]
    assert mask("rank < 3 and conflict is not null", conflict=conflict) == [True, True, False]


def test_the_parameter_of_a_lambda_hides_a_column_inside_it_only():
    x = pa.array([0.0, 5.0, 9.0])
    assert mask("len(list_filter([1, 9], lambda x: x > 3)) = 1 and x > 3", x=x) == [
        False, True, True,
    ]  # fmt: skip
    assert mask("lambda > 3", **{"lambda": x}) == [False, True, True]


@pytest.mark.parametrize(
    "name",
    ['a"; drop table evosearch_rows; --', "a\n) or (1=1", "a; select 1", '"', "evosearch_column_0",
     "a' or '1'='1", "rank) or (true", "/*", "evosearch_place"],
)  # fmt: skip
def test_a_strange_name_is_no_sql(name):
    quoted = '"' + name.replace('"', '""') + '"'
    columns = {name: pa.array([0.0, 5.0, 9.0])}
    assert mask("rank > 1", **columns) == [False, True, True]
    assert mask(f"{quoted} > 5", **columns) == [False, False, True]
    with pytest.raises(UsageError):
        mask("nothing > 1", **columns)


@pytest.mark.parametrize("where", ["evosearch_column_1 > 0 and x > 0", "evosearch_place = 0"])
def test_names_of_ours_are_none_of_the_ranking(where):
    with pytest.raises(UsageError, match="does not belong"):
        mask(where, x=pa.array([0.0, 5.0, 9.0]))


def test_a_message_shows_the_names_as_they_are():
    with pytest.raises(UsageError, match=r"casting from source column param_window"):
        mask("window = date '2026-01-01'", param_window=pa.array(["a", "b", "c"]))
    with pytest.raises(UsageError, match="no text"):
        mask("x > '\udc80'", x=pa.array([1, 2, 3]))


NAMES = st.sampled_from(
    [*keyword.kwlist, "K", "k", "window", "Window", "limit", "order", "group", "cost", "Cost"]
) | st.from_regex(r"[A-Za-zé][A-Za-z0-9_é]{0,4}", fullmatch=True)


@settings(max_examples=50)
@given(st.lists(NAMES, min_size=1, max_size=5, unique=True), st.data())
def test_any_name_as_it_is_written_means_its_own_column(names, data):
    is_gene = data.draw(st.lists(st.booleans(), min_size=len(names), max_size=len(names)))
    columns = [f"param_{name}" if gene else name for name, gene in zip(names, is_gene, strict=True)]
    for name, column in zip(names, columns, strict=True):
        for spelled in {name, f'"{name}"', column}:
            if spelled.lower() in WORDS or spelled == "rank":
                continue
            for phrase in ("{} > 3", "(0.7)<{}", "1 < {} and {} is not null"):
                _, found = rewritten(phrase.replace("{}", spelled), *columns)
                assert found == [column]
