"""The environment of a process that tests start: theirs, without the servers of the test run."""

import os


def servers_not_given(**changes: str) -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}} | changes
