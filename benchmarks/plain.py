"""What the gateway is compared with: `websockets` and `ocpp.ChargePoint`, answering everything and storing nothing."""

import asyncio
import logging
import sys
from datetime import UTC, datetime
from itertools import count
from typing import Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint, call_result
from ocpp.v16.enums import Action, AuthorizationStatus, RegistrationStatus
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from benchmarks.usage import answer_questions
from common.open_files import allow_many

ACCEPTED: Any = {"status": AuthorizationStatus.accepted}
transactions = count(1)


def now() -> str:
    return datetime.now(UTC).isoformat()


class Plain(ChargePoint):
    @on(Action.boot_notification)
    def on_boot(self, **_said: Any) -> call_result.BootNotification:
        return call_result.BootNotification(now(), 300, RegistrationStatus.accepted)

    @on(Action.heartbeat)
    def on_heartbeat(self) -> call_result.Heartbeat:
        return call_result.Heartbeat(now())

    @on(Action.meter_values)
    def on_meter_values(self, **_said: Any) -> call_result.MeterValues:
        return call_result.MeterValues()

    @on(Action.status_notification)
    def on_status(self, **_said: Any) -> call_result.StatusNotification:
        return call_result.StatusNotification()

    @on(Action.authorize)
    def on_authorize(self, **_said: Any) -> call_result.Authorize:
        return call_result.Authorize(ACCEPTED)

    @on(Action.start_transaction)
    def on_start(self, **_said: Any) -> call_result.StartTransaction:
        return call_result.StartTransaction(next(transactions), ACCEPTED)

    @on(Action.stop_transaction)
    def on_stop(self, **_said: Any) -> call_result.StopTransaction:
        return call_result.StopTransaction()


async def talk(connection: ServerConnection) -> None:
    assert connection.request
    await Plain(connection.request.path.rpartition("/")[2], connection).start()


async def run(port: int) -> None:
    async with serve(talk, "127.0.0.1", port, subprotocols=[Subprotocol("ocpp1.6")], ping_interval=None) as server:
        await server.serve_forever()


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    allow_many()
    answer_questions()
    asyncio.run(run(int(sys.argv[1])))
