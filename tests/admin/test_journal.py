"""The journal in the administration: whole, to be read, in words, and only as far as the reader may see."""

from django.urls import reverse

from agreements import lifecycle, registers
from agreements.choices import Level
from agreements.models import Entry, ProcedureVersion
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
    registers.redact(note, by=lawyer, reason="A secret.")
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
