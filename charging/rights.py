from django.utils.translation import gettext_lazy as _

from common.rights import Right

_CHARGING = _("Charging")

VIEW_SESSIONS = Right("charging.view_sessions", _("See charging sessions"), _CHARGING)
EXPORT_SESSIONS = Right("charging.export_sessions", _("Export charging sessions"), _CHARGING)
VIEW_STATISTICS = Right("charging.view_statistics", _("See statistics"), _CHARGING)
VIEW_TOKENS = Right("charging.view_tokens", _("See id tokens and contracts"), _CHARGING)
CHANGE_TOKENS = Right("charging.change_tokens", _("Create, change and block id tokens and contracts"), _CHARGING)
VIEW_ERROR_RATE = Right("charging.view_error_rate", _("See the error rate of charging sessions"), _CHARGING)
CHANGE_FAULT_RULES = Right(
    "charging.change_fault_rules", _("Change by which rules sessions count as faulty"), _CHARGING, "administrator"
)
REVIEW_GOODWILL = Right("charging.review_goodwill", _("Review goodwill starts"), _CHARGING)
VIEW_VOUCHERS = Right("charging.view_vouchers", _("See vouchers and their codes"), _CHARGING, "operator")
CHANGE_VOUCHERS = Right("charging.change_vouchers", _("Create and revoke vouchers"), _CHARGING)

VIEW_SCHEDULED = Right("charging.view_scheduled_stops", _("See scheduled stops of charging sessions"), _CHARGING)
VIEW_TARIFFS = Right("charging.view_tariffs", _("See tariffs"), _CHARGING)
CHANGE_TARIFFS = Right("charging.change_tariffs", _("Create, change and assign tariffs"), _CHARGING)

CHANGE_CORRECTIONS = Right(
    "charging.change_corrections", _("Correct what meters of a model tell wrongly"), _CHARGING, "administrator"
)

RIGHTS = (
    CHANGE_CORRECTIONS,
    VIEW_SESSIONS,
    EXPORT_SESSIONS,
    VIEW_STATISTICS,
    VIEW_ERROR_RATE,
    CHANGE_FAULT_RULES,
    VIEW_TOKENS,
    CHANGE_TOKENS,
    REVIEW_GOODWILL,
    VIEW_VOUCHERS,
    CHANGE_VOUCHERS,
    VIEW_SCHEDULED,
    VIEW_TARIFFS,
    CHANGE_TARIFFS,
)
