"""Our gateway, served as in production: `python -m benchmarks.gateway PORT`."""

import os
import resource
import sys

from benchmarks.usage import answer_questions
from cpms import web

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    os.environ["PORT"] = sys.argv[1]
    answer_questions()
    web.main()
