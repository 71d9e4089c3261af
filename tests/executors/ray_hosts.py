"""Two hosts with addresses of their own on one Linux machine: network namespaces and a cable.

Only here can a cable be pulled. Needs root and `ip`; whoever cannot have them skips.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BIN = Path(sys.executable).parent
PORT = 6379
# As one would open them in a firewall; both hosts have all of them to themselves.
PORTS = [
    "--node-manager-port=6380",
    "--object-manager-port=6381",
    "--runtime-env-agent-port=6382",
    "--dashboard-agent-listen-port=6383",
    "--dashboard-agent-grpc-port=6384",
    "--metrics-export-port=6385",
    "--min-worker-port=10002",
    "--max-worker-port=10099",
]


def why_not():
    """Why namespaces cannot be made here, or None."""
    if sys.platform != "linux" or shutil.which("ip") is None:
        return "two hosts need Linux and the `ip` command"
    name = f"evo-{os.getpid()}-try"
    done = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if done.returncode:
        return f"network namespaces are not allowed here: {done.stderr.strip()}"
    ip("netns", "del", name)
    return None


def program(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()
    except OSError:
        return ""


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Host:
    """A namespace with an address, and the Ray processes in it."""

    def __init__(self, name, address, folder):
        self.name, self.address = name, address
        self.folder = folder / address
        self.ray = None

    def run(self, *command, **more):
        """Start a process on this host."""
        return subprocess.Popen(["ip", "netns", "exec", self.name, *map(str, command)], **more)

    def start_ray(self, head, n_cpus=1, environment=None):
        where = (
            ["--head", f"--port={PORT}", "--include-dashboard=false"]
            if self.address == head
            else [f"--address={head}:{PORT}"]
        )
        self.ray = self.run(
            BIN / "ray",
            "start",
            "--block",
            *where,
            f"--node-ip-address={self.address}",
            f"--num-cpus={n_cpus}",
            "--object-store-memory=200000000",
            f"--temp-dir={self.folder}",
            "--disable-usage-stats",
            *PORTS,
            env=quiet_environment() | (environment or {}),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def is_whole(self):
        return any(program(pid).endswith("/raylet") for pid in self.processes())

    def processes(self):
        done = subprocess.run(
            ["ip", "netns", "pids", self.name], capture_output=True, text=True, check=False
        )
        return [int(pid) for pid in done.stdout.split()]

    def kill(self, part):
        """Kill -9 the processes of this host whose program is named so."""
        killed = 0
        for pid in self.processes():
            if program(pid).endswith(part):
                os.kill(pid, signal.SIGKILL)
                killed += 1
        return killed

    def stop(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in self.processes():
                with contextlib.suppress(OSError):
                    os.kill(pid, number)
            deadline = time.monotonic() + 5
            while self.processes() and time.monotonic() < deadline:
                time.sleep(0.1)
        if self.ray is not None:
            self.ray.wait()
            self.ray = None


class Hosts:
    """A head at 10.77.0.1 and workers at 10.77.0.2, 10.77.0.3, joined by a bridge."""

    def __init__(self, n_workers=1):
        tag = f"evo{os.getpid() % 10_000}"
        self.bridge, self._n = f"{tag}b", n_workers + 1
        # Short, because the paths of sockets in it must be.
        self.folder = Path(tempfile.mkdtemp(prefix="er", dir="/tmp"))
        self.hosts = [Host(f"{tag}h{i}", f"10.77.0.{i + 1}", self.folder) for i in range(self._n)]
        self.head, *self.workers = self.hosts
        self.address = f"{self.head.address}:{PORT}"

    def __enter__(self):
        ip("netns", "add", self.bridge)
        ip("-n", self.bridge, "link", "add", "br0", "type", "bridge")
        ip("-n", self.bridge, "link", "set", "br0", "up")
        for i, host in enumerate(self.hosts):
            ip("netns", "add", host.name)
            ip("link", "add", "eth0", "netns", host.name, "type", "veth",
               "peer", "name", f"port{i}", "netns", self.bridge)  # fmt: skip
            ip("-n", self.bridge, "link", "set", f"port{i}", "master", "br0", "up")
            ip("-n", host.name, "addr", "add", f"{host.address}/24", "dev", "eth0")
            for link in ("lo", "eth0"):
                ip("-n", host.name, "link", "set", link, "up")
        return self

    def __exit__(self, *exception):
        for host in reversed(self.hosts):
            host.stop()
            subprocess.run(["ip", "netns", "del", host.name], check=False, capture_output=True)
        subprocess.run(["ip", "netns", "del", self.bridge], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def pull_cable(self, host):
        """The cable between a host and the switch."""
        ip("-n", self.bridge, "link", "set", f"port{self.hosts.index(host)}", "down")

    def plug_in(self, host):
        ip("-n", self.bridge, "link", "set", f"port{self.hosts.index(host)}", "up")

    def wait_for(self, n_nodes, timeout_s=60):
        """Until so many machines have joined."""
        code = (
            "import sys; from ray._raylet import GcsClient; c = GcsClient(address=sys.argv[1]);"
            "print(sum(n.state == 0 for n in c.get_all_node_info(timeout=5).values()))"
        )
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            asked = self.head.run(
                sys.executable, "-c", code, self.address,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                env=quiet_environment(),
            )  # fmt: skip
            if asked.communicate()[0].strip() == str(n_nodes):
                return
            time.sleep(0.5)
        raise TimeoutError(f"{n_nodes} machines did not join")


def quiet_environment():
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RAY_", "EVOSEARCH_"))}
    return kept | {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}
