"""Users, roles, passwords and tokens: what an administrator reaches, and what he cannot give himself."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.urls import reverse

from agreements import tokens
from agreements.choices import Level
from agreements.models import ApiToken, Unit, User
from tests.admin.forms import filled
from tests.admin.test_operations import text_of

ADD = "admin:agreements_user_add"


def page_of(user):
    return reverse("admin:agreements_user_change", args=[user.pk])


def password_page(user):
    return reverse("admin:auth_user_password_change", args=[user.pk])


def role(name):
    return str(Group.objects.get(name=name).pk)


@pytest.fixture
def colleague(db):
    return User.objects.create_user("colleague", access_level=Level.INTERNAL)


@pytest.fixture
def out_of_reach(db, lawyer, superuser):
    """Users whom an administrator up to internal must not become: of a higher level, superuser, program."""
    return [lawyer, superuser, User.objects.service("sample")]


# ---- users ----
def test_a_user_is_added_with_unit_level_and_role(as_administrator):
    unit = Unit.objects.create(code="eu", name_en="Department of European Cooperation")
    sent = filled(
        as_administrator.get(reverse(ADD)),
        username="newcomer",
        usable_password="true",
        password1="a long and rare phrase",
        password2="a long and rare phrase",
        unit=unit.pk,
        access_level="public",
        groups=[role("officer")],
        is_staff="on",
    )

    assert as_administrator.post(reverse(ADD), sent).status_code == 302

    user = User.objects.get(username="newcomer")
    assert (user.unit, user.access_level, user.is_staff, user.is_superuser) == (unit, "public", True, False)
    assert list(user.groups.values_list("name", flat=True)) == ["officer"]
    assert user.check_password("a long and rare phrase")


def test_roles_are_told_by_what_they_mean(as_administrator, colleague):
    page = as_administrator.get(page_of(colleague))
    groups = page.context["adminform"].form.fields["groups"].queryset

    assert "Desk officer: proposes, records and edits" in text_of(page)
    assert "service" not in groups.values_list("name", flat=True)


def test_a_user_is_changed(as_administrator, colleague):
    sent = filled(as_administrator.get(page_of(colleague)), last_name="Akhmetova", groups=[role("treaty_department")])

    assert as_administrator.post(page_of(colleague), sent).status_code == 302
    assert User.objects.get(pk=colleague.pk).last_name == "Akhmetova"
    assert [group.name for group in colleague.groups.all()] == ["treaty_department"]


@pytest.mark.parametrize("level", ["restricted", "secret"])
def test_an_administrator_gives_no_level_above_his_own(as_administrator, colleague, level):
    sent = filled(as_administrator.get(page_of(colleague)), access_level=level)

    assert "Select a valid choice." in text_of(as_administrator.post(page_of(colleague), sent))
    assert User.objects.get(pk=colleague.pk).access_level == "internal"


def test_an_administrator_makes_no_superuser(as_administrator, colleague):
    sent = filled(as_administrator.get(page_of(colleague)))

    assert "is_superuser" not in sent
    forged = {"is_superuser": "on", "user_permissions": ["1"], "is_service": "on"}
    assert as_administrator.post(page_of(colleague), sent | forged).status_code == 302
    fresh = User.objects.get(pk=colleague.pk)
    assert (fresh.is_superuser, fresh.is_service, fresh.user_permissions.count()) == (False, False, 0)


def test_an_administrator_does_not_change_his_own_rights(as_administrator, administrator):
    sent = filled(as_administrator.get(page_of(administrator)), last_name="Serikov")
    forged = {
        "groups": [role("treaty_department"), role("administrator")],
        "access_level": "public",
        "is_superuser": "on",
    }

    assert as_administrator.post(page_of(administrator), sent | forged).status_code == 302
    fresh = User.objects.get(pk=administrator.pk)
    assert (fresh.last_name, fresh.access_level, fresh.is_superuser, fresh.is_staff) == (
        "Serikov",
        "internal",
        False,
        True,
    )
    assert list(fresh.groups.values_list("name", flat=True)) == ["administrator"]


def test_an_administrator_does_not_change_who_is_out_of_reach(as_administrator, colleague, out_of_reach):
    for user in out_of_reach:
        before = User.objects.get(pk=user.pk).password
        page = text_of(as_administrator.get(page_of(user)))
        assert "_save" not in page
        assert 'name="password' not in page
        assert "argon" not in page.lower()
        assert "md5" not in page.lower()
        assert as_administrator.post(page_of(user), {"username": "taken", "is_active": ""}).status_code == 403
        assert as_administrator.get(password_page(user)).status_code == 403
        sent = {"password1": "a long and rare phrase", "password2": "a long and rare phrase", "usable_password": "true"}
        assert as_administrator.post(password_page(user), sent).status_code == 403
        assert User.objects.get(pk=user.pk).password == before


def test_a_password_is_set(as_administrator, colleague):
    sent = filled(
        as_administrator.get(password_page(colleague)),
        password1="a long and rare phrase",
        password2="a long and rare phrase",
        usable_password="true",
    )

    assert as_administrator.post(password_page(colleague), sent | {"set-password": "1"}).status_code == 302
    assert User.objects.get(pk=colleague.pk).check_password("a long and rare phrase")


def test_a_superuser_gives_any_level_and_makes_a_superuser(as_superuser, colleague):
    sent = filled(as_superuser.get(page_of(colleague)), access_level="secret", is_superuser="on")

    assert as_superuser.post(page_of(colleague), sent).status_code == 302
    assert User.objects.get(pk=colleague.pk).access_level == "secret"
    assert User.objects.get(pk=colleague.pk).is_superuser


def test_nobody_changes_the_account_of_a_program(as_superuser):
    program = User.objects.service("sample")

    assert as_superuser.post(page_of(program), {"username": "taken"}).status_code == 403
    assert as_superuser.get(password_page(program)).status_code == 403


def test_the_history_of_a_user_stays(as_administrator, colleague):
    as_administrator.post(page_of(colleague), filled(as_administrator.get(page_of(colleague)), last_name="Akhmetova"))

    assert "Changed Last name" in text_of(
        as_administrator.get(reverse("admin:agreements_user_history", args=[colleague.pk]))
    )


# ---- tokens ----
def test_a_token_is_given_shown_once_and_revoked(as_administrator, administrator, colleague):
    add, listed = (reverse(f"admin:agreements_apitoken_{name}") for name in ("add", "changelist"))
    sent = {"user": str(colleague.pk), "name": "Register", "scope": "write", "until": "2999-01-01"}
    response = as_administrator.post(add, sent)
    given = text_of(response)
    token = ApiToken.objects.get(user=colleague)
    (secret,) = re.findall(r"pacta_[A-Za-z0-9_-]{43}", given)

    assert "no-store" in response.headers["Cache-Control"]
    assert tokens.find(secret) == token
    assert (token.name, token.scope, token.created_by) == ("Register", "write", administrator)
    assert secret not in text_of(as_administrator.get(listed))
    assert token.beginning in text_of(as_administrator.get(listed))
    for name in ("change", "history"):
        address = reverse(f"admin:agreements_apitoken_{name}", args=[token.pk])
        assert as_administrator.get(address).status_code == 404
    delete = reverse("admin:agreements_apitoken_delete", args=[token.pk])
    assert as_administrator.post(delete, {"post": "yes"}).status_code == 403
    history = text_of(as_administrator.get(reverse("admin:agreements_user_history", args=[colleague.pk])))
    assert "Token given." in history
    assert not LogEntry.objects.filter(object_repr__contains=secret[:10]).exists()

    revoke = reverse("admin:agreements_apitoken_revoke", args=[token.pk])
    assert text_of(as_administrator.get(revoke)).count("Register") == 1
    assert tokens.find(secret)
    assert "was revoked" in text_of(as_administrator.post(revoke, follow=True))
    assert tokens.find(secret) is None
    assert as_administrator.get(revoke).status_code == 404


def test_what_a_token_cannot_be_is_told(as_administrator, colleague):
    add = reverse("admin:agreements_apitoken_add")
    sent = {"user": str(colleague.pk), "name": " ", "scope": "all", "until": "2001-01-01"}

    assert "This field is required." in text_of(as_administrator.post(add, sent))
    told = text_of(as_administrator.post(add, sent | {"name": "Register", "scope": "read"}))
    assert "The last day of the token is past." in told
    assert not ApiToken.objects.exists()


def test_no_token_is_given_to_who_is_out_of_reach(as_administrator, out_of_reach):
    add = reverse("admin:agreements_apitoken_add")

    for user in out_of_reach:
        sent = {"user": str(user.pk), "name": "Register", "scope": "read"}
        assert "Select a valid choice." in text_of(as_administrator.post(add, sent))
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("name", ["reader", "officer", "lawyer"])
def test_only_administrators_have_to_do_with_tokens_and_users(clients, name, colleague):
    client = clients(name)
    token, _secret = tokens.issue(colleague, name="Register", by=None)
    pages = [
        reverse("admin:agreements_apitoken_changelist"),
        reverse("admin:agreements_apitoken_add"),
        reverse("admin:agreements_apitoken_revoke", args=[token.pk]),
        reverse(ADD),
        page_of(colleague),
        password_page(colleague),
    ]

    for page in pages:
        assert client.get(page).status_code == 403, page
        assert client.post(page, {}).status_code == 403, page
    token.refresh_from_db()
    assert token.answers


def test_completion_offers_people_and_no_programs(as_officer, colleague, out_of_reach):
    def offered(client, app, model, field):
        asked = {"app_label": app, "model_name": model, "field_name": field}
        return {item["text"] for item in client.get(reverse("admin:autocomplete"), asked).json()["results"]}

    assert offered(as_officer, "agreements", "agreement", "officer") >= {"colleague", "lawyer", "officer"}
    assert "pacta-sample" not in offered(as_officer, "agreements", "agreement", "officer")
