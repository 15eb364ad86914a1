"""What a station probably cannot do, as it says itself or as others of its kind answered. It is still asked where
somebody insists: what chargers say of themselves is not always true.
"""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from chargeports.choices import CommandKind
from chargeports.models import ConfigurationValue, UnknownCommand
from common.rights import Text
from stations.models import Station

_NOT_KNOWN = _("Stations of this model answered that they do not know this.")
FEATURE_PROFILES = "SupportedFeatureProfiles"
PROFILE = {
    CommandKind.RESERVE: "Reservation",
    CommandKind.CANCEL_RESERVATION: "Reservation",
    CommandKind.TRIGGER_MESSAGE: "RemoteTrigger",
    CommandKind.GET_LOCAL_LIST_VERSION: "LocalAuthListManagement",
    CommandKind.SEND_LOCAL_LIST: "LocalAuthListManagement",
    CommandKind.GET_DIAGNOSTICS: "FirmwareManagement",
    CommandKind.UPDATE_FIRMWARE: "FirmwareManagement",
    CommandKind.SET_CHARGING_PROFILE: "SmartCharging",
    CommandKind.CLEAR_CHARGING_PROFILE: "SmartCharging",
    CommandKind.GET_COMPOSITE_SCHEDULE: "SmartCharging",
}


def doubts(station: Station) -> dict[str, Text]:
    """Why the station will probably not do a kind of command, by the kind. One query."""
    same = {name: OuterRef(f"report__{name}") for name in ("vendor", "model", "firmware_version")}
    told = ConfigurationValue.objects.filter(station_id=OuterRef("pk"), key__iexact=FEATURE_PROFILES)
    said = (
        Station.objects.filter(pk=station.pk)
        .values_list(
            Subquery(told.values("value")[:1]),
            ArraySubquery(UnknownCommand.objects.filter(**same).values("kind")),
        )
        .first()
    )
    profiles, unknown = said or (None, [])
    return {**_missing(profiles or ""), **dict.fromkeys(unknown, _NOT_KNOWN)}


def _missing(profiles: str) -> dict[str, Text]:
    """The kinds of the optional profiles that the station does not list; none where it lists nothing at all."""
    listed = {name.strip().casefold() for name in profiles.split(",") if name.strip()}
    if not listed:
        return {}
    return {
        kind: _("The station says that it lacks OCPP's profile %(profile)s.") % {"profile": profile}
        for kind, profile in PROFILE.items()
        if profile.casefold() not in listed
    }
