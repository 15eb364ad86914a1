from accounts.services.jobs import RunningJob
from common.errors import Refused
from common.jobs import JobKind
from stations.rights import VIEW_STATIONS


def count(running: RunningJob) -> None:
    """Writes as many lines as it is asked for; what it meets on the way is in its parameters."""
    if refusal := running.parameters.get("refusal"):
        raise Refused(refusal)
    if running.parameters.get("breaks"):
        raise RuntimeError("It broke.")
    with running.result("lines.txt") as file:
        for number in range(running.parameters["lines"]):
            running.progress(number, running.parameters["lines"])
            file.write(b"line\n")
    if running.parameters.get("breaks_late"):
        raise RuntimeError("It broke when its file was there.")


COUNT = JobKind("count", "Counting", VIEW_STATIONS, count)

JOB_KINDS = (COUNT,)
