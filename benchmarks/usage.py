"""A server process that tells how much of the machine it used so far, whenever its standard input says so."""

import json
import resource
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Usage:
    """CPU in user and system mode since the start, and the largest resident memory so far."""

    cpu_s: float
    peak_kib: int

    @classmethod
    def of_this_process(cls) -> Self:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return cls(used.ru_utime + used.ru_stime, peak_kib())


def peak_kib() -> int:
    """Linux counts the memory of the process that started this one into `ru_maxrss`, so it is asked another way."""
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def answer_questions() -> None:
    """Answer each line of standard input with a line of usage, from a thread of its own."""

    def work() -> None:
        for _line in sys.stdin:
            now = Usage.of_this_process()
            print(json.dumps([now.cpu_s, now.peak_kib]), flush=True)

    threading.Thread(target=work, daemon=True).start()


def usage_of(process: subprocess.Popen[str]) -> Usage:
    """Ask a process that runs `answer_questions`."""
    assert process.stdin
    assert process.stdout
    process.stdin.write("?\n")
    process.stdin.flush()
    return Usage(*json.loads(process.stdout.readline()))
