"""Steps, holds, entries and corrections from the administration: what is offered, what is recorded, what is refused."""

import pytest
from django.urls import reverse

from agreements import journal, lifecycle
from agreements.choices import Level, RelationKind, Role
from agreements.models import Agreement, Entry
from tests.admin.forms import DAY, address, filled, last, text_of

KINDS = ("hold", "note", "document", "clearance", "act")


# ---- what is offered ----
def test_possible_steps_are_links_and_blocked_ones_say_why(as_officer, officer, make_agreement):
    agreement = make_agreement(stage="signing")
    page = text_of(as_officer.get(address(agreement, "change")))

    assert f'<a class="button other" href="{address(agreement, "step", "withdraw")}">Withdraw</a>' in page
    assert '<a class="button" role="link" aria-disabled="true" aria-describedby="why-sign">Sign</a>' in page
    for reason in lifecycle.objections(agreement, "sign", by=officer):
        if not reason.asked:
            assert reason.sentence in page
            assert reason.law_text in page
    assert address(agreement, "document") + "?document=signing_decision" in page
    assert address(agreement, "act") + "?act=full_powers&party=EU" in page
    assert address(agreement, "step", "sign") not in page


def test_the_usual_next_step_stands_out(as_officer, make_agreement):
    agreement = make_agreement(stage="mandated")
    page = text_of(as_officer.get(address(agreement, "change")))

    assert f'<a class="button" href="{address(agreement, "step", "open_negotiations")}">' in page


def test_who_may_record_out_of_procedure_is_led_to_the_page_of_a_blocked_step(as_lawyer, make_agreement):
    agreement = make_agreement(stage="signing")

    assert address(agreement, "step", "sign") in text_of(as_lawyer.get(address(agreement, "change")))


def test_reasons_are_told_in_the_language_of_the_reader(as_officer, make_agreement):
    agreement = make_agreement(stage="signing")
    as_officer.cookies["django_language"] = "ru"
    page = text_of(as_officer.get(address(agreement, "change")))

    assert "Европейский союз" in page
    assert "No clearance by a body is recorded." not in page


# ---- rights, on opening a page as on sending it ----
@pytest.mark.parametrize("role", ["reader", "administrator"])
def test_without_the_right_no_page_opens_and_none_is_sent(clients, role, make_agreement):
    client, agreement = clients(role), make_agreement()
    pages = [
        *(address(agreement, name) for name in KINDS),
        address(agreement, "step", "authorise"),
        address(agreement, "correct", last(agreement).pk),
        address(agreement, "void", last(agreement).pk),
        reverse("admin:agreements_agreement_add"),
    ]
    before = Entry.objects.count()

    for page in pages:
        assert client.get(page).status_code == 403, page
        sent = {"on": "2024-12-02", "evidence": "Decision 1", "what": "It happened.", "reason": "So."}
        assert client.post(page, sent).status_code == 403, page
    assert Entry.objects.count() == before


@pytest.mark.parametrize("act", ["correct", "void"])
def test_an_officer_corrects_nothing(as_officer, make_agreement, act):
    agreement = make_agreement()
    page = address(agreement, act, last(agreement).pk)

    assert as_officer.get(page).status_code == 403
    assert as_officer.post(page, {"reason": "So."}).status_code == 403
    assert ">Correct<" not in text_of(as_officer.get(address(agreement, "change")))


@pytest.mark.parametrize("name", ["save", "delete", "initial_", "in_force"])
def test_what_is_no_step_has_no_page(as_lawyer, make_agreement, name):
    assert as_lawyer.get(address(make_agreement(), "step", name)).status_code == 404


# ---- steps ----
def test_a_step_is_recorded(as_officer, officer, make_agreement):
    agreement = make_agreement()
    page = address(agreement, "step", "authorise")
    sent = filled(as_officer.get(page), on="June 2003", evidence="Council decision of June 2003", place="Brussels")

    answer = as_officer.post(page, sent, follow=True)

    assert answer.redirect_chain == [(address(agreement, "change"), 302)]
    assert "Recorded: Authorise negotiations. The stage is now: Mandated." in text_of(answer)
    entry = last(agreement)
    assert (entry.kind, entry.transition, entry.on.iso, entry.place) == ("step", "authorise", "2003-06", "Brussels")
    assert (entry.evidence, entry.actor) == ("Council decision of June 2003", officer)
    assert Agreement.objects.get().stage == "mandated"
    assert list(journal.verify()) == []


def test_a_step_sent_twice_is_recorded_once(as_officer, make_agreement):
    agreement = make_agreement()
    page = address(agreement, "step", "authorise")
    sent = filled(as_officer.get(page), evidence="Decision 1")

    assert as_officer.post(page, sent).status_code == 302
    assert "is not possible after" in text_of(as_officer.post(page, sent))
    assert Entry.objects.of(agreement).count() == 2


def test_a_refusal_shows_every_reason_and_keeps_what_was_written(as_officer, officer, make_agreement):
    agreement = make_agreement(stage="signing", participants=[])
    page = address(agreement, "step", "sign")
    reasons = lifecycle.objections(agreement, "sign", by=officer)

    answer = text_of(as_officer.post(page, filled(as_officer.get(page), place="Astana")))

    assert len(reasons) >= 5
    for reason in reasons:
        assert answer.count(f"<li>{reason.sentence}") == 1, reason.sentence
    assert "Nothing has been recorded." in answer
    assert 'value="Astana"' in answer
    assert Entry.objects.of(agreement).count() == 1


def test_what_stands_against_a_step_is_said_before_it_is_tried(as_officer, make_agreement):
    page = text_of(as_officer.get(address(make_agreement(stage="signing"), "step", "sign")))

    assert "What stands against this step today" in page
    assert "No clearance by a body is recorded." in page


def test_a_date_to_come_is_no_step(as_officer, make_agreement):
    page = address(make_agreement(), "step", "authorise")
    answer = text_of(as_officer.post(page, filled(as_officer.get(page), on="2025-06-01", evidence="Decision 1")))

    assert "is still to come" in answer


def test_out_of_procedure_takes_the_right_and_a_reason(as_officer, as_lawyer, make_agreement):
    agreement = make_agreement(stage="signing")
    page = address(agreement, "step", "sign")
    forged = filled(as_officer.get(page), out_of_procedure="on", reason="It was signed.", evidence="Text of 2 December")

    assert "out_of_procedure" not in text_of(as_officer.get(page))
    assert "No clearance by a body is recorded." in text_of(as_officer.post(page, forged))

    sent = filled(as_lawyer.get(page), out_of_procedure="on", evidence="Text of 2 December")
    assert "Give a reason." in text_of(as_lawyer.post(page, sent))
    assert as_lawyer.post(page, {**sent, "reason": "It was signed."}).status_code == 302
    assert last(agreement).out_of_procedure
    assert "Out of procedure" in text_of(as_officer.get(address(agreement, "change")))


def test_a_successor_is_chosen_among_what_the_user_sees(as_lawyer, as_superuser, make_agreement):
    agreement = make_agreement(stage="in_force")
    later = make_agreement(stage="in_force", columns={"level": Level.SECRET}, short_titles={"en": "Silent matter"})
    page = address(agreement, "step", "supersede")
    sent = filled(as_superuser.get(page), successor=str(later.pk))

    assert "Select a valid choice." in text_of(as_superuser.post(page, sent))
    assert as_lawyer.post(page, sent).status_code == 302
    assert Agreement.objects.get(pk=agreement.pk).stage == "superseded"
    assert "Silent" not in text_of(as_superuser.get(address(agreement, "change")))


# ---- beside the steps ----
def test_a_hold_and_a_release(as_officer, make_agreement):
    agreement = make_agreement()
    page = address(agreement, "hold")

    assert "Give a reason." in text_of(as_officer.post(page, filled(as_officer.get(page))))
    sent = filled(as_officer.get(page), reason="The other side asked for time.", on="2012-09")
    assert "The agreement is on hold." in text_of(as_officer.post(page, sent, follow=True))
    held = text_of(as_officer.get(address(agreement, "change")))
    assert "Release from hold" in held
    assert "On hold" in held
    sent = filled(as_officer.get(page), on="2013-10")
    assert "The agreement is released from hold." in text_of(as_officer.post(page, sent, follow=True))
    assert list(Entry.objects.of(agreement).values_list("kind", flat=True)) == ["open", "hold", "release"]


def test_a_note_a_document_a_clearance_and_an_act(as_officer, make_agreement):
    agreement = make_agreement(stage="negotiating")
    for name, given in {
        "note": {"what": "Round three of the talks.", "round_of_talks": "3"},
        "document": {"document": "decision", "evidence": "Decision No. 5"},
        "clearance": {"body": "Ministry of Justice", "result": "with_remarks", "what": "Article 4"},
        "act": {"party": "EU", "act": "full_powers", "evidence": "Letter of 1 December"},
    }.items():
        page = address(agreement, name)
        assert as_officer.post(page, filled(as_officer.get(page), **given)).status_code == 302, name

    entries = list(Entry.objects.of(agreement))[1:]
    assert [entry.kind for entry in entries] == ["note", "document", "clearance", "action"]
    assert [journal.data_of(entry) for entry in entries] == [
        {"text": 1, "round": 3},
        {"text": 1, "document": "decision"},
        {"text": 1, "body": "Ministry of Justice", "result": "with_remarks"},
        {"text": 1, "act": "full_powers", "party": "EU"},
    ]
    assert list(journal.verify()) == []


def test_an_address_fills_in_what_is_missing(as_officer, make_agreement):
    agreement = make_agreement()
    document = filled(as_officer.get(address(agreement, "document") + "?document=signing_decision"))
    act = filled(as_officer.get(address(agreement, "act") + "?act=full_powers&party=EU"))
    forged = filled(as_officer.get(address(agreement, "document") + "?document=<script>&evidence=x"))

    assert document["document"] == ["signing_decision"]
    assert (act["act"], act["party"]) == (["full_powers"], ["EU"])
    assert forged["document"] == ["proposal"]
    assert forged["evidence"] == [""]


def test_all_errors_of_a_form_show_at_once(as_officer, make_agreement):
    page = address(make_agreement(), "clearance")
    answer = text_of(as_officer.post(page, {"on": "soon"}))

    assert answer.count("This field is required.") == 2
    assert "is not understood as a date" in answer


# ---- corrections ----
def test_an_entry_is_corrected_at_its_place(as_lawyer, lawyer, make_agreement):
    agreement = lifecycle.perform(make_agreement(), "authorise", on=DAY, by=lawyer, evidence="Decision 1")
    wrong = last(agreement)
    page = address(agreement, "correct", wrong.pk)

    assert page in text_of(as_lawyer.get(address(agreement, "change")))
    assert "This field is required." in text_of(as_lawyer.post(page, {}))
    sent = filled(as_lawyer.get(page), reason="The date was misread.", on="2004-06", place="Brussels")
    answer = text_of(as_lawyer.post(page, sent, follow=True))

    assert "The entry was corrected. The stage is now: Mandated." in answer
    assert "Voided because: The date was misread." in answer
    assert last(agreement).on.iso == "2004-06"
    assert last(agreement).place == "Brussels"
    assert page not in answer
    assert "corrected already" in text_of(as_lawyer.post(page, sent))
    assert list(journal.verify()) == []


def test_an_empty_date_voids_nothing(as_lawyer, lawyer, make_agreement):
    agreement = lifecycle.perform(make_agreement(), "authorise", on=DAY, by=lawyer, evidence="Decision 1")
    page = address(agreement, "correct", last(agreement).pk)
    shown = as_lawyer.get(page)

    assert "This field is required." in text_of(as_lawyer.post(page, filled(shown, reason="Wrong.", on="")))
    assert "Nothing differs from the entry" in text_of(as_lawyer.post(page, filled(shown, reason="Wrong.")))
    assert address(agreement, "void", last(agreement).pk) in text_of(shown)
    assert "late-step/" in text_of(shown)
    assert Agreement.objects.get().stage == "mandated"


def test_a_step_is_voided_with_a_warning(as_lawyer, lawyer, make_agreement):
    agreement = lifecycle.perform(make_agreement(), "authorise", on=DAY, by=lawyer, evidence="Decision 1")
    page = address(agreement, "void", last(agreement).pk)
    shown = as_lawyer.get(page)

    assert page in text_of(as_lawyer.get(address(agreement, "change")))
    assert "The agreement goes back to the stage “Proposed”." in text_of(shown)
    answer = text_of(as_lawyer.post(page, filled(shown, reason="It was another agreement."), follow=True))

    assert "The entry was voided. The stage is now: Proposed." in answer
    assert Agreement.objects.get().stage == "proposed"


def test_what_rests_on_an_entry_is_named_before_it_is_voided(as_lawyer, lawyer, make_agreement):
    agreement = make_agreement(stage="mandated")
    lifecycle.perform(agreement, "open_negotiations", on=DAY, by=lawyer)
    page = address(agreement, "void", last(agreement).pk)
    lifecycle.perform(agreement, "initial", on=DAY, by=lawyer, evidence="Text")

    for answer in (as_lawyer.get(page), as_lawyer.post(page, {"reason": "Wrong."})):
        assert "“Initial the text” on" in text_of(answer)
    assert Agreement.objects.get().stage == "initialled"


def test_voiding_the_opening_closes_the_record(as_lawyer, make_agreement):
    agreement = make_agreement()
    page = address(agreement, "void", last(agreement).pk)
    shown = as_lawyer.get(page)
    answer = text_of(as_lawyer.post(page, filled(shown, reason="Opened twice."), follow=True))

    assert "To void it closes the whole record" in text_of(shown)
    assert "The record is closed: it was opened by mistake." in answer
    assert Agreement.objects.get().is_void


@pytest.mark.parametrize("act", ["correct", "void"])
def test_an_entry_of_another_agreement_is_not_there(as_lawyer, make_agreement, act):
    agreement, other = make_agreement(), make_agreement()
    page = address(agreement, act, last(other).pk)

    assert as_lawyer.get(page).status_code == 404
    assert as_lawyer.post(page, {"reason": "So."}).status_code == 404


# ---- proposing ----
def test_an_agreement_is_proposed(as_officer, officer, parties, areas):
    page = reverse("admin:agreements_agreement_add")
    sent = filled(
        as_officer.get(page),
        title_ru="Соглашение о воздушном сообщении",
        kind="agreement",
        parties=[str(parties["KZ"].pk), str(parties["EU"].pk)],
        areas=[areas["aviation"].pk],
        source="Note verbale of 1 December 2024",
    )

    answer = as_officer.post(page, sent, follow=True)

    agreement = Agreement.objects.get()
    assert answer.redirect_chain == [(address(agreement, "change"), 302)]
    assert f"The record was opened under the reference {agreement.reference}." in text_of(answer)
    assert (agreement.stage, agreement.level, agreement.since.iso) == ("proposed", "internal", "2024-12-28")
    assert list(agreement.participants.values_list("party__code", "role")) == [
        ("EU", Role.NEGOTIATING),
        ("KZ", Role.NEGOTIATING),
    ]
    assert last(agreement).actor == officer
    assert list(journal.verify()) == []


def test_a_proposal_says_all_that_is_missing(as_officer, parties, areas):
    page = reverse("admin:agreements_agreement_add")
    empty = text_of(as_officer.post(page, {}))
    sent = {
        "kind": "roadmap",
        "parties": [str(parties["KZ"].pk)],
        "areas": [areas["aviation"].pk],
        "stage": "ratifying",
        "on": "2024",
        "in_the_name_of": "government",
    }
    refused = text_of(as_officer.post(page, sent | {"level": "internal"}))

    assert empty.count("This field is required.") == 7
    assert "Give a title in one language at least." in refused
    assert "“ratifying” is not known." in refused
    assert "secret is not one of the available choices" in text_of(as_officer.post(page, sent | {"level": "secret"}))
    assert not Agreement.objects.exists()


def test_relations_are_set_on_the_form_and_not_by_a_step(as_officer, make_agreement):
    first, second = make_agreement(), make_agreement(relations=[])
    page = address(second, "change")
    sent = filled(as_officer.get(page)) | {
        "relations-TOTAL_FORMS": 1,
        "relations-0-kind": RelationKind.SUPERSEDES,
        "relations-0-to": str(first.pk),
    }

    assert as_officer.post(page, sent).status_code == 302
    assert Agreement.objects.get(pk=first.pk).stage == "proposed"
