"""Puts the same load on the gateway and on what it is compared with, and measures what the server process used."""

import json
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.usage import Usage, usage_of

PATIENCE_S = 60
GATEWAY, PLAIN = BOTH = "benchmarks.gateway", "benchmarks.plain"


@dataclass(frozen=True)
class Measured:
    """`cpu_us` per message in the server process, `memory_kib` per connection at its peak."""

    messages: int
    per_second: float
    cpu_us: float
    memory_kib: float
    batches: str = ""


def measure(server: str, mix: str, connections: int, seconds: float) -> Measured:
    port = free_port()
    with running(server, str(port)) as process:
        wait_until_open(port)
        before = usage_of(process)
        with running("benchmarks.load", f"ws://127.0.0.1:{port}/ocpp", mix, str(connections), str(seconds)) as load:
            assert line_of(load) == "ready"
            connected = usage_of(process)
            tell(load)
            messages, took_s = json.loads(line_of(load))
            after = usage_of(process)
            batches = batch_sizes(port) if server == GATEWAY else ""
            tell(load)
    memory_kib = (connected.peak_kib - before.peak_kib) / connections
    cpu_us = per_message(connected, after, messages)
    return Measured(messages, messages / took_s, cpu_us, memory_kib, batches)


def longest_wait_s(connections: int, times: int) -> float:
    """Of one charger that beats, while so many others lose their connections and come back at once, so many times."""
    port = free_port()
    with running(GATEWAY, str(port)):
        wait_until_open(port)
        with running("benchmarks.storm", f"ws://127.0.0.1:{port}/ocpp", str(connections), str(times)) as others:
            return float(json.loads(line_of(others))[0])


def per_message(before: Usage, after: Usage, messages: int) -> float:
    return (after.cpu_s - before.cpu_s) * 1e6 / messages if messages else 0.0


@contextmanager
def running(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", module, *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def tell(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_open(port: int) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"Nothing listens on port {port}.")


def batch_sizes(port: int) -> str:
    """How many calls were handled in one transaction, from the gateway's own metrics."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text = answer.read().decode()
    pattern = r'cpms_gateway_batch_size_(sum|count|bucket)\{(?:le="([^"]+)",)?queue="ocpp1\.6"\} (\S+)'
    found = {(kind, edge): float(value) for kind, edge, value in re.findall(pattern, text)}
    count = found.get(("count", ""), 0)
    if not count:
        return ""
    largest = next(edge for (kind, edge), value in found.items() if kind == "bucket" and value == count)
    return f"{found['sum', ''] / count:.1f} on average, at most {largest}"
