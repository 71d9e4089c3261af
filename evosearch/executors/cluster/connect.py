"""Joining a Ray cluster: every reason why it cannot work is reported before anything is started.

Ray itself starts a cluster of one machine when it finds none. It waits two minutes for an address
where nothing listens, and never mentions a missing token. Here an address is always named, a head
must listen there, and a separate process asks it for its versions: its
complaints stay off the terminal, and it can be ended when it only repeats itself.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import platform
import signal
import socket
import sys
import threading
from collections.abc import Iterable
from typing import Any

from evosearch.errors import EnvironmentFailed, UsageError
from evosearch.executors.cluster.question import UNAUTHENTICATED, About, Question

_TCP_S = 3.0
# Read by Ray when it is imported. Its own defaults leave a call to a machine that lost its cable
# waiting for seven minutes; the first two keep it quiet and to itself.
_SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_grpc_client_keepalive_time_ms": "20000",
    "RAY_grpc_client_keepalive_timeout_ms": "10000",
}


def connect(address: str | None) -> tuple[Any, str, bool]:
    """Join the cluster at an address.

    Parameters
    ----------
    address : str or None
        ``HOST:PORT`` of its head; None for the one in ``RAY_ADDRESS``.

    Returns
    -------
    ray : module
    address : str
    is_ours : bool
        False when this process had joined already.

    Raises
    ------
    UsageError
        No address, or one of another kind.
    EnvironmentFailed
        This machine or that cluster cannot do it, and why.
    """
    _check_platform()
    if importlib.util.find_spec("ray") is None:
        raise EnvironmentFailed(
            "The backend 'ray' needs Ray, which is not installed here. Install it with: "
            "pip install 'evosearch[ray]'   (or: uv sync --extra ray)"
        )
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    if "ray" in sys.modules and sys.modules["ray"].is_initialized():
        running: Any = sys.modules["ray"]
        return running, str(running.get_runtime_context().gcs_address), False
    address = resolve_address(address)
    check_listening(address)
    with Question(address) as question:
        import ray  # at the same time: both take a second

        about = question.answer()
    check_versions(about, ray.__version__, address)
    _init(ray, address, _local_node(about, address))
    return ray, address, True


def resolve_address(address: str | None) -> str:
    """``HOST:PORT`` as given or as in ``RAY_ADDRESS``.

    Raises
    ------
    UsageError
    """
    address = (address or os.environ.get("RAY_ADDRESS") or "").strip()
    if not address:
        raise UsageError(
            "The backend 'ray' needs the address of a cluster: --address HOST:6379, `address` in "
            "[run] of the profile, or RAY_ADDRESS. No cluster is started for you: "
            "`ray start --head` starts one on this machine, whose address here is 127.0.0.1:6379."
        )
    if "://" in address:
        raise UsageError(
            f"{address!r} is not the address of a cluster's head. Run the search inside the "
            "cluster instead, which needs no --address: `ray job submit --address "
            "http://HOST:8265 -- evosearch run --backend ray ...`."
        )
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise UsageError(f"Expected --address HOST:PORT, such as 10.0.0.1:6379, got {address!r}.")
    return address


def check_listening(address: str, timeout_s: float = _TCP_S) -> None:
    """Refuse an address where nothing listens.

    Raises
    ------
    EnvironmentFailed
    """
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout_s).close()
    except OSError as error:
        reason = "no answer" if isinstance(error, TimeoutError) else error.strerror or str(error)
        raise EnvironmentFailed(
            f"No Ray cluster at {address}: {reason}. Start one there with `ray start --head "
            f"--port={port}`, check the address and the firewall, or search on this machine "
            "alone with --backend auto."
        ) from None


def check_versions(about: About, ray_version: str, address: str) -> None:
    """Refuse a cluster of another Ray or another Python: it could not even read our tasks.

    Raises
    ------
    EnvironmentFailed
    """
    level = os.environ.get("RAY_DEFAULT_PYTHON_VERSION_MATCH_LEVEL", "patch")
    n_parts = 2 if level == "minor" else 3
    here = platform.python_version()
    faults = []
    if about.ray and about.ray != ray_version:
        faults.append(f"Ray {about.ray} there, {ray_version} here")
    if about.python and about.python.split(".")[:n_parts] != here.split(".")[:n_parts]:
        faults.append(f"Python {about.python} there, {here} here")
    if faults:
        raise EnvironmentFailed(
            f"The Ray cluster at {address} has other versions: {'; '.join(faults)}. Install the "
            "same ones here, or run the search inside the cluster: `ray job submit -- evosearch "
            "run --backend ray ...`."
        )


def _check_platform() -> None:
    if sys.platform not in ("darwin", "win32"):
        return
    allowed = os.environ.get("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "").lower()
    if allowed not in ("1", "true"):
        system = "macOS" if sys.platform == "darwin" else "Windows"
        raise EnvironmentFailed(
            f"Ray clusters need Linux; Ray cannot form one on {system}. Search on each machine "
            "with --backend auto and combine the shards with `evosearch merge`, or hand the "
            "search to a Linux cluster: `ray job submit --address http://HOST:8265 -- evosearch "
            "run --backend ray ...`."
        )


def _local_node(about: About, address: str) -> str | None:
    """Which of the cluster's machines this one is.

    Raises
    ------
    EnvironmentFailed
        None of them.
    """
    import psutil

    if not about.nodes:
        return None
    ours = {item.address for each in psutil.net_if_addrs().values() for item in each}
    local = [ip for ip, _ in about.nodes if ip in ours or ip.startswith("127.")]
    if not local:
        raise EnvironmentFailed(
            f"This machine does not belong to the Ray cluster at {address} "
            f"({', '.join(sorted({ip for ip, _ in about.nodes})[:5])}). Run the search on one of "
            "its machines, hand it over with `ray job submit --address http://HOST:8265 -- "
            f"evosearch run --backend ray ...`, or join first: `ray start --address={address}`."
        )
    host = address.rpartition(":")[0].strip("[]")
    return host if host in local else local[0]


def _init(ray: Any, address: str, node_ip: str | None) -> None:
    is_main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(
            address=address,
            namespace="evosearch",
            job_config=_without_folders(ray.job_config.JobConfig()),
            log_to_driver=False,
            logging_level="CRITICAL",
            **({"_node_ip_address": node_ip} if node_ip else {}),
        )
        # What Ray has to say of machines that die would land in the middle of our own output.
        if hasattr(ray._private.worker, "print_to_stdstream"):
            ray._private.worker.print_to_stdstream = lambda *data, **more: None
    except Exception as error:
        with contextlib.suppress(Exception):
            ray.shutdown()
        text = " ".join(str(error).split())
        if "token" in text.lower():
            raise EnvironmentFailed(UNAUTHENTICATED.format(address=address)) from error
        raise EnvironmentFailed(
            f"The Ray cluster at {address} cannot be joined: {text[:600]}"
        ) from error
    finally:
        # Ray takes SIGTERM for itself; a search has to end cleanly on it.
        if is_main and handler is not None:
            signal.signal(signal.SIGTERM, handler)


class _NoFolders(list[str]):
    """A list that stays empty."""

    def extend(self, _: Iterable[str]) -> None:
        """Take nothing in."""


def _without_folders(job: Any) -> Any:
    """The same job, for which Ray's workers do not look for modules in the current folder first.

    A file there that is called like a module of Python would break them; what a problem needs of
    the folder travels with it.
    """
    if isinstance(getattr(job, "_py_driver_sys_path", None), list):
        job._py_driver_sys_path = _NoFolders()
    return job
