"""A whole simulated charger: its connectors, its drivers' actions, and what it tells the central system of them.

Used directly by tests, step by step (`connect`, `plug_in`, `present_tag`, `unplug`, `fault` …, each returning when its
messages are answered or the line is down), and by `Fleet` for many chargers that run by themselves.
"""

import random
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

from ocpp.v16 import call
from ocpp.v16.enums import AuthorizationStatus, ChargePointErrorCode, ChargePointStatus, ReadingContext, Reason
from websockets.asyncio.client import ClientConnection

from ocpp_gateway.simulator import timestamps
from ocpp_gateway.simulator.authorisation import KnownTags, TagInfo, is_accepted
from ocpp_gateway.simulator.certificates import CertificateStore, signing_request
from ocpp_gateway.simulator.configuration import Configuration
from ocpp_gateway.simulator.connector import Authorisation, Car, Connector, Fault, Reservation, Sample, Transaction
from ocpp_gateway.simulator.endpoint import Endpoint
from ocpp_gateway.simulator.link import CallFailed, Link
from ocpp_gateway.simulator.outbox import Message
from ocpp_gateway.simulator.products import nameplate
from ocpp_gateway.simulator.profiles import ChargingProfiles, Profile
from ocpp_gateway.simulator.transfers import Transfers

IDLE_TICK_S = 60
METERING_SINCE_S = 1_735_689_600
"""The start of 2025, as seconds since 1970."""
AVERAGE_POWER_W = 2_000
RESTART_S = 20
UNKNOWN_TRANSACTION = -1
"""Stands for a transaction whose StartTransaction was never answered (OCPP 1.6 errata 3.18)."""


class SimulatedCharger(Endpoint):
    """One charger with `connectors` equal connectors, "AC" or "DC", of `max_power_w` each.

    `speed` makes charging, sampling and restarting faster; heartbeats, times written into messages and what the portal
    waits for stay real. `configuration` sets keys before the first start.
    """

    def __init__(
        self,
        identity: str,
        url: str,
        password: str | None = None,
        *,
        connectors: int = 1,
        current: str = "AC",
        max_power_w: float = 22_000,
        configuration: Mapping[str, str] | None = None,
        seed: int | None = None,
        speed: float = 1.0,
        history: int = 200,
        validates: bool = True,
        call_timeout_s: float = 30.0,
        gate: AbstractAsyncContextManager[Any] | None = None,
    ) -> None:
        has_tls = url.startswith("wss:")
        profile = "2" if has_tls else "1" if password else "0"
        factory = {"NumberOfConnectors": str(connectors), "SecurityProfile": profile}
        super().__init__(
            identity,
            url,
            password,
            Configuration(factory | dict(configuration or {}), highest_security_profile=2 if has_tls else 1),
            speed=speed,
            history=history,
            validates=validates,
            call_timeout_s=call_timeout_s,
            chance=random.Random(f"{identity}/{seed}") if seed is not None else None,
            gate=gate,
        )
        self.nameplate = nameplate(identity, current, max_power_w)
        self.firmware_version = self.nameplate.firmware_version
        self.connectors = [
            Connector(n, current, max_power_w, _meter_wh(identity, n), self.chance) for n in range(connectors + 1)
        ]
        self.profiles = ChargingProfiles(
            self.configuration.number("ChargeProfileMaxStackLevel"),
            self.configuration.number("ChargingScheduleMaxPeriods"),
            self.configuration.number("MaxChargingProfilesInstalled"),
        )
        self.tags = KnownTags()
        self.certificates = CertificateStore()
        self.transfers = Transfers(self)
        # Whom a remote start calls to a connector without a car; by default nobody comes.
        self.called: Callable[[Connector], None] | None = None
        self._advanced_at: dict[int, float] = {}
        self._reported: dict[int, tuple[ChargePointStatus, Fault | None]] = {}

    @property
    def plugs(self) -> list[Connector]:
        """The connectors that cars are plugged into; `connectors[0]` is the station itself."""
        return self.connectors[1:]

    def connector(self, number: int) -> Connector | None:
        return self.connectors[number] if 0 <= number < len(self.connectors) else None

    # What people do

    async def plug_in(self, number: int, car: Car | None = None) -> None:
        """A car is plugged in; it charges if a tag was accepted before. Raises ValueError where one is already."""
        connector = self._plug(number)
        connector.plug(car or Car())
        self.report(connector)
        self._begin_if_ready(connector)
        await self.settle()

    async def present_tag(self, number: int, id_tag: str) -> bool:
        """A tag is held to the reader for a connector: starts or stops. Tells whether it was taken."""
        connector = self._plug(number)
        is_taken = await (self._stop_by_tag if connector.transaction else self._start_by_tag)(connector, id_tag)
        await self.settle()
        return is_taken

    async def unplug(self, number: int) -> None:
        """The car leaves, or merely its cable (OCPP 1.6 §9.1, StopTransactionOnEVSideDisconnect)."""
        connector = self._plug(number)
        self._advance(connector)
        connector.unplug()
        if self.configuration.flag("StopTransactionOnEVSideDisconnect"):
            self.end(connector, Reason.ev_disconnected)
        self.report(connector)
        await self.settle()

    async def fault(
        self, number: int, error_code: str, info: str | None = None, vendor_error_code: str | None = None
    ) -> None:
        """Something breaks, at a connector or (0) in the station; a running transaction ends."""
        connector = self.connectors[number]
        self.end(connector, Reason.other)
        connector.fault = Fault(ChargePointErrorCode(error_code), info, vendor_error_code)
        self.report(connector)
        await self.settle()

    async def clear_fault(self, number: int) -> None:
        self.connectors[number].fault = None
        self.report(self.connectors[number])
        await self.settle()

    async def power_cycle(self) -> None:
        """The power fails and comes back: running transactions are reported as lost after the boot."""
        await self.restart(Reason.power_loss, is_orderly=False)

    async def restart(self, reason: Reason, is_orderly: bool) -> None:
        """Restart; an orderly one ends its transactions and says so first, another one afterwards."""
        if not is_orderly:
            await self.drop_connection()
        for connector in self.plugs:
            self.end(connector, reason)
            connector.authorisation = None
        if is_orderly:
            await self.settle()
            await self.disconnect()
        self.registration = None
        self.configuration.reboot()
        self.cancel("connect")
        await self.pause(RESTART_S)
        await self.come_back()

    async def wind_down(self) -> None:
        """End all transactions as a power failure would, so that none stays open behind a charger that is no more."""
        for connector in self.plugs:
            self.end(connector, Reason.power_loss)
        await self.settle()

    # What the central system does (called by the command handlers)

    def connector_for(self, id_tag: str, number: int | None) -> Connector | None:
        """The connector that a remote start may use: the given one, or the first that suits."""
        asked = self.plugs if number is None else [c for c in self.plugs if c.number == number]
        usable = [c for c in asked if c.is_free and _is_open_to(c, id_tag)]
        return next((c for c in usable if c.car), usable[0] if usable else None)

    def connector_of(self, transaction_id: int) -> Connector | None:
        return next((c for c in self.plugs if c.transaction and c.transaction.transaction_id == transaction_id), None)

    async def remote_start(self, connector: Connector, id_tag: str, profile: dict[str, Any] | None) -> None:
        if self.configuration.flag("AuthorizeRemoteTxRequests"):
            info = await self._authorise(id_tag)
            if not is_accepted(info):
                return
        self._accept(connector, Authorisation(id_tag, profile=profile))
        if connector.car is None and self.called is not None:
            self.called(connector)

    def end(self, connector: Connector, reason: Reason, id_tag: str | None = None) -> None:
        """End the transaction of a connector, if it has one."""
        transaction = connector.transaction
        if transaction is None:
            return
        self._advance(connector)
        payload = partial(
            call.StopTransaction,
            meter_stop=int(connector.meter_wh),
            timestamp=timestamps.text(timestamps.now()),
            reason=reason,
            id_tag=id_tag,
            transaction_data=self._transaction_data(connector, transaction),
        )
        self.cancel(f"charging-{connector.number}")
        connector.end()
        self.profiles.end_transaction(connector.number)
        self.post(Message(lambda: payload(transaction_id=transaction.transaction_id)))
        self.report(connector)

    def reserve(self, connector: Connector, reservation: Reservation) -> None:
        connector.reservation = reservation
        remaining_s = (reservation.expires - timestamps.now()).total_seconds()
        self.after(
            f"reservation-{connector.number}", max(0.0, remaining_s), partial(self._expire, connector, reservation)
        )

    def apply_limits(self) -> None:
        """Let every connector follow the installed charging profiles from now on."""
        for connector in self.plugs:
            self._advance(connector)
            self.report(connector)

    def configuration_changed(self, key: str) -> None:
        """Follow a key whose new value shows at once."""
        match key.lower():
            case "heartbeatinterval":
                self.schedule_heartbeat()
            case "clockaligneddatainterval":
                self._schedule_clock_aligned()
            case "securityprofile":
                self.spawn(self._reconnect())

    async def ask_for_certificate(self) -> None:
        """Send a certificate signing request (security whitepaper A02)."""
        organisation = self.configuration.get("CpoName") or self.nameplate.product.vendor
        await self.tell(call.SignCertificate(signing_request(self.nameplate.serial_number, organisation)))

    async def tell_security_event(self, kind: str) -> None:
        await self.tell(call.SecurityEventNotification(kind, timestamps.text(timestamps.now()), None))

    # What the charger tells

    def report(self, connector: Connector, is_due: bool = False) -> None:
        """Send a StatusNotification if the status changed, or in any case."""
        state = (connector.status, connector.fault)
        if not is_due and self._reported.get(connector.number) == state:
            return
        self._reported[connector.number] = state
        fault = connector.fault
        payload = call.StatusNotification(
            connector_id=connector.number,
            error_code=fault.error_code if fault else ChargePointErrorCode.no_error,
            status=connector.status,
            timestamp=timestamps.text(timestamps.now()),
            info=fault.info if fault else None,
            vendor_id=self.nameplate.product.vendor_id if fault else None,
            vendor_error_code=fault.vendor_error_code if fault else None,
        )
        self.post(Message(lambda: payload, is_kept=False))

    def report_again(self, number: int | None) -> None:
        for connector in self.connectors if number is None else [self.connectors[number]]:
            self.report(connector, is_due=True)

    def tell_meter_values(self, number: int | None, context: ReadingContext) -> None:
        """Send the meter's values of one connector or of all."""
        is_aligned = context == ReadingContext.sample_clock
        measurands = self.configuration.items("MeterValuesAlignedData" if is_aligned else "MeterValuesSampledData")
        for connector in self.plugs if not number else [self.connectors[number]]:
            self._advance(connector)
            samples = connector.samples(measurands, context)
            if samples:
                self._post_meter_values(connector, samples)

    def boot_notification(self) -> call.BootNotification:
        plate = self.nameplate
        return call.BootNotification(
            charge_point_model=plate.product.model,
            charge_point_vendor=plate.product.vendor,
            charge_box_serial_number=plate.serial_number,
            charge_point_serial_number=plate.serial_number,
            firmware_version=self.firmware_version,
            iccid=plate.iccid,
            imsi=plate.imsi,
            meter_serial_number=plate.meter_serial_number,
            meter_type=f"{plate.product.vendor} M1",
        )

    def make_link(self, connection: ClientConnection) -> Link:
        return Link(self, connection)

    def came_online(self) -> None:
        """Tell the status of the station and of every connector (OCPP 1.6 §4.9)."""
        self.report_again(None)
        self._schedule_clock_aligned()

    # Authorising

    async def _start_by_tag(self, connector: Connector, id_tag: str) -> bool:
        if not connector.is_free:
            return False
        info = await self._authorise(id_tag)
        if not is_accepted(info) or not _is_open_to(connector, id_tag, info):
            return False
        self._accept(connector, Authorisation(id_tag, (info or {}).get("parent_id_tag")))
        return True

    async def _stop_by_tag(self, connector: Connector, id_tag: str) -> bool:
        transaction = connector.transaction
        if transaction is None:
            return False
        if id_tag.lower() != transaction.id_tag.lower():
            info = await self._authorise(id_tag)
            parent = (info or {}).get("parent_id_tag")
            if not is_accepted(info) or parent is None or parent != transaction.parent_id_tag:
                return False
        self.end(connector, Reason.local, id_tag)
        return True

    async def _authorise(self, id_tag: str) -> TagInfo | None:
        """Ask the central system about a tag, or the charger's own memory where the configuration says so."""
        known = self.tags.find(id_tag)
        if self.configuration.flag("LocalPreAuthorize") and is_accepted(known):
            return known
        try:
            answer = await self.request(call.Authorize(id_tag))
        except CallFailed:
            return self._authorise_offline(known)
        self._remember(id_tag, answer.id_tag_info)
        return answer.id_tag_info

    def _authorise_offline(self, known: TagInfo | None) -> TagInfo | None:
        if known is not None:
            return known if self.configuration.flag("LocalAuthorizeOffline") else None
        is_allowed = self.configuration.flag("AllowOfflineTxForUnknownId")
        return {"status": AuthorizationStatus.accepted} if is_allowed else None

    def _remember(self, id_tag: str, info: TagInfo) -> None:
        if self.configuration.flag("AuthorizationCacheEnabled"):
            self.tags.remember(id_tag, info)

    def _accept(self, connector: Connector, authorisation: Authorisation) -> None:
        """A tag may charge here: begin, or wait for the car as long as ConnectionTimeOut."""
        connector.authorisation = authorisation
        self.report(connector)
        self._begin_if_ready(connector)
        if connector.authorisation is not None:
            delay_s = self.configuration.number("ConnectionTimeOut") / self.speed
            self.after(f"plug-{connector.number}", delay_s, partial(self._give_up, connector, authorisation))

    async def _give_up(self, connector: Connector, authorisation: Authorisation) -> None:
        if connector.authorisation is authorisation:
            connector.authorisation = None
            self.report(connector)

    async def _expire(self, connector: Connector, reservation: Reservation) -> None:
        if connector.reservation is reservation:
            connector.reservation = None
            self.report(connector)

    # Charging

    def _begin_if_ready(self, connector: Connector) -> None:
        authorisation = connector.authorisation
        if authorisation is None or connector.car is None or not connector.is_free:
            return
        self._advance(connector)
        transaction = Transaction(
            id_tag=authorisation.id_tag,
            meter_start_wh=int(connector.meter_wh),
            started=timestamps.now(),
            reservation_id=connector.reservation.reservation_id if connector.reservation else None,
            parent_id_tag=authorisation.parent_id_tag,
            begin_samples=connector.samples(
                self.configuration.items("StopTxnSampledData"), ReadingContext.transaction_begin
            ),
        )
        connector.reservation = None
        connector.begin(transaction)
        if authorisation.profile:
            self.profiles.install(Profile.read(connector.number, authorisation.profile), connector)
        self._post_start(connector, transaction)
        self._advance(connector)
        self.report(connector)
        self._schedule_tick(connector)

    def _post_start(self, connector: Connector, transaction: Transaction) -> None:
        payload = call.StartTransaction(
            connector_id=connector.number,
            id_tag=transaction.id_tag,
            meter_start=transaction.meter_start_wh,
            timestamp=timestamps.text(transaction.started),
            reservation_id=transaction.reservation_id,
        )
        self.post(Message(lambda: payload, done=partial(self._started, connector, transaction)))

    def _started(self, connector: Connector, transaction: Transaction, answer: Any) -> None:
        """Take the id of a transaction; end it if the central system does not want it (OCPP 1.6 §4.8)."""
        transaction.transaction_id = answer.transaction_id if answer else UNKNOWN_TRANSACTION
        info = answer.id_tag_info if answer else {"status": AuthorizationStatus.accepted}
        transaction.parent_id_tag = info.get("parent_id_tag")
        if answer:
            self._remember(transaction.id_tag, info)
        if is_accepted(info) or connector.transaction is not transaction:
            return
        if self.configuration.flag("StopTransactionOnInvalidId"):
            self.end(connector, Reason.de_authorized)
        else:
            transaction.is_refused = True
            self.report(connector)

    def _schedule_tick(self, connector: Connector) -> None:
        interval_s = self.configuration.number("MeterValueSampleInterval") or IDLE_TICK_S
        self.after(f"charging-{connector.number}", interval_s / self.speed, partial(self._tick, connector))

    async def _tick(self, connector: Connector) -> None:
        self._advance(connector)
        if self.configuration.number("MeterValueSampleInterval"):
            self.tell_meter_values(connector.number, ReadingContext.sample_periodic)
        self.report(connector)
        self._schedule_tick(connector)

    def _advance(self, connector: Connector) -> None:
        """Let the connector catch up with the time that passed, under the limit that held, then renew the limit."""
        moment = time.monotonic()
        passed_s = (moment - self._advanced_at.get(connector.number, moment)) * self.speed
        self._advanced_at[connector.number] = moment
        connector.advance(passed_s)
        now = timestamps.now()
        started = connector.transaction.started if connector.transaction else now
        sharing = sum(1 for other in self.plugs if other.transaction)
        connector.limit_w = self.profiles.limit_w(connector, now, started, sharing)

    def _post_meter_values(self, connector: Connector, samples: list[Sample]) -> None:
        transaction = connector.transaction
        meter_value = {"timestamp": timestamps.text(timestamps.now()), "sampled_value": samples}
        self.post(
            Message(
                lambda: call.MeterValues(
                    connector_id=connector.number,
                    meter_value=[meter_value],
                    transaction_id=transaction.transaction_id if transaction else None,
                ),
                is_kept=transaction is not None,
                is_expendable=True,
            )
        )

    def _transaction_data(self, connector: Connector, transaction: Transaction) -> list[dict[str, Any]] | None:
        end_samples = connector.samples(self.configuration.items("StopTxnSampledData"), ReadingContext.transaction_end)
        readings = [(transaction.started, transaction.begin_samples), (timestamps.now(), end_samples)]
        return [
            {"timestamp": timestamps.text(at), "sampled_value": values} for at, values in readings if values
        ] or None

    def _schedule_clock_aligned(self) -> None:
        interval_s = self.configuration.number("ClockAlignedDataInterval")
        if interval_s:
            self.after("clock", interval_s - time.time() % interval_s, self._tell_clock_aligned)
        else:
            self.cancel("clock")

    async def _tell_clock_aligned(self) -> None:
        self._schedule_clock_aligned()
        self.tell_meter_values(None, ReadingContext.sample_clock)

    async def _reconnect(self) -> None:
        """Come back under the new security profile."""
        await self.disconnect()
        self.cancel("connect")
        await self.come_back()

    def _plug(self, number: int) -> Connector:
        if not 1 <= number < len(self.connectors):
            raise ValueError(f"There is no connector {number}.")
        return self.connectors[number]


def _meter_wh(identity: str, number: int) -> float:
    """What the meter shows when the simulation starts: as if it had counted ever since, and so more every time."""
    before_wh = random.Random(f"{identity}/{number}").uniform(0, 1_000_000)
    return before_wh + (time.time() - METERING_SINCE_S) / 3600 * AVERAGE_POWER_W


def _is_open_to(connector: Connector, id_tag: str, info: TagInfo | None = None) -> bool:
    """Whether a reservation, if there is one, is for this tag or its group (OCPP 1.6 §3.10)."""
    reservation = connector.reservation
    if reservation is None or reservation.id_tag.lower() == id_tag.lower():
        return True
    return reservation.parent_id_tag is not None and (info or {}).get("parent_id_tag") == reservation.parent_id_tag
