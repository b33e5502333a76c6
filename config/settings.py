"""Django settings. Runs with no environment at all; every variable is described in docs/configuration.md."""

import sys
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from config import env, wiring

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("DATA_DIR") or BASE_DIR / ".data")

# --- who we are
SECRET_KEY = env.secret_key(DATA_DIR)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS", [])
DEBUG = env.flag("DEBUG")
BASE_URL = env.text("BASE_URL", "http://localhost:8000").rstrip("/")
HTTPS = BASE_URL.startswith("https://")
ALLOWED_HOSTS = env.words(
    "ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]", str(urlsplit(BASE_URL).hostname)]
)
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", [BASE_URL])
# How many proxies in front of us write X-Forwarded-For; 0 trusts none of it.
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "config.apps.PorchlightAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "anymail",
    "csp",
    "django_q",
    "customers",
    "tracking",
    "returns",
    "engagement",
]

MIDDLEWARE = [
    # What adds headers comes first: static files and refusals carry them, too.
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.middleware.PlainRequests",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- data
DATABASES = {"default": env.database(env.text("DATABASE_URL"), DATA_DIR)}
DATA_DIR.mkdir(parents=True, exist_ok=True)
MEDIA_ROOT = Path(env.text("MEDIA_ROOT") or DATA_DIR / "media")
# Files that staff import: where they are kept (never served), how large one may be, and for how long it and
# the rows it refused are kept.
IMPORT_DIR = DATA_DIR / "imports"
IMPORT_MAX_BYTES = env.number("IMPORT_MAX_MB", 500) * 1024 * 1024
IMPORT_KEEP_DAYS = env.number("IMPORT_KEEP_DAYS", 30)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # a webhook body; larger ones are refused with 413

# --- people
AUTH_USER_MODEL = "customers.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account_orders"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
# A code, no link: letters are asked for under any host name a request may carry.
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_FORMS = {"signup": "customers.forms.SignupForm"}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
SESSION_ENGINE = "config.sessions"
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "config.views.csrf_failure"
# Shared by all web processes, so that allauth's limits hold; Redis where there is one.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": env.text("REDIS_URL")}
    if env.text("REDIS_URL")
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "django_cache"},
    # django-q2 notes its heartbeat twice a second: not a write to the database each time.
    "heartbeat": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

# --- words
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français")]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = ["config.formats"]

# --- pages
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT") or DATA_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
# Hashed names once `collectstatic` has run; straight from the source folders before that.
_collected = (STATIC_ROOT / "staticfiles.json").exists() and "collectstatic" not in sys.argv
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_USE_FINDERS = not _collected
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if _collected or "collectstatic" in sys.argv
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "https:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_SSL_REDIRECT = HTTPS and env.flag("SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
# How a guest gets in: "view" opens the limited page at once, "link_only" always answers with an e-mail.
GUEST_LOOKUP = env.text("GUEST_LOOKUP", "view")

# --- API
API_RATE = env.number("API_RATE", 600)  # requests of one key in a minute
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["customers.api.auth.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["customers.api.auth.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["customers.api.auth.KeyRate"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "customers.api.pages.Cursor",
    "DEFAULT_SCHEMA_CLASS": "customers.api.schema.Schema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "customers.api.errors.problem",
    "NUM_PROXIES": TRUSTED_PROXIES,
    "UNAUTHENTICATED_USER": None,
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Porchlight API",
    "DESCRIPTION": "Orders, parcels and returns of the shops this installation serves. Send your key as "
    "`Authorization: Bearer <key>`. Money is integer minor units, times are ISO 8601 with their offset, "
    "failures are RFC 9457 problems.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVERS": [{"url": BASE_URL}],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SORT_OPERATIONS": False,
    "ENFORCE_NON_BLANK_FIELDS": True,
    "TAGS": [
        {"name": "Orders", "description": "What was bought."},
        {"name": "Parcels", "description": "Where it is."},
        {"name": "Returns", "description": "What comes back, and what is given for it."},
        {"name": "Segments", "description": "Groups of customers, by rule or as lists you keep."},
        {"name": "Journeys", "description": "Conversations that run by themselves, and who is where."},
        {"name": "Events", "description": "What happens in your own systems."},
    ],
    "ENUM_NAME_OVERRIDES": {
        "ParcelStatus": "tracking.vocabulary.Status",
        "ParcelReason": "tracking.vocabulary.Reason",
        "OrderStatus": "tracking.models.orders.Order.Status",
        "ReturnState": "returns.vocabulary.State",
        "ReturnSource": "returns.models.returns.Return.Source",
        "ReturnKind": "returns.vocabulary.Kind",
        "ReturnReason": "returns.vocabulary.Reason",
        "ReturnOutcome": "returns.vocabulary.Outcome",
        "ReturnMethod": "returns.vocabulary.Method",
        "UnitCondition": "returns.vocabulary.Condition",
        "UnitDisposition": "returns.vocabulary.Disposition",
        "UnitStage": "returns.models.returns.ReturnUnit.Stage",
        "RefundState": "returns.models.money.Refund.State",
        "RefundProvider": "returns.models.money.Refund.Provider",
        "ExchangeState": "returns.models.exchanges.Exchange.State",
        "JourneyState": "engagement.models.journeys.Journey.State",
        "EnrolmentState": "engagement.models.journeys.Enrolment.State",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "customers.api.schema.finish",
        "tracking.api.parcels.bound_scans",
    ],
}

# --- mail
# The demo's mailbox is a folder; a real installation names an SMTP server or an anymail backend.
MAILBOX_DIR = DATA_DIR / "mailbox"
DEMO = env.flag("DEMO")
EMAIL_BACKEND = env.text(
    "EMAIL_BACKEND",
    "django.core.mail.backends.smtp.EmailBackend"
    if env.text("EMAIL_HOST")
    else "engagement.channels.mailbox.MailboxBackend",
)
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS")
EMAIL_USE_SSL = env.flag("EMAIL_USE_SSL")
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Porchlight <orders@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
ANYMAIL = env.settings_with_prefix("ANYMAIL_")

# --- text messages, browsers and replies (docs/channels.md)
SMS_PROVIDER = env.text("SMS_PROVIDER", "console" if DEMO else "")  # a code of wiring.SMS, '' for none
SMS_FROM = env.text("SMS_FROM")
SMS_ACCOUNT = env.text("SMS_ACCOUNT")
SMS_SECRET = env.text("SMS_SECRET")
SMS_SIGNING_SECRET = env.text("SMS_SIGNING_SECRET")
# Parts of text messages a store may send in a day: what "SMS pumping" can cost at most.
SMS_PER_DAY = env.number("SMS_PER_DAY", 2000)
REPLY_DOMAIN = env.text("REPLY_DOMAIN")
VAPID_PRIVATE_KEY = env.text("VAPID_PRIVATE_KEY")
VAPID_CONTACT = env.text("VAPID_CONTACT")

# --- profiles (docs/profiles.md): what a loyalty tier takes in twelve months, lowest first
LOYALTY_TIERS = env.table(
    "LOYALTY_TIERS", {"bronze": {"orders": 2}, "silver": {"orders": 4}, "gold": {"orders": 8}}
)

# --- rules of sending (docs/sending.md); hours are the reader's own
MARKETING_GAP_HOURS = env.number("MARKETING_GAP_HOURS", 16)  # one marketing message in so many hours; 0: any
MARKETING_PER_WEEK = env.number("MARKETING_PER_WEEK", 3)  # and so many in seven days; 0: any number
QUIET_FROM = env.number("QUIET_FROM", 21)  # SMS and push wait from this hour …
QUIET_TO = env.number("QUIET_TO", 8)  # … to this one; both the same: never
# What providers take: {"email": 50, "sms": 1} are messages a second, over all workers together.
SEND_RATE = env.table("SEND_RATE", {})

# --- plug-ins
SHOPS = wiring.SHOPS
SHOP_CLIENTS = wiring.SHOP_CLIENTS
STORE_TOOLS = wiring.STORE_TOOLS
LABELS = wiring.LABELS
CARRIERS = wiring.CARRIERS
CHANNELS = wiring.CHANNELS
SMS = wiring.SMS
INBOUND_READERS = wiring.INBOUND_READERS
REFUNDERS = wiring.REFUNDERS
MONEY_BESIDE = wiring.MONEY_BESIDE
BESIDE_ORDER = wiring.BESIDE_ORDER
PAYMENTS = wiring.PAYMENTS
EVENT_HANDLERS = wiring.EVENT_HANDLERS
WORK = wiring.WORK
AT_ONCE = wiring.AT_ONCE
SCHEDULES = wiring.SCHEDULES
PERSONAL_DATA = wiring.PERSONAL_DATA
# The sandbox carrier's clock: 600 lets ten hours of parcel life pass in a minute.
SANDBOX_SPEED = env.number("SANDBOX_SPEED", 1)

# --- work in the background
# django-q2 only ticks: truth and attempts live in our rows (see docs/architecture.md). A job is a kind of
# work, so
# losing or repeating one changes nothing.
Q_CLUSTER = {
    "name": "porchlight",
    "workers": env.number("WORKERS", 2),
    "timeout": 120,
    "retry": 600,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": 50,
    "queue_limit": 20,
    "bulk": 1,
    "poll": 0.1,  # seconds; a mail is sent within 250 ms of the fact (bench/latency.py)
    "catch_up": False,
    "cache": "heartbeat",
    "label": "Background work",
}
if env.text("Q_BROKER") == "redis":
    Q_CLUSTER["redis"] = env.text("REDIS_URL", "redis://localhost:6379/0")
else:
    Q_CLUSTER["orm"] = "default"

# --- logs
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"without_tokens": {"()": "config.logs.WithoutTokens"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_tokens"]}
    },
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {"django-q": {"handlers": ["console"], "level": "WARNING", "propagate": False}},
}
