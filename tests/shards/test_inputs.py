import os

import pytest

from evosearch.assemble.ranking.inputs import find_inputs, read_list
from evosearch.errors import UsageError


@pytest.fixture
def files(workspace):
    names = ["a.parquet", "b.parquet", "x[1].parquet", "x1.parquet", "-dash.parquet",
             "ein name.parquet", ".hidden.parquet", "notes.txt", "sub/c.parquet",
             ".evosearch/run/d.parquet", "run=abc/e.parquet"]  # fmt: skip
    for name in names:
        (workspace / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace / name).touch()
    return workspace


def names(paths):
    return [str(path) for path in paths]


def test_a_pattern_that_the_shell_left_alone_is_expanded(files):
    assert names(find_inputs(["?.parquet"])) == ["a.parquet", "b.parquet"]


def test_a_file_with_such_a_name_comes_before_the_pattern(files):
    assert names(find_inputs(["x[1].parquet"])) == ["x[1].parquet"]


def test_a_folder_stands_for_the_shards_in_and_below_it(files):
    found = names(find_inputs(["."]))
    assert found == ["-dash.parquet", "a.parquet", "b.parquet", "ein name.parquet",
                     "run=abc/e.parquet", "sub/c.parquet", "x1.parquet", "x[1].parquet"]  # fmt: skip


def test_the_same_file_named_twice_counts_once(files):
    assert names(find_inputs(["a.parquet", "./a.parquet", str(files / "a.parquet")])) == [
        str(files / "a.parquet")
    ]


def test_linked_folders_are_not_followed_while_walking(files):
    os.symlink(files, files / "sub" / "loop")
    assert names(find_inputs(["sub"])) == ["sub/c.parquet"]


def test_everything_that_matches_nothing_is_named_with_the_folder(files):
    with pytest.raises(UsageError) as caught:
        find_inputs(["a.parquet", "no/*.parquet", "none.parquet"])
    assert "'no/*.parquet', 'none.parquet'" in str(caught.value)
    assert str(files) in str(caught.value)


@pytest.mark.parametrize("address", ["https://x/y.parquet", "s3://b/k.parquet"])
def test_web_addresses_are_refused(files, address):
    with pytest.raises(UsageError, match="only files on this machine"):
        find_inputs([address])


def test_a_list_of_paths_may_be_separated_by_newlines_or_nul(files):
    (files / "list").write_bytes(b"a.parquet\r\nb.parquet\n\n")
    assert read_list("list") == ["a.parquet", "b.parquet"]
    (files / "list0").write_bytes(b"ein name.parquet\0a\nb\0")
    assert read_list("list0") == ["ein name.parquet", "a\nb"]
    with pytest.raises(UsageError, match="cannot be read"):
        read_list("missing")


def test_folders_with_such_a_name_come_before_the_pattern(files):
    for folder in ("res [1]", "res 1", "a*b/c?"):
        (files / folder).mkdir(parents=True)
        (files / folder / "one.parquet").touch()
    assert names(find_inputs(["res [1]/*.parquet"])) == ["res [1]/one.parquet"]
    assert names(find_inputs([str(files / "res [1]" / "*.parquet")])) == [
        str(files / "res [1]" / "one.parquet")
    ]
    assert names(find_inputs(["a*b/c?/o*"])) == ["a*b/c?/one.parquet"]
    assert names(find_inputs(["res */*.parquet"])) == ["res 1/one.parquet", "res [1]/one.parquet"]
    (files / "res [1]" / "one.parquet").unlink()
    assert find_inputs(["res*/*.parquet"]) == find_inputs(["res 1"])
    (files / "res1").mkdir()
    (files / "res1" / "two.parquet").touch()
    (files / "res[1]").mkdir()  # nothing in it: the pattern may mean the other one
    assert names(find_inputs(["res[1]/*.parquet"])) == ["res1/two.parquet"]


def test_capitals_end_the_names_of_shards_too(files):
    (files / "sub" / "D.PARQUET").touch()
    (files / "sub" / "e.Parquet").touch()
    every = ["sub/D.PARQUET", "sub/c.parquet", "sub/e.Parquet"]
    assert names(find_inputs(["sub"])) == names(find_inputs(["sub/*.parquet"])) == every
    assert names(find_inputs(["s*/[ce].parquet"])) == ["sub/c.parquet", "sub/e.Parquet"]
