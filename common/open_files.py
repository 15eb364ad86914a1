"""How many files, and with them connections, a process may have open."""

import resource
from contextlib import suppress

MOST = 1_048_576


def allow_many() -> None:
    """Raise this process's limit as far as it may by itself: shells and containers begin with 1,024 or even 256."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else hard
    with suppress(OSError, ValueError):  # a kernel may allow less than it says
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
