"""Whether the servers that the environment names can be used: asked at a start, where the reason can still be said."""

import psycopg
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from redis import Redis
from redis.exceptions import RedisError

PATIENCE_S = 5
OLDEST_POSTGRES = 15


class Unusable(CommandError):
    """A server that cannot be used; the message says which variable leads there, and why it fails."""


def check_servers() -> None:
    """Raise Unusable, within seconds, where PostgreSQL or Redis do not answer or are too old."""
    _check_postgres()
    _check_redis()


def _check_postgres() -> None:
    try:
        with psycopg.connect(**connection.get_connection_params() | {"connect_timeout": PATIENCE_S}) as found:
            version = found.info.server_version // 10_000
    except psycopg.Error as error:
        raise Unusable(f"PostgreSQL cannot be used (DATABASE_URL): {error}") from None
    if version < OLDEST_POSTGRES:
        raise Unusable(f"PostgreSQL {OLDEST_POSTGRES} or later is needed (DATABASE_URL); this is {version}.")


def _check_redis() -> None:
    try:
        with Redis.from_url(settings.REDIS_URL, socket_connect_timeout=PATIENCE_S, socket_timeout=PATIENCE_S) as redis:
            redis.ping()
    except (RedisError, ValueError) as error:
        raise Unusable(f"Redis cannot be used (REDIS_URL): {error}") from None
