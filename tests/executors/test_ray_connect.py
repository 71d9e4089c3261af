"""Every reason why a cluster cannot be joined; most of them need no Ray to be told."""

import os
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evosearch.errors import EnvironmentFailed, UsageError
from evosearch.executors.cluster import connect as ray_connect
from evosearch.executors.cluster.question import About


@pytest.fixture(autouse=True)
def without_ray_variables(monkeypatch):
    for name in [name for name in os.environ if name.startswith("RAY_")]:
        monkeypatch.delenv(name)


def test_no_address_is_a_mistake_that_names_the_three_ways_to_give_one():
    with pytest.raises(UsageError, match="--address HOST:6379.*in .run. of.*RAY_ADDRESS"):
        ray_connect.resolve_address(None)


def test_an_address_given_goes_before_the_variable(monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    assert ray_connect.resolve_address(None) == "10.0.0.1:6379"
    assert ray_connect.resolve_address("10.0.0.2:6380") == "10.0.0.2:6380"


@pytest.mark.parametrize("address", ["ray://10.0.0.1:10001", "http://10.0.0.1:8265"])
def test_other_kinds_of_address_are_sent_to_ray_job_submit(address):
    with pytest.raises(UsageError, match="ray job submit"):
        ray_connect.resolve_address(address)


@pytest.mark.parametrize("address", ["auto", "local", "10.0.0.1", "10.0.0.1:", ":6379", "a:0"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(UsageError, match="HOST:PORT"):
        ray_connect.resolve_address(address)


def test_nobody_listening_is_said_at_once():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(
        EnvironmentFailed, match=f"No Ray cluster at 127.0.0.1:{port}.*backend auto"
    ):
        ray_connect.check_listening(f"127.0.0.1:{port}")


def test_other_versions_are_named():
    about = About(ray="2.52.0", python="3.11.99")
    with pytest.raises(EnvironmentFailed, match="Ray 2.52.0 there, 2.60.0 here; Python 3.11.99"):
        ray_connect.check_versions(about, "2.60.0", "10.0.0.1:6379")


@pytest.mark.parametrize(("system", "name"), [("darwin", "macOS"), ("win32", "Windows")])
def test_systems_without_clusters_are_told_what_to_do_instead(monkeypatch, system, name):
    monkeypatch.setattr(sys, "platform", system)
    with pytest.raises(EnvironmentFailed, match=f"on {name}.*evosearch merge.*ray job submit"):
        ray_connect.connect("10.0.0.1:6379")


def test_a_machine_outside_the_cluster_is_told_to_join_it():
    about = About(nodes=[("192.0.2.1", 4.0)])  # reserved for documentation: nobody's
    with pytest.raises(EnvironmentFailed, match="ray start --address=192.0.2.1:6379"):
        ray_connect._local_node(about, "192.0.2.1:6379")


def test_without_ray_the_extra_is_named(tmp_path):
    code = (
        "import importlib.util as u; find = u.find_spec;"
        "u.find_spec = lambda name, *a: None if name == 'ray' else find(name, *a);"
        "from evosearch.cli.commands import app;"
        "app(['run', '-p', 'demo', '--backend', 'ray', '--address', '127.0.0.1:1'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 5
    assert "pip install 'evosearch[ray]'" in done.stderr
    assert not list(tmp_path.iterdir())  # nothing was begun


def test_a_local_run_never_imports_ray(tmp_path):
    code = (
        "import sys, evosearch;"
        "evosearch.run('demo', results='results'); assert 'ray' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)


@pytest.fixture(scope="module")
def head(tmp_path_factory):
    """A head without CPUs that wants a token: its address and the token's file."""
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'evosearch[ray]'")
    folder = tmp_path_factory.mktemp("head")
    token = folder / "token"
    token.write_text(secrets.token_hex(32))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            Path(sys.executable).parent / "ray", "start", "--block", "--head",
            f"--port={port}", "--num-cpus=0", "--include-dashboard=false",
            "--object-store-memory=100000000", "--disable-usage-stats",
        ],
        env=os.environ | {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            ray_connect.check_listening(f"127.0.0.1:{port}")
            break
        except EnvironmentFailed:
            time.sleep(0.2)
    yield f"127.0.0.1:{port}", token
    process.terminate()
    process.wait()


def count_errors(done):
    """Lines on stderr, without what is said of the prices before the cluster is asked."""
    return len([line for line in done.stderr.splitlines() if not line.startswith("note ")])


class TestOwnHead:
    """Against heads of their own, started as users start them."""

    pytestmark = pytest.mark.ray

    def run(self, tmp_path, address, **variables):
        return subprocess.run(
            [
                Path(sys.executable).parent / "evosearch", "run", "-p", "demo",
                "--backend", "ray", "--address", address,
            ],
            cwd=tmp_path, env=os.environ | variables, capture_output=True, text=True, check=False,
        )  # fmt: skip

    @pytest.mark.parametrize("token", [None, "0123456789abcdef"])
    def test_a_missing_and_a_wrong_token_are_named(self, head, tmp_path, token):
        wrong = {} if token is None else {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token}
        done = self.run(tmp_path, head[0], HOME=str(tmp_path), **wrong)
        assert done.returncode == 5
        assert "wants a token" in done.stderr and "RAY_AUTH_MODE=token" in done.stderr
        assert count_errors(done) == 1

    def test_with_its_token_a_cluster_without_cpus_says_so(self, head, tmp_path):
        address, token = head
        right = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token)}
        done = self.run(tmp_path, address, **right)
        assert done.returncode == 5
        assert "has no CPUs" in done.stderr and "EVOSEARCH_RAY_WAIT_S" in done.stderr
        assert count_errors(done) == 1

    @pytest.mark.slow
    def test_something_else_at_that_address_is_no_cluster(self, head, tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as mute:
            done = self.run(tmp_path, f"127.0.0.1:{mute.getsockname()[1]}")
        assert done.returncode == 5
        assert "does not answer as the head of a Ray cluster" in done.stderr
