"""The journal in the administration: whole, to be read, in words, and only as far as the reader may see."""

from django.urls import reverse

from agreements import journal, lifecycle, redaction, registers, undisclosed
from agreements.choices import Level
from agreements.models import Entry, EntryText, Party, ProcedureVersion
from tests.admin.forms import DAY, text_of


def entry_page(entry):
    return reverse("admin:agreements_entry_change", args=[entry.pk])


def rows(client, **asked):
    return client.get(reverse("admin:agreements_entry_changelist"), asked).context["cl"].result_list


def test_all_staff_read_the_journal_and_nobody_writes_it(clients, make_agreement):
    agreement = make_agreement()
    entry = Entry.objects.of(agreement).get(sequence=1)

    for role in ("reader", "officer", "lawyer", "administrator", "superuser"):
        client = clients(role)
        page = text_of(client.get(entry_page(entry)))
        assert "Horizontal Aviation Agreement" in page, role
        assert "_save" not in page, role
        assert client.post(entry_page(entry), {"place": "Nowhere"}).status_code == 403, role
    assert Entry.objects.get(pk=entry.pk).place == ""


def test_an_entry_says_what_it_records(as_reader, sample):
    entry = Entry.objects.of(sample["AIR-7Q4M"]).get(sequence=8)
    page = text_of(as_reader.get(entry_page(entry)))

    for words in ("Initialled", "14\u00a0October\u00a02024", "Luxembourg", "Revised text initialled", entry.digest):
        assert words in page
    assert "icon-yes.svg" in page  # the digest agrees
    # A reader may not open the register of agreements: the record is named, not linked.
    assert reverse("admin:agreements_agreement_change", args=[sample["AIR-7Q4M"].pk]) not in page


def test_a_correction_and_what_it_corrects_lead_to_each_other(as_lawyer, lawyer, make_agreement):
    agreement = lifecycle.perform(make_agreement(), "authorise", on=DAY, by=lawyer, evidence="Decision 1")
    wrong = Entry.objects.of(agreement).latest("sequence")
    lifecycle.void(wrong, by=lawyer, reason="Misread.")
    later = Entry.objects.of(agreement).latest("sequence")

    assert entry_page(later) in text_of(as_lawyer.get(entry_page(wrong)))
    assert entry_page(wrong) in text_of(as_lawyer.get(entry_page(later)))
    assert "Misread." in text_of(as_lawyer.get(entry_page(later)))


def test_a_redacted_text_is_gone(as_lawyer, lawyer, make_agreement):
    agreement = make_agreement()
    note = lifecycle.note(agreement, on=DAY, by=lawyer, what="A secret slipped in.")
    redaction.redact(note, by=lawyer, reason="A secret.")
    page = text_of(as_lawyer.get(entry_page(note)))

    assert "The text was redacted." in page
    assert "slipped" not in page
    assert "The text was redacted." in text_of(
        as_lawyer.get(reverse("admin:agreements_agreement_change", args=[agreement.pk]))
    )


def test_entries_of_hidden_agreements_are_not_there(as_reader, as_lawyer, make_agreement, parties):
    secret = make_agreement(columns={"level": Level.SECRET}, short_titles={"en": "Silent matter"})
    entry = Entry.objects.of(secret).get(sequence=1)

    assert entry not in rows(as_reader)
    assert list(rows(as_reader, q="silent")) == []
    assert as_reader.get(entry_page(entry)).status_code == 404
    assert [row.pk for row in rows(as_lawyer, q="SILENT")] == [entry.pk]


def test_filters_of_the_journal(as_lawyer, lawyer, make_agreement):
    agreement = lifecycle.perform(make_agreement(), "authorise", on=DAY, by=lawyer, evidence="Decision 1")
    step = Entry.objects.of(agreement).latest("sequence")

    assert [row.pk for row in rows(as_lawyer, kind__exact="step")] == [step.pk]
    assert [row.pk for row in rows(as_lawyer, q="Decision 1")] == [step.pk]
    assert as_lawyer.get(reverse("admin:agreements_entry_changelist"), {"data__contains": "x"}).status_code == 400


def test_a_version_of_a_procedure_is_shown_as_it_was(as_reader, make_agreement):
    make_agreement()
    version = ProcedureVersion.objects.get()
    page = text_of(as_reader.get(reverse("admin:agreements_procedureversion_change", args=[version.pk])))

    assert "Treaty subject to ratification" in page
    assert "[transitions.sign]" in page
    assert version.digest in page


# ---- redaction ----
SPILLED = "The source sits in the third row."


def redaction_page(entry):
    return reverse("admin:agreements_entry_redact", args=[entry.pk])


def test_a_text_is_redacted_with_the_entries_that_repeat_it(as_lawyer, lawyer, make_agreement):
    agreement = make_agreement()
    for words in (SPILLED, "Wait for the answer."):
        with registers.editing(agreement, by=lawyer) as fresh:
            fresh.next_step = words
    first, second = Entry.objects.of(agreement).filter(kind="edit")
    assert redaction_page(first) in text_of(as_lawyer.get(entry_page(first)))
    asked = text_of(as_lawyer.get(redaction_page(first)))
    assert "This cannot be undone" in asked
    assert SPILLED in asked
    assert "3. Change of data" in asked
    assert "The same words stand in the record" not in asked
    assert "The same words stand in the record, and stay until they are changed there: Next step." in text_of(
        as_lawyer.get(redaction_page(second))
    )
    given = {"reason": "It names a source.", "also": [str(second.pk)]}
    assert "errornote" in text_of(as_lawyer.post(redaction_page(first), given))
    assert EntryText.objects.filter(content__contains=SPILLED).count() == 2

    done = as_lawyer.post(redaction_page(first), {**given, "certain": "on"}, follow=True)

    assert done.redirect_chain == [(entry_page(first), 302)]
    assert "The text was removed: Change of data" in text_of(done)
    assert redaction_page(first) not in text_of(done)
    assert not EntryText.objects.filter(content__contains=SPILLED).exists()
    assert list(journal.verify()) == []
    again = as_lawyer.post(redaction_page(first), {"reason": "Again.", "certain": "on"})
    assert "it was removed already" in text_of(again)


def test_a_text_of_a_record_of_any_kind_is_redacted(as_lawyer, lawyer, make_agreement):
    agreement = make_agreement()
    party = registers.create(Party(code="AT", kind="state", name_en="Austria"), by=lawyer)
    named = undisclosed.name(agreement, party, by=lawyer, level="secret", remark=SPILLED)
    opening = Entry.objects.of(named).get()
    assert "until they are changed there: Why it is not disclosed." in text_of(as_lawyer.get(redaction_page(opening)))
    with undisclosed.changing(named, by=lawyer) as fresh:
        fresh.remark = "Not public yet."
    edit = Entry.objects.of(named).latest("sequence")

    given = {"reason": "It names a source.", "certain": "on", "also": [str(edit.pk)]}
    assert as_lawyer.post(redaction_page(opening), given).status_code == 302

    assert not EntryText.objects.filter(content__contains=SPILLED).exists()
    assert [*journal.verify(), *journal.differing()] == []


def test_nobody_else_redacts_and_what_is_hidden_is_not_there(clients, lawyer, make_agreement):
    note = lifecycle.note(make_agreement(), on=DAY, by=lawyer, what=SPILLED)
    secret = lifecycle.note(make_agreement(columns={"level": "secret"}), on=DAY, by=lawyer, what=SPILLED)
    given = {"reason": "It names a source.", "certain": "on"}
    for role in ("reader", "officer", "administrator"):
        client = clients(role)
        assert redaction_page(note) not in text_of(client.get(entry_page(note))), role
        for entry in (note, secret):
            assert client.get(redaction_page(entry)).status_code == 403, role
            assert client.post(redaction_page(entry), given).status_code == 403, role
    superuser = clients("superuser")
    assert [superuser.get(redaction_page(entry)).status_code for entry in (note, secret)] == [200, 404]
    assert superuser.post(redaction_page(secret), given).status_code == 404
    assert EntryText.objects.filter(content__contains=SPILLED).count() == 2


def test_a_legal_hold_stands_against_a_redaction(as_lawyer, lawyer, make_agreement):
    agreement = make_agreement()
    note = lifecycle.note(agreement, on=DAY, by=lawyer, what=SPILLED)
    lifecycle.preserve(agreement, by=lawyer, reason="A court asks.")

    assert "under a legal hold" in text_of(as_lawyer.get(redaction_page(note)))
    assert "under a legal hold" in text_of(
        as_lawyer.post(redaction_page(note), {"reason": "It names a source.", "certain": "on"})
    )
    assert EntryText.objects.get(pk=note.pk).content
