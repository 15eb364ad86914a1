"""What `make bench` runs, small: that everything it measures is measured."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_everything_is_measured():
    own = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    command = [sys.executable, "-m", "benchmarks", "--quick"]
    done = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert len(re.findall(r"µs CPU per message", done.stdout)) == 4
    assert len(re.findall(r"ratio +\d", done.stdout)) == 2
    assert len(re.findall(r"KiB per connection", done.stdout)) == 2
    assert len(re.findall(r" ms +[1-9]\d* queries", done.stdout)) >= 10
