from django.utils.translation import gettext_lazy as _

from common.rights import Feature, Right

_COMMUNICATION = _("Communication")

VIEW_LOG = Right("ocpp_gateway.view_log", _("See the readable log"), _COMMUNICATION)
VIEW_MESSAGES = Right("ocpp_gateway.view_messages", _("See communication logs"), _COMMUNICATION)
EXPORT_MESSAGES = Right("ocpp_gateway.export_messages", _("Export communication logs"), _COMMUNICATION)
VIEW_CONNECTIONS = Right("ocpp_gateway.view_connections", _("See the connection history"), _COMMUNICATION)
VIEW_UNKNOWN = Right("ocpp_gateway.view_unknown", _("See unknown stations"), _COMMUNICATION)
ADOPT = Right("ocpp_gateway.adopt", _("Adopt unknown stations"), _COMMUNICATION)
CHANGE_CREDENTIALS = Right("ocpp_gateway.change_credentials", _("Make new station passwords"), _COMMUNICATION)

RIGHTS = (VIEW_LOG, VIEW_MESSAGES, EXPORT_MESSAGES, VIEW_CONNECTIONS, VIEW_UNKNOWN, ADOPT, CHANGE_CREDENTIALS)

COMMUNICATION = Feature(
    "communication",
    _("Communication"),
    _("Communication logs and connection history of stations on the websocket broker."),
)

FEATURES = (COMMUNICATION,)
