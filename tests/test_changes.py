"""An entry whose every change is hidden shows nowhere, and leaves no gap in the numbers."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from agreements import changes, lifecycle, registers
from agreements.choices import EntryKind, RelationKind
from agreements.models import AgendaItem, Agreement, Entry, Format, Meeting, Relation
from tests.api.conftest import Api
from tests.conftest import signed_in
from tests.pages.conftest import day


@pytest.fixture
def related(make_agreement, secret, lawyer):
    """An agreement of which the second entry tells of a secret one only, and the fourth of that and of a title."""
    agreement = make_agreement()
    with registers.editing(agreement, by=lawyer) as fresh:
        Relation.objects.create(agreement=fresh, kind=RelationKind.FOLLOWS, to=secret)
    lifecycle.note(agreement, on=day(2010), by=lawyer, what="Asked again.")
    with registers.editing(agreement, by=lawyer) as fresh:
        Relation.objects.create(agreement=fresh, kind=RelationKind.IMPLEMENTS, to=secret)
        fresh.short_title_en = "Renamed"
    return Agreement.objects.get(pk=agreement.pk)


@pytest.fixture
def secret(make_agreement):
    """An agreement that only the cleared may see."""
    return make_agreement(short_titles={"en": "Silent matter"}, columns={"level": "secret"})


def staff(user) -> Client:
    user.is_staff = True
    user.save()
    return signed_in(user)


def test_the_page_leaves_out_what_tells_of_nothing(related, officer, lawyer):
    told = signed_in(officer).get(related.get_absolute_url()).content.decode()
    whole = signed_in(lawyer).get(related.get_absolute_url()).content.decode()

    assert "3 entries, chain unbroken." in told
    assert "4 entries, chain unbroken." in whole
    assert told.count("Relations: ") == 0
    assert whole.count("Relations: ") == 2
    assert "Renamed" in told


def test_the_api_leaves_it_out_and_counts_without_a_gap(related, officer, lawyer):
    address = f"agreements/{related.reference}/journal/"
    told, whole = (Api(user).get(address).json()["results"] for user in (officer, lawyer))
    hidden = Entry.objects.of(related).get(sequence=2)

    assert [(event["sequence"], event["kind"]) for event in told] == [(1, "open"), (2, "note"), (3, "edit")]
    assert [change["field"] for change in told[2]["changes"]] == ["short_title.en"]
    assert [event["sequence"] for event in whole] == [1, 2, 3, 4]
    assert [change["field"] for change in whole[1]["changes"]] == ["relations"]
    body = {"mode": "void", "reason": "x"}
    assert Api(lawyer).post(f"{address}{hidden.pk}/void/", body).status_code == 409
    lawyer.access_level = "internal"
    lawyer.save()
    assert Api(lawyer).post(f"{address}{hidden.pk}/void/", body).status_code == 404


def test_the_administration_leaves_it_out_and_counts_without_a_gap(related, officer, lawyer):
    history = reverse("admin:agreements_agreement_history", args=[related.pk])
    told, whole = (staff(user).get(history).content.decode() for user in (officer, lawyer))
    hidden, note, edit = Entry.objects.of(related).filter(sequence__gt=1)

    assert sorted(re.findall(r">Entry (\d)<", told)) == list("123")
    assert sorted(re.findall(r">Entry (\d)<", whole)) == list("1234")
    rows = staff(officer).get(reverse("admin:agreements_entry_changelist")).context["cl"].result_list
    assert [row.pk for row in rows if row.subject == related.pk] == [edit.pk, note.pk, Entry.objects.of(related)[0].pk]
    assert staff(officer).get(reverse("admin:agreements_entry_change", args=[hidden.pk])).status_code == 404
    page = staff(officer).get(reverse("admin:agreements_entry_change", args=[note.pk])).content.decode()
    assert "Note 2" in page
    assert "icon-yes.svg" in page  # the digest is that of the entry as it was written


@pytest.mark.parametrize("act", ["correct", "void"])
def test_no_page_is_about_it(related, lawyer, act):
    hidden = Entry.objects.of(related).get(sequence=2)
    lawyer.access_level = "internal"
    lawyer.save()

    assert staff(lawyer).get(f"{related.get_absolute_url()}entries/{hidden.pk}/{act}/").status_code == 404
    page = reverse(f"admin:agreements_agreement_{act}", args=[related.pk, hidden.pk])
    assert staff(lawyer).get(page).status_code == 404


def test_an_agenda_that_tells_of_hidden_agreements_only_is_hidden(make_agreement, secret, officer, lawyer):
    meeting = Meeting(format=Format.objects.create(code="council", name_en="Council"))
    meeting.on = day(2024)
    registers.create(meeting, by=lawyer)
    with registers.editing(meeting, by=lawyer) as fresh:
        AgendaItem.objects.create(meeting=fresh, agreement=secret, talking_points="Say nothing.")
    with registers.editing(meeting, by=lawyer) as fresh:
        AgendaItem.objects.create(meeting=fresh, agreement=make_agreement(), talking_points="Ask.", number=2)
    told = staff(officer).get(reverse("admin:agreements_meeting_history", args=[meeting.pk])).content.decode()

    assert sorted(re.findall(r">Entry (\d)<", told)) == ["1", "2"]
    found = changes.hidden(Entry.objects.of(meeting), officer)
    assert found.numbers == {meeting.pk: [2]}
    assert changes.hidden(Entry.objects.of(meeting), lawyer) == changes.Hidden()
    assert [found.number(entry) for entry in Entry.objects.of(meeting).filter(kind=EntryKind.EDIT)] == [2, 2]
