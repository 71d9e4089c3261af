"""What leaves a machine tells of its owner only what the owner would tell a friend."""

import json
import platform
import re

import pytest
from pyarrow import parquet

from evosearch import export as export_rows
from evosearch import merge, resume
from evosearch import run as search
from evosearch.assemble.settings.loading import load_profile
from evosearch.errors import ProfileError
from evosearch.shards.format.schema import METADATA_KEY
from tests.forging import forge, forge_profile
from tests.runs import evosearch

USER, HOST = "quuxana", platform.node().split(".")[0]

PROBLEM = """
import getpass, os, pathlib, socket
from evosearch import Float, Problem, Space

HERE = os.path.expanduser("~/secretfolder/inner")

class Toy(Problem):
    space = Space(Float("x", 0, 1))
    direction = "minimize"

    def __init__(self, note="", table=None):
        self.cache = os.path.expanduser("~/secretfolder/cache.db")
        self.places = [pathlib.Path.home() / "a", HERE]
        self.owner = os.environ["USER"]
        self.note = note

    def data_summary(self):
        return {"source": self.cache, HERE: [self.cache, {"by": self.owner}],
                "host": socket.gethostname()}

    def evaluate(self, params):
        n = int(params["x"] * 8)
        if n == 0:
            open(HERE + "/no such.csv")
        if n == 1:
            raise ValueError(f"{os.environ['USER']} on {socket.gethostname()}: {HERE}/x y/z.csv")
        if n == 2:
            raise ValueError("x" * 170 + HERE + "/" + "secret" * 20)
        if n == 3:
            raise RuntimeError(repr(pathlib.Path(__file__)) + f" in {os.getcwd()}")
        return params["x"]
"""

PROFILE = """
description = "bars of {home}/secretfolder/bars.csv"
seed = 3
[search]
population = 20
generations = 3
[problem]
name = "{home}/my search/toy.py:Toy"
note = "as its author wrote it"
[run]
backend = "{backend}"
workers = 1
results = "{home}/secretfolder/results"
address = "{user}-box:6379"
machine = "air"
"""


@pytest.fixture
def ana(workspace):
    """The home of a person, with a folder to search in; and a command there."""
    home = workspace / "homes" / "zora quux"
    place = home / "my search"
    (home / "secretfolder").mkdir(parents=True)
    place.mkdir()
    (place / "toy.py").write_text(PROBLEM)

    def write(backend):
        text = PROFILE.format(home=home, user=USER, backend=backend)
        (place / "toy.toml").write_text(text)

    def run(*arguments, code=0):
        names = {"HOME": str(home), "USERPROFILE": str(home), "USER": USER, "LOGNAME": USER}
        done = evosearch(place, *map(str, arguments), **names)
        assert done.returncode == code, done.stderr
        return done

    write("serial")
    run.home, run.place, run.results, run.write = home, place, home / "secretfolder/results", write
    return run


def read_all(path):
    """All that a Parquet file says: its bytes, and what they are when they are decoded."""
    table = parquet.read_table(path)
    (document,) = [parquet.read_metadata(path).metadata[METADATA_KEY].decode()]
    decoded = [table.column(name).to_pylist() for name in table.column_names]
    return path.name + path.read_bytes().decode("latin-1") + document + repr(decoded)


def find_private(text, workspace):
    """What of it is nobody else's business."""
    words = [str(workspace), "zora", USER, "homes", "box:6379"]
    host = re.findall(rf"(?i)(?<![\w-]){re.escape(HOST)}(?![\w-])", text)
    return [word for word in words if word in text] + host


def forge_rows(path, target):
    """A merged file whose errors hold paths, as earlier versions wrote them."""
    import pyarrow as pa

    from evosearch.shards.format.digest import RowsDigest
    from evosearch.shards.format.metadata import encode_metadata

    table, document = parquet.read_table(path), document_of(path)
    texts = [t and "no '/home/quuxana/a.csv'" for t in table.column("error").to_pylist()]
    place = table.schema.get_field_index("error")
    table = table.set_column(place, table.schema.field(place), pa.array(texts, pa.string()))
    digest = RowsDigest()
    digest.update(table)
    document["rows_sha256"] = digest.hexdigest()
    parquet.write_table(table.replace_schema_metadata(encode_metadata(document)), target)
    return target


def document_of(path):
    return json.loads(parquet.read_metadata(path).metadata[METADATA_KEY])


@pytest.mark.parametrize("backend", ["serial", pytest.param("processes", marks=pytest.mark.slow)])
def test_no_file_holds_a_path_a_user_or_a_host(ana, workspace, backend):
    ana.write(backend)
    searched = ana("run", "-p", "./toy.toml", "--json").stdout
    (shard,) = ana.results.glob("*.parquet")
    assert shard.name.startswith("toy-air-")
    assert json.loads(searched)["data"]["run_id"].startswith("toy-air-")
    whole = read_all(shard)
    assert find_private(whole, workspace) == []
    assert {e for e in parquet.read_table(shard).column("error").to_pylist() if e} >= {
        "FileNotFoundError: [Errno 2] No such file or directory: 'no such.csv'",
        "ValueError: USER on air: z.csv",
    }
    assert "secret" not in repr(parquet.read_table(shard).column("error").to_pylist())
    (text,) = document_of(shard)["profiles"].values()
    assert "secret" not in text
    assert 'name = "toy.py:Toy"' in text
    assert 'note = "as its author wrote it"' in text
    merged = ana.results.parent / "all.parquet"
    merge(ana.results, output=merged)
    assert find_private(read_all(merged), workspace) == []
    for end in ("csv", "json", "jsonl", "log"):
        export = ana.results.parent / f"rows.{end}"
        export_rows(merged, export)
        assert find_private(export.read_text(), workspace) == []
        assert "secret" not in export.read_text()
        assert "no such.csv" in export.read_text()


@pytest.mark.slow
def test_a_run_that_goes_on_stays_one_run(ana, workspace):
    """Also where its first shards are those of a version that wrote all of it down."""
    ana("run", "-p", "./toy.toml", "-q")
    (shard,) = ana.results.glob("*.parquet")
    (run_id,) = document_of(shard)["sources"]
    before = forge_profile(shard, lambda text: text.replace("toy.py", f"{ana.place}/toy.py"))
    assert find_private(read_all(before), workspace) != []
    ana("resume", run_id, "--results", ana.results, "--generations", "5", "--profile", "toy.toml")
    first, second = sorted(ana.results.glob("*.parquet"))
    assert first == before
    merged = [workspace / f"{name}.parquet" for name in "abc"]
    merge([first, second], output=merged[0])
    merge(second, output=merged[1])
    merge([merged[1], first], output=merged[2])
    assert merged[0].read_bytes() == merged[2].read_bytes()
    assert find_private(read_all(merged[0]), workspace) == []
    (one,) = document_of(merged[0])["sources"].values()
    assert len(one["parts"]) == 2
    assert document_of(merged[0])["profiles"] == document_of(second)["profiles"]
    assert one["machine"]["host"] == "air"


def test_errors_and_options_of_earlier_versions_are_not_carried_on(workspace):
    from tests.shards.helpers import describe_problem, make_population, make_recorder

    problem = describe_problem(
        parts={"problem": "trading", "options": {"fee": 1}},
        options={"data": "/home/quuxana/bars/btc.csv"},
        data={"source": "/home/quuxana/btc.csv"},
    )

    class Open:
        def remove(self, text):
            return text

        def clean(self, errors):
            pass

    recorder = make_recorder(workspace)
    recorder._private, recorder._problem = Open(), problem
    rows = make_population(
        [(1, 5.0, True, 0.0, 0), (2, 0.0, False, 0.0, 1), (3, 0.0, False, 0.0, 1)]
    )
    rows.evaluations.error[1:] = "no '/home/quuxana/a.csv'", "no '/home/quuxana/b/a.csv'"
    recorder.record(rows)
    recorder.seal()
    old = forge(recorder.paths[0], lambda metadata: metadata | {"problem": problem})
    assert find_private(read_all(old), workspace) != []
    for n, name in (None, "all.parquet"), (2, "top.parquet"):
        merged = workspace / name
        merge(old, output=merged, top=n)
        assert find_private(read_all(merged), workspace) == []
        assert document_of(merged)["problem"]["options"] == {"data": "btc.csv"}
        again = workspace / f"again-{name}"
        merge([merged, old], output=again, top=n)
        assert again.read_bytes() == merged.read_bytes()
    # A merged file of such a version is ranked as it lies there.
    for file in (old, forge_rows(workspace / "all.parquet", workspace / "made.parquet")):
        for end in ("csv", "json", "jsonl", "log"):
            export_rows(file, workspace / f"{file.stem}.{end}")
            text = (workspace / f"{file.stem}.{end}").read_text()
            assert find_private(text, workspace) == []
            assert "a.csv" in text


def test_the_name_of_a_machine_is_what_its_owner_wrote(workspace, monkeypatch):
    monkeypatch.setattr(platform, "node", lambda: "quuxhost.local")
    small = {"generations": 2, "data": "sample:ibm-daily"}
    profile = load_profile("pro", ["run.machine=air", "search.population=8"], seed=1, **small)
    result = search(profile)
    assert result.run_id.startswith("pro-air-")
    (shard,) = result.paths
    assert "quuxhost" not in read_all(shard)
    assert document_of(shard)["sources"][result.run_id]["machine"]["host"] == "air"
    # It is one run: on another machine, with a name of its own, it keeps its name.
    other = load_profile("pro", ["run.machine=studio"])
    told = []
    longer = resume(result.run_id, profile=other, generations=3, listen=told.append)
    assert "quuxhost" not in read_all(longer.paths[0])
    assert document_of(longer.paths[0])["sources"][result.run_id]["machine"]["host"] == "air"
    facts = next(event.facts for event in told if hasattr(event, "facts"))
    assert facts.machine["host"] == "air"
    assert search("pro", machine="studio", seed=2, generations=1, data="sample:ibm-daily").run_id[
        :11
    ] == ("pro-studio-")


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("Ana's Air", "ana-s-air"),
        ("AIR", "air"),
        ("-air", "air"),
        ("a" * 25, "a" * 24),
        ("!", "air"),
    ],
)
def test_another_name_is_refused_with_one_that_fits(workspace, name, remedy):
    with pytest.raises(ProfileError, match=rf"--set run.machine: .*Try \"{remedy}\"\."):
        load_profile("pro", [f"run.machine={json.dumps(name)}"])


def test_profiles_show_where_the_name_comes_from(workspace):
    from tests.cli.test_commands import invoke

    shown = invoke("profiles", "show", "pro", "--set", "run.machine=air").stdout
    assert re.search(r'run.machine +"air" +--set run.machine', shown)
    assert invoke("profiles", "validate", "pro", "--set", "run.machine=Air").exit_code == 2


def test_a_lock_names_the_machine_as_its_owner_does(workspace, monkeypatch):
    from evosearch.assemble.searching.manifest import make_manifest
    from evosearch.assemble.searching.search import load_problem
    from evosearch.shards.writing.journal import Journal

    monkeypatch.setattr(platform, "node", lambda: "quuxhost.local")
    profile = load_profile("pro", ["run.machine=air"], seed=1, data="sample:ibm-daily")
    journal = Journal.begin(workspace, make_manifest(profile, load_problem(profile)))
    assert (journal.folder / "lock").read_text().split()[1] == "air"
    assert "quuxhost" not in (journal.folder / "run.json").read_text()
    journal.close()
    # A stranger's journal may say anything; it is no name then.
    for text in (5, "x = [", 'run = "air"', '[run]\nmachine = "\\u001b[2J"'):
        journal.take_over({**journal.manifest, "local_toml": text})
        Journal.open(workspace, journal.folder.name).close()
        assert (journal.folder / "lock").read_text().split()[1] == "quuxhost.local"
