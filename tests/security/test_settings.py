"""Settings: secrets from files, and clear sentences for what would leave a door open."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from tests.security.conftest import PRODUCTION
from tracker import settings as project
from tracker.checks import of_deployment

KEY = PRODUCTION["SECRET_KEY"]
SAFE: dict[str, Any] = {
    "ALLOWED_HOSTS": ["pacta.example"], "CSRF_TRUSTED_ORIGINS": ["https://pacta.example"],
    "PACTA_URL": "https://pacta.example", "METRICS_TOKEN": "x" * 32, "PACTA_TODAY": None,
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"), "PROXIES": ["127.0.0.1/32"],
    "WEBHOOK_NETWORKS": ["10.20.0.0/16"],
}  # fmt: skip


def found(**changed: Any) -> list[str]:
    with override_settings(**SAFE | changed):
        return [message.id or "" for message in of_deployment(None)]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, []),
        ({"ALLOWED_HOSTS": ["*"]}, ["pacta.W001"]),
        ({"CSRF_TRUSTED_ORIGINS": ["http://pacta.example"]}, ["pacta.W002"]),
        ({"CSRF_TRUSTED_ORIGINS": ["https://*.example"]}, ["pacta.W002"]),
        ({"PACTA_URL": "http://pacta.example"}, ["pacta.W003"]),
        ({"METRICS_TOKEN": "short"}, ["pacta.W004"]),
        ({"METRICS_TOKEN": ""}, []),
        ({"PACTA_TODAY": project._date("NONE_IS_SET") or "2024-12-28"}, ["pacta.W005"]),
        ({"PROXIES": []}, ["pacta.W006"]),
        ({"PROXIES": [], "SECURE_PROXY_SSL_HEADER": None}, []),
        ({"PROXIES": ["0.0.0.0/0"]}, ["pacta.W007"]),
        ({"WEBHOOK_NETWORKS": ["::/0"]}, ["pacta.W008"]),
    ],
)
def test_what_leaves_a_door_open_is_told(changed, told):
    assert found(**changed) == told


# ---- secrets ----
def read(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    for name in ("A_SECRET", "A_SECRET_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return project._secret("A_SECRET")


def test_a_secret_may_stand_in_a_file(monkeypatch, tmp_path: Path):
    file = tmp_path / "secret"
    file.write_text(f"{KEY}\n")

    assert read(monkeypatch) == ""
    assert read(monkeypatch, A_SECRET=KEY) == KEY
    assert read(monkeypatch, A_SECRET_FILE=str(file)) == KEY
    for environment, said in (
        ({"A_SECRET": "x", "A_SECRET_FILE": str(file)}, "Set A_SECRET or A_SECRET_FILE, not both."),
        ({"A_SECRET_FILE": str(tmp_path / "none")}, "A_SECRET_FILE cannot be read"),
    ):
        with pytest.raises(project.ImproperlyConfigured, match=said):
            read(monkeypatch, **environment)


def test_numbers_that_make_no_sense_stop_the_start(monkeypatch):
    monkeypatch.setenv("SESSION_IDLE_MINUTES", "5")
    with pytest.raises(project.ImproperlyConfigured, match="SESSION_IDLE_MINUTES must be 10 or more, not 5"):
        project._at_least("SESSION_IDLE_MINUTES", 10, default=60)


DEPLOY = """
import sys
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "check", "--deploy", "--fail-level", "WARNING"])
from django.conf import settings
print(len(settings.SECRET_KEY), settings.SECRET_KEY_FALLBACKS, settings.PASSWORD_BY_MAIL)
"""


def test_production_with_its_key_in_a_file_is_checked_and_clean(run_python: Callable[..., str], tmp_path: Path):
    (tmp_path / "key").write_text(f"{KEY}\n")
    (tmp_path / "before").write_text(f"{KEY}-older\n{KEY}-oldest\n")
    files = {"SECRET_KEY_FILE": str(tmp_path / "key"), "SECRET_KEY_FALLBACKS_FILE": str(tmp_path / "before")}
    told = run_python(DEPLOY, SECRET_KEY="", **files)

    assert told.splitlines()[-1] == f"{len(KEY)} ['{KEY}-older', '{KEY}-oldest'] False"


def test_without_a_key_the_start_stops_and_says_why(run_python: Callable[..., str]):
    assert "Set SECRET_KEY (or SECRET_KEY_FILE)" in run_python("import tracker.settings", SECRET_KEY="")
