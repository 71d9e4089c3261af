"""What many tests share: where the user's real file is, and a folder of their own."""

import atexit
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

# A first call compiles; what that takes says nothing about a property.
settings.register_profile("evosearch", deadline=None)
settings.load_profile("evosearch")

ROOT = Path(__file__).parent.parent

# A shell without job control starts what runs in the background deaf to Ctrl-C, and so would be
# everything that the tests start.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure():
    """What commands keep must not come from, nor stay in, the user's own folders."""
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        folder = os.environ[name] = tempfile.mkdtemp(prefix="evosearch-tests-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)


def pytest_collection_modifyitems(items):
    """On Windows, what is marked as of POSIX is skipped by name, and so is counted."""
    if sys.platform == "win32":
        for item in items:
            if item.get_closest_marker("posix"):
                item.add_marker(pytest.mark.skip(reason="uses what Windows lacks"))


def find_btc() -> Path | None:
    """The first user's real prices, where the machine has them."""
    named = os.environ.get("EVOSEARCH_BTC_CSV")
    for path in ([Path(named)] if named else []) + [
        ROOT.parent / "shared" / "data" / "BTC-USD_FIVE_MINUTE.csv"
    ]:
        if path.is_file():
            return path
    return None


@pytest.fixture(scope="session")
def btc_csv() -> str:
    path = find_btc()
    if path is None:
        pytest.skip("the real BTC-USD file is not on this machine; set EVOSEARCH_BTC_CSV")
    return str(path)


@pytest.fixture
def workspace(tmp_path, tmp_path_factory, monkeypatch):
    """An empty folder to work in, with nothing of the environment shining through."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("home")))
    for name in [name for name in os.environ if name.startswith("EVOSEARCH_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path
