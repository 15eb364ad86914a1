from django.utils.translation import gettext_lazy as _

from common.rights import Feature, Right

_CHARGE_PORTS = _("Charge ports")
_CONTROL = _("Control")

VIEW_PORTS = Right("chargeports.view_ports", _("See charge ports"), _CHARGE_PORTS)
VIEW_PORT_CONFIGURATION = Right(
    "chargeports.view_port_configuration", _("See the configuration of charge ports"), _CHARGE_PORTS
)
VIEW_PORT_DEVICES = Right("chargeports.view_port_devices", _("See device details of charge ports"), _CHARGE_PORTS)
CHANGE_PORTS = Right("chargeports.change_ports", _("Create and change charge ports"), _CHARGE_PORTS)
VIEW_CONFIGURATION = Right("chargeports.view_configuration", _("See a station's settings"), _CHARGE_PORTS)
VIEW_ERRORS = Right("chargeports.view_errors", _("See errors of stations"), _CHARGE_PORTS)
CHANGE_CONFIGURATION_KEYS = Right(
    "chargeports.change_configuration_keys", _("Describe configuration keys"), _CHARGE_PORTS
)
WRITE_NOTES = Right("chargeports.write_notes", _("Write, change and delete notes"), _CHARGE_PORTS, "support")
CHANGE_ERROR_CODES = Right(
    "chargeports.change_error_codes", _("Keep the catalogue of manufacturers' error codes"), _CHARGE_PORTS
)
VIEW_COMMANDS = Right("chargeports.view_commands", _("See the history of commands"), _CONTROL)
CONTROL_CHARGING = Right("chargeports.control_charging", _("Start, stop and unlock"), _CONTROL, "support")
RESET = Right("chargeports.reset", _("Restart stations"), _CONTROL, "support")
CHANGE_AVAILABILITY = Right("chargeports.change_availability", _("Change availability"), _CONTROL)
CHANGE_CONFIGURATION = Right("chargeports.change_configuration", _("Change a station's settings"), _CONTROL)
SERVICE_COMMANDS = Right(
    "chargeports.service_commands", _("Read settings, clear cache, request messages, send vendor messages"), _CONTROL
)
VIEW_DIAGNOSTICS = Right("chargeports.view_diagnostics", _("See and download diagnostics and logs"), _CHARGE_PORTS)
VIEW_FIRMWARE = Right("chargeports.view_firmware", _("See firmware and its updates"), _CHARGE_PORTS)
CHANGE_FIRMWARE = Right("chargeports.change_firmware", _("Keep the firmware library"), _CHARGE_PORTS)
GET_DIAGNOSTICS = Right("chargeports.get_diagnostics", _("Ask stations for diagnostics and logs"), _CONTROL, "support")
UPDATE_FIRMWARE = Right("chargeports.update_firmware", _("Update the firmware of stations"), _CONTROL)

VIEW_PROFILES = Right("chargeports.view_profiles", _("See charging limits and profiles"), _CHARGE_PORTS)
CHANGE_PROFILES = Right("chargeports.change_profiles", _("Keep the library of charging profiles"), _CHARGE_PORTS)
LIMIT_CHARGING = Right("chargeports.limit_charging", _("Limit charging, install and clear charging profiles"), _CONTROL)
VIEW_MAINTENANCE = Right("chargeports.view_maintenance", _("See maintenance windows"), _CHARGE_PORTS)
CHANGE_MAINTENANCE = Right("chargeports.change_maintenance", _("Add and end maintenance windows"), _CHARGE_PORTS)
VIEW_RESERVATIONS = Right("chargeports.view_reservations", _("See reservations"), _CONTROL)

_CAMPAIGNS = _("Campaigns and configuration templates")
VIEW_CAMPAIGNS = Right("chargeports.view_campaigns", _("See campaigns"), _CAMPAIGNS)
RUN_CAMPAIGNS = Right(
    "chargeports.run_campaigns", _("Ask many stations at once, with the right to each command besides"), _CAMPAIGNS
)
VIEW_TEMPLATES = Right(
    "chargeports.view_templates", _("See configuration templates and what deviates from them"), _CAMPAIGNS
)
CHANGE_TEMPLATES = Right("chargeports.change_templates", _("Keep and assign configuration templates"), _CAMPAIGNS)
VIEW_SECURITY = Right("chargeports.view_security", _("See certificates and security events of stations"), _CHARGE_PORTS)
CHANGE_CERTIFICATES = Right(
    "chargeports.change_certificates", _("Install, delete, hand over and revoke certificates of stations"), _CONTROL
)
KEEP_AUTHORITY = Right(
    "chargeports.keep_authority",
    _("Make and retire the organisation's certificate authority"),
    _CHARGE_PORTS,
    "administrator",
)

RIGHTS = (
    VIEW_SECURITY,
    CHANGE_CERTIFICATES,
    KEEP_AUTHORITY,
    VIEW_PORTS,
    VIEW_PORT_CONFIGURATION,
    VIEW_PORT_DEVICES,
    CHANGE_PORTS,
    VIEW_CONFIGURATION,
    VIEW_ERRORS,
    CHANGE_CONFIGURATION_KEYS,
    WRITE_NOTES,
    CHANGE_ERROR_CODES,
    VIEW_COMMANDS,
    CONTROL_CHARGING,
    RESET,
    CHANGE_AVAILABILITY,
    CHANGE_CONFIGURATION,
    SERVICE_COMMANDS,
    VIEW_DIAGNOSTICS,
    VIEW_FIRMWARE,
    CHANGE_FIRMWARE,
    GET_DIAGNOSTICS,
    UPDATE_FIRMWARE,
    VIEW_PROFILES,
    CHANGE_PROFILES,
    LIMIT_CHARGING,
    VIEW_MAINTENANCE,
    CHANGE_MAINTENANCE,
    VIEW_RESERVATIONS,
    VIEW_CAMPAIGNS,
    RUN_CAMPAIGNS,
    VIEW_TEMPLATES,
    CHANGE_TEMPLATES,
)

CAMPAIGNS = Feature(
    "campaigns",
    _CAMPAIGNS,
    _("Commands and firmware for many stations at once; what their settings shall be, and where they deviate."),
)

FEATURES = (CAMPAIGNS,)
