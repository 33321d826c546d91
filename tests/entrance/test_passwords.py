"""Passwords: of any signs and of any length, but not of the words that everybody here would try first."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from tests.entrance.conftest import sign_in
from tests.entrance.test_sessions import is_in


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
