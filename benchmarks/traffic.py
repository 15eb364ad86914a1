"""Puts the same load on the gateway and on what it is compared with, and measures what the server process used."""

import json
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.usage import Usage, usage_of

PATIENCE_S = 60
QUIET_S, LOOK_AGAIN_S = 0.02, 0.2
GATEWAY, PLAIN = "benchmarks.gateway", "benchmarks.plain"


@dataclass(frozen=True)
class Measured:
    """`cpu_us` per message in the server process, `memory_kib` per connection at its peak."""

    messages: int
    per_second: float
    cpu_us: float
    memory_kib: float
    batches: str = ""


@dataclass(frozen=True)
class Server:
    """A server process that runs, and what it listens on."""

    module: str
    port: int
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ocpp"

    @property
    def usage(self) -> Usage:
        return usage_of(self.process)


@contextmanager
def serving(module: str) -> Iterator[Server]:
    port = free_port()
    with running(module, str(port)) as process:
        wait_until_open(port)
        yield Server(module, port, process)


def measure(server: Server, mix: str, connections: int, seconds: float) -> Measured:
    """The memory is right for the first load of a server only: a peak stays."""
    wait_until_quiet(server)
    before = server.usage
    with running("benchmarks.load", server.url, mix, str(connections), str(seconds)) as load:
        assert line_of(load) == "ready"
        connected, boots = server.usage, handled(server)
        tell(load)
        messages, took_s = json.loads(line_of(load))
        after, all_handled = server.usage, handled(server)
        tell(load)
    memory_kib = (connected.peak_kib - before.peak_kib) / connections
    cpu_us = per_message(connected, after, messages)
    return Measured(messages, messages / took_s, cpu_us, memory_kib, batch_sizes(all_handled - boots))


def longest_wait_s(server: Server, connections: int, times: int) -> float:
    """Of one charger that beats, while so many others lose their connections and come back at once, so many times."""
    wait_until_quiet(server)
    with running("benchmarks.storm", server.url, str(connections), str(times)) as others:
        return float(json.loads(line_of(others))[0])


def wait_until_quiet(server: Server) -> None:
    """What the load before left to do, e.g. to write down how its connections ended, is not this one's."""
    until = time.monotonic() + PATIENCE_S
    used_s = -1.0
    while server.usage.cpu_s - used_s > QUIET_S and time.monotonic() < until:
        used_s = server.usage.cpu_s
        time.sleep(LOOK_AGAIN_S)


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


def handled(server: Server) -> Counter[str]:
    """How many calls the gateway handled (`sum`) in how many transactions (`count`), and how many of these had at most
    so many calls, from its own metrics. Nothing of the other server.
    """
    if server.module != GATEWAY:
        return Counter()
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics") as answer:
        text = answer.read().decode()
    pattern = r'cpms_gateway_batch_size_(sum|count|bucket)\{(?:le="([^"]+)",)?queue="ocpp1\.6"\} (\S+)'
    return Counter({edge or kind: int(float(value)) for kind, edge, value in re.findall(pattern, text)})


def batch_sizes(found: Counter[str]) -> str:
    """How many calls were handled in one transaction."""
    if not found["count"]:
        return ""
    largest = min(
        float(edge) for edge, count in found.items() if edge not in ("sum", "count") and count == found["count"]
    )
    return f"{found['sum'] / found['count']:.1f} on average, at most {largest:.0f}"
