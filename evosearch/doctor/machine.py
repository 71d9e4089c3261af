"""Cores, memory, power and clock."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any

from evosearch.doctor.base import Finding, judge
from evosearch.executors.memory import read_memory
from evosearch.provenance import describe_machine
from evosearch.system.machine import count_cores

_LITTLE_MEMORY = 2 * 2**30
_WRITTEN_UTC = datetime(2026, 1, 1, tzinfo=UTC)  # an earlier clock is wrong


def read_cores() -> dict[str, Any]:
    """Processors of this machine: physical, logical, usable, and fast ones where they differ."""
    import psutil

    facts: dict[str, Any] = {
        "logical": psutil.cpu_count() or 1,
        "physical": psutil.cpu_count(logical=False) or psutil.cpu_count() or 1,
        "usable": count_cores(),
    }
    if sys.platform == "darwin":
        for kind, key in (("performance", "perflevel0"), ("efficiency", "perflevel1")):
            number = _ask_sysctl(f"hw.{key}.physicalcpu")
            if number is not None and number.isdigit():
                facts[kind] = int(number)
    return facts


def check_cores() -> list[Finding]:
    """What there is to compute with."""
    machine, facts = describe_machine(), read_cores()
    text = (
        f"{machine['cpu']} ({machine['architecture']}), {facts['physical']} cores, "
        f"{facts['logical']} threads"
    )
    if "performance" in facts:
        text += f"; {facts['performance']} fast, {facts.get('efficiency', 0)} frugal"
    facts |= machine
    if facts["usable"] < facts["logical"]:
        text += f"; this process may use {facts['usable']}"
    return judge("cores", text, facts)


def check_memory() -> list[Finding]:
    """How much memory there is, and how much of it is left."""
    total, left = read_memory()
    facts = {"total_bytes": total, "left_bytes": left}
    text = f"{total / 2**30:.1f} GiB, {left / 2**30:.1f} GiB left"
    advice = "Close other programs, or search with fewer workers: --workers 1."
    return judge("memory", text, facts, advice if left < _LITTLE_MEMORY else "")


def check_power() -> list[Finding]:
    """Whether a battery could end a search."""
    import psutil

    read = getattr(psutil, "sensors_battery", None)
    battery = read() if read is not None else None
    if battery is None:
        return judge("power", "no battery", {"battery": None})
    facts = {"battery": True, "percent": battery.percent, "plugged": battery.power_plugged}
    is_unplugged = battery.power_plugged is False
    text = f"battery at {battery.percent:.0f} %, {'not ' if is_unplugged else ''}plugged in"
    advice = "Plug it in for a long search. If it runs out, evosearch resume continues."
    return judge("power", text, facts, advice if is_unplugged else "")


def check_clock() -> list[Finding]:
    """Whether the clock can be right; it names runs, and decides nothing else."""
    now = datetime.now(UTC)
    before = time.monotonic()
    text = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    facts = {"utc": now.isoformat(), "zone": time.strftime("%Z")}
    is_wrong = now < _WRITTEN_UTC or time.monotonic() < before
    advice = "Set the clock: names and times of runs come from it. Results do not."
    return judge("clock", text, facts, advice if is_wrong else "")


CHECKS = (check_cores, check_memory, check_power, check_clock)


def _ask_sysctl(name: str) -> str | None:
    if shutil.which("sysctl") is None:
        return None
    done = subprocess.run(
        ["sysctl", "-n", name], capture_output=True, text=True, check=False, timeout=10
    )
    return done.stdout.strip() or None
