"""What `make bench` runs, small, on the database of the tests: that everything it measures is measured."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from common.declarations import declared

ROOT = Path(__file__).parents[2]


@pytest.mark.django_db(transaction=True)
def test_everything_is_measured():
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    here = {**os.environ, "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}", "CPMS_METRICS_TOKEN": ""}
    command = [sys.executable, "-m", "benchmarks.measuring", "--small"]
    done = subprocess.run(command, cwd=ROOT, env=here, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    for measured in (
        "meters: share of CPU",
        "sessions: share of CPU",
        "memory per connection",
        "longest wait of another",
    ):
        assert re.search(rf"{measured} +\d", done.stdout), measured
    tabs = re.findall(r"^(?:station|port), .* ms +[1-9]\d* queries", done.stdout, re.MULTILINE)
    assert len(tabs) == len(declared("sheets", "TABS"))
