"""What the gateway tells Prometheus (`/metrics`). Actions are the protocol's own, so their number is bounded."""

from functools import cache

from prometheus_client import Counter, Gauge, Histogram

CONNECTIONS = Gauge("cpms_gateway_connections", "Open websockets of chargers on this node")
HANDSHAKES = Counter("cpms_gateway_handshakes_total", "Handshakes by outcome", ["outcome"])
MESSAGES = Counter("cpms_gateway_messages_total", "Calls of chargers by action and outcome", ["action", "outcome"])
ANSWER_SECONDS = Histogram(
    "cpms_gateway_answer_seconds",
    "From a charger's call to its answer, stored and sent",
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
BATCH_SIZE = Histogram(
    "cpms_gateway_batch_size",
    "Items handled in one transaction",
    ["queue"],
    buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500),
)
QUEUE_LENGTH = Gauge("cpms_gateway_queue_length", "Items that wait for the next transaction", ["queue"])
COMMANDS = Counter("cpms_gateway_commands_total", "Commands by kind and state they ended in", ["kind", "state"])


@cache
def messages(action: str, outcome: str) -> Counter:
    """The counter of one action and outcome: looked up by its labels once, not with every message."""
    return MESSAGES.labels(action, outcome)


class BatchObserver:
    """Told by a batcher before each batch."""

    def __init__(self, queue: str) -> None:
        self._size = BATCH_SIZE.labels(queue)
        self._length = QUEUE_LENGTH.labels(queue)

    def __call__(self, size: int, waiting: int) -> None:
        self._size.observe(size)
        self._length.set(waiting)
