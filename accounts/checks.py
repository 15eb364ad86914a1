"""What must hold before the portal runs in production."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error
from django.db import connection


def no_demo_accounts(
    *, app_configs: Any = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Refuse production on a database with demo accounts (`manage.py check --database default`, and `migrate`)."""
    users = get_user_model()
    if not (settings.PRODUCTION and databases and users._meta.db_table in connection.introspection.table_names()):
        return []
    if not users._base_manager.filter(is_demo=True).exists():
        return []
    return [
        Error(
            "The database holds demo accounts, whose passwords everybody knows.",
            hint="Use a database without demo data for production.",
            id="accounts.E001",
        )
    ]
