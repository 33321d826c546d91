"""Every page of the administration: who may open it, that nothing in it runs inline, how many queries a list takes."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse

from agreements import lifecycle, registers
from agreements.choices import Level
from agreements.models import Agreement, Entry, User
from tests.admin.forms import DAY, queries

AGREEMENTS, REFERENCE, ACCOUNTS = (
    ("agreement", "commitment", "meeting", "undisclosedparticipant"),
    ("party", "indicator", "area", "format", "unit", "tasktemplate"),
    ("user",),
)
#: What happens at the entrance: only those who keep the accounts read it.
ENTRANCE = ("signin", "lockout")
#: What is made elsewhere, and only kept in order here.
KEPT = ("savedview",)
READ_ONLY = (
    *("delegation", "delivery", "document", "entry", "importrun", "mailing", "procedureversion", "reportrun"),
    *("rightsreview", "scheduledreport", "share", "task", "webhook"),
)
#: Which registers each role may open.
OPEN_TO = {
    "reader": {*READ_ONLY},
    "officer": {*AGREEMENTS, *READ_ONLY},
    "lawyer": {*AGREEMENTS, *REFERENCE, *KEPT, *READ_ONLY},
    "administrator": {*REFERENCE, *KEPT, *ACCOUNTS, *READ_ONLY, *ENTRANCE, "apitoken"},
    "superuser": {*AGREEMENTS, *REFERENCE, *KEPT, *ACCOUNTS, *READ_ONLY, *ENTRANCE, "apitoken"},
}
REGISTERS: dict[str, Any] = {model._meta.model_name or "": model for model in admin.site._registry}


def address(name, page, *args):
    label = REGISTERS[name]._meta.app_label
    return reverse(f"admin:{label}_{name}_{page}", args=args)


def test_the_registers_are_these_and_no_others():
    assert set(REGISTERS) == {*AGREEMENTS, *REFERENCE, *ACCOUNTS, *KEPT, *READ_ONLY, *ENTRANCE, "apitoken"}


@pytest.mark.parametrize("role", OPEN_TO)
def test_a_role_opens_its_registers_and_no_others(clients, role):
    client = clients(role)

    assert {name for name in REGISTERS if client.get(address(name, "changelist")).status_code == 200} == OPEN_TO[role]


@pytest.mark.parametrize("role", OPEN_TO)
def test_a_role_adds_to_its_registers_and_to_no_others(clients, role):
    client = clients(role)
    pages = {name: client.get(address(name, "add")).status_code for name in REGISTERS}

    assert {name for name, status in pages.items() if status == 200} == OPEN_TO[role] - {*KEPT, *READ_ONLY, *ENTRANCE}
    assert set(pages.values()) <= {200, 403}


@pytest.mark.parametrize("role", OPEN_TO)
def test_a_post_is_refused_where_the_page_is(clients, role):
    client = clients(role)

    for name in set(REGISTERS) - OPEN_TO[role] | {*KEPT, *READ_ONLY, *ENTRANCE}:
        assert client.post(address(name, "add"), {}).status_code == 403, name


@pytest.mark.parametrize("role", OPEN_TO)
def test_a_record_opens_for_those_who_may_open_its_register(clients, role, sample):
    client = clients(role)

    for name, model in REGISTERS.items():
        for row in model._default_manager.all().order_by("pk")[:2]:
            expected = 200 if name in OPEN_TO[role] else 403
            # What no change is possible in, or what a role cannot see, has its own tests.
            if name == "apitoken" or (name == "agreement" and row.level not in ("public", "internal")):
                continue
            assert client.get(address(name, "change", row.pk)).status_code == expected, name
            if name not in (*READ_ONLY, *ENTRANCE):
                assert client.get(address(name, "history", row.pk)).status_code == expected, name


def test_nothing_is_deleted(as_superuser, sample):
    # The sample has no files, no commitments, no saved views, no built reports, no webhooks and no templates of tasks.
    absent = {
        "document",
        "commitment",
        "undisclosedparticipant",
        "delegation",
        "importrun",
        "reportrun",
        "rightsreview",
        "share",
        "scheduledreport",
        "tasktemplate",
        "webhook",
        "delivery",
        "mailing",
        "lockout",
        *KEPT,
    }
    for name in set(REGISTERS) - {"apitoken", *absent}:
        row = REGISTERS[name]._default_manager.order_by("pk").first()
        page = address(name, "delete", row.pk)

        assert as_superuser.get(page).status_code == 403, name
        assert as_superuser.post(page, {"post": "yes"}).status_code == 403, name
        assert as_superuser.post(
            address(name, "changelist"), {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
        ).status_code in (200, 403), name
        assert REGISTERS[name]._default_manager.filter(pk=row.pk).exists(), name


@pytest.mark.parametrize("path", ["", "agreements/agreement/", "agreements/entry/", "autocomplete/", "jsi18n/"])
def test_who_is_not_staff_is_led_to_the_sign_in(client, reader, path):
    page = reverse("admin:index") + path
    assert client.get(page).status_code == 302

    client.force_login(reader)
    assert client.get(page, follow=True).status_code == 403
    assert client.post(page, follow=True).status_code == 403


# ---- what a page holds ----
def test_pages_hold_nothing_inline(as_lawyer, as_superuser, sample):
    agreement = sample["AIR-7Q4M"]
    entry = Entry.objects.of(agreement).get(sequence=1)
    pages = [
        (as_lawyer, reverse("admin:index")),
        (as_lawyer, reverse("admin:agreements_agreement_step", args=[agreement.pk, "sign"])),
        (as_lawyer, reverse("admin:agreements_agreement_act", args=[agreement.pk])),
        (as_lawyer, reverse("admin:agreements_agreement_correct", args=[agreement.pk, entry.pk])),
        (as_superuser, reverse("admin:auth_user_password_change", args=[User.objects.get(username="lawyer").pk])),
        (as_superuser, reverse("admin:password_change")),
    ]
    for name in REGISTERS:
        client = as_superuser if name in (*ACCOUNTS, *ENTRANCE, "apitoken") else as_lawyer
        pages.append((client, address(name, "changelist")))
        pages += [(client, address(name, "add"))] if name not in (*KEPT, *READ_ONLY, *ENTRANCE) else []
        row = REGISTERS[name]._default_manager.order_by("pk").first()
        pages += [(client, address(name, "change", row.pk))] if row else []
        pages += [(client, address(name, "history", row.pk))] if row and name not in (*READ_ONLY, *ENTRANCE) else []

    for client, page in pages:
        answer = client.get(page)
        text = answer.content.decode()
        assert answer.status_code == 200, page
        assert "unsafe" not in answer["Content-Security-Policy"], page
        assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", text) == [], page
        assert re.findall(r"<script(?![^>]*\ssrc=)", text) == [], page


def test_the_frame_leads_back_to_the_site(as_officer):
    page = as_officer.get(reverse("admin:index")).content.decode()

    assert f'href="{reverse("agreement-list")}"' in page
    assert "<title>Administration | Pacta</title>" in page
    assert "pacta-admin.css" in page


def test_the_front_page_shows_what_the_user_recorded_last(as_officer, officer, make_agreement):
    assert "You have not recorded anything yet." in as_officer.get(reverse("admin:index")).content.decode()

    make_agreement(by=officer)

    assert "Horizontal Aviation Agreement" in as_officer.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_pages_open_in_every_language(as_lawyer, sample, language):
    as_lawyer.cookies["django_language"] = language

    for page in (
        reverse("admin:index"),
        address("agreement", "changelist"),
        address("agreement", "change", sample["AIR-7Q4M"].pk),
        address("agreement", "add"),
        address("entry", "changelist"),
    ):
        assert as_lawyer.get(page).status_code == 200


def test_the_way_from_any_key_to_its_page_is_closed(as_lawyer, make_agreement):
    from django.contrib.contenttypes.models import ContentType

    kind = ContentType.objects.get_for_model(Agreement)
    page = f"{reverse('admin:index')}r/{kind.pk}/{make_agreement().pk}/"

    assert as_lawyer.get(page).status_code == 404


# ---- how many queries ----
def test_the_list_of_agreements_takes_the_same_queries_for_one_row_and_for_three(as_lawyer, lawyer, make_agreement):
    page = address("agreement", "changelist")
    make_agreement(columns={"officer": lawyer})
    assert queries(as_lawyer, page) == 11

    make_agreement(columns={"officer": lawyer})
    make_agreement(columns={"officer": lawyer}, stage="in_force")
    assert queries(as_lawyer, page) == 11


def test_the_journal_takes_the_same_queries_for_one_row_and_for_three(as_reader, make_agreement, parties):
    page = address("entry", "changelist")
    one = queries(as_reader, page + "?kind__exact=open&subject_kind__exact=party")
    make_agreement()
    make_agreement()

    assert queries(as_reader, page + "?kind__exact=open&subject_kind__exact=agreement") == one == 7


@pytest.mark.parametrize(
    ("name", "one", "more"),
    [("meeting", "21st", "a"), ("party", "kazakhstan", "a"), ("indicator", "exports", "t"), ("user", "lawyer", "l")],
)
def test_other_lists_take_the_same_queries_for_one_row_and_for_many(as_superuser, lawyer, sample, name, one, more):
    User.objects.create_user("colleague")
    page = address(name, "changelist")
    rows = [as_superuser.get(page, {"q": term}).context["cl"].result_count for term in (one, more)]

    assert rows[0] == 1 < rows[1]
    assert queries(as_superuser, f"{page}?q={one}") == queries(as_superuser, f"{page}?q={more}")


def test_a_long_life_takes_no_more_queries_than_a_short_one(as_lawyer, lawyer, make_agreement):
    agreement = make_agreement()
    page = address("agreement", "change", agreement.pk)
    assert queries(as_lawyer, page) == 18

    for number in range(1, 4):
        lifecycle.note(agreement, on=DAY, by=lawyer, what=f"Round {number}.", round_of_talks=number)
        with registers.editing(agreement, by=lawyer) as edited:
            edited.next_step = f"Round {number + 1}."
    assert queries(as_lawyer, page) == 18


def test_levels_are_those_of_the_user(as_officer, officer):
    page = as_officer.get(address("meeting", "add")).content.decode()

    assert officer.access_level == Level.INTERNAL
    assert 'value="internal"' in page
    assert 'value="secret"' not in page


def test_addresses_of_rooms_lead_to_the_front_page(as_lawyer):
    page = reverse("admin:app_list", args=["agreements"])

    assert as_lawyer.get(page).headers["Location"] == reverse("admin:index")
