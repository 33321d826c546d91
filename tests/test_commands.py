"""The commands: what an operator types, and what he is told."""

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from agreements import access
from agreements.models import Agreement, Entry, User

ROOT = Path(__file__).resolve().parent.parent
Make = Callable[..., Agreement]


def run(*words: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_step_records_and_says_where_it_stands(make_agreement: Make, officer: User) -> None:
    agreement = make_agreement(on=None)
    said = run("step", agreement.reference, "withdraw", on="2024-06", by="officer", reason="Given up.")
    assert said == f"{agreement.reference}: Withdrawn since June\u00a02024\n"
    assert Entry.objects.filter(transition="withdraw", actor=officer).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "sentences"),
    [
        ({"reference": "AIR-0000"}, ["There is no agreement “AIR-0000”."]),
        ({"by": "nobody"}, ["There is no user “nobody”."]),
        ({"on": "soon"}, ["“soon” is not understood as a date."]),
        ({"on": "2025-03"}, ["March\u00a02025 is still to come.", "is not named."]),
        ({"transition": "save"}, ["“save” is not a step."]),
        ({}, ["The decision that authorises negotiations is not named."]),
    ],
)
def test_step_is_refused_in_sentences(
    make_agreement: Make, officer: User, words: dict[str, str], sentences: list[str]
) -> None:
    agreement = make_agreement()
    given = {"reference": agreement.reference, "transition": "authorise", "on": "2024-06", "by": "officer"} | words
    with pytest.raises(CommandError) as failure:
        run("step", given["reference"], given["transition"], on=given["on"], by=given["by"])
    for sentence in sentences:
        assert sentence in str(failure.value)
    assert Entry.objects.of(agreement).count() == 1


@pytest.mark.django_db
def test_step_does_not_know_what_the_user_may_not_see(make_agreement: Make, officer: User) -> None:
    agreement = make_agreement(columns={"level": "secret"})
    with pytest.raises(CommandError, match="There is no agreement"):
        run("step", agreement.reference, "withdraw", on="2024-06", by="officer")


@pytest.mark.django_db
def test_tick_expires_what_has_ended(make_agreement: Make) -> None:
    valid = {"valid_from": date(2023, 1, 1), "valid_until": date(2024, 12, 26)}
    opened = make_agreement(kind="roadmap", stage="signed", columns=valid)
    # Whose period ends is reminded of it while it is in force.
    assert run("tick") == f"{opened.reference}: in_force since 2023-01-01\nreminders: 1\n"
    assert run("tick") == f"{opened.reference}: expired since 2024-12-27\n"
    assert run("tick") == ""


@pytest.mark.django_db
def test_demo_makes_a_user_with_a_fresh_password_each_time(settings: Any) -> None:
    settings.DEBUG = True
    passwords = []
    for _time in range(2):
        said = run("demo", prepare=True)
        (password,) = re.findall(r"as demo, password (\S+)", said)
        passwords.append(password)
        assert Client().post("/sign-in/", {"username": "demo", "password": password})["Location"] == "/desk/"
    assert passwords[0] != passwords[1]
    assert len(passwords[0]) >= 16
    assert Agreement.objects.count() == 8
    user = User.objects.get(username="demo")
    assert not user.is_superuser
    assert access.may(user, "out_of_procedure")


@pytest.mark.django_db
def test_demo_is_refused_without_debug(settings: Any) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG"):
        run("demo", prepare=True)
    assert not User.objects.filter(username="demo").exists()


def _start(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=os.environ
        | {"DJANGO_SETTINGS_MODULE": "tracker.settings", "SECRET_KEY": "x" * 60, "DATABASE_URL": "sqlite://:memory:"}
        | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_broken_procedure_stops_the_start_and_names_file_and_key(tmp_path: Path) -> None:
    good = (ROOT / "agreements" / "procedures" / "ratified.toml").read_text(encoding="utf-8")
    (tmp_path / "ratified.toml").write_text(good.replace('kind = "clearance"', 'kind = "blessing"'), encoding="utf-8")
    started = _start(PROCEDURES_DIR=str(tmp_path))
    assert started.returncode != 0
    assert "ratified.toml: transitions.sign.requires[3].kind: 'blessing' is not known." in started.stderr


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"PROCEDURES_DIR": "/nowhere/at/all"}, "is not a folder"),
        ({"PACTA_TODAY": "28.12.2024"}, "PACTA_TODAY must be a date such as 2024-12-28"),
        ({"SECRET_KEY": "", "DEBUG": "0"}, "Set SECRET_KEY"),
    ],
)
def test_bad_settings_stop_the_start_with_a_sentence(environment: dict[str, str], sentence: str) -> None:
    started = _start(**environment)
    assert started.returncode != 0
    assert sentence in started.stderr
