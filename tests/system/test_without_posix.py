"""Without what Windows lacks, as far as that can be taken from a Linux or a Mac: the same rows.

What is taken is taken from the search and from all its workers, before anything of ours is loaded.
What decides by `sys.platform` cannot be tried so: that is what the types are checked for.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import runs
from tests.conftest import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.posix]

# Not here, as Python's own library and psutil need them on the systems where this runs: uname,
# statvfs, sysconf, waitpid, pipe, SIGKILL, fcntl, resource, pwd; of ours, pwrite.
TAKE = '''
import _signal, os, signal, time

OS = """chown chroot ctermid eventfd fchown fork forkpty fpathconf getegid geteuid getgid getgroups
getloadavg getpgid getpgrp getpriority getresgid getresuid getsid getuid getxattr initgroups killpg
lchown listxattr lockf memfd_create mkfifo mknod nice openpty pathconf pidfd_open posix_fadvise
posix_fallocate preadv pwritev readv register_at_fork removexattr sched_getaffinity sched_getparam
sched_getscheduler sched_setaffinity sched_setparam sched_setscheduler sched_yield sendfile setegid
seteuid setgid setgroups setpgid setpriority setregid setresgid setresuid setreuid setsid setuid
setxattr sync tcgetpgrp tcsetpgrp ttyname wait wait3 wait4 waitid writev O_ASYNC O_DIRECTORY
O_NOCTTY O_NOFOLLOW O_NONBLOCK O_SYNC PRIO_PGRP PRIO_PROCESS PRIO_USER"""
SIGNAL = """ITIMER_PROF ITIMER_REAL ITIMER_VIRTUAL SIGALRM SIGBUS SIGCHLD SIGCLD SIGCONT SIGHUP SIGIO
SIGPIPE SIGPOLL SIGPROF SIGPWR SIGQUIT SIGSTOP SIGSYS SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1
SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ SIG_BLOCK SIG_SETMASK SIG_UNBLOCK alarm getitimer pause
pthread_kill pthread_sigmask setitimer siginterrupt sigpending sigtimedwait sigwait sigwaitinfo"""
TIME = "clock_getres clock_gettime clock_settime pthread_getcpuclockid tzset"

for module, names in ((os, OS), (signal, SIGNAL), (_signal, SIGNAL), (time, TIME)):
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)
'''

PROBLEM = """
import os, signal, time
from evosearch import Int, Problem, Space

class Faulty(Problem):
    space = Space(Int("k", 0, 299))
    direction = "minimize"
    version = "1"

    def evaluate(self, p):
        # What is there in a worker, for the test to see; no row knows of it.
        with open(f"seen-{os.getpid()}", "w") as file:
            file.write(" ".join(dir(os) + dir(signal)))
        if p["k"] == 7:
            raise ValueError("seven")
        if p["k"] == 17:
            os._exit(3)
        while p["k"] == 27:
            time.sleep(0.05)
        return float(p["k"])
"""

PROFILE = """
seed = 5
[search]
population = 60
generations = 3
[problem]
name = "faulty.py:Faulty"
[run]
workers = 3
timeout_s = 4
"""


@pytest.fixture
def bare(tmp_path_factory):
    """An environment without what Windows lacks."""
    site = tmp_path_factory.mktemp("site")
    (site / "sitecustomize.py").write_text(TAKE)
    return {"PYTHONPATH": f"{site}:{ROOT}"}


@pytest.fixture
def pair(tmp_path_factory, bare):
    """Two folders with the same project, and the environments that their commands have."""
    folders = []
    for name in ("whole", "bare"):
        folder = tmp_path_factory.mktemp(name)
        (folder / "profiles").mkdir()
        (folder / "faulty.py").write_text(PROBLEM)
        (folder / "profiles" / "faulty.toml").write_text(PROFILE)
        folders.append(folder)
    return list(zip(folders, ({}, bare), strict=True))


def read_seen(folder: Path) -> list[set[str]]:
    return [set(path.read_text().split()) for path in folder.glob("seen-*")]


def act_in_both(pair, *arguments):
    """The same command in both folders; what it said, if it ended alike and left the same rows.

    "RUN" stands for the run of the folder.
    """

    def act(folder, more):
        shard = min((folder / "results").glob("*.parquet"), default=folder)
        run_id = shard.name.rsplit("-", 2)[0]  # <run>-<part>-<sha>
        named = [run_id if each == "RUN" else each for each in arguments]
        return runs.evosearch(folder, *named, **more)

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(act, *zip(*pair, strict=True)))
    assert done[0].returncode == done[1].returncode, done[0].stderr + done[1].stderr
    assert "Traceback" not in done[0].stderr + done[1].stderr
    rows = [runs.read_rows(folder) for folder, _ in pair]
    assert repr(rows[0]) == repr(rows[1])
    return done


# With the exit code that each has; after a search, whose rows they look at.
COMMANDS = [
    (0, "status"),
    (0, "top"),
    (0, "merge", "results", "--output", "merged.parquet"),
    (0, "check", "merged.parquet", "--deep"),
    (2, "merge", "nothing"),
    (0, "profiles", "list"),
    (0, "doctor"),
    (2, "resume"),
]


def test_an_objective_that_fails_crashes_and_hangs_gives_the_same_rows_everywhere(pair):
    done = act_in_both(pair, "run", "-p", "faulty", "-q", "--generations", "2")
    assert done[0].returncode == 0, done[0].stderr
    assert len(runs.read_rows(pair[0][0])) == 120
    done = act_in_both(pair, "resume", "RUN", "-q", "--generations", "3")
    assert done[0].returncode == 0, done[0].stderr
    rows = runs.read_rows(pair[0][0])
    assert len(rows) == 180
    assert {row["status"] for row in rows.values()} == {"ok", "failed", "crashed", "timeout"}
    assert [runs.leftovers(folder) for folder, _ in pair] == [[], []]
    seen, seen_bare = (read_seen(folder) for folder, _ in pair)
    assert len(seen) > 3 and all({"setsid", "setitimer", "SIGALRM"} <= names for names in seen)
    assert len(seen_bare) > 3
    assert not any({"setsid", "setitimer", "SIGALRM"} & names for names in seen_bare)
    for code, *arguments in COMMANDS:
        done = act_in_both(pair, *arguments)
        assert done[0].returncode == code, arguments
    genomes = json.dumps([{"k": k} for k in (3, 7, 17, 27)])
    done = act_in_both(pair, "evaluate", "--json", "-p", "faulty", "--params", genomes)
    measured = [json.loads(each.stdout)["data"] for each in done]
    for row in (*measured[0], *measured[1]):
        row.pop("printed")  # a traceback, with the folder in it
    assert [row["status"] for row in measured[0]] == ["ok", "failed", "crashed", "timeout"]
    assert measured[0] == measured[1]


def test_a_killed_run_goes_on_without_them(tmp_path, bare):
    whole, taken = (runs.make_project(tmp_path / name) for name in ("whole", "bare"))
    assert runs.evosearch(whole, "run", "-p", "made", "-q").returncode == 0
    killed = runs.evosearch(
        taken, "run", "-p", "made", "-q", EVOSEARCH_FAILPOINT="rename:2", **bare
    )
    assert killed.returncode == -9
    assert runs.finish(taken, **bare) == 1
    assert repr(runs.read_rows(taken)) == repr(runs.read_rows(whole))
    assert runs.leftovers(taken) == []


def test_trading_in_threads_gives_the_same_rows(tmp_path, bare):
    arguments = ["run", "-p", "demo", "-q", "--backend", "threads", "--workers", "3"]
    arguments += ["--set", "search.population=100", "--set", "search.generations=4", "--seed", "3"]
    found = []
    for name, more in (("whole", {}), ("bare", bare)):
        (tmp_path / name).mkdir()
        done = runs.evosearch(tmp_path / name, *arguments, **more)
        assert done.returncode == 0, done.stderr
        found.append(runs.read_rows(tmp_path / name))
    assert len(found[0]) == 400
    assert repr(found[0]) == repr(found[1])
