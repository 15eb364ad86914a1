"""A charger in Node.js on a package that knows nothing of this project, driven over its standard input and output."""

import json
import shutil
import subprocess
import threading
from pathlib import Path
from queue import Queue
from typing import Any

from cpms.assets import ROOT, npm
from tests.gateway.charger import PATIENCE_S

SCRIPT = Path(__file__).with_name("charger.cjs")


def node() -> str:
    """The Node.js that brings npm."""
    first = Path(npm()[0])
    return str(first) if first.name == "node" else str(shutil.which("node"))


class IndependentCharger:
    """`call` waits for the answer; what the portal asks meanwhile is answered from `answers` and kept in `asked`, and
    what broke the other's schemas in `invalid`."""

    def __init__(self, url: str, identity: str, answers: dict[str, Any], password: str = "") -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.invalid: list[dict[str, Any]] = []
        self._replies: Queue[dict[str, Any]] = Queue()
        self._process = subprocess.Popen(
            [node(), SCRIPT, url, identity, password, json.dumps(answers)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> "IndependentCharger":
        self._listener.start()
        self.connected = self._replies.get(timeout=PATIENCE_S)
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.stdin.close()
        self._process.wait(PATIENCE_S)
        self._listener.join(PATIENCE_S)
        self._process.stdout.close()

    def call(self, action: str, payload: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer's payload. Anything else fails the test."""
        self._process.stdin.write(json.dumps({"call": action, "payload": payload or {}}) + "\n")
        self._process.stdin.flush()
        reply = self._replies.get(timeout=PATIENCE_S)
        assert "answer" in reply, (action, reply)
        answer: dict[str, Any] = reply["answer"]
        return answer

    def _listen(self) -> None:
        for line in self._process.stdout:
            event = json.loads(line)
            if "asked" in event:
                self.asked.append((event["asked"], event["payload"]))
            elif "invalid" in event:
                self.invalid.append(event)
            else:
                self._replies.put(event)
        self._replies.put({"failed": "The process has ended; standard error says why."})
