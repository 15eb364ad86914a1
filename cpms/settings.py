"""Everything configurable comes from the environment; `.env.example` documents each variable."""

import sys
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from common.tiles import tile_servers
from cpms.environment import Env

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()
HTTP, PORTS = ("http", "https"), 65535
Env.read_env(BASE_DIR / ".env")

# --- Mode ---------------------------------------------------------------------------------------------------------
INSECURE_SECRET_KEY = "insecure-key-for-demo-and-development-only"  # noqa: S105
PRODUCTION = env.bool("CPMS_PRODUCTION", default=False)
DEBUG = env.bool("CPMS_DEBUG", default=False)
DEMO = env.bool("CPMS_DEMO", default=not PRODUCTION)
SECRET_KEY = env("CPMS_SECRET_KEY", default=INSECURE_SECRET_KEY)
SECRET_KEY_FALLBACKS = env.list("CPMS_SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("CPMS_ALLOWED_HOSTS", default=[] if PRODUCTION else ["*"])
CSRF_TRUSTED_ORIGINS = env.list("CPMS_TRUSTED_ORIGINS", default=[])
# The address under which people and chargers reach the portal, for links in mails and the printed websocket address.
PUBLIC_URL = env.address(
    "CPMS_PUBLIC_URL", f"http://localhost:{env.amount('PORT', 8000, 1, PORTS)}", "https://portal.example.com", *HTTP
)
# Where chargers reach the gateway, as pages show it; the proxy may have another port for them.
GATEWAY_URL = env.address(
    "CPMS_GATEWAY_URL", PUBLIC_URL.replace("http", "ws", 1), "wss://ocpp.example.com:8443", "ws", "wss"
)

if PRODUCTION:
    problems = []
    if SECRET_KEY == INSECURE_SECRET_KEY or len(SECRET_KEY) < 40:
        problems.append("CPMS_SECRET_KEY must be set to a secret of at least 40 characters")
    if DEBUG:
        problems.append("CPMS_DEBUG must be off")
    if DEMO:
        problems.append("CPMS_DEMO must be off")
    if not ALLOWED_HOSTS:
        problems.append("CPMS_ALLOWED_HOSTS must name the hosts that the portal is reached by")
    if problems:
        raise ImproperlyConfigured("Production mode (CPMS_PRODUCTION=1) refused: " + "; ".join(problems) + ".")

# --- Applications -------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    # The server behind `runserver` only: importing it costs every other process a second.
    *(["daphne"] if "runserver" in sys.argv else []),
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "channels",
    "csp",
    "django_filters",
    "django_htmx",
    "common",
    "accounts",
    "stations",
    "chargeports",
    "charging",
    "tickets",
    "ocpp_gateway",
    "cpms",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "cpms.static_files.StaticFilesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SeenMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.OrganisationMiddleware",
]
ROOT_URLCONF = "cpms.urls"
ASGI_APPLICATION = "cpms.asgi.application"
FORM_RENDERER = "common.forms.Renderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "cpms.context_processors.frame",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "common.templatetags.cpms"],
        },
    },
]

# --- Servers: PostgreSQL and Redis --------------------------------------------------------------------------------
env.check_url("DATABASE_URL", "postgres://user:password@host:5432/cpms", "postgres", "postgresql")
env.check_url("REDIS_URL", "redis://host:6379/0", "redis", "rediss", "unix")
DATABASES = {"default": env.db("DATABASE_URL", default="postgres:///cpms", engine="common.postgresql")}
DATABASES["default"]["CONN_MAX_AGE"] = None if env.bool("CPMS_PERSISTENT_CONNECTIONS", default=False) else 0
DATABASES["default"].setdefault("OPTIONS", {})["pool"] = (
    {"min_size": 2, "max_size": env.amount("CPMS_DATABASE_POOL", 20, 2)}
    if DATABASES["default"]["CONN_MAX_AGE"] == 0 and "pytest" not in sys.modules
    else False
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
# Kept in the database, read from the cache: every page asks for its session.
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
# An idle subscription says nothing for hours: redis-py 8 would give up after its default of five seconds.
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [{"address": REDIS_URL, "socket_timeout": 3600, "socket_connect_timeout": 5}],
            "prefix": env("CPMS_CHANNEL_PREFIX", default="cpms"),
        },
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_DEFAULT_QUEUE = env("CPMS_TASK_QUEUE", default="cpms")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 6 * 3600}

# --- People -------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.Backend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_PREVENT_ENUMERATION = True
# Nobody signs up here, so a reset for an unknown address has nothing to invite to.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/300s/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "cpms"
# Addresses are entered by administrators, and the link that opens an account was mailed there.
MFA_ALLOW_UNVERIFIED_EMAIL = True
USERSESSIONS_TRACK_ACTIVITY = True

# --- Security -----------------------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_NAME = env("CPMS_SESSION_COOKIE", default="cpms_session")
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("CPMS_HTTPS", default=PRODUCTION)
CSRF_FAILURE_VIEW = "cpms.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.amount("CPMS_HSTS_SECONDS", 31_536_000, 0)
# Maps: a tile server, e.g. https://tiles.example.com/{z}/{x}/{y}.png; without one, the outlines of countries.
MAP_TILES_URL = env.address("CPMS_MAP_TILES_URL", "", "https://tiles.example.com/{z}/{x}/{y}.png", *HTTP)
MAP_TILES_ATTRIBUTION = env("CPMS_MAP_TILES_ATTRIBUTION", default="© OpenStreetMap contributors")
# The search of a geocoder that speaks as Nominatim (…/search) or Photon (…/api) do; off without one.
GEOCODER_URL = env.address("CPMS_GEOCODER_URL", "", "https://nominatim.example.com/search", *HTTP)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *tile_servers(MAP_TILES_URL)],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
# Proxies whose forwarded headers (client address, verified client certificate) are believed.
TRUSTED_PROXIES = env.networks("CPMS_TRUSTED_PROXIES")

# --- REST API ------------------------------------------------------------------------------------------------------
API_REQUESTS_PER_MINUTE = env.amount("CPMS_API_REQUESTS_PER_MINUTE", 600)

# --- Language and time --------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "common.formats"
TIME_ZONE = env.time_zone("CPMS_TIME_ZONE", default="Europe/Berlin")
USE_I18N = USE_TZ = True

# --- Files --------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Where `collectstatic` puts the files of a production image; elsewhere they are served from where they lie.
STATIC_ROOT = env("CPMS_STATIC_ROOT", default=None)
MEDIA_ROOT = Path(env("CPMS_MEDIA_ROOT", default=str(BASE_DIR / "var" / "files")))
WHITENOISE_USE_FINDERS = not PRODUCTION
# Uploaded and made files: in a bucket of an S3-compatible store where one is named, else in the folder MEDIA_ROOT.
S3_BUCKET = env("CPMS_S3_BUCKET", default="")
S3_STORAGE = {
    "BACKEND": "storages.backends.s3.S3Storage",
    "OPTIONS": {
        "bucket_name": S3_BUCKET,
        "endpoint_url": env("CPMS_S3_ENDPOINT", default=None),
        "region_name": env("CPMS_S3_REGION", default=None),
        "access_key": env("CPMS_S3_ACCESS_KEY", default=None),
        "secret_key": env("CPMS_S3_SECRET_KEY", default=None),
        "file_overwrite": False,
    },
}
STORAGES = {
    "default": S3_STORAGE if S3_BUCKET else {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# What the files of one organisation may take together, and the command that checks each upload for malware.
FILE_QUOTA_BYTES = env.amount("CPMS_FILE_QUOTA_MB", 10_240) * 1024 * 1024
FILE_SCANNER = env("CPMS_FILE_SCANNER", default="")
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024

# --- Mail ---------------------------------------------------------------------------------------------------------
env.check_url("EMAIL_URL", "smtp+tls://user:password@mail.example.com:587", *env.EMAIL_SCHEMES)
EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
# Nobody is written to about tickets and errors more often than this; what happens meanwhile goes into one mail.
MAIL_PAUSE_S = env.amount("CPMS_MAIL_PAUSE", 300, 0)
DEFAULT_FROM_EMAIL = env("CPMS_MAIL_FROM", default="cpms <noreply@localhost>")

# --- Gateway (docs/operating.md explains each) --------------------------------------------------------------------
GATEWAY_HEARTBEAT_INTERVAL_S = env.amount("CPMS_HEARTBEAT_INTERVAL", 300)
GATEWAY_CALL_TIMEOUT_S = env.amount("CPMS_CALL_TIMEOUT", 60)
# Before the first question to a charger: after its boot was answered, and without a boot on this connection.
GATEWAY_BOOT_GRACE_S = env.float("CPMS_BOOT_GRACE", default=5)
GATEWAY_BOOT_BACKSTOP_S = env.float("CPMS_BOOT_BACKSTOP", default=60)
# A connection that broke off makes its station offline if the station is not back within this time.
GATEWAY_OFFLINE_GRACE_S = env.float("CPMS_OFFLINE_GRACE", default=60)
# Chargers that boot together are first asked for their configuration at different moments within this time.
GATEWAY_FIRST_CONTACT_SPREAD_S = env.float("CPMS_FIRST_CONTACT_SPREAD", default=30)
GATEWAY_MAX_MESSAGE_BYTES = env.amount("CPMS_MAX_MESSAGE_BYTES", 8 * 1024 * 1024, 1024)
GATEWAY_BATCH_LIMIT = env.amount("CPMS_BATCH_LIMIT", 500)
# Who shows this token may read /metrics from elsewhere than this machine.
METRICS_TOKEN = env("CPMS_METRICS_TOKEN", default="")
# Files from and to chargers: the address of the HTTP door as chargers reach it, and the FTP door (port 0: none).
TRANSFER_URL = env.address("CPMS_TRANSFER_URL", PUBLIC_URL, "https://ocpp.example.com:8443", *HTTP)
TRANSFER_MAX_BYTES = env.amount("CPMS_TRANSFER_MAX_BYTES", 256 * 1024 * 1024)
# How long after it was sent, or after its time, an address is open.
TRANSFER_PATIENCE_S = env.amount("CPMS_TRANSFER_PATIENCE", 6 * 3600)
# How long diagnostics and logs that stations sent are kept.
TRANSFER_KEPT_DAYS = env.amount("CPMS_TRANSFER_KEPT_DAYS", 180)
# The way for chargers that do not say which ones they know.
TRANSFER_FALLBACK = env.one_of("CPMS_TRANSFER_FALLBACK", "ftp", "ftp", "http", "https")
FTP_PORT = env.amount("CPMS_FTP_PORT", 2121, 0, PORTS)
FTP_PUBLIC_HOST = env("CPMS_FTP_PUBLIC_HOST", default=urlsplit(TRANSFER_URL).hostname)
FTP_PASSIVE_ADDRESS = env("CPMS_FTP_PASSIVE_ADDRESS", default="")
FTP_PASSIVE_PORTS = env("CPMS_FTP_PASSIVE_PORTS", default="")
MESSAGE_LOG_DAYS = env.amount("CPMS_MESSAGE_LOG_DAYS", 92)
# Days that a certificate of a station lasts, and how long before its end a new one is asked for.
CERTIFICATE_DAYS = env.amount("CPMS_CERTIFICATE_DAYS", 365)
CERTIFICATE_RENEWAL_DAYS = env.amount("CPMS_CERTIFICATE_RENEWAL_DAYS", 30)


# --- Webhooks -----------------------------------------------------------------------------------------------------
# Private networks that webhooks may reach, e.g. 10.20.0.0/16; targets in any other one are refused.
WEBHOOK_NETWORKS = env.networks("CPMS_WEBHOOK_NETWORKS")
WEBHOOK_TIMEOUT_S = env.float("CPMS_WEBHOOK_TIMEOUT", default=10)
WEBHOOK_GIVE_UP_S = env.amount("CPMS_WEBHOOK_GIVE_UP", 24 * 3600)
WEBHOOK_DAYS = env.amount("CPMS_WEBHOOK_DAYS", 14)
# How long a process may not know of a new target or a change of its events.
WEBHOOK_NEWS_S = env.float("CPMS_WEBHOOK_NEWS", default=5)

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # uvicorn calls every handshake that is refused by the denial response an error of the application.
    "filters": {
        "refused": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: "without completing handshake" not in record.getMessage(),
        }
    },
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.one_of("CPMS_LOG_LEVEL", "INFO", *LOG_LEVELS)},
    # uvicorn reports every handshake under this name; the connection history and the refusals hold more of it.
    "loggers": {
        "aioftp": {"level": "WARNING"},
        # Three lines for each of several tasks a second would bury the mails and what went wrong.
        **{name: {"level": "WARNING"} for name in ("celery.beat", "celery.worker.strategy", "celery.app.trace")},
        "uvicorn.error": {"level": env.one_of("CPMS_SERVER_LOG_LEVEL", "WARNING", *LOG_LEVELS), "filters": ["refused"]},
    },
}
