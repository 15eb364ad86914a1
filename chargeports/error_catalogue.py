"""What error codes mean: those of OCPP 1.6 by the specification (§7.6), manufacturers' own by the organisation's
catalogue.
"""

from dataclasses import dataclass

from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject, NullIf, Upper
from django.utils.translation import gettext_lazy as _

from chargeports.models import EquipmentError, VendorErrorCode
from common.rights import Text


@dataclass(frozen=True)
class Explanation:
    """`title` in a few words, `remedy` what usually helps."""

    title: Text
    remedy: Text


OCPP_CODES: dict[str, Explanation] = {
    "ConnectorLockFailure": Explanation(
        _("The plug could not be locked or unlocked"),
        _("Let the driver plug out and in again, then unlock from here. If it stays, the lock's motor is worn."),
    ),
    "EVCommunicationError": Explanation(
        _("The station cannot talk to the car"),
        _("Plug out and in again, or try another car. With several cars: check the cable and the pilot contact."),
    ),
    "GroundFailure": Explanation(
        _("The residual-current protection tripped"),
        _("Nobody may charge here. Send a technician: the wiring, the cable or the car leaks current to earth."),
    ),
    "HighTemperature": Explanation(
        _("It is too hot inside the station"),
        _("Check fan, filter and sun shade. It usually goes by itself once the station has cooled down."),
    ),
    "InternalError": Explanation(
        _("The station's hardware or software failed"),
        _("Restart the station. If it comes back, read the manufacturer's code and the diagnostics."),
    ),
    "LocalListConflict": Explanation(
        _("The list of tokens does not fit the portal's answer"),
        _("Send the local list again or clear the station's cache."),
    ),
    "NoError": Explanation(
        _("Faulted, without an error code"), _("See the manufacturer's code and the info, or restart the station.")
    ),
    "OtherError": Explanation(
        _("Another error; the manufacturer's code says which"),
        _("Look the manufacturer's code up and add it to the catalogue."),
    ),
    "OverCurrentFailure": Explanation(
        _("The over-current protection tripped"),
        _("Try another car. If it trips again, a technician has to look at the wiring and the fuse."),
    ),
    "OverVoltage": Explanation(
        _("The voltage rose above what is allowed"),
        _("It usually comes from the grid. If it stays, tell the grid's operator."),
    ),
    "PowerMeterFailure": Explanation(
        _("The energy meter cannot be read"),
        _("Energy cannot be billed. Restart the station; if it stays, meter or cable must be replaced."),
    ),
    "PowerSwitchFailure": Explanation(
        _("The contactor does not switch as it should"),
        _("Nobody may charge here: the plug may carry voltage. Send a technician."),
    ),
    "ReaderFailure": Explanation(
        _("The card reader does not work"),
        _("Charging can be started from here or by app. Restart the station; if it stays, replace the reader."),
    ),
    "ResetFailure": Explanation(
        _("The station could not restart"), _("Try a hard restart, or switch it off and on at the fuse.")
    ),
    "UnderVoltage": Explanation(
        _("The voltage fell below what is allowed"),
        _("Check the supply and the fuse. If it stays, tell the grid's operator."),
    ),
    "WeakSignal": Explanation(
        _("The mobile network is hardly received"),
        _("Charging goes on; messages may come late. Check the antenna and the SIM card's network."),
    ),
}


def explanation_of(error: EquipmentError) -> Explanation | None:
    """What OCPP says of the error's code; None for a code that is none of OCPP's."""
    return OCPP_CODES.get(error.error_code)


def with_meanings(errors: QuerySet[EquipmentError]) -> QuerySet[EquipmentError]:
    """The errors, each with the catalogue's entry as `meaning` (id, meaning, remedy, severity; None without one) and
    `gravity`: the catalogue's severity, else what the charger's status tells. No further query.

    The entry of the station's model comes before that of its manufacturer, and that before one for all. Many chargers
    put their code into the info, so that is looked up as well.
    """
    vendor = Coalesce(NullIf("station__vendor", Value("")), "station__report__vendor", Value(""))
    model = Coalesce(NullIf("station__model", Value("")), "station__report__model", Value(""))
    meaning = _entries().values(entry=JSONObject(id="pk", meaning="meaning", remedy="remedy", severity="severity"))
    return errors.annotate(vendor_name=vendor, model_name=model).annotate(
        meaning=Subquery(meaning[:1]), gravity=Coalesce(Subquery(_entries().values("severity")[:1]), "severity")
    )


def _entries() -> QuerySet[VendorErrorCode]:
    """The entries that fit an outer query's error, best first."""
    said = Q(upper_code=Upper(OuterRef("vendor_error_code"))) | Q(upper_code=Upper(OuterRef("info")))
    of_vendor = Q(vendor="") | Q(vendor__iexact=OuterRef("vendor_name")) | Q(vendor__iexact=OuterRef("vendor_id"))
    of_model = Q(model="") | Q(model__iexact=OuterRef("model_name"))
    entries = VendorErrorCode.objects.annotate(upper_code=Upper("code")).filter(organisation=OuterRef("organisation"))
    return entries.filter(said & of_vendor & of_model).order_by("-model", "-vendor")
