"""Settings of the project. Every value that a ministry may change is read here, from the environment or `.env`."""

from datetime import date, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from tracker import logs

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")


def _date(name: str) -> date | None:
    """Read an ISO date from the environment; an empty value means that none is set."""
    text = env.str(name, default="")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a date such as 2024-12-28, not {text!r}.") from error


def _secret(name: str) -> str:
    """Read a secret from the environment, or from the file that NAME_FILE names; never from both."""
    file, text = env.str(f"{name}_FILE", default=""), env.str(name, default="")
    if file and text:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
    try:
        return Path(file).read_text(encoding="utf-8").strip() if file else text
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error}.") from error


def _documents(address: str, folder: Path) -> dict[str, Any]:
    """Return the storage of documents: a folder, or s3://bucket/prefix, reached by the usual AWS_* variables."""
    if not address:
        return {"BACKEND": "agreements.documents.storage.Folder", "OPTIONS": {"location": folder}}
    bucket, _slash, prefix = address.removeprefix("s3://").partition("/")
    if not address.startswith("s3://") or not bucket:
        raise ImproperlyConfigured(f"DOCUMENTS_STORAGE must be empty or such as s3://bucket/prefix, not {address!r}.")
    # Servers of one's own, such as MinIO, know buckets as paths, not as hosts.
    own = env.str("AWS_ENDPOINT_URL_S3", default="") or env.str("AWS_ENDPOINT_URL", default="")
    options = {"bucket_name": bucket, "location": prefix, "default_acl": None}
    return {
        "BACKEND": "agreements.documents.s3.Bucket",
        "OPTIONS": options | ({"addressing_style": "path"} if own else {}),
    }


def _network(name: str, text: str) -> IPv4Network | IPv6Network:
    """Read a network such as 10.20.0.0/16."""
    try:
        return ip_network(text.strip())
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must name networks as 10.20.0.0/16, not {text!r}.") from error


def _proxies() -> list[str]:
    """Read the networks of proxies; the word unix stands for a socket."""
    told = [text.strip() for text in env.list("PROXIES", default=[])]
    return [text if text == "unix" else str(_network("PROXIES", text)) for text in told]


def _oidc() -> dict[str, Any] | None:
    """Read the sign-in service of OIDC_*; its secret from the environment or from a file."""
    issuer = env.str("OIDC_ISSUER", default="")
    if not issuer:
        return None
    if not issuer.startswith("https://") and not env.bool("DEBUG", default=False):
        raise ImproperlyConfigured(f"OIDC_ISSUER must begin with https://, not {issuer!r}.")
    told = {"client_id": env.str("OIDC_CLIENT_ID", default=""), "secret": _secret("OIDC_CLIENT_SECRET")}
    if not all(told.values()):
        raise ImproperlyConfigured("With OIDC_ISSUER set OIDC_CLIENT_ID, and OIDC_CLIENT_SECRET or its _FILE, too.")
    return told | {
        "issuer": issuer,
        "name": env.str("OIDC_NAME", default=""),
        "claim": env.str("OIDC_USERNAME_CLAIM", default="preferred_username"),
        "create": env.bool("OIDC_CREATE_ACCOUNTS", default=False),
        "second_factor": env.bool("OIDC_SECOND_FACTOR", default=False),
    }


def _one_of(name: str, *values: str) -> str:
    """Read one of a few words, by default the first."""
    text = env.str(name, default="") or values[0]
    if text not in values:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(values)}, not {text!r}.")
    return text


def _listed(file: str) -> list[dict[str, Any]]:
    """Return what refuses the passwords of a list of the ministry's own, one a line in small letters, plain or .gz."""
    if not file:
        return []
    if not Path(file).is_file():
        raise ImproperlyConfigured(f"PASSWORD_LIST_FILE names no file: {file!r}.")
    name = "django.contrib.auth.password_validation.CommonPasswordValidator"
    return [{"NAME": name, "OPTIONS": {"password_list_path": file}}]


def _at_least(name: str, least: int, *, default: int) -> int:
    """Read a number that must not be smaller than makes sense."""
    number = env.int(name, default=default)
    if number < least:
        raise ImproperlyConfigured(f"{name} must be {least} or more, not {number}.")
    return number


# ---- core ----
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = _secret("SECRET_KEY")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "Set SECRET_KEY (or SECRET_KEY_FILE) to a long random text, or DEBUG=1 on your own machine."
        )
    SECRET_KEY = "only-for-a-machine-of-ones-own-" + "0" * 40
#: Keys that were in use before: what was signed or sealed with them is still read.
SECRET_KEY_FALLBACKS = [key for key in _secret("SECRET_KEY_FALLBACKS").replace("\n", ",").split(",") if key.strip()]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# ---- the ministry ----
OWN_SIDE = env.str("PACTA_OWN_SIDE", default="KZ")
PACTA_TODAY = _date("PACTA_TODAY")
PROCEDURES_DIR = env.str("PROCEDURES_DIR", default="")
CALENDARS_DIR = env.str("CALENDARS_DIR", default="")
#: The rules of what is let go after its time, where the ministry has its own; and whether `tick` lets it go.
RETENTION_FILE = env.str("RETENTION_FILE", default="")
RETENTION = env.bool("PACTA_RETENTION", default=False)
#: Who is reminded of what, and when, where the ministry has its own steps.
REMINDERS_FILE = env.str("REMINDERS_FILE", default="")
TIME_ZONE = env.str("TIME_ZONE", default="Asia/Almaty")
USE_TZ = True

INSTALLED_APPS = [
    "tracker.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_tasks",
    "django_tasks_db",
    "axes",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "agreements",
]

MIDDLEWARE = [
    "agreements.views.headers.Headers",
    "agreements.views.headers.ContentPolicy",
    "agreements.views.middleware.RequestId",
    "agreements.views.middleware.Watched",
    "agreements.views.middleware.FromReplicas",
    "agreements.views.middleware.Busy",
    "django.middleware.security.SecurityMiddleware",
    "agreements.api.encrypted.Encrypted",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "agreements.views.middleware.SignedIn",
    "agreements.views.middleware.Reading",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "agreements.views.middleware.Entrance",
    "axes.middleware.AxesMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "agreements.views.middleware.Demonstration",
]

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "agreements.accounts.Accounts"]
ROOT_URLCONF = "tracker.urls"
WSGI_APPLICATION = "tracker.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "agreements.views.templating.Templates",
        "NAME": "django",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "agreements.views.frame.frame",
            ],
        },
    },
]

# ---- database ----
_SQLITE = f"sqlite:///{VAR_DIR / 'db.sqlite3'}"
DATABASES = {"default": env.db_url_config(_secret("DATABASE_URL") or _SQLITE)}
_db = DATABASES["default"]
if _db["ENGINE"].endswith("sqlite3"):
    VAR_DIR.mkdir(exist_ok=True)
    # IMMEDIATE takes the write lock when the transaction begins: SQLite has no row locks, and a
    # transaction that reads first and writes later would otherwise fail or lose a race.
    _db["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # What is written goes from the log into the file by 16 MB, not by 4: a page that is written again and again, as
        # the last ones of indexes are, goes there once. What REPLACE removes is deleted for triggers, too.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
        "PRAGMA wal_autocheckpoint=4000; PRAGMA recursive_triggers=ON;",
    }
    # A new connection reads the whole schema again, which takes longer than most pages do.
    _db["CONN_MAX_AGE"] = 60
else:
    _db["CONN_MAX_AGE"] = 0
    # DATABASE_POOL=0 turns the pool off: where another program pools, and in tests.
    _pool = env.int("DATABASE_POOL", default=8)
    #: On connections that are kept, the server keeps queries parsed that are asked again (decision 17).
    _kept = {"prepare_threshold": 0} if _pool else {}
    _db["OPTIONS"] = _kept | _db.get("OPTIONS", {})
    _db["OPTIONS"]["pool"] = {"min_size": 1, "max_size": _pool, "timeout": 10} if _pool else False
#: Databases that follow the first one, which what only reads may read from (`agreements.replicas`).
REPLICAS = [f"replica{number}" for number, _address in enumerate(_secret("REPLICA_URL").split(), 1)]
if REPLICAS:
    if not _db["ENGINE"].endswith("postgresql"):
        raise ImproperlyConfigured("REPLICA_URL names replicas of PostgreSQL, and DATABASE_URL names none.")
    for _alias, _address in zip(REPLICAS, _secret("REPLICA_URL").split(), strict=True):
        DATABASES[_alias] = env.db_url_config(_address) | {"CONN_MAX_AGE": 0}
        # Who does not answer at once is left alone: the primary does.
        _pooled = {"min_size": 1, "max_size": _pool, "timeout": 2} if _pool else False
        _told = {"connect_timeout": 2} | _kept | DATABASES[_alias].get("OPTIONS", {})
        DATABASES[_alias]["OPTIONS"] = _told | {"pool": _pooled}
    DATABASE_ROUTERS = ["agreements.replicas.Router"]
#: After so many seconds PostgreSQL ends a statement of a request, its waiting for a lock, and a transaction in which
#: nothing is asked; 0: never. Commands have no limits (`tracker.limits`).
STATEMENT_SECONDS = _at_least("DATABASE_STATEMENT_SECONDS", 0, default=30)
LOCK_SECONDS = _at_least("DATABASE_LOCK_SECONDS", 0, default=10)
IDLE_SECONDS = _at_least("DATABASE_IDLE_SECONDS", 0, default=60)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---- people ----
AUTH_USER_MODEL = "agreements.User"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "desk"
LOGOUT_REDIRECT_URL = "sign-in"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
#: Words that a password must not be made of; PASSWORD_WORDS adds to them, such as the name of the ministry.
PASSWORD_WORDS = [
    *("pacta", "password", "treaty", "treaties", "agreement", "ministry", "foreign", "affairs", "mfa", "kazakhstan"),
    *("astana", "welcome", "qwerty", "admin", "пароль", "договор", "соглашение", "министерство", "мид", "казахстан"),
    *("астана", "құпиясөз", "шарт", "келісім", "министрлігі", "қазақстан"),
    *(word.strip() for word in env.list("PASSWORD_WORDS", default=[]) if word.strip()),
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "agreements.entrance.passwords.WordsOfTheHouse"},
    *_listed(env.str("PASSWORD_LIST_FILE", default="")),
]

# ---- signing in ----
#: Of whom a second factor is demanded.
SECOND_FACTOR = _one_of("PACTA_SECOND_FACTOR", "none", "writers", "all")
#: The networks of the proxies in front whose X-Forwarded-For is believed; `unix`: one that speaks through a socket.
PROXIES = _proxies()
ACCOUNT_ADAPTER = "agreements.entrance.adapters.Account"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_FORMS = {"user_token": "agreements.entrance_forms.LinkForm"}
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
#: So many seconds the link of a mail by which a forgotten password is set anew is good for (ASVS 6.5.5).
PASSWORD_RESET_TIMEOUT = 600
#: A session ends so long after the sign-in, and when it was not used for so long.
SESSION_LONGEST = timedelta(hours=_at_least("SESSION_HOURS", 1, default=12))
SESSION_IDLE = timedelta(minutes=_at_least("SESSION_IDLE_MINUTES", 10, default=60))
SESSION_COOKIE_AGE = int(SESSION_LONGEST.total_seconds())
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_REAUTHENTICATION_METHODS = ["password", "mfa"]
# They are counted in a cache, and processes may share none: failures are counted in the database.
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
MFA_ADAPTER = "agreements.entrance.adapters.Factors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Pacta"
MFA_TOTP_TOLERANCE = 1
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
USERSESSIONS_TRACK_ACTIVITY = False
#: So many failed attempts lock a user name out on a machine, for so many minutes.
AXES_FAILURE_LIMIT = env.int("LOCKOUT_FAILURES", default=5)
AXES_COOLOFF_TIME = timedelta(minutes=env.int("LOCKOUT_MINUTES", default=15))
#: So many failed attempts from one machine, under whatever names, close the sign-in there.
LOCKOUT_MACHINE_FAILURES = _at_least("LOCKOUT_MACHINE_FAILURES", 1, default=50)
AXES_LOCKOUT_PARAMETERS = "agreements.entrance.lockout.counted_by"
AXES_LOCKOUT_CALLABLE = "agreements.views.entrance.locked_out"
AXES_CLIENT_IP_CALLABLE = "agreements.addresses.machine_of"
AXES_RESET_ON_SUCCESS = True
# What is tried meanwhile does not prolong it: one is told when to come back.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
# The journal of sign-ins says it all; what was sent is not kept.
AXES_DISABLE_ACCESS_LOG, AXES_ENABLE_ADMIN, AXES_VERBOSE = True, False, False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken", "code", "next", "old", "new", "again"]
#: The ministry's sign-in service; None where there is none.
OIDC = _oidc()
SOCIALACCOUNT_ADAPTER = "agreements.entrance.oidc.Federated"
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
#: For so many days the journal of sign-ins is kept.
SIGN_IN_JOURNAL_DAYS = env.int("SIGN_IN_JOURNAL_DAYS", default=365)

# ---- languages ----
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ru", _("Russian")), ("kk", _("Kazakh"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["tracker.formats"]

# ---- files ----
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
#: Files of pages are for our own pages.
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Files of documents stand outside the web root and have no address of their own: Pacta serves them to who may see them.
DOCUMENT_MAX_MB = env.int("DOCUMENT_MAX_MB", default=250)
DOCUMENTS_DIR = Path(env.str("DOCUMENTS_DIR", default="") or VAR_DIR / "documents")
DOCUMENTS_STORAGE = env.str("DOCUMENTS_STORAGE", default="")
STORAGES["documents"] = _documents(DOCUMENTS_STORAGE, DOCUMENTS_DIR)
# Built reports likewise; they are kept for a month.
REPORTS_DIR = Path(env.str("REPORTS_DIR", default="") or VAR_DIR / "reports")
STORAGES["reports"] = _documents(env.str("REPORTS_STORAGE", default=""), REPORTS_DIR)

# ---- in the background, and by mail ----
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
#: The address of Pacta for links in mails, such as https://pacta.example.
PACTA_URL = env.str("PACTA_URL", default="")
#: The highest level of confidentiality of what is attached to a mail.
MAIL_LEVEL = env.str("MAIL_LEVEL", default="internal")
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="pacta@localhost")
_MAIL_URL = _secret("MAIL_URL")
vars().update(env.email_url_config(_MAIL_URL or ("consolemail://" if DEBUG else "smtp://localhost:25")))
#: Whether who has forgotten his password is sent a link: only where a mail server is named, and it is wanted.
PASSWORD_BY_MAIL = bool(_MAIL_URL) and env.bool("PASSWORD_BY_MAIL", default=True)

# ---- webhooks ----
#: The highest level of confidentiality of what is sent to webhooks.
WEBHOOK_LEVEL = env.str("WEBHOOK_LEVEL", default="internal")
#: The hosts that webhooks may call, such as systems.example or .gov.example; empty: any.
WEBHOOK_HOSTS = env.list("WEBHOOK_HOSTS", default=[])
#: Networks inside that webhooks may call nevertheless, such as 10.20.0.0/16.
WEBHOOK_NETWORKS = [str(_network("WEBHOOK_NETWORKS", text)) for text in env.list("WEBHOOK_NETWORKS", default=[])]
#: Without encryption on one's own machine only.
WEBHOOK_HTTP = DEBUG

# ---- API ----
#: So many requests a minute may come under one token; 0: any number.
API_RATE = env.int("API_RATE", default=600)
# So long a body of JSON may be: 1,000 agreements at once.
API_MAX_BYTES = _at_least("API_MAX_MB", 1, default=5) * 1_000_000
#: Where they are counted. By default each process counts for itself.
CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "agreements.api.signing_in.ByToken",
        "agreements.api.signing_in.BySession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["agreements.api.signing_in.Pace"],
    "DEFAULT_RENDERER_CLASSES": ["agreements.api.rendering.Json"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "agreements.api.pagination.Cursor",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "agreements.api.problems.handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Pacta",
    "DESCRIPTION": "International agreements from proposal to signing, entry into force and end.",
    "VERSION": "1",
    "LICENSE": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
    "OAS_VERSION": "3.1.1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "agreements.api.schema.finishing.finish",
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# ---- security ----
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = env.bool("SECURE_COOKIES", default=not DEBUG)
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
#: Under this beginning a browser takes a cookie from the host itself over HTTPS, and from no neighbour of its domain.
COOKIE_PREFIX = "__Host-" if SESSION_COOKIE_SECURE else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}django_language"
#: What is said once after an act stands with the session: it may name a record, and a cookie is kept by the browser.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=not DEBUG)
# Programs are not led on: what they sent in the clear must not look as if it had gone well.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$", r"^api/v1/", r"^calendar/[^/]+\.ics$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=0 if DEBUG else 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# ---- watching ----
#: Everything can be read then and nothing is written: for maintenance, and for a copy that must stay as it is.
READ_ONLY = env.bool("PACTA_READ_ONLY", default=False)
#: Whether everybody reads the public treaties in force at /register/; so many requests a minute come from one machine.
PUBLIC_REGISTER = env.bool("PACTA_PUBLIC_REGISTER", default=False)
PUBLIC_REGISTER_RATE = env.int("PACTA_PUBLIC_REGISTER_RATE", default=60)
#: What a monitoring system sends to read /metrics; where none is set, there is no such page.
METRICS_TOKEN = _secret("METRICS_TOKEN")
LOGGING = logs.configuration(form=env.str("LOG_FORMAT", default="line"), level=env.str("LOG_LEVEL", default="INFO"))
