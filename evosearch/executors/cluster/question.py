"""Ask a cluster for its versions and nodes before this process joins it.

Another process asks, with its output in a file instead of the terminal. Without a token Ray's
insides only repeat themselves for twenty seconds; then that process is ended.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import IO

from evosearch.errors import EnvironmentFailed

_ANSWER_S = 15.0
_ASK = """
import json, sys
from ray._raylet import GcsClient
client = GcsClient(address=sys.argv[1])
about = json.loads(client.internal_kv_get(b"CLUSTER_METADATA", b"cluster", timeout=5))
about["nodes"] = [
    [node.node_manager_address, float(dict(node.resources_total).get("CPU", 0.0))]
    for node in client.get_all_node_info(timeout=5).values() if node.state == 0
]
print("answer " + json.dumps(about))
"""
UNAUTHENTICATED = (
    "The Ray cluster at {address} wants a token, and the one sent is missing or wrong. On its "
    "head: `ray get-auth-token --generate`. Copy that token to ~/.ray/auth_token here (or name "
    "its file in RAY_AUTH_TOKEN_PATH) and set RAY_AUTH_MODE=token."
)


@dataclass(frozen=True)
class About:
    """What a cluster says of itself.

    Attributes
    ----------
    ray, python : str
        Versions it was started with; empty when it could not be asked.
    nodes : list of (str, float)
        Address and CPUs of each machine.
    """

    ray: str = ""
    python: str = ""
    nodes: list[tuple[str, float]] = field(default_factory=list)


class Question:
    """A process that asks a cluster about itself, started on entry."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._began = time.monotonic()

    def __enter__(self) -> Question:
        self._texts: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _ASK, self._address],
            stdin=subprocess.DEVNULL,
            stdout=self._texts,
            stderr=subprocess.STDOUT,
        )
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.wait()
        self._texts.close()

    def answer(self) -> About:
        """What it found out.

        Raises
        ------
        EnvironmentFailed
            A token is missing, or no Ray cluster listens there.
        """
        while True:
            has_ended = self._process.poll() is not None
            self._texts.seek(0)
            text = self._texts.read()
            if "token" in text.lower() and "answer " not in text:
                raise EnvironmentFailed(UNAUTHENTICATED.format(address=self._address))
            for line in text.splitlines():
                if line.startswith("answer "):
                    found = json.loads(line.removeprefix("answer "))
                    nodes = [(str(ip), float(cpus)) for ip, cpus in found["nodes"]]
                    return About(found["ray_version"], found["python_version"], nodes)
            if time.monotonic() - self._began > _ANSWER_S:
                raise EnvironmentFailed(
                    f"Something listens at {self._address} but does not answer as the head of a "
                    "Ray cluster does. Is that the port of `ray start --head --port=...` "
                    "(6379 unless chosen), and is the cluster of this version of Ray?"
                )
            if has_ended:
                # Ray's insides may change; joining without having asked says less, but works.
                return About()
            time.sleep(0.02)
