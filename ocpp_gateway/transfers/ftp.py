"""The FTP door, because most chargers in the field know nothing else. A login is good for one transfer: it stores one
file and sees nothing, or fetches the one firmware that lies there.

The protocol is aioftp's; what may be done is decided here. There are no folders: whichever a charger names is fine.
"""

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from pathlib import PurePosixPath
from typing import Any

import aioftp
from aioftp.server import ConnectionConditions, worker
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import ValidationError

from accounts.services.files import open_file
from chargeports.models import FileTransfer
from ocpp_gateway.transfers import desk
from ocpp_gateway.transfers.addresses import FTP_USER

logger = logging.getLogger(__name__)

MAX_CONNECTIONS = 200
IDLE_S = 300
SOCKET_S = 60
DATA_CONNECTION_S = 30

# What aioftp types for its own methods only.
_worker: Any = worker
_logged_in: Any = ConnectionConditions(ConnectionConditions.login_required)
_ready_for_data: Any = ConnectionConditions(
    ConnectionConditions.login_required, ConnectionConditions.passive_server_started
)
_connected: Any = ConnectionConditions(
    ConnectionConditions.data_connection_made, wait=True, fail_code="425", fail_info="no data connection"
)


class _Login(aioftp.User):
    """Whoever names himself; `transfer` once the password was right."""

    transfer: FileTransfer | None = None


class _Logins(aioftp.AbstractUserManager):
    async def get_user(self, login: str) -> Any:
        """Every name is asked for its password: nothing is told of which there are."""
        return self.GetUserResponse.PASSWORD_REQUIRED, _Login(login), "password, please"

    async def authenticate(self, user: aioftp.User, password: str) -> bool:
        named = FTP_USER.fullmatch(user.login or "")
        if named and isinstance(user, _Login):
            user.transfer = await desk.find(int(named[1]), password)
            return user.transfer is not None
        return False


class FtpServer(aioftp.Server):
    """Passive mode only; `data_ports` are opened for it, `passive_address` (IPv4) is what chargers are told."""

    def __init__(self, data_ports: Iterable[int] | None = None, passive_address: str | None = None) -> None:
        super().__init__(
            _Logins(),
            maximum_connections=MAX_CONNECTIONS,
            idle_timeout=IDLE_S,
            socket_timeout=SOCKET_S,
            wait_future_timeout=DATA_CONNECTION_S,
            data_ports=data_ports,
            ipv4_pasv_forced_response_address=passive_address,
            welcome_message="files",
        )
        known = ("abor", "epsv", "pass", "pasv", "pbsz", "prot", "pwd", "quit", "rest", "syst", "type", "user")
        self.commands_mapping = {name: self.commands_mapping[name] for name in known} | {
            "cdup": self.anywhere,
            "cwd": self.anywhere,
            "mkd": self.anywhere,
            "noop": self.noop,
            "retr": self.give,
            "size": self.size,
            "stor": self.take,
        }

    async def parse_command(self, stream: Any, censor_commands: Any = ("pass",)) -> tuple[str, str]:
        """Chargers hang up without a word: that is an end as good as any."""
        try:
            return await super().parse_command(stream, censor_commands)
        except ConnectionError:
            return "quit", ""

    async def noop(self, connection: Any, rest: Any) -> bool:
        connection.response("200", "")
        return True

    @_logged_in
    async def anywhere(self, connection: Any, rest: Any) -> bool:
        connection.response("250", "")
        return True

    @_logged_in
    async def size(self, connection: Any, rest: Any) -> bool:
        stored = _firmware_of(connection)
        connection.response(*(("213", str(stored.size_bytes)) if stored else ("550", "not here")))
        return True

    # --- In -------------------------------------------------------------------------------------------------------
    @_ready_for_data
    async def take(self, connection: Any, rest: Any) -> bool:
        transfer = connection.user.transfer
        if transfer is None or not transfer.is_upload or connection.restart_offset:
            connection.response("553", "not here")
        else:
            _begin(connection, _connected(_worker(_store))(self, connection, rest))
        return True

    # --- Out ------------------------------------------------------------------------------------------------------
    @_ready_for_data
    async def give(self, connection: Any, rest: Any) -> bool:
        if _firmware_of(connection) is None:
            connection.response("550", "not here")
        else:
            _begin(connection, _connected(_worker(_send))(self, connection, rest))
        return True


def _begin(connection: Any, coroutine: Coroutine[Any, Any, Any]) -> None:
    connection.extra_workers.add(asyncio.create_task(coroutine))
    connection.response("150", "data, please")


async def _store(server: FtpServer, connection: Any, rest: Any) -> bool:
    stream = connection.data_connection
    del connection.data_connection
    user, name = connection.user, PurePosixPath(str(rest)).name
    with desk.Incoming() as incoming:
        async with stream:
            try:
                async for block in stream.iter_by_block(desk.BLOCK_BYTES):
                    await incoming.write(block)
            except desk.TooLarge:
                connection.response("552", f"at most {settings.TRANSFER_MAX_BYTES} bytes")
                return True
        connection.response(*await _kept(user, incoming, name))
    return True


async def _kept(user: Any, incoming: desk.Incoming, name: str) -> tuple[str, str]:
    if not incoming.size_bytes:
        return "451", "there was nothing in it"
    incoming.file.seek(0)
    try:
        await desk.keep(user.transfer, incoming.file, name)
    except ValidationError as error:
        return "552", " ".join(error.messages)
    except Exception:
        logger.exception("A file that came by FTP could not be kept.")
        return "451", "try again later"
    user.transfer = None  # one file for one address, also where a charger stays connected
    return "226", "received"


def _firmware_of(connection: Any) -> Any:
    transfer = connection.user.transfer
    return None if transfer is None or transfer.is_upload or not transfer.firmware else transfer.firmware.file


async def _send(server: FtpServer, connection: Any, rest: Any) -> bool:
    stream = connection.data_connection
    del connection.data_connection
    stored, start = _firmware_of(connection), connection.restart_offset
    await desk.note_download(connection.user.transfer)
    file = await sync_to_async(lambda: open_file(stored), thread_sensitive=False)()
    parts = desk.blocks(file, start, max(stored.size_bytes - start, 0))
    try:
        async with stream:
            while block := await desk.next_block(parts):
                await stream.write(block)
    finally:
        await sync_to_async(file.close, thread_sensitive=False)()
    connection.response("226", "sent")
    return True
