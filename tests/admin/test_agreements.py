"""The register of agreements: the list, the form, the journal behind it, and what nobody sets by hand."""

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from agreements import journal, lifecycle, registers, sealed
from agreements.choices import EntryKind, InstrumentKind, Level, RelationKind, Role
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Entry, Participant, Party, Relation, Unit
from tests.admin.forms import filled, text_of

LIST = "admin:agreements_agreement_changelist"
PAGE = "admin:agreements_agreement_change"


def page_of(agreement):
    return reverse(PAGE, args=[agreement.pk])


def edits(agreement):
    return [
        (journal.data_of(entry).get("changes", {}), journal.text_of(entry).get("changes", {}))
        for entry in Entry.objects.of(agreement).filter(kind=EntryKind.EDIT)
    ]


def listed(client, **asked):
    return [row.reference for row in client.get(reverse(LIST), asked).context["cl"].result_list]


@pytest.fixture
def secret(make_agreement):
    """An agreement that only the treaty department sees."""
    return make_agreement(
        titles={"en": "Understanding on a silent matter"},
        short_titles={"en": "Silent matter"},
        columns={"level": Level.SECRET},
    )


# ---- the list ----
def test_a_row_says_what_an_agreement_is(as_officer, sample):
    page = text_of(as_officer.get(reverse(LIST)))

    assert "Horizontal Aviation Agreement" in page
    assert 'class="stage g-preparing"' in page
    # The procedure of memoranda says “in effect”; that of treaties says “in force”.
    assert "In effect" in page
    assert "and 27 others" in page


def test_a_row_shows_the_precision_of_its_date(as_officer, make_agreement):
    make_agreement(on=FuzzyDate.parse("second half of 2012"))

    assert "second half of 2012" in text_of(as_officer.get(reverse(LIST)))


@pytest.mark.parametrize("text", ["aviation", "АВИАЦИОННОЕ", "горизонтальное авиа", "Horizontal AIR", "авиациялық"])
def test_search_knows_three_languages_and_no_case(as_officer, sample, text):
    assert listed(as_officer, q=text) == ["AIR-7Q4M"]
    assert listed(as_officer, q="no such words") == []


def test_filters_keep_what_they_say(as_lawyer, sample, lawyer):
    by = {"on": FuzzyDate.of_day(date(2024, 12, 20)), "by": lawyer}
    lifecycle.hold(sample["VIS-8TDK"], reason="the other side asked for time", **by)
    opening = Entry.objects.of(sample["RAW-25X6"]).get(sequence=1)
    lifecycle.void(opening, by=lawyer, reason="opened by mistake")
    kazakhstan, area = Party.objects.get(code="KZ"), sample["AIR-7Q4M"].areas.first()

    assert listed(as_lawyer, stage="proposed") == ["VIS-8TDK"]
    assert set(listed(as_lawyer, group="ended")) == {"PEP-2F9C"}
    assert listed(as_lawyer, on_hold__exact=1) == ["VIS-8TDK"]
    assert listed(as_lawyer, records="void") == ["RAW-25X6"]
    assert "RAW-25X6" not in listed(as_lawyer)
    assert "RAW-25X6" in listed(as_lawyer, records="all")
    assert set(listed(as_lawyer, procedure="ratified")) == {"AIR-7Q4M", "VIS-8TDK"}
    assert len(listed(as_lawyer, participants__party__id__exact=str(kazakhstan.pk))) == len(sample) - 1
    assert "AIR-7Q4M" in listed(as_lawyer, areas__id__exact=area.pk)
    assert "AIR-7Q4M" not in listed(as_lawyer, kind__exact=InstrumentKind.ROADMAP)
    assert listed(as_lawyer, level__exact="secret") == []


@pytest.mark.parametrize(
    "lookup",
    ["related_from__isnull", "agenda_items__isnull", "title_en__startswith", "relations__to__title_en", "search_text"],
)
def test_the_address_asks_nothing_but_the_filters(as_officer, make_agreement, lookup):
    make_agreement()

    assert as_officer.get(reverse(LIST), {lookup: "0"}).status_code == 400


# ---- the form ----
def test_an_edit_is_one_entry_with_before_and_after(as_officer, make_agreement):
    agreement = make_agreement()
    unit = Unit.objects.create(code="eu", name_en="Department of European Cooperation")
    sent = filled(
        as_officer.get(page_of(agreement)),
        short_title_en="Aviation Agreement",
        planned_signing="second half of 2025",
        lead_unit=unit.pk,
    )

    answer = as_officer.post(page_of(agreement), sent, follow=True)

    assert answer.redirect_chain == [(reverse(LIST), 302)]
    assert edits(agreement) == [
        (
            {"planned_signing": [None, "2025-H2"], "lead_unit": [None, "eu"]},
            {"short_title_en": ["Horizontal Aviation Agreement", "Aviation Agreement"]},
        )
    ]
    assert list(journal.verify()) == []
    assert Agreement.objects.get().planned_signing == FuzzyDate.parse("2025-H2")


def test_saving_without_a_change_writes_nothing(as_officer, sample):
    for agreement in Agreement.objects.filter(level__in=("public", "internal")).order_by("pk"):
        answer = as_officer.post(page_of(agreement), filled(as_officer.get(page_of(agreement))))

        assert answer.status_code == 302, agreement.reference
        assert edits(agreement) == [], agreement.reference
    assert list(journal.verify()) == []


def test_areas_are_journalled(as_officer, make_agreement, areas):
    agreement = make_agreement()
    sent = filled(as_officer.get(page_of(agreement)), areas=[areas["aviation"].pk])

    as_officer.post(page_of(agreement), sent)

    assert edits(agreement) == [({"areas": [["aviation", "transport"], ["aviation"]]}, {})]
    assert list(journal.verify()) == []


def test_participants_are_journalled_until_the_text_is_signed(as_officer, make_agreement, parties):
    agreement = make_agreement(participants=[(parties["KZ"], Role.NEGOTIATING)])
    sent = filled(as_officer.get(page_of(agreement)))
    sent |= {
        "participants-TOTAL_FORMS": 2,
        "participants-1-party": parties["EU"].pk,
        "participants-1-role": Role.DEPOSITARY,
        "participants-0-role": Role.SIGNATORY,
    }

    assert as_officer.post(page_of(agreement), sent).status_code == 302

    ((changes, _texts),) = edits(agreement)
    assert changes == {
        "participants": [
            [{"party": "KZ", "role": "negotiating"}],
            [{"party": "EU", "role": "depositary"}, {"party": "KZ", "role": "signatory"}],
        ]
    }
    assert list(journal.verify()) == []


def test_participants_of_a_signed_text_stay_whatever_is_sent(as_officer, make_agreement, parties):
    agreement = make_agreement(stage="signed", participants=[(parties["KZ"], Role.SIGNATORY)])
    page = as_officer.get(page_of(agreement))
    kept = agreement.participants.get()
    sent = filled(page) | {
        "participants-TOTAL_FORMS": 2,
        "participants-INITIAL_FORMS": 1,
        "participants-0-id": sealed.name(str(kept.pk), purpose="rows"),
        "participants-0-agreement": str(agreement.pk),
        "participants-0-party": parties["EU"].pk,
        "participants-0-role": Role.OBSERVER,
        "participants-0-DELETE": "on",
        "participants-1-party": parties["EU"].pk,
        "participants-1-role": Role.OBSERVER,
        "participants-1-agreement": str(agreement.pk),
    }

    assert 'name="participants-0-role"' not in page.content.decode()
    assert as_officer.post(page_of(agreement), sent).status_code in (200, 302)
    assert list(agreement.participants.values_list("party__code", "role")) == [("KZ", "signatory")]
    assert edits(agreement) == []


def test_a_refusal_while_saving_is_a_message_and_nothing_is_written(as_officer, make_agreement, parties, monkeypatch):
    from agreements.admin.agreements import ParticipantRows
    from agreements.admin.base import Rows

    # As if the text had been signed after the page was checked.
    monkeypatch.setattr(ParticipantRows, "_writes", Rows._writes)
    agreement = make_agreement(stage="signed")
    sent = filled(as_officer.get(page_of(agreement))) | {"participants-0-DELETE": "on"}

    answer = as_officer.post(page_of(agreement), sent, follow=True)

    assert answer.status_code == 200
    assert "record an accession or a withdrawal" in answer.content.decode()
    assert agreement.participants.count() == 2
    assert edits(agreement) == []


def test_relations_are_journalled(as_officer, make_agreement):
    agreement, other = make_agreement(), make_agreement(short_titles={"en": "Another agreement"})
    sent = filled(as_officer.get(page_of(agreement)))
    sent |= {
        "relations-TOTAL_FORMS": 1,
        "relations-0-kind": RelationKind.FOLLOWS,
        "relations-0-to": str(other.pk),
    }

    as_officer.post(page_of(agreement), sent)

    assert edits(agreement) == [({"relations": [[], [{"kind": "follows", "to": str(other.pk)}]]}, {})]
    assert "follows Another agreement" in text_of(as_officer.get(page_of(agreement)))


def test_nobody_sets_what_follows_from_steps(as_superuser, make_agreement):
    agreement = make_agreement()
    sent = filled(as_superuser.get(page_of(agreement)))
    forged = {
        "stage": "in_force",
        "text": "7",
        "round": "9",
        "reference": "AIR-0000",
        "on_hold": "on",
        "is_void": "on",
        "version": "99",
        "since_earliest": "1990-01-01",
        "procedure_version": "1",
    }

    assert not set(forged) & set(sent)
    assert as_superuser.post(page_of(agreement), sent | forged).status_code == 302

    fresh = Agreement.objects.get()
    assert (fresh.stage, fresh.text, fresh.round, fresh.on_hold, fresh.is_void) == ("proposed", 1, 0, False, False)
    assert (fresh.reference, fresh.version, fresh.since) == (agreement.reference, 1, agreement.since)


def test_a_page_that_is_out_of_date_overwrites_nothing(as_officer, officer, make_agreement):
    agreement = make_agreement()
    sent = filled(as_officer.get(page_of(agreement)), short_title_en="Mine")
    lifecycle.perform(agreement, "authorise", on=FuzzyDate.of_day(date(2024, 12, 1)), by=officer, evidence="Decision 1")

    for forged in (sent, {**sent, "seen_version": ""}, {name: sent[name] for name in sent if name != "seen_version"}):
        answer = as_officer.post(page_of(agreement), forged)

        assert "Somebody has written to this record" in answer.content.decode()
    assert Agreement.objects.get().stage == "mandated"
    assert edits(agreement) == []


def test_what_is_wrong_is_said_in_words(as_officer, make_agreement):
    agreement = make_agreement()
    sent = filled(
        as_officer.get(page_of(agreement)),
        title_en="",
        valid_from="2025-01-01",
        valid_until="2024-01-01",
        planned_signing="soon",
    )

    page = as_officer.post(page_of(agreement), sent).content.decode()

    assert "Give a title in one language at least." in page
    assert "agreement_title_in_one_language" not in page
    assert "The validity ends before it begins." in page
    assert "is not understood as a date" in page
    assert "Constraint" not in page
    assert edits(agreement) == []


def test_a_renewal_is_edited_and_needs_a_period(as_officer, make_agreement):
    agreement = make_agreement()
    page = as_officer.get(page_of(agreement))

    refused = as_officer.post(page_of(agreement), filled(page, renewal_years="5")).content.decode()
    assert "What is renewed is a period: give its last day too" in refused
    refused = as_officer.post(page_of(agreement), filled(page, valid_until="2030-12-31", notice_months="6"))
    assert "Notice stops a renewal: give the years of the renewal too" in refused.content.decode()
    sent = filled(page, valid_until="2030-12-31", renewal_years="5", notice_months="6")
    assert as_officer.post(page_of(agreement), sent).status_code == 302

    fresh = Agreement.objects.get()
    assert (fresh.valid_until, fresh.renewal_years, fresh.notice_months) == (date(2030, 12, 31), 5, 6)
    assert edits(agreement) == [
        ({"valid_until": [None, "2030-12-31"], "renewal_years": [None, 5], "notice_months": [None, 6]}, {})
    ]


def test_a_level_above_ones_own_is_no_choice(as_officer, make_agreement):
    agreement = make_agreement()
    sent = filled(as_officer.get(page_of(agreement)), level="secret")

    assert as_officer.post(page_of(agreement), sent).status_code == 200
    assert Agreement.objects.get().level == "internal"


def test_a_record_opened_by_mistake_is_closed(as_lawyer, lawyer, make_agreement):
    agreement = make_agreement()
    sent = filled(as_lawyer.get(page_of(agreement)), short_title_en="Mine")
    lifecycle.void(Entry.objects.get(subject=agreement.pk), by=lawyer, reason="twice")
    page = text_of(as_lawyer.get(page_of(agreement)))

    assert "the record is closed" in page
    assert 'name="_save"' not in page
    assert "/step/" not in page
    assert as_lawyer.post(page_of(agreement), sent).status_code == 403


# ---- the journal under the form ----
def test_the_journal_stands_under_the_form_and_on_its_own_page(as_lawyer, sample):
    agreement = sample["PEP-4K7Z"]
    under = text_of(as_lawyer.get(page_of(agreement)))
    whole = text_of(as_lawyer.get(reverse("admin:agreements_agreement_history", args=[agreement.pk])))
    length = Entry.objects.of(agreement).count()

    assert f"The whole journal: {length} entries" in under
    assert under.count("recorded by") == 12
    assert whole.count("recorded by") == length > 12


# ---- what is hidden ----
def test_a_secret_agreement_is_not_there_for_those_who_may_not_see_it(as_officer, as_superuser, as_lawyer, secret):
    for client in (as_officer, as_superuser):
        assert listed(client) == []
        assert listed(client, q="silent") == []
        for page in ("change", "history", "hold", "note", "document", "clearance", "act"):
            address = reverse(f"admin:agreements_agreement_{page}", args=[secret.pk])
            assert client.get(address).status_code == 404, page
            assert client.post(address, {}).status_code == 404, page
        entry = Entry.objects.get(subject=secret.pk)
        for address in (
            reverse("admin:agreements_agreement_step", args=[secret.pk, "authorise"]),
            reverse("admin:agreements_entry_change", args=[entry.pk]),
        ):
            assert client.get(address).status_code == 404
    correction = reverse(
        "admin:agreements_agreement_correct", args=[secret.pk, Entry.objects.get(subject=secret.pk).pk]
    )
    assert as_superuser.get(correction).status_code == 404
    assert listed(as_lawyer) == [secret.reference]


def test_hidden_and_missing_are_answered_alike(as_officer, secret):
    hidden = as_officer.get(page_of(secret))
    missing = as_officer.get(reverse(PAGE, args=[(nobody := "8d5f9c9e-0000-4000-8000-000000000000")]))

    assert (hidden.status_code, missing.status_code) == (404, 404)
    token = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')
    answers = [token.sub(b"", answer.content) for answer in (hidden, missing)]
    assert answers[0].replace(str(secret.pk).encode(), b"") == answers[1].replace(nobody.encode(), b"")


def complete(client, model, field, term=""):
    answer = client.get(
        reverse("admin:autocomplete"),
        {"app_label": "agreements", "model_name": model, "field_name": field, "term": term},
    )
    return [item["text"] for item in json.loads(answer.content)["results"]] if answer.status_code == 200 else None


def test_completion_offers_only_what_the_user_sees(as_officer, as_superuser, as_lawyer, secret, make_agreement):
    make_agreement()

    for model, field in (("relation", "to"), ("agendaitem", "agreement")):
        assert complete(as_officer, model, field) == ["Horizontal Aviation Agreement"]
        assert complete(as_superuser, model, field, "silent") == []
        assert complete(as_lawyer, model, field, "SILENT") == ["Silent matter"]


def test_completion_offers_no_record_opened_by_mistake(as_lawyer, lawyer, secret):
    lifecycle.void(Entry.objects.get(subject=secret.pk), by=lawyer, reason="twice")

    assert complete(as_lawyer, "relation", "to") == []


def test_completion_serves_those_who_write(as_officer, as_reader, as_lawyer, parties, areas):
    assert complete(as_officer, "participant", "party", "ҚАЗАҚ") == ["Kazakhstan"]
    assert complete(as_officer, "agreement", "areas", "транспорт") == ["Transport and logistics"]
    assert complete(as_officer, "agreement", "officer", "lawyer") == ["lawyer"]
    assert complete(as_reader, "participant", "party") is None
    assert complete(as_reader, "agreement", "officer") is None


def test_a_relation_to_a_hidden_agreement_is_neither_shown_nor_lost(as_officer, as_lawyer, make_agreement, secret):
    agreement = make_agreement(relations=[(RelationKind.IMPLEMENTS, secret)])
    page = as_officer.get(page_of(agreement))
    sent = filled(page, short_title_en="Aviation Agreement")

    assert "Silent" not in page.content.decode()
    assert str(secret.pk) not in page.content.decode()
    assert as_officer.post(page_of(agreement), sent).status_code == 302
    assert Relation.objects.get().to == secret
    assert [sorted(changes) for changes, _texts in edits(agreement)] == [[]]
    assert "Silent matter" in text_of(as_lawyer.get(page_of(agreement)))


def test_a_relation_to_a_hidden_agreement_cannot_be_forged(as_officer, make_agreement, secret):
    agreement = make_agreement()
    hidden = Relation.objects.create(agreement=agreement, kind=RelationKind.FOLLOWS, to=secret)
    sent = filled(as_officer.get(page_of(agreement)))
    new = {"relations-TOTAL_FORMS": 1, "relations-0-kind": "amends", "relations-0-to": str(secret.pk)}
    taken = {
        "relations-TOTAL_FORMS": 1,
        "relations-INITIAL_FORMS": 1,
        "relations-0-id": sealed.name(str(hidden.pk), purpose="rows"),
        "relations-0-kind": "follows",
        "relations-0-to": str(secret.pk),
        "relations-0-DELETE": "on",
    }

    for forged in (new, taken):
        page = as_officer.post(page_of(agreement), sent | forged).content.decode()
        assert "Silent" not in page
    assert list(Relation.objects.all()) == [hidden]


def test_changes_tell_of_no_hidden_agreement(as_officer, as_lawyer, make_agreement, secret):
    agreement = make_agreement()
    sent = filled(as_lawyer.get(page_of(agreement)))
    sent |= {"relations-TOTAL_FORMS": 1, "relations-0-kind": "follows", "relations-0-to": str(secret.pk)}
    as_lawyer.post(page_of(agreement), sent)
    entry = Entry.objects.of(agreement).get(kind=EntryKind.EDIT)
    pages = (
        page_of(agreement),
        reverse("admin:agreements_agreement_history", args=[agreement.pk]),
        reverse("admin:agreements_entry_change", args=[Entry.objects.of(agreement).get(sequence=1).pk]),
        reverse("admin:agreements_entry_changelist"),
    )

    for page in pages:
        text = text_of(as_officer.get(page))
        assert "Silent" not in text, page
        assert str(secret.pk) not in text, page
    assert "Silent matter" in text_of(as_lawyer.get(pages[0]))
    assert as_officer.get(reverse("admin:agreements_entry_change", args=[entry.pk])).status_code == 404


def test_parties_of_hidden_agreements_are_no_filter(as_officer, lawyer, make_agreement, parties, secret):
    secret.participants.all().delete()
    Participant.objects.create(agreement=secret, party=parties["EU"])
    third = registers.create(Party(code="UZ", name_en="Uzbekistan"), by=lawyer)
    make_agreement(participants=[(parties["KZ"], Role.NEGOTIATING), (third, Role.NEGOTIATING)])

    page = text_of(as_officer.get(reverse(LIST)))

    assert str(parties["KZ"].pk) in page
    assert str(parties["EU"].pk) not in page


# ---- two at a time ----
def test_an_edit_begun_on_an_old_object_does_not_bring_an_old_stage_back(officer, make_agreement):
    old = make_agreement()
    day = FuzzyDate.of_day(date(2024, 12, 1))
    lifecycle.perform(old, "authorise", on=day, by=officer, evidence="Decision 1")

    edit = registers.Edit(old, by=officer)
    old.next_step = "Ask for a date."
    edit.finish()

    fresh = Agreement.objects.get()
    assert (fresh.stage, fresh.next_step) == ("mandated", "Ask for a date.")
    assert list(journal.verify()) == []


@pytest.mark.django_db(transaction=True)
def test_of_editors_who_save_at_the_same_time_one_wins_and_the_others_are_told(officer, make_agreement):
    officer.is_staff = True
    officer.save()
    agreement = make_agreement()
    clients = [Client() for _number in range(4)]
    for client in clients:
        client.force_login(officer)
    sent = filled(clients[0].get(page_of(agreement)))
    together = threading.Barrier(len(clients))

    def save(number: int) -> int:
        try:
            together.wait()
            answer = clients[number].post(page_of(agreement), sent | {"next_step": f"Step {number}"})
            return answer.status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(clients)) as pool:
        statuses = sorted(pool.map(save, range(len(clients))))

    assert statuses == [200, 200, 200, 302]
    assert len(edits(agreement)) == 1
    assert list(journal.verify()) == []
