"""One object of every kind that an address can name, and the arguments of each address.

A new address with arguments needs an entry in `ARGUMENTS`; `tests/contracts/test_urls.py` fails until it has one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.utils import timezone
from django_scopes import scope

from accounts import services
from accounts.models import (
    ApiToken,
    Job,
    Membership,
    Organisation,
    Role,
    SavedFilter,
    StoredFile,
    User,
    WebhookDelivery,
    WebhookTarget,
)
from chargeports.choices import CommandKind
from chargeports.models import (
    Campaign,
    CertificateAuthority,
    ChargePort,
    ChargingProfile,
    Command,
    ConfigurationKey,
    ConfigurationTemplate,
    EquipmentError,
    Firmware,
    MaintenanceWindow,
    Note,
    PortLock,
    Reservation,
    StationCertificate,
    VendorErrorCode,
)
from chargeports.rights import CHANGE_CONFIGURATION, CONTROL_CHARGING, RESET
from chargeports.services import create_key, make_authority, write_note
from charging.models import (
    ChargingSession,
    Contract,
    IdToken,
    MeterCorrection,
    PendingReboot,
    ScheduledStop,
    Tariff,
    TariffAssignment,
    TariffVersion,
    TokenGroup,
)
from charging.services import ask_for_password, assign_tariff, plan_reboot
from common.actor import SYSTEM
from common.rights import Right
from ocpp_gateway.models import RefusedHandshake
from stations.files import DOCUMENT, MARKETING_PICTURE
from stations.models import (
    Article,
    ArticleGroup,
    Component,
    Contact,
    Document,
    FieldTemplate,
    FreeField,
    HistoryEntry,
    MarketingPicture,
    Portal,
    ServicePackage,
    Station,
    StationAccess,
    StationGroup,
)
from stations.services import add_field, create_portal, publish, write_entry
from tests import factories
from tickets.models import EscalationRule, Team, Ticket, TicketCategory
from tickets.services import open_ticket

# The beginning of a PNG, which is what the type of a file is judged by.
PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(13)


@dataclass
class World:
    """What belongs to the cast's organisation; filter and session are the owner's own."""

    membership: Membership
    role: Role
    token: ApiToken
    webhook: WebhookTarget
    delivery: WebhookDelivery
    saved_filter: SavedFilter
    user_session: UserSession
    station: Station
    port: ChargePort
    group: StationGroup
    contact: Contact
    command: Command
    refusal: RefusedHandshake
    session: ChargingSession
    authority: CertificateAuthority
    certificate: StationCertificate
    correction: MeterCorrection
    stop: ScheduledStop
    tariff: Tariff
    version: TariffVersion
    assignment: TariffAssignment
    id_token: IdToken
    token_group: TokenGroup
    contract: Contract
    pending_reboot: PendingReboot
    password_link: str
    portal: Portal
    firmware: Firmware
    window: MaintenanceWindow
    picture: MarketingPicture
    error: EquipmentError
    configuration_key: ConfigurationKey
    note: Note
    campaign: Campaign
    configuration_template: ConfigurationTemplate
    charging_profile: ChargingProfile
    error_code: VendorErrorCode
    ticket: Ticket
    team: Team
    category: TicketCategory
    rule: EscalationRule
    file: StoredFile
    document: Document
    job: Job
    history_entry: HistoryEntry
    package: ServicePackage
    lock: PortLock
    reservation: Reservation
    article_group: ArticleGroup
    article: Article
    component: Component
    free_field: FreeField
    field_template: FieldTemplate


def make_world(organisation: Organisation, owner: User) -> World:
    with scope(organisation=organisation):
        return _make(organisation, owner)


def _make(organisation: Organisation, owner: User) -> World:
    station = factories.station(organisation, ports=0)
    factories.port(station, evse_id="DE*SWE*E1*1", evse_id_key="DESWEE11")
    station = factories.station(organisation)
    station.ports.update(evse_id="DE*SWP*E1*1", evse_id_key="DESWPE11")
    portal = create_portal(SYSTEM, organisation, "Swept portal")
    publish(SYSTEM, station, portal)
    StationAccess.objects.create(organisation=organisation, station=station, operating_kind="opening")
    tariff = factories.tariff(organisation)
    member = factories.member(organisation)
    token, _secret = services.create_token(SYSTEM, organisation, "Reports", {"accounts.view_users"})
    component = factories.component(station)
    webhook, _secret = services.create_target(SYSTEM, organisation, "Swept", "https://93.184.215.14/", ["port.status"])
    return World(
        membership=Membership.objects.get(user=member),
        role=services.create_role(SYSTEM, organisation, "Night shift"),
        token=token,
        webhook=webhook,
        delivery=services.send_test(SYSTEM, webhook),
        saved_filter=services.save_filter(owner, organisation, "users", "Mine", "text=a"),
        user_session=UserSession.objects.create(user=owner, ip="127.0.0.1", session_key="swept"),
        station=station,
        port=station.ports.get(),
        group=StationGroup.objects.create(organisation=organisation, name="Swept group"),
        contact=Contact.objects.create(organisation=organisation, name="Swept contact"),
        command=factories.command(station, CommandKind.UNLOCK),
        refusal=factories.refusal(organisation, identity="SWEPT-1"),
        session=factories.signed_session(station),
        authority=make_authority(SYSTEM, organisation),
        certificate=StationCertificate.objects.create(
            organisation=organisation,
            station=station,
            state="active",
            certificate=factories.certificate(),
            requested_at=timezone.now(),
        ),
        correction=MeterCorrection.objects.create(organisation=organisation, vendor="Swept"),
        tariff=tariff,
        version=tariff.versions.get(),
        assignment=assign_tariff(SYSTEM, tariff),
        stop=factories.scheduled_stop(station),
        id_token=factories.token(organisation, "SWEPT"),
        token_group=factories.token_group(organisation),
        contract=factories.contract(organisation),
        password_link=ask_for_password(
            SYSTEM, factories.contract(organisation, email="ida@customer.example"), timezone.now()
        ),
        pending_reboot=plan_reboot(SYSTEM, station),
        firmware=factories.firmware(organisation),
        window=factories.window(station),
        portal=portal,
        picture=MarketingPicture.objects.create(
            organisation=organisation,
            station=station,
            caption="Swept picture",
            file=factories.stored_file(organisation, MARKETING_PICTURE, PICTURE, "swept.png"),
        ),
        error=factories.error(station),
        configuration_key=create_key(SYSTEM, organisation, {"key": "Swept.Key", "meaning": "Swept."}),
        charging_profile=factories.charging_profile(organisation),
        note=write_note(SYSTEM, station, "Swept note", [1]),
        campaign=factories.campaign(organisation),
        configuration_template=ConfigurationTemplate.objects.create(
            organisation=organisation, name="Swept template", actor_kind="system", actor_label="cpms"
        ),
        error_code=VendorErrorCode.objects.create(organisation=organisation, code="E42", meaning="Swept code"),
        ticket=open_ticket(SYSTEM, organisation, title="Swept ticket", station=station),
        team=Team.objects.create(organisation=organisation, name="Swept team"),
        category=TicketCategory.objects.create(organisation=organisation, name="Swept category"),
        rule=EscalationRule.objects.create(organisation=organisation, name="Swept rule"),
        file=factories.stored_file(organisation, DOCUMENT),
        document=factories.document(station),
        job=factories.job(organisation, "session-export"),
        free_field=add_field(SYSTEM, station, "Swept field", "Value"),
        field_template=FieldTemplate.objects.create(organisation=organisation, name="Swept description"),
        article_group=component.article.group,
        article=component.article,
        component=component,
        history_entry=write_entry(SYSTEM, station, "note", "Swept entry"),
        package=ServicePackage.objects.create(
            organisation=organisation, station=station, kind="support", since="2026-01-01"
        ),
        lock=factories.lock(factories.station(organisation)),
        reservation=factories.reservation(factories.station(organisation)),
    )


Arguments = Callable[[World], dict[str, Any]]


def _pk(kind: str) -> Arguments:
    return lambda world: {"pk": getattr(world, kind).pk}


def _station(world: World) -> dict[str, Any]:
    return {"identity": world.station.identity}


def _port(world: World) -> dict[str, Any]:
    return {"identity": world.station.identity, "number": world.port.number}


def _note(world: World) -> dict[str, Any]:
    return {**_port(world), "pk": world.note.pk}


def _feed(world: World) -> dict[str, Any]:
    return {"organisation": world.portal.organisation.slug, "token": world.portal.token}


def _ticket(world: World) -> dict[str, Any]:
    return {"number": world.ticket.number}


ARGUMENTS: dict[str, Arguments] = {
    "geojson-feed": _feed,
    "portal-delete": _pk("portal"),
    "portal-edit": _pk("portal"),
    "portal-renew": _pk("portal"),
    "pay": lambda world: {"evse_id": world.port.evse_id},
    "public-map": _feed,
    "charge-port-label-png": _port,
    "charge-port-label-svg": _port,
    "charge-port-labels": _station,
    "maintenance-window-add": _station,
    "maintenance-window-edit": _pk("window"),
    "maintenance-window-end": _pk("window"),
    "maintenance-window-remove": _pk("window"),
    "public-picture": lambda world: {"pk": world.picture.pk, "mark": world.picture.file.sha256[:16]},
    "api-token-revoke": _pk("token"),
    "webhook-again": _pk("delivery"),
    "webhook-delete": _pk("webhook"),
    "webhook-delivery": _pk("delivery"),
    "webhook-edit": _pk("webhook"),
    "webhook-renew": _pk("webhook"),
    "webhook-test": _pk("webhook"),
    "article-create": _pk("article_group"),
    "article-delete": _pk("article"),
    "article-edit": _pk("article"),
    "article-group-delete": _pk("article_group"),
    "article-group-edit": _pk("article_group"),
    "component": _pk("component"),
    "component-edit": _pk("component"),
    "component-install": _station,
    "component-move": _pk("component"),
    "component-remove": _pk("component"),
    "component-replace": _pk("component"),
    "campaign": _pk("campaign"),
    "campaign-cancel": _pk("campaign"),
    "campaign-discard": _pk("campaign"),
    "campaign-edit": _pk("campaign"),
    "campaign-pause": _pk("campaign"),
    "campaign-resume": _pk("campaign"),
    "campaign-retry": _pk("campaign"),
    "campaign-start": _pk("campaign"),
    "charge-port": _port,
    "charge-port-create": _station,
    "charge-port-delete": _port,
    "charge-port-edit": _port,
    "charge-port-tab": _port,
    "charge-port-tab-action": _port,
    "configuration-template": _pk("configuration_template"),
    "configuration-template-compare": _pk("configuration_template"),
    "configuration-template-correct": _pk("configuration_template"),
    "configuration-template-delete": _pk("configuration_template"),
    "configuration-template-edit": _pk("configuration_template"),
    "configuration-key-delete": _pk("configuration_key"),
    "configuration-key-edit": _pk("configuration_key"),
    "port-configuration-edit": _port,
    "port-device-edit": _port,
    "port-log-files": _port,
    "port-note-delete": _note,
    "port-note-edit": _note,
    "port-note-write": _port,
    "port-notes": _port,
    "settings-change": _station,
    "settings-compare": _station,
    "command": _pk("command"),
    "command-cancel": _pk("command"),
    "connection-settings": _station,
    "contact-delete": _pk("contact"),
    "contact-edit": _pk("contact"),
    "contract": _pk("contract"),
    "contract-block": _pk("contract"),
    "contract-password": lambda world: {"token": world.password_link},
    "contract-password-link": _pk("contract"),
    "contract-unblock": _pk("contract"),
    "document-delete": _pk("document"),
    "document-describe": _pk("document"),
    "document-preview": _pk("document"),
    "document-replace": _pk("document"),
    "document-restore": _pk("document"),
    "document-versions": _pk("document"),
    "error": _pk("error"),
    "error-code-delete": _pk("error_code"),
    "error-code-edit": _pk("error_code"),
    "file": lambda world: {"pk": world.file.pk, "name": world.file.name},
    "field-template-delete": _pk("field_template"),
    "free-field-create": _station,
    "free-field-delete": _pk("free_field"),
    "free-field-edit": _pk("free_field"),
    "assignments-edit": _station,
    "device-edit": _station,
    "history-create": _station,
    "history-edit": _pk("history_entry"),
    "hours-exception-create": _station,
    "escalation-rule-delete": _pk("rule"),
    "escalation-rule-edit": _pk("rule"),
    "charging-profile-change": _pk("charging_profile"),
    "charging-profile-delete": _pk("charging_profile"),
    "authority-pem": _pk("authority"),
    "authority-retire": _pk("authority"),
    "certificate-pem": _pk("certificate"),
    "certificate-revoke": _pk("certificate"),
    "meter-correction-delete": _pk("correction"),
    "meter-correction-edit": _pk("correction"),
    "firmware-change": _pk("firmware"),
    "firmware-remove": _pk("firmware"),
    "token-group": _pk("token_group"),
    "id-token": _pk("id_token"),
    "id-token-block": _pk("id_token"),
    "id-token-unblock": _pk("id_token"),
    "job": _pk("job"),
    "job-cancel": _pk("job"),
    "lower-profile": _station,
    "role": _pk("role"),
    "role-delete": _pk("role"),
    "saved-filter-delete": _pk("saved_filter"),
    "service-package": _pk("package"),
    "service-package-book": _station,
    "scheduled-stop-add": _station,
    "scheduled-stop-cancel": _pk("stop"),
    "scheduled-stop-run": _pk("stop"),
    "signed-values-xml": _pk("session"),
    "controller-reboot": _station,
    "pending-reboot-cancel": _pk("pending_reboot"),
    "port-refresh": _port,
    "port-stop": _port,
    "session": _pk("session"),
    "session-stop": _pk("session"),
    "session-end": _pk("user_session"),
    "setting-history": _station,
    "station": _station,
    "station-clone": _station,
    "station-edit": _station,
    "station-group-delete": _pk("group"),
    "station-group-rename": _pk("group"),
    "station-life-cycle": _station,
    "station-password": _station,
    "station-tab": _station,
    "station-tab-action": _station,
    "tariff": _pk("tariff"),
    "tariff-assign": _pk("tariff"),
    "tariff-unassign": _pk("assignment"),
    "tariff-version-add": _pk("tariff"),
    "tariff-version-remove": _pk("version"),
    "ticket": _ticket,
    "ticket-category-delete": _pk("category"),
    "ticket-category-rename": _pk("category"),
    "ticket-comment": _ticket,
    "ticket-edit": _ticket,
    "ticket-move": _ticket,
    "ticket-take": _ticket,
    "ticket-team-delete": _pk("team"),
    "ticket-team-edit": _pk("team"),
    "ticket-watch": _ticket,
    "unknown-station-adopt": _pk("refusal"),
    "troubleshooting": _port,
    "user": _pk("membership"),
    "user-invitation": _pk("membership"),
    "user-remove": _pk("membership"),
    "local-list-keep": _station,
    "who-may-charge": _station,
}
# Every kind of command has an address of its own, made from its declaration.
COMMAND_PREFIX = "ask-"
# Lists that say in their query what they are about.
QUERIES = {"campaign-plan": "kind=reset", "saved-filters": "page=users", "setting-history": "key=HeartbeatInterval"}
# The sheet whose tabs an address draws.
SHEETS = {"station-tab": "station", "charge-port-tab": "port"}
# Rights that a view asks for besides the one it is declared with, because they depend on the object.
FURTHER_RIGHTS: dict[str, tuple[Right, ...]] = {
    "command-cancel": (CONTROL_CHARGING,),
    "configuration-template-correct": (CHANGE_CONFIGURATION,),
    **{f"campaign-{what}": (RESET,) for what in ("cancel", "discard", "pause", "plan", "resume", "retry", "start")},
}


def arguments_of(name: str) -> Arguments | None:
    """What makes the arguments of the address with this URL name; None for an address that nobody described yet."""
    return _station if name.startswith(COMMAND_PREFIX) else ARGUMENTS.get(name)


# The arguments of each path of the REST API, and the bodies of the operations that need one.
API_ARGUMENTS: dict[str, Arguments] = {
    "/commands/{int:pk}": _pk("command"),
    "/documents/{int:pk}": _pk("document"),
    "/errors/{int:pk}": _pk("error"),
    "/files/{int:pk}": _pk("file"),
    "/firmware/{int:pk}": _pk("firmware"),
    "/id-tokens/{int:pk}": _pk("id_token"),
    "/jobs/{int:pk}": _pk("job"),
    "/locks/{int:pk}": _pk("lock"),
    "/maintenance-windows/{int:pk}": _pk("window"),
    "/reservations/{int:pk}": _pk("reservation"),
    "/sessions/{int:pk}": _pk("session"),
    "/stations/{identity}/charge-ports/{int:number}": _port,
    "/stations/{identity}": _station,
    "/tickets/{int:number}": _ticket,
}
API_BODIES: dict[str, dict[str, Any]] = {
    "add_maintenance_windows": {"starts_at": "2099-01-01T08:00:00Z", "ends_at": "2099-01-01T09:00:00Z"},
    "change_life_cycle": {"life_cycle": "in_operation"},
    "comment_ticket": {"text": "Swept comment"},
    "create_charge_port": {"number": 9},
    "create_id_token": {"token": "SWEPT-NEW"},
    "create_station": {"identity": "SWEPT-NEW"},
    "export_messages": {"first": f"{timezone.now():%Y-%m-%d}", "last": f"{timezone.now():%Y-%m-%d}"},
    "open_ticket": {"title": "Swept ticket"},
    "request_command": {"command": "clear_cache"},
    "reserve": {
        "port_number": 1,
        "id_tag": "SWEPT",
        "until": f"{timezone.now() + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
    },
}
API_UPLOADS: dict[str, dict[str, str]] = {
    "upload_document": {},
    "upload_firmware": {"vendor": "Nordwatt", "version": "9.9"},
}


def api_arguments(path: str) -> Arguments | None:
    """Those of the longest path that is known: what lies below an object is found by the same arguments."""
    return next((API_ARGUMENTS[known] for known in API_ARGUMENTS if f"{path}/".startswith(f"{known}/")), None)
