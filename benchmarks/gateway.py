"""Our gateway, served as in production: `python -m benchmarks.gateway PORT`."""

import os
import sys

from benchmarks.usage import answer_questions
from cpms import web

if __name__ == "__main__":
    os.environ["PORT"] = sys.argv[1]
    answer_questions()
    web.main()
