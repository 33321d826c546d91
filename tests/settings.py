"""Settings of the tests: those of the project in a fixed environment, whatever the shell or `.env` says.

Only DATABASE_URL is taken from the shell (`python -m tests.postgres` sets it). Tests look at 28 December 2024, the day
of the sample portfolio, so that they mean the same every day.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

os.environ.update(
    DEBUG="0",
    SECRET_KEY="only-for-the-tests-" + "0" * 40,
    ALLOWED_HOSTS="testserver,127.0.0.1,localhost",
    PACTA_TODAY="2024-12-28",
    PACTA_OWN_SIDE="KZ",
    PROCEDURES_DIR="",
    CALENDARS_DIR="",
    TIME_ZONE="Asia/Almaty",
    DATABASE_POOL="0",
    REPLICA_URL="",
    SECURE_COOKIES="0",
    SECURE_SSL_REDIRECT="0",
    LOG_LEVEL="WARNING",
    DOCUMENTS_DIR=tempfile.mkdtemp(prefix="pacta-documents-"),
    DOCUMENTS_STORAGE="",
    REPORTS_DIR=tempfile.mkdtemp(prefix="pacta-reports-"),
    REPORTS_STORAGE="",
    PACTA_URL="",
    REMINDERS_FILE="",
    MAIL_LEVEL="internal",
    WEBHOOK_LEVEL="internal",
    WEBHOOK_HOSTS="",
    WEBHOOK_NETWORKS="",
    API_RATE="0",
    PACTA_READ_ONLY="0",
    PACTA_PUBLIC_REGISTER="0",
    PACTA_PUBLIC_REGISTER_RATE="0",
    LOG_FORMAT="line",
    CACHE_URL="locmemcache://",
    MAIL_URL="smtp://localhost:25",
    PASSWORD_BY_MAIL="1",
    PASSWORD_WORDS="",
    PASSWORD_LIST_FILE="",
    SESSION_HOURS="12",
    SESSION_IDLE_MINUTES="60",
    LOCKOUT_MACHINE_FAILURES="50",
    DOCUMENT_MAX_MB="250",
    API_MAX_MB="5",
    PACTA_SECOND_FACTOR="none",
    PROXIES="",
    OIDC_ISSUER="",
    LOCKOUT_FAILURES="5",
    LOCKOUT_MINUTES="15",
    SIGN_IN_JOURNAL_DAYS="365",
)
os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(__file__).resolve().parent.parent / 'var' / 'db.sqlite3'}")

from agreements.background import LIBRARY
from tests.strict import UnknownVariable
from tracker.settings import *  # noqa: F403
from tracker.settings import DATABASES, DOCUMENTS_DIR, REPORTS_DIR, STORAGES, TEMPLATES, VAR_DIR

for _folder in (DOCUMENTS_DIR, REPORTS_DIR):
    atexit.register(shutil.rmtree, _folder, ignore_errors=True)
TASKS = {"default": {"BACKEND": f"{LIBRARY}.backends.immediate.ImmediateBackend"}}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads that write at the same time need connections of their own.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / f"test-{os.getpid()}.sqlite3")}
    if not os.environ.get("PACTA_TEST_DURABLE"):
        options: dict[str, str] = DATABASES["default"]["OPTIONS"]
        options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
else:
    # As where connections are kept.
    DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 0

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
_engine: dict[str, Any] = TEMPLATES[0]
_engine["OPTIONS"]["string_if_invalid"] = UnknownVariable()
