"""Passwords: of any signs and of any length, but not of the words that everybody here would try first."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils.module_loading import import_string

from agreements.models import User
from tests.entrance.conftest import sign_in
from tests.entrance.test_sessions import is_in
from tracker import settings as project


@pytest.mark.parametrize(
    "password",
    ["PactaPacta2026!", "Kazakhstan-2026", "ministry of foreign affairs", "Министерство2026", "ҚұпиясөзҚұпиясөз",
        "Treaty-Treaty-Treaty1"],
)  # fmt: skip
def test_words_of_the_house_are_no_password(password):
    with pytest.raises(ValidationError) as refusal:
        validate_password(password)
    assert "house" in [error.code for error in refusal.value.error_list]


@pytest.mark.parametrize(
    "password",
    ["a treaty is a promise kept", "летучая мышь у окна", "құстар қайтып келді ғой", "x7!kQ_p2#vL9zR",
        "a" * 3 + "bcdefghij klm" * 300],
)  # fmt: skip
def test_any_other_signs_are(password):
    validate_password(password)


def test_the_ministry_adds_words(settings):
    settings.PASSWORD_WORDS = [*settings.PASSWORD_WORDS, "Kokshetau"]
    with pytest.raises(ValidationError):
        validate_password("kokshetau-KOKSHETAU-1")


def test_a_list_of_the_ministry_is_asked_too(settings, tmp_path):
    file = tmp_path / "breached.txt"
    file.write_text("the weather is fine today\nanother one that leaked\n")
    settings.AUTH_PASSWORD_VALIDATORS = [*settings.AUTH_PASSWORD_VALIDATORS, *project._listed(str(file))]

    validate_password("the weather was fine today")
    with pytest.raises(ValidationError):
        validate_password("The weather is fine TODAY")
    with pytest.raises(project.ImproperlyConfigured, match="PASSWORD_LIST_FILE names no file"):
        project._listed(str(tmp_path / "none"))


def test_a_password_is_checked_as_it_was_sent(officer, client):
    word = "  Spaces, ТОЛЬКО эти буквы 🗝 and no other  "
    officer.set_password(word)
    officer.save()
    for other in (word.strip(), word.lower(), word[:-1]):
        assert sign_in(client, password=other).status_code == 200
    assert sign_in(client, password=word).status_code == 302


def test_confirming_who_one_is_gives_the_session_another_key(signed):
    before = signed.cookies["sessionid"].value
    signed.post("/account/confirm/", {"password": "a long word of passage"})
    after = signed.cookies["sessionid"].value
    stale = type(signed)()
    stale.cookies["sessionid"] = before

    assert before != after
    assert (is_in(signed), is_in(stale)) == (True, False)
    assert len(signed.get("/account/").context["places"]) == 1


def test_who_tries_the_common_is_refused():
    for password in ("1q2w3e4r5t6y", "startfinding", "123456789012"):
        with pytest.raises(ValidationError):
            validate_password(password)


def test_password_fields_are_masked_and_open_to_managers_of_passwords(signed, client):
    pages = [Client().get("/sign-in/"), signed.get("/account/password/"), signed.get("/account/confirm/")]
    fields = [field for page in pages for field in re.findall(r"<input[^>]*password[^>]*>", page.content.decode())]
    fields = [field for field in fields if 'type="hidden"' not in field and 'type="submit"' not in field]

    assert {name for field in fields for name in re.findall(r' name="(\w+)"', field)} == {
        "password",
        "old",
        "new",
        "again",
    }
    for field in fields:
        assert 'type="password"' in field
        assert re.search(r'autocomplete="(current|new)-password"', field)
        assert "onpaste" not in field


def test_a_password_stays_valid(officer, client):
    with time_machine.travel(datetime.now(UTC) + timedelta(days=3650)):
        assert sign_in(client)["Location"] == "/desk/"


def test_passwords_are_kept_as_argon2():
    hasher = import_string(project.PASSWORD_HASHERS[0])()
    kept = hasher.encode("a long word of passage", hasher.salt())

    assert kept.startswith("argon2$argon2id$")
    assert (hasher.memory_cost, hasher.time_cost, hasher.parallelism) == (102400, 2, 8)


def test_a_fresh_database_has_nobody_who_can_sign_in(db):
    assert [user for user in User.objects.order_by("pk") if user.has_usable_password()] == []
