"""What an objective can do to its process, by name, and what must become of its row."""

import concurrent.futures
import contextlib
import decimal
import gc
import locale
import multiprocessing
import os
import platform
import random
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import time
import warnings

import numpy as np

from evosearch import Categorical, Int, Problem, Space
from evosearch.population import Status

MISBEHAVIOURS = {}
OUTCOMES = {}  # a status and the beginning of its reason


def becomes(status, reason=None):
    def register(function):
        MISBEHAVIOURS[function.__name__] = function
        OUTCOMES[function.__name__] = (status, reason)
        return function

    return register


class Unloadable(Exception):
    """Cannot be unpickled: its constructor wants two arguments."""

    def __init__(self, a, b):
        super().__init__(f"{a} {b}")


class Unmakeable(Exception):
    def __init__(self):
        raise KeyError("no constructor")


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no words")


@becomes(Status.FAILED, "ValueError: on purpose")
def raises():
    raise ValueError("on purpose")


@becomes(Status.FAILED, "Unloadable: 1 2")
def raises_what_cannot_be_unpickled():
    raise Unloadable(1, 2)


@becomes(Status.FAILED, "KeyError: 'no constructor'")
def raises_what_cannot_be_made():
    raise Unmakeable


@becomes(Status.FAILED, "Unspeakable")
def raises_what_cannot_be_said():
    raise Unspeakable


@becomes(Status.FAILED, "SystemExit: 3")
def raises_system_exit():
    sys.exit(3)


@becomes(Status.FAILED, "KeyboardInterrupt")
def raises_keyboard_interrupt():
    raise KeyboardInterrupt


@becomes(Status.FAILED, "GeneratorExit")
def raises_generator_exit():
    raise GeneratorExit


@becomes(Status.FAILED, "ValueError: xxx")
def raises_with_a_long_text():
    raise ValueError("x" * 10_000_000)


@becomes(Status.FAILED, "RecursionError")
def recurses():
    recurses()


@becomes(Status.FAILED, "MemoryError")
def asks_for_more_memory_than_there_is():
    return [0.0] * 10**14


@becomes(Status.FAILED, "ValueError: objective is nan")
def returns_nan():
    return float("nan")


@becomes(Status.FAILED, "ValueError: objective is inf")
def returns_infinity():
    return float("inf")


@becomes(Status.FAILED, "TypeError: objective is NoneType")
def returns_none():
    return None


@becomes(Status.FAILED, "TypeError: objective is str")
def returns_text():
    return "1.0"


@becomes(Status.FAILED, "TypeError: objective is complex")
def returns_complex():
    return 1j


@becomes(Status.FAILED, "TypeError: objective is ndarray")
def returns_an_array():
    return np.zeros(3)


@becomes(Status.CRASHED, "the process ended with exit code 0")
def exits_quietly():
    os._exit(0)


@becomes(Status.CRASHED, "killed by SIGKILL")
def kills_itself():
    os.kill(os.getpid(), signal.SIGKILL)


@becomes(Status.CRASHED, "killed by SIGTERM")
def kills_its_group():
    os.killpg(os.getpgrp(), signal.SIGTERM)


@becomes(Status.CRASHED, "killed by SIGSEGV")
def segfaults():
    import ctypes

    ctypes.string_at(0)


@becomes(Status.CRASHED, "killed by SIGABRT")
def aborts():
    os.abort()


@becomes(Status.CRASHED, "killed by SIGKILL")
def forks_a_sleeper_and_dies():
    # The copy inherits every pipe by which a death could be noticed.
    if os.fork() == 0:
        time.sleep(1000)
    os.kill(os.getpid(), signal.SIGKILL)


@becomes(Status.CRASHED, "more than 0.50 GiB of memory")
def fills_a_list_of_4_gigabytes():
    held = [0.0] * 2**29
    time.sleep(30)
    return float(len(held))


@becomes(Status.CRASHED, "more than 0.50 GiB of memory")
def eats_memory():
    held = []
    while True:
        held.append(np.ones(2**22))
        time.sleep(0.01)


@becomes(Status.CRASHED, "more than 0.50 GiB of memory")
def lets_a_child_eat_memory():
    code = "import time; held = b'x' * 2**30; time.sleep(100)"
    subprocess.run([sys.executable, "-c", code], check=False)


@becomes(Status.CRASHED, "more than 0.50 GiB of memory")
def lets_copies_eat_memory_together():
    for _ in range(4):
        if os.fork() == 0:
            held = np.ones(2**25)
            time.sleep(100 + held[0])
    time.sleep(100)


@becomes(Status.OK)
def shares_memory_with_its_copies():
    held = np.ones(2**25)  # 0.25 GiB once, not five times
    copies = []
    for _ in range(4):
        copies.append(os.fork())
        if copies[-1] == 0:
            time.sleep(1.5 * held[0])
            os._exit(0)
    for pid in copies:
        os.waitpid(pid, 0)
    return 5.0


@becomes(Status.TIMEOUT, "longer than 1 s")
def stops_itself():
    os.kill(os.getpid(), signal.SIGSTOP)


@becomes(Status.TIMEOUT, "longer than 1 s")
def loops():
    while True:
        pass


@becomes(Status.TIMEOUT, "longer than 1 s")
def swallows_every_exception():
    while True:
        try:
            time.sleep(1000)
        except BaseException:
            continue


@becomes(Status.TIMEOUT, "longer than 1 s")
def holds_the_interpreter_lock():
    import re

    re.match(r"(a+)+$", "a" * 60 + "b")


@becomes(Status.TIMEOUT, "longer than 1 s")
def ignores_all_signals_and_sleeps():
    for number in (signal.SIGTERM, signal.SIGALRM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    time.sleep(1000)


@becomes(Status.OK)
def prints_a_gigabyte():
    for _ in range(500):
        print("x" * 2**20)
    for _ in range(500):
        os.write(1, b"y" * 2**20)
    return 5.0


@becomes(Status.OK)
def closes_all_descriptors():
    os.closerange(3, 1024)
    return 5.0


@becomes(Status.OK)
def takes_over_the_pipe():
    # Whatever opens a file next gets the number that the worker's pipe had.
    os.closerange(3, 1024)
    for _ in range(20):
        os.open(os.devnull, os.O_RDWR)
    return 5.0


@becomes(Status.OK)
def forks_a_sleeper():
    if os.fork() == 0:
        time.sleep(1000)
    return 5.0


@becomes(Status.OK)
def forks_and_returns_twice():
    if os.fork() == 0:
        time.sleep(0.2)
        return 1000.0
    return 5.0


@becomes(Status.OK)
def forks_a_session():
    if os.fork() == 0:
        os.setsid()
        time.sleep(1000)
    return 5.0


@becomes(Status.OK)
def starts_a_session():
    subprocess.Popen(["sleep", "1000"], start_new_session=True)
    return 5.0


@becomes(Status.OK)
def starts_a_session_by_the_shell():
    subprocess.run("setsid sleep 1000 & nohup sleep 1000 >/dev/null 2>&1 &", shell=True, check=True)
    return 5.0


@becomes(Status.OK)
def leaves_a_daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 1024)
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            time.sleep(1000)
        os._exit(0)
    os.wait()
    return 5.0


@becomes(Status.OK)
def leaves_a_daemon_without_environment():
    code = f"import time; time.sleep(1000) # {os.environ.get('EVOSEARCH_MARK')}"
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execve(sys.executable, [sys.executable, "-S", "-c", code], {})
        os._exit(0)
    os.wait()
    return 5.0


@becomes(Status.OK)
def leaves_a_process():
    multiprocessing.get_context("fork").Process(target=time.sleep, args=(1000,)).start()
    return 5.0


@becomes(Status.OK)
def forks_on_and_on():
    if os.fork() == 0:
        os.setsid()
        for _ in range(5000):  # a new number all the time, and a session of its own
            if os.fork():
                os._exit(0)
            os.setsid()
            time.sleep(0.02)
        os._exit(0)
    return 5.0


LEAVING = list(MISBEHAVIOURS)[-7:]  # the processes that must not live on


@becomes(Status.OK)
def uses_a_pool():
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return float(sum(pool.map(abs, [-2, -3])))


@becomes(Status.OK)
def uses_a_pool_of_futures():
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        return float(sum(pool.map(abs, [-2, -3])))


@becomes(Status.OK)
def uses_a_process():
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    process = context.Process(target=queue.put, args=(5.0,))
    process.start()
    result = queue.get()
    process.join()
    return result


PARALLEL = list(MISBEHAVIOURS)[-3:]
WROTE = "wrote into the pipes of its worker"


def write_everywhere(data, kinds=(stat.S_IFIFO, stat.S_IFSOCK)):
    for descriptor in range(3, 200):
        try:
            if stat.S_IFMT(os.fstat(descriptor).st_mode) in kinds:
                os.write(descriptor, data)
        except OSError:
            continue


@becomes(Status.CRASHED, WROTE)
def writes_into_every_pipe():
    write_everywhere(b"\0\0\0\x20" + b"\xff" * 32)
    return 5.0


@becomes(Status.CRASHED, WROTE)
def promises_two_gigabytes():
    write_everywhere(b"\x7f\xff\xff\xff")
    return 5.0


@becomes(Status.CRASHED, WROTE)
def promises_more_and_hangs():
    write_everywhere(b"\xff\xff\xff\xff\0\0\1\0\0\0\0\0")
    time.sleep(1000)


@becomes(Status.CRASHED, WROTE)
def writes_half_a_header():
    write_everywhere(b"\0\0")
    return 5.0


@becomes(Status.CRASHED, WROTE)
def writes_half_a_header_and_dies():
    write_everywhere(b"\0\0\0")
    os._exit(3)


@becomes(Status.CRASHED, WROTE)
def writes_noise():
    write_everywhere(np.random.default_rng(1).bytes(70_000))
    return 5.0


@becomes(Status.CRASHED, WROTE)
def forges_an_answer():
    write_everywhere(struct.pack("!i", 32) + struct.pack("<qqqd", 1, 1, 0, 0.0))
    return 5.0


WRITING = list(MISBEHAVIOURS)[-7:]


@becomes(Status.OK)
def leaves_a_thread_running():
    threading.Thread(target=time.sleep, args=(1000,)).start()
    return 5.0


@becomes(Status.OK)
def changes_the_folder():
    os.chdir("/")
    return 5.0


@becomes(Status.OK)
def changes_the_environment():
    os.environ["PATH"] = "/nowhere"
    os.environ["LEAK"] = "1"
    del os.environ["HOME"]
    return 5.0


@becomes(Status.OK)
def changes_signals():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, lambda number, frame: None)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, 1000)
    return 5.0


@becomes(Status.OK)
def leaves_an_alarm_ticking():
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 0.005)
    return 5.0


@becomes(Status.OK)
def reseeds_the_generators():
    random.seed(1)
    np.random.seed(1)
    return 5.0


@becomes(Status.OK)
def changes_what_python_does():
    sys.setrecursionlimit(10_000)
    np.seterr(all="raise")
    np.setbufsize(16)
    sys.stdout = None
    sys.settrace(lambda *_: None)
    sys.setprofile(lambda *_: None)
    return 5.0


@becomes(Status.OK)
def changes_how_numbers_are_read_and_written():
    decimal.getcontext().prec = 3
    decimal.getcontext().traps[decimal.Inexact] = True
    sys.set_int_max_str_digits(1000)
    with contextlib.suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, ("C", "C.UTF-8")[locale.setlocale(locale.LC_CTYPE) == "C"])
    os.environ["TZ"] = "Asia/Kathmandu"
    time.tzset()
    return 5.0


@becomes(Status.OK)
def leaves_another_time_zone_behind():
    os.putenv("TZ", "Asia/Kathmandu")  # os.environ does not show it
    time.tzset()
    return 5.0


@becomes(Status.OK)
def changes_where_modules_come_from_and_what_warns():
    sys.path.insert(0, "/nowhere")
    sys.path.remove(next(path for path in sys.path if path != "/nowhere"))
    warnings.simplefilter("error")
    gc.disable()
    return 5.0


@becomes(Status.OK)
def changes_what_it_may_use():
    import resource

    os.umask(0o777)
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    return 5.0


@becomes(Status.OK)
def gives_up_what_it_may_use_for_good():
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return 5.0


@becomes(Status.OK)
def becomes_somebody_else():
    if os.geteuid() == 0:
        os.setgroups([65534])
        os.setgid(65534)
        os.setuid(65534)
    return 5.0


@becomes(Status.OK)
def becomes_somebody_else_for_a_while():
    if os.geteuid() == 0:
        os.setegid(65534)
        os.seteuid(65534)
    return 5.0


@becomes(Status.OK)
def changes_the_root_folder():
    if os.geteuid() == 0:
        os.chroot(tempfile.gettempdir())
        os.chdir("/")
    return 5.0


@becomes(Status.OK)
def changes_how_the_processor_rounds():
    import ctypes.util

    with contextlib.suppress(OSError):
        # FE_UPWARD of x86 and of ARM
        up = {"x86_64": 0x800, "aarch64": 0x400000, "arm64": 0x400000}[platform.machine()]
        ctypes.CDLL(ctypes.util.find_library("m")).fesetround(up)
    return 5.0


@becomes(Status.OK)
def closes_its_output():
    sys.stdout.close()
    return 5.0


@becomes(Status.OK)
def closes_all_descriptors_and_output():
    os.closerange(0, 1024)
    return 5.0


@becomes(Status.OK)
def spoils_all_descriptors():
    # Whatever of it is shared memory: shorter, longer, with a hole, overwritten.
    for fd in range(3, 200):
        with contextlib.suppress(OSError):
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                continue
            os.pwrite(fd, b"\xff" * 4096, 0)
        for size in (2**28, 0):
            with contextlib.suppress(OSError):
                os.ftruncate(fd, size)
    return 5.0


@becomes(Status.OK)
def spoils_memory_by_its_name():
    # As root on Linux, mapped files can be opened without any descriptor of them.
    names = [f"/proc/self/map_files/{name}" for name in list_folder("/proc/self/map_files")]
    names += [f"/proc/self/fd/{name}" for name in list_folder("/proc/self/fd")]
    names += [f"/proc/{os.getppid()}/fd/{name}" for name in list_folder(f"/proc/{os.getppid()}/fd")]
    for name in names:
        with contextlib.suppress(OSError):
            if "memfd" in os.readlink(name) or "pym-" in os.readlink(name):
                os.truncate(name, 0)
    return 5.0


def list_folder(name):
    with contextlib.suppress(OSError):
        return os.listdir(name)
    return []


@becomes(Status.OK)
def empties_shared_memory():
    fill_shared_memory(0)
    return 5.0


@becomes(Status.CRASHED, "killed by SIGKILL")
def overwrites_shared_memory_and_dies():
    fill_shared_memory(255)
    os.kill(os.getpid(), signal.SIGKILL)


def fill_shared_memory(byte):
    import ctypes

    with open("/proc/self/maps") as maps:
        lines = [line.split()[:2] for line in maps if "memfd:evosearch" in line]
    for span, rights in lines:
        begin, end = (int(text, 16) for text in span.split("-"))
        if "w" in rights:
            ctypes.memset(begin, byte, end - begin)


@becomes(Status.CRASHED, "killed by SIG")
def unmaps_shared_memory():
    import ctypes

    with open("/proc/self/maps") as maps:
        spans = [line.split()[0] for line in maps if "memfd:evosearch" in line]
    for span in spans:
        begin, end = (int(text, 16) for text in span.split("-"))
        ctypes.CDLL(None).munmap(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin))
    if not spans:
        os.kill(os.getpid(), signal.SIGKILL)  # a system that does not tell
    return 5.0


def read_state():
    """What one evaluation could change for the next."""
    return {
        "folder": os.getcwd(),
        "environment": dict(os.environ),
        "signals": [signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)],
        "timer": signal.getitimer(signal.ITIMER_PROF),
        "floats": (np.geterr(), np.getbufsize()),
        "tracers": (sys.gettrace(), sys.getprofile()),
        "recursion": sys.getrecursionlimit(),
        "output": sys.stdout is None or sys.stdout.closed,
        "decimals": (decimal.getcontext().prec, decimal.getcontext().traps[decimal.Inexact]),
        "digits": sys.get_int_max_str_digits(),
        "locale": locale.setlocale(locale.LC_ALL),
        "zone": (time.tzname, time.localtime(0).tm_hour),
        "path": list(sys.path),
        "filters": list(warnings.filters),
        "collector": gc.isenabled(),
        "limits": read_limits(),
        "processors": os.sched_getaffinity(0) if hasattr(os, "sched_setaffinity") else 0,
        "signal mask": signal.pthread_sigmask(signal.SIG_BLOCK, ()),
        "user": (os.getresuid(), os.getresgid(), os.getgroups())
        if hasattr(os, "getresuid")
        else (os.getuid(), os.geteuid(), os.getgid(), os.getegid()),
        "root folder": os.stat("/").st_ino,
        "rounding": float(np.float64(1.0) + np.float64(2.0**-53)),
        "descriptors": [os.fstat(number).st_dev > 0 for number in (1, 2)],
    }


def read_limits():
    import resource

    umask = os.umask(0)
    os.umask(umask)
    return umask, [resource.getrlimit(kind) for kind in range(8)]


class Misbehaving(Problem):
    """Row k gives k, with a draw from each global generator; some rows misbehave."""

    space = Space(Int("k", 0, 99), Categorical("how", ["behaves", *MISBEHAVIOURS]))
    direction = "maximize"
    version = "1"
    metrics = ("objective", "draw", "numpy_draw")

    def setup(self):
        self.state = read_state()

    def evaluate(self, params):
        draws = {"draw": random.random(), "numpy_draw": np.random.random()}
        if params["how"] != "behaves":
            result = MISBEHAVIOURS[params["how"]]()
            return result if result is None else {"objective": result, **draws}
        time.sleep(0.001)
        changed = [key for key, value in read_state().items() if value != self.state[key]]
        if changed:
            raise AssertionError(f"{changed} changed")
        return {"objective": float(params["k"]), **draws}


class Leaving(Misbehaving):
    """Every row leaves a process behind."""

    space = Space(Int("k", 0, 99), Categorical("how", LEAVING))
