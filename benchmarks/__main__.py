"""`make bench`: what a message, an idle connection and a page cost, measured in one run with servers of its own."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from cpms.embedded.services import running_services


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="cpms-bench-") as folder, running_services(Path(folder)) as services:
        environment = {**os.environ, **services.environment, "CPMS_LOG_LEVEL": "ERROR", "CPMS_METRICS_TOKEN": ""}
        return subprocess.run([sys.executable, "-m", "benchmarks.measuring", *sys.argv[1:]], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
