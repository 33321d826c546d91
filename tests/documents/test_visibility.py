"""A document more secret than its agreement is not there: on no page, in no count, in no journal, in no file."""

import io
import json
import zipfile

import pytest
from django.urls import reverse

from agreements import changes, journal, lifecycle, redaction, timeline
from agreements.choices import EntryKind, Level
from agreements.documents.shelf import concordance, shelf
from agreements.guards import Refused
from agreements.models import Agreement, Document, DocumentVersion, Entry
from tests.api.conftest import Api
from tests.conftest import signed_in
from tests.documents.conftest import PDF, PNG, day, docx


def test_both_levels_must_be_reached(keep, agreement, officer):
    order, kept = Level.values, {own: keep(level=own) for own in Level.values}
    for of_agreement in order:
        Agreement.objects.filter(pk=agreement.pk).update(level=of_agreement)
        for access_level in order:
            officer.access_level = access_level
            reached = order.index(access_level)
            seen = {kept[own] for own in order if reached >= max(order.index(own), order.index(of_agreement))}

            versions = set(DocumentVersion.objects.for_user(officer))
            documents = set(Document.objects.for_user(officer).values_list("pk", flat=True))
            assert versions == seen, (of_agreement, access_level)
            assert documents == {one.document_id for one in seen}, (of_agreement, access_level)


@pytest.fixture
def hidden(keep, lawyer, agreement):
    """What an officer may see, with what he may not among it: a secret document of two versions, one voided."""
    shown = keep(title={"en": "Seen text"}, language="en")
    secret = keep(
        "note_verbale", PNG, "position.png", level="secret", title={"en": "Silent position"}, language="fr",
        received_from="Quiet office", evidence="No. 77-S", source="Courier",
    )  # fmt: skip
    again = keep(content=docx("Silent position"), name="position.docx", document=secret.document, language="ru")
    lifecycle.note(agreement, on=day(2010, 6), by=lawyer, what="Asked again.")
    lifecycle.void(again.entry, by=lawyer, reason="Silent reason.")
    redaction.redact(secret.entry, by=lawyer, reason="Silent redaction.")
    keep(content=PDF + b" ", document=shown.document, language="ru")
    return secret


TRACES = ("Silent", "position.", "Quiet", "77-S", "Courier", "note_verbale", "Note verbale")


def test_no_page_tells_of_it(agreement, hidden, at_officer, at_lawyer):
    for address in ("", "documents/compare/", "documents/upload/"):
        told = at_officer.get(f"{agreement.get_absolute_url()}{address}").content.decode()
        for trace in (*TRACES[:-2], str(hidden.pk), str(hidden.document_id), hidden.sha256[:12]):
            assert trace not in told, (address, trace)
    page = at_officer.get(agreement.get_absolute_url()).content.decode()
    assert 'id="documents">Documents<span class="count">1</span>' in page
    assert "4 entries, chain unbroken." in page  # opened, two files, the note
    assert "French" not in page
    whole = at_lawyer.get(agreement.get_absolute_url()).content.decode()
    assert 'id="documents">Documents<span class="count">2</span>' in whole
    assert "8 entries, chain unbroken." in whole
    assert "Silent position" in whole


def test_the_pages_are_the_same_as_if_it_were_not(agreement, keep, at_officer):
    """Byte for byte, but for the versions of the record and the tokens of its forms."""
    keep(title={"en": "Seen text"})
    before = at_officer.get(agreement.get_absolute_url()).content
    keep("other", PNG, "position.png", level="secret", language="fr")

    def plain(page: bytes) -> list[bytes]:
        return [line for line in page.splitlines() if b"csrfmiddlewaretoken" not in line]

    assert plain(at_officer.get(agreement.get_absolute_url()).content) == plain(before)


def test_the_journal_leaves_it_out_and_counts_without_a_gap(agreement, hidden, officer, lawyer):
    told, whole = (timeline.chronicles([agreement], user=user)[agreement.pk] for user in (officer, lawyer))

    assert [(event.sequence, event.kind) for event in told] == [
        (1, EntryKind.OPEN), (2, EntryKind.DOCUMENT), (3, EntryKind.NOTE), (4, EntryKind.DOCUMENT),
    ]  # fmt: skip
    assert [event.sequence for event in whole] == list(range(1, 9))
    found = changes.hidden(Entry.objects.of(agreement), officer)
    assert sorted(found.numbers[agreement.pk]) == [3, 4, 6, 7]
    assert changes.hidden(Entry.objects.of(agreement), lawyer) == changes.Hidden()


def test_one_entry_is_not_told_even_when_it_is_asked_for_alone(agreement, hidden, officer, lawyer):
    chain = list(Entry.objects.of(agreement).select_related("text"))
    told = {entry.sequence for entry in chain if timeline.events([entry], agreement, user=officer)}

    assert told == {1, 2, 5, 8}
    assert all(timeline.events([entry], agreement, user=lawyer) for entry in chain)


def test_the_api_tells_nothing_of_it(agreement, hidden, officer, lawyer):
    address = f"agreements/{agreement.reference}/journal/"
    told = Api(officer).get(address)

    assert [event["sequence"] for event in told.json()["results"]] == [1, 2, 3, 4]
    assert [event["sequence"] for event in Api(lawyer).get(address).json()["results"]] == list(range(1, 9))
    for trace in TRACES:
        assert trace not in told.content.decode()
    lawyer.access_level = "internal"
    lawyer.save()
    body = {"mode": "void", "reason": "x"}
    assert Api(lawyer).post(f"{address}{hidden.entry_id}/void/", body).status_code == 404


def test_the_administration_tells_nothing_of_it(agreement, hidden, officer):
    officer.is_staff = True
    officer.save()
    client = signed_in(officer)
    rows = client.get(reverse("admin:agreements_entry_changelist")).context["cl"].result_list

    assert sorted(row.kind for row in rows if row.subject == agreement.pk) == ["document", "document", "note", "open"]
    assert client.get(reverse("admin:agreements_entry_change", args=[hidden.entry_id])).status_code == 404
    history = client.get(reverse("admin:agreements_agreement_history", args=[agreement.pk])).content.decode()
    assert "Silent" not in history


def test_the_dossier_leaves_it_out(agreement, hidden, at_officer, at_lawyer):
    def names(client):
        response = client.get(reverse("agreement-dossier", args=[agreement.reference]))
        archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
        return archive, json.loads(archive.read("manifest.json"))

    archive, manifest = names(at_officer)
    assert len(manifest["files"]) == 2
    for trace in TRACES:
        assert trace not in json.dumps(manifest) + "".join(archive.namelist()) + archive.read("MANIFEST.txt").decode()
        assert trace not in archive.read(f"{agreement.reference}/agreement-2024-12-28.json").decode()
    assert len(names(at_lawyer)[1]["files"]) == 3


def test_the_table_of_languages_leaves_it_out(agreement, hidden, officer, lawyer):
    def columns(user):
        return [column.code for column in concordance(agreement, shelf(agreement, user)).columns]

    assert columns(officer) == ["en", "ru"]
    assert len(shelf(agreement, officer)) == 1
    assert len(shelf(agreement, lawyer)) == 2


def test_what_is_compared_must_be_seen(agreement, hidden, keep, at_officer, at_lawyer):
    shown = keep("draft", docx("Article 1"), "draft.docx")
    address = reverse("agreement-compare", args=[agreement.reference])
    query = {"before": str(shown.pk), "after": str(hidden.pk)}

    assert at_officer.get(address, query).context["after"] is None
    assert at_lawyer.get(address, query).context["after"] is not None


def test_no_version_is_added_to_what_one_may_not_see(agreement, hidden, at_officer):
    address = f"{agreement.get_absolute_url()}documents/upload/?document={hidden.document_id}"

    assert at_officer.get(address).status_code == 404
    assert at_officer.get(f"{agreement.get_absolute_url()}documents/upload/?document=x").status_code == 404


def test_an_entry_about_a_file_is_voided_not_replaced(agreement, keep, lawyer, at_lawyer):
    """What takes the place of an entry has no file of its own: the file would be lost, and told of."""
    entry = keep().entry
    with pytest.raises(Refused) as refusal:
        lifecycle.correct(entry, by=lawyer, reason="Another day.", on=day(2011))
    assert [reason.sentence for reason in refusal.value.reasons] == ["Void it, and record it anew."]
    page = at_lawyer.get(agreement.get_absolute_url()).content.decode()
    assert f"{entry.pk}/void/" in page
    assert f"{entry.pk}/correct/" not in page


def test_what_once_took_the_place_of_an_entry_about_a_secret_file_is_hidden_too(agreement, keep, officer, lawyer):
    entry = keep(level="secret", name="silent.pdf", title={"en": "Silent"}).entry
    lifecycle.void(entry, by=lawyer, reason="Silent day.")
    data = journal.data_of(entry) | {"replaces": str(entry.pk)}
    again = journal.record(
        Agreement.objects.get(pk=agreement.pk), EntryKind.DOCUMENT, by=lawyer, on=day(2011), data=data,
        text={"what": {"en": "Silent"}},
    )  # fmt: skip
    void = journal.record(
        Agreement.objects.get(pk=agreement.pk), EntryKind.VOID, by=lawyer, on=day(2012), voids=again,
        text={"reason": "Silent again."},
    )  # fmt: skip
    told = timeline.chronicles([agreement], user=officer)[agreement.pk]
    assert [event.kind for event in told] == [EntryKind.OPEN]
    assert sorted(changes.hidden(Entry.objects.of(agreement), officer).numbers[agreement.pk]) == [2, 3, 4, 5]
    for one in (again, void):
        assert timeline.events([Entry.objects.select_related("text").get(pk=one.pk)], agreement, user=officer) == []
