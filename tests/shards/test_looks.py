"""The laws of looks, and the ledger that keeps them."""

import hashlib
import json
import multiprocessing
import os
import random
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evosearch.days import Days
from evosearch.shards.format import looks as looks_module
from evosearch.shards.format.fields import Fields, MetadataFault
from evosearch.shards.format.looks import EVERY, MAX_IDS, MAX_SPANS, Looks, read_looks
from evosearch.shards.writing import ledger
from evosearch.shards.writing.ledger import read_ledger, record


def make_id(number):
    return hashlib.sha256(str(number).encode()).hexdigest()[:32]


def make_days(first, last):
    """A hold-out of the days with these numbers, in months of thirty days."""

    def join(numbers, kind):
        return b"".join(hashlib.sha256(f"{kind}{n}".encode()).digest()[:4] for n in numbers)

    # A month is shared only where both hold-outs have the whole of it.
    months = join([(first, last, n) for n in range(first // 30, last // 30 + 1)], "month")
    return Days(join(range(first, last), "day"), months)


def read(plain):
    unknown = set()
    found = read_looks(Fields({"looks": plain}, "", unknown), "looks")
    assert not unknown
    return found


def draw_looks(seed):
    """Up to five spans of one to three days, with up to seven ids each; also none at all."""
    draw = random.Random(seed)
    spans = [
        (first, first + draw.randint(1, 3), draw.sample(range(21), draw.randint(0, 7)))
        for first in draw.choices(range(9), k=draw.randint(0, 5))
    ]
    return Looks().union(
        *(Looks.of(make_days(first, last), map(make_id, ids)) for first, last, ids in spans)
    )


# A list of lists of sets takes ten times as long to draw as to check.
ANY_LOOKS = st.integers(0, 2**32).map(draw_looks)
HOLDOUTS = (make_days(2, 6), Days.of_text("fingerprint"))


def merge(*many):
    """What a merged file of one hold-out carries of the looks of its inputs."""
    return Looks().union(*many).related(*HOLDOUTS).condensed()


@pytest.fixture
def tight(monkeypatch):
    """Limits so low that small examples reach them."""
    monkeypatch.setattr(looks_module, "MAX_SPANS", 2)
    monkeypatch.setattr(looks_module, "MAX_IDS", 4)
    monkeypatch.setattr(looks_module, "MAX_JOINED", 40)


def check_laws(a, b, c):
    assert merge(a, b) == merge(b, a)
    assert merge(a, a) == merge(a) == merge(merge(a))
    assert merge(merge(a, b), c) == merge(a, merge(b, c)) == merge(a, b, c)
    whole = merge(a, b, c)
    assert whole.count(*HOLDOUTS) >= max(each.count(*HOLDOUTS) for each in (a, b, c))
    assert read(whole.to_plain()) == whole
    assert json.dumps(whole.to_plain()) == json.dumps(merge(c, a, b).to_plain())
    assert whole.digest == merge(b, c, a).digest


@given(ANY_LOOKS, ANY_LOOKS, ANY_LOOKS)
@settings(deadline=None, max_examples=30)
def test_looks_are_a_semilattice(a, b, c):
    check_laws(a, b, c)


@given(ANY_LOOKS, ANY_LOOKS, ANY_LOOKS)
@settings(deadline=None, max_examples=60)
def test_looks_are_a_semilattice_at_their_limits(a, b, c):
    # hypothesis does not reset a fixture between examples.
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("MAX_SPANS", 2), ("MAX_IDS", 4), ("MAX_JOINED", 40)):
            patch.setattr(looks_module, name, value)
        check_laws(*(Looks().union(each) for each in (a, b, c)))


@given(st.lists(ANY_LOOKS, max_size=4), st.integers(0, 8))
@settings(deadline=None, max_examples=60)
def test_a_limit_never_makes_a_look_forgotten(many, first):
    """Whatever hold-out is asked for later, a merged file counts at least what was related."""
    later = make_days(first, first + 2)
    whole = Looks().union(*many).related(*HOLDOUTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(looks_module, "MAX_SPANS", 1)
        patch.setattr(looks_module, "MAX_JOINED", 24)
        kept = merge(*many)
        assert len(kept.spans) <= 1
        assert kept.ids(later) >= whole.ids(later)
        assert len(json.dumps(kept.to_plain())) < 3000


def test_looks_at_hold_outs_that_share_a_day_are_counted_together():
    """Sharing is not transitive: the third hold-out has no day of the first."""
    one, two, three = make_days(0, 10), make_days(5, 15), make_days(12, 20)
    found = Looks.of(one, [make_id(1)]).add(two, [make_id(2)]).add(three, [make_id(3)])
    assert found.ids(one) == {make_id(1), make_id(2)}
    assert found.ids(two) == {make_id(1), make_id(2), make_id(3)}
    assert found.ids(three) == {make_id(2), make_id(3)}
    assert found.related(one).ids(three) == {make_id(2)}


def test_a_file_that_grew_by_a_day_has_not_forgotten():
    found = Looks.of(make_days(70, 100), [make_id(1)])
    assert found.count(make_days(71, 101)) == 1
    assert found.add(make_days(71, 101), [make_id(1)]).count(make_days(72, 102)) == 1
    assert found.add(make_days(71, 101), [make_id(2)]).count(make_days(72, 102)) == 2
    assert found.count(make_days(100, 130)) == 0


def test_a_hold_out_that_is_used_up_stays_so():
    days = make_days(0, 30)
    many = [make_id(number) for number in range(3000)]
    found = Looks.of(days, many)
    assert found.count(days) == MAX_IDS
    assert found.genomes[days.key] == frozenset(sorted(many)[:MAX_IDS])
    assert found.add(days, ["0" * 32]).count(days) == MAX_IDS
    # Smaller ids push others out: the count of several spans together does not fall.
    other = make_days(1, 31)
    assert found.add(other, many[:5]).add(days, [f"{n:032x}" for n in range(999)]).count(days) == MAX_IDS  # fmt: skip


def test_a_ledger_of_years_stays_small_in_a_merged_file():
    """Each day the file grows and another strategy wins."""
    found = Looks().union(
        *(Looks.of(make_days(first, first + 400), [make_id(first)]) for first in range(300))
    )
    today = make_days(300, 700)
    carried = found.related(today).condensed()
    assert len(carried.spans) == 1
    assert carried.ids(today) == found.ids(today) == {make_id(first) for first in range(300)}
    assert len(json.dumps(carried.to_plain())) < 40_000
    assert read(carried.to_plain()) == carried
    # Tomorrow's look is added to it, in whatever order.
    tomorrow = Looks.of(make_days(301, 701), [make_id(301)])
    assert carried.union(tomorrow).condensed() == found.union(tomorrow).related(today).condensed()


@pytest.mark.slow
def test_a_hostile_list_of_looks_cannot_grow_a_file_without_bound():
    own = make_days(0, 3)
    hostile = Looks()
    for number in range(4 * MAX_SPANS):
        junk = hashlib.sha256(str(number).encode()).digest() * 500
        days = Days(own.days + junk[: 4 * 3990], junk[: 4 * 3990])
        hostile = hostile.add(days, [make_id((number, n)) for n in range(MAX_IDS)])
    assert read(hostile.to_plain()) == hostile
    carried = Looks.of(own, [make_id(1)]).union(hostile).related(own).condensed()
    assert len(json.dumps(carried.to_plain())) < 700_000
    assert carried.count(own) == MAX_IDS


def test_days_beyond_the_limit_make_a_span_that_shares_with_everything(tight):
    many = [Looks.of(make_days(n, n + 4), [make_id(n)]) for n in range(8)]
    found = Looks().union(*many).condensed()
    assert found.spans == {EVERY: None}
    assert found.count(make_days(1000, 1001)) == 4  # as many ids as the low limit keeps
    assert found.union(*many).condensed() == found
    assert read(found.to_plain()) == found


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: plain["spans"][0].pop("genomes"),
        lambda plain: plain["spans"][0].pop("days"),
        lambda plain: plain["spans"][0].update(genomes=[]),
        lambda plain: plain["spans"][0].update(genomes=["x" * 32]),
        lambda plain: plain["spans"][0].update(genomes=[make_id(1), make_id(1)]),
        lambda plain: plain["spans"][0].update(genomes=sorted(map(make_id, range(2000)))),
        lambda plain: plain["spans"][0].update(days="####"),
        lambda plain: plain["spans"][0].update(days=7),
        lambda plain: plain["spans"][0].update(days="", months=""),
        lambda plain: plain["spans"][0].update(joined=1),
        lambda plain: plain["spans"][0].update(joined=True, days="A" * 10**6),
        lambda plain: plain["spans"][0].update(joined=True, days="BAAAAAMAAAA="),
        lambda plain: plain.update(spans={}),
        lambda plain: plain.update(spans=plain["spans"] * 1000),
        lambda plain: plain["spans"].append(None),
    ],
)
def test_looks_that_are_not_as_they_are_written_are_refused(change):
    plain = Looks.of(make_days(0, 3), [make_id(1), make_id(2)]).to_plain()
    read(plain)
    change(plain)
    with pytest.raises(MetadataFault):
        read(plain)


# The ledger


DAYS = make_days(0, 30)
ONE = Looks.of(DAYS, [make_id(1)])


def ledger_of(folder):
    return folder / ".evosearch" / "looks.jsonl"


def test_a_look_is_written_once_and_read_again(tmp_path):
    assert read_ledger(tmp_path) == Looks()
    assert record(tmp_path, ONE)
    written = ledger_of(tmp_path).read_bytes()
    assert record(tmp_path, ONE)
    assert ledger_of(tmp_path).read_bytes() == written
    other = ONE.add(DAYS, [make_id(2)]).add(make_days(40, 50), [make_id(1)])
    assert record(tmp_path, other)
    assert read_ledger(tmp_path) == other
    assert read_ledger(tmp_path, [make_days(29, 31)]) == other.related(DAYS)
    lines = ledger_of(tmp_path).read_text().splitlines()
    assert len(lines) == 2 + 3  # each list of days once
    assert ledger_of(tmp_path).read_bytes().startswith(written)


@pytest.mark.parametrize(
    "junk",
    [
        b'{"span":"0123456789abcdef","gen',
        b"\xff\xfe\x00",
        b"[]\n7\nnull\n{}\n",
        b'{"span":[1],"genome":"' + make_id(3).encode() + b'"}\n',
        b'{"span":"unknown","genome":"' + make_id(3).encode() + b'"}\n',
        b'{"span":"%s","genome":"ABC"}\n' % DAYS.key.encode(),
        b'{"span":"%s","genome":7}\n' % DAYS.key.encode(),
        b'{"span":"0000","days":"AAAA","months":"AAAA"}\n',
        b'{"span":"0000","days":{},"months":[]}\n',
        b"[" * 100_000 + b"\n",
        b"9" * 10_000 + b"\n",
        b'"' + b"x" * 200_000 + b'{"span":"0","genome":"1"}\n',
        b"\n" * 1000,
    ],
)  # fmt: skip
def test_lines_that_are_not_ours_cost_no_other_line(tmp_path, junk):
    assert record(tmp_path, ONE)
    with ledger_of(tmp_path).open("ab") as file:
        file.write(junk)
    assert read_ledger(tmp_path) == ONE
    more = Looks.of(DAYS, [make_id(2)])
    assert record(tmp_path, more)
    assert read_ledger(tmp_path) == ONE.union(more)


@pytest.mark.slow
def test_a_long_ledger_is_read_fast(tmp_path):
    n_spans, n_each = 100, 1000
    for number in range(n_spans):
        ids = [make_id((number, n)) for n in range(n_each)]
        assert record(tmp_path, Looks.of(Days.of_text(str(number)), ids)) if number < 2 else True
        if number >= 2:  # as `record` would, which reads the whole file each time
            days = Days.of_text(str(number))
            with ledger_of(tmp_path).open("a") as file:
                file.write(json.dumps({"span": days.key, **days.to_plain()}) + "\n")
                file.writelines(json.dumps({"span": days.key, "genome": i}) + "\n" for i in ids)
    begun = time.process_time()
    found = read_ledger(tmp_path, [Days.of_text("7")])
    assert time.process_time() - begun < 5
    assert found.count(Days.of_text("7")) == n_each
    assert len(read_ledger(tmp_path).spans) == n_spans


def _add(folder, first, barrier):
    barrier.wait()
    for number in range(first, first + 20):
        assert record(Path(folder), Looks.of(make_days(number // 4, 40), [make_id(number)]))


@pytest.mark.slow
def test_processes_that_write_at_once_tear_no_line(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(3)
    crew = [spawn.Process(target=_add, args=(str(tmp_path), 20 * n, barrier)) for n in range(3)]
    for each in crew:
        each.start()
    for each in crew:
        each.join()
    assert [each.exitcode for each in crew] == [0, 0, 0]
    lines = ledger_of(tmp_path).read_text().splitlines()
    found = [json.loads(line) for line in lines]
    assert len({*lines}) == len(lines)
    assert {line["genome"] for line in found if "genome" in line} == {*map(make_id, range(60))}
    spans = [line["span"] for line in found if "days" in line]
    assert sorted(spans) == sorted({*spans})
    assert len(spans) == 15


@pytest.mark.slow
@pytest.mark.posix
@pytest.mark.parametrize("point", ["ledger", "ledger-done"])
def test_a_process_that_is_killed_leaves_a_whole_ledger(tmp_path, point):
    assert record(tmp_path, ONE)
    before = read_ledger(tmp_path)
    code = (
        "import sys; from pathlib import Path; from evosearch.days import Days\n"
        "from evosearch.shards.format.looks import Looks\n"
        "from evosearch.shards.writing.ledger import record\n"
        f"record(Path(sys.argv[1]), Looks.of(Days.of_text('x'), ['{make_id(5)}']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env={**os.environ, "EVOSEARCH_FAILPOINT": point},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    new = Looks.of(Days.of_text("x"), [make_id(5)])
    assert read_ledger(tmp_path) == (before if point == "ledger" else before.union(new))
    assert record(tmp_path, new)  # the lock went with the process
    assert read_ledger(tmp_path) == before.union(new)


def make_folder(place):
    place.mkdir(parents=True)


def make_link(place, target):
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(target)


@pytest.mark.posix
@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder, away: folder.joinpath(".evosearch").write_text("a file"),
        lambda folder, away: make_folder(ledger_of(folder)),
        lambda folder, away: make_folder(folder / ".evosearch" / ledger.LOCK_NAME),
        lambda folder, away: make_link(folder / ".evosearch", away),
        lambda folder, away: make_link(ledger_of(folder), away / "looks.jsonl"),
        lambda folder, away: make_link(folder / ".evosearch" / ledger.LOCK_NAME, away / "lock"),
        lambda folder, away: (make_folder(folder / ".evosearch"), os.mkfifo(ledger_of(folder))),
        lambda folder, away: (folder.rmdir(), folder.write_text("a file")),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_said_and_raises_nothing(tmp_path, spoil):
    folder, away = tmp_path / "results", tmp_path / "away"
    folder.mkdir()
    away.mkdir()
    (away / "looks.jsonl").write_text("")
    spoil(folder, away)
    assert record(folder, ONE) is False
    assert read_ledger(folder) == Looks()
    # Nothing was written where a link leads.
    assert [(path.name, path.read_text()) for path in away.iterdir()] == [("looks.jsonl", "")]


@pytest.mark.posix
@pytest.mark.parametrize("error", ["ENOSPC", "EIO", "EROFS"])
def test_a_disk_that_fails_is_said(tmp_path, monkeypatch, error):
    monkeypatch.setenv("EVOSEARCH_FAILPOINT", f"ledger:1:{error}")
    monkeypatch.setattr("evosearch.shards.disk.files._failpoint_passes", {})
    assert record(tmp_path, ONE) is False
    assert record(tmp_path, ONE) is True  # the next time it works


@pytest.mark.posix
def test_a_folder_that_is_read_only_is_said_unless_the_look_is_known(tmp_path):
    assert record(tmp_path, ONE)
    folder = tmp_path / ".evosearch"
    for path in (ledger_of(tmp_path), folder / ledger.LOCK_NAME):
        path.chmod(stat.S_IRUSR)
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert record(tmp_path, ONE) is True  # nothing has to be written
        is_root = os.geteuid() == 0
        assert record(tmp_path, ONE.add(DAYS, [make_id(2)])) is is_root
    finally:
        folder.chmod(stat.S_IRWXU)


def test_a_lock_that_is_never_released_does_not_stop_a_command(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger, "_PATIENCE_S", 0.0)
    (tmp_path / ".evosearch").mkdir()
    with ledger._locked(tmp_path / ".evosearch" / ledger.LOCK_NAME) as is_locked:
        assert is_locked
        assert record(tmp_path, ONE)
        assert record(tmp_path, ONE.add(DAYS, [make_id(2)]))
    assert read_ledger(tmp_path).count(DAYS) == 2
